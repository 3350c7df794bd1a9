"""Parts of a poll that do not hang on each other: where one cannot be read, the others are.

The rule for all connectors: what can be read is told, and each part keeps a mark of its own of how
far it was read. A part that is refused, or that fails in passing (out of order, no answer, an
answer that is none), is told as unseen with the platform's reason (``Page.unseen``), so that its
silence is never taken for calm; its mark stays, so that it is read from there when it can be. Only
where it is the main part, by which the source mostly listens, has the whole poll failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from connectors.base import (
    BudgetSpent,
    Cursor,
    Page,
    RateLimited,
    Rejected,
    Unanswered,
    Unauthorized,
    Unavailable,
    concerns_all,
)

T = TypeVar("T")
Refusal = Rejected | Unauthorized
Failure = Rejected | Unauthorized | Unavailable

AGAIN = timedelta(hours=1)
"""A part that was refused twice in a row is asked for again after this: the first time may have
been a slip of the platform, and requests are counted. What failed in passing is asked for at every
poll."""

SLOW_AGAIN = timedelta(minutes=10)
"""Likewise for one that gave no answer twice in a row: each time it costs most of a poll's time."""

MAX_UNANSWERED = 2
"""So many parts may take all the time of a request in one poll: what is not the main part is not
asked for behind them, or the poll would not end."""

SAID = 3
"""So many parts that are unseen are told with their reasons."""

MAX_WHY = 300
"""Characters of a reason that the cursor keeps."""


class Apart:
    """What a poll reads part by part, and what of it could not be read.

    ``refused``  of each such part when it was asked for last (epoch), how often in a row it was
                 not read, why, and for how long it is not asked for then (s); kept in the cursor
                 under that name
    ``whole``    as ``SourceSpec.whole``
    ``first``    the first failure of this poll; ``main`` the refusal of the main part
    """

    def __init__(
        self, now: datetime, cursor: Mapping[str, Any] | None = None, *, whole: bool = False
    ) -> None:
        self.now, self.whole = now, whole
        self.before: Mapping[str, Any] = dict((cursor or {}).get("refused") or {})
        self.refused: dict[str, list[Any]] = {}
        self.first: Failure | None = None
        self.main: Refusal | None = None
        self.unanswered: list[str] = []

    def read(
        self, part: Iterator[T], *, unseen: str, main: bool = False, own_limit: bool = False
    ) -> Iterator[T]:
        """What a part tells, as far as it may be read. ``unseen``: what people do not see without
        it; ``own_limit``: the platform counts its requests by themselves. Raises what concerns all
        parts: a token that is not accepted, a platform that asks to slow down, unless it is the
        part's own limit; of the main part whatever fails in passing too."""
        if not main and self._waits(unseen):
            self.refused[unseen] = self._before(unseen)
            return
        if not main and self.out_of_time:
            self._note(unseen, self.unanswered[-1], timedelta(0), more=0)
            return
        try:
            yield from part
        except (Rejected, Unauthorized, Unavailable) as error:
            self.refuse(error, unseen=unseen, main=main)
        except RateLimited as error:
            if main or self.whole or not own_limit or isinstance(error, BudgetSpent):
                raise
            self._note(unseen, str(error), timedelta(0))

    @property
    def out_of_time(self) -> bool:
        """Whether so many took all their time that no other part should be asked for."""
        return len(self.unanswered) >= MAX_UNANSWERED

    def refuse(self, error: Failure, *, unseen: str, main: bool = False) -> None:
        """A part was refused or failed in passing. Raises the error where it concerns all parts."""
        if concerns_all(error):
            raise error
        if isinstance(error, Unavailable) and (main or self.whole):
            raise error
        self.first = self.first or error
        if main and not isinstance(error, Unavailable):
            self.main = self.main or error
            return
        wait = AGAIN
        if isinstance(error, Unavailable):
            wait = SLOW_AGAIN if isinstance(error, Unanswered) else timedelta(0)
        if isinstance(error, Unanswered):
            self.unanswered.append(str(error))
        self._note(unseen, str(error), wait)

    def must_wait(self, on: str, *, unseen: str) -> bool:
        """Whether a part that goes by what the one ``on`` tells must wait, as that failed in
        passing: its mark would go on past what it did not know of. Then it is unseen too."""
        _, _, why, wait = self.refused.get(on, (0, 0, "", AGAIN.total_seconds()))
        waits = bool(wait < AGAIN.total_seconds())
        if waits:
            self._note(unseen, why, timedelta(0))
        return waits

    def one_of(self, parts: Apart) -> None:
        """Those ``parts`` could not be read, and others like them were."""
        self.refused |= parts.refused
        self.unanswered += parts.unanswered
        self.first = self.first or parts.first

    def check(self) -> None:
        """Raise the refusal of the main part, if it was refused."""
        if self.main is not None:
            raise self.main

    def end(self, cursor: Cursor | None = None) -> Iterator[Page]:
        """The last page, where something is unseen: what it is. Raises as ``check``."""
        self.check()
        if self.refused:
            yield Page(unseen=self.told(), cursor=cursor)

    def kept(self) -> dict[str, Any]:
        """What the cursor keeps."""
        return {"refused": self.refused} if self.refused else {}

    def _note(self, unseen: str, why: str, wait: timedelta, more: int = 1) -> None:
        times = self.before[unseen][1] if unseen in self.before else 0
        asked = int(self.now.timestamp())
        self.refused[unseen] = [asked, times + more, why[:MAX_WHY], int(wait.total_seconds())]

    def _waits(self, part: str) -> bool:
        if part not in self.before:
            return False
        at, times, _, wait = self._before(part)
        return bool(times > 1 and 0 <= self.now.timestamp() - at < wait)

    def _before(self, part: str) -> list[Any]:
        known = list(self.before[part])
        return known if len(known) > 3 else [*known, int(AGAIN.total_seconds())]

    def told(self) -> str:
        """What is not seen and why; "" where all was read."""
        parts, reasons = list[str](), set[str]()
        for what, (_, _, why, *_) in self.refused.items():
            part_unseen = f"{what} unseen for the same reason"
            parts.append(part_unseen if why in reasons else _unseen(what, why))
            reasons.add(why)
        told, more = parts[:SAID], len(parts) - SAID
        if more > 0:
            part_unseen = f"{more} more parts are unseen"
            told.append(part_unseen)
        return also(told) if told else ""


def each(alike: Iterable[Iterator[T]]) -> Iterator[T]:
    """What several of one part tell: one that fails in passing costs no other. Raises the first
    such failure when the others were read, and at once that of one that gave no answer."""
    first: Unavailable | None = None
    for one in alike:
        try:
            yield from one
        except Unavailable as error:
            first = first or error
            if isinstance(error, Unanswered):
                break
    if first is not None:
        raise first


def _unseen(what: str, why: str) -> str:
    part_unseen = f"{what} unseen: {why}"
    return " ".join(part_unseen.split())


def also(sentences: list[str]) -> str:
    """Several reasons as one."""
    part_unseen = sentences[-1]
    for one in reversed(sentences[:-1]):
        rest = part_unseen
        part_unseen = f"{one} — also: {rest}"
    return part_unseen
