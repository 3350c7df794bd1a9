"""One alarm an event: when it began, how long it lasts, and what may alarm again after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(slots=True)
class AlarmState:
    """The state of an alarm: an event of a series while it lasts, and for ``refractory`` after it.

    It opens with a score at the threshold, goes on while ``alive`` buckets come (hysteresis), and
    is over ``quiet`` after the last of them. For ``refractory`` after the end only a score above
    all of the event's own opens the next one: the tail of a storm is not a second storm.
    """

    quiet: timedelta
    refractory: timedelta
    start: datetime | None = None
    last: datetime | None = None
    peak: float = 0.0
    buckets: int = 0

    def lasting(self, at: datetime) -> bool:
        """Whether the event still goes on at this time, if nothing new is seen."""
        return self.start is not None and self.last is not None and at < self.last + self.quiet

    def opens(self, at: datetime, score: float, threshold: float) -> bool:
        """Whether this score, with no event going on, begins one."""
        if score < threshold:
            return False
        if self.last is not None and at < self.last + self.refractory:
            return score > self.peak
        return True

    def begin(self, start: datetime, end: datetime, score: float) -> None:
        """An event has begun."""
        self.start, self.last, self.peak, self.buckets = start, end, score, 1

    def go_on(self, end: datetime, score: float, alive: bool) -> None:
        """A bucket of an event that lasts."""
        self.peak = max(self.peak, score)
        if alive:
            self.last = end
            self.buckets += 1

    def close(self) -> None:
        """The event is over; its peak and end are remembered for the refractory time."""
        self.start = None

    def dump(self) -> dict[str, Any]:
        """The state, exact."""
        return {
            "start": self.start and self.start.isoformat(),
            "last": self.last and self.last.isoformat(),
            "peak": self.peak,
            "buckets": self.buckets,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Restore what ``dump`` gave."""
        self.start = state["start"] and datetime.fromisoformat(state["start"])
        self.last = state["last"] and datetime.fromisoformat(state["last"])
        self.peak = float(state["peak"])
        self.buckets = int(state["buckets"])
