"""What is not asked at every poll, and when it was asked last: kept in the cursor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")


class Schedule:
    """Times in the cursor under names of their own, as seconds since 1970."""

    def __init__(self, cursor: Mapping[str, Any] | None, now: datetime) -> None:
        self.times: dict[str, int] = dict((cursor or {}).get("at") or {})
        self.now = now

    def due(self, name: str, every: timedelta) -> bool:
        """Whether it was never done or so long ago (or in a future that a wrong clock made)."""
        last = self.times.get(name)
        age = None if last is None else self.now.timestamp() - last
        return age is None or age < 0 or age >= every.total_seconds()

    def since(self, name: str, first: datetime, overlap: timedelta) -> datetime:
        """From when to read a list that was read until then."""
        last = self.times.get(name)
        return first if last is None else datetime.fromtimestamp(last, UTC) - overlap

    def done(self, name: str) -> None:
        """It was done now."""
        self.times[name] = int(self.now.timestamp())

    def then_done(self, name: str, told: Iterator[T]) -> Iterator[T]:
        """What is ``told``; when all of it was taken, it was done now."""
        yield from told
        self.done(name)
