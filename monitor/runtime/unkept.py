"""Polls that ended because the database could not keep what they brought.

Their sources are still leased, and to ask them again while nothing can be kept would cost requests,
and money, for nothing: so the database is tried first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from monitor.app import App
from monitor.jobs.poll.poll import PollLease, give_back
from monitor.store.engine import DatabaseProblem
from monitor.store.meta import try_room


class UnkeptPolls:
    """``error`` is why the last poll of a source was not kept; empty once all of them were."""

    def __init__(self) -> None:
        self._held: list[PollLease] = []
        self._failed: dict[int, str] = {}

    @property
    def error(self) -> str:
        return next(iter(tuple(self._failed.values())), "")

    @contextmanager
    def watched(self, claim: PollLease) -> Iterator[None]:
        """Around a poll."""
        try:
            yield
        except DatabaseProblem as problem:
            self._failed[claim.source_id] = str(problem)
            self._held.append(claim)
            raise
        self._failed.pop(claim.source_id, None)

    def give_back(self, app: App) -> None:
        """Free the sources as soon as the database takes something. Raises ``DatabaseProblem``
        where it does not."""
        if held := tuple(self._held):
            try_room(app.db)
            give_back(app, held, app.wall())
            del self._held[: len(held)]

    def forget(self) -> None:
        """The config has changed: those sources may be gone."""
        self._failed.clear()
