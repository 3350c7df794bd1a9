"""The only module that may read the time or wait (the linter bans it elsewhere).

Two clocks, both passed as arguments: ``now`` is the domain's time (a replay's position, else the
present) and drives buckets, detectors, incidents and digests; ``wall`` is the present and drives
leases, retries and deadlines.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present, aware UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds that never jump, for deadlines and durations."""
    return time.monotonic()


def wait(event: Event, seconds: float) -> bool:
    """Wait until ``event`` is set or ``seconds`` passed; True if it was set."""
    return event.wait(max(0.0, seconds))


class ManualClock:
    """A clock somebody sets: a replay's position, a test's hour. Callable like ``utc_now``."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def __call__(self) -> datetime:
        return self._now

    def advance_to(self, now: datetime) -> None:
        """Move forward; an earlier time is ignored, domain time never runs backwards."""
        self._now = max(self._now, now)
