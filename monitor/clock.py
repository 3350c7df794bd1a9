"""The only module that may read the time or wait (the linter bans it elsewhere).

Two clocks, both passed as arguments: ``now`` is the domain's time (a replay's position, else the
present) and drives buckets, detectors, incidents and digests; ``wall`` is the present and drives
leases, retries and deadlines.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from threading import Event

Clock = Callable[[], datetime]

HERE = ("localhost", "127.0.0.1", "::1")
"""Hosts that have our own clock."""


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


@dataclass(frozen=True, slots=True)
class _Told:
    """By how much our clock was ahead of a host's, and when it said so by both of our clocks."""

    ahead: timedelta
    wall: datetime
    at_s: float
    is_sure: bool


class Elsewhere:
    """What time it is elsewhere, by the ``Date`` (RFC 9110, 6.6.1) of each host's last answer."""

    LASTS_S = 3600.0
    """So long what a host said counts."""

    SLACK_S = 60.0
    """By more than this our clock has been set since a host spoke: that was of another clock."""

    def __init__(self, now: Clock = utc_now, steady: Callable[[], float] = monotonic) -> None:
        self._now, self._steady = now, steady
        self._told: dict[str, _Told] = {}

    def hear(self, host: str, date: str, age: str = "", *, is_sure: bool = False) -> None:
        """A host has answered. ``age``: seconds the answer lay in a cache; ``is_sure``: it can be
        believed without another."""
        if host in HERE or not date:
            return
        try:
            at = parsedate_to_datetime(date)
        except (ValueError, TypeError):
            return
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
        at += timedelta(seconds=int(age)) if age.isascii() and age.isdigit() else timedelta()
        now = self._now()
        self._told[host[:253]] = _Told(now - at, now, self._steady(), is_sure)

    def ahead(self) -> timedelta | None:
        """By how much our clock is ahead (negative: behind); None where nobody can say. At least
        half of the hosts say at least so much: answers that a cache made old, and a host whose own
        clock is wrong, are outvoted. Two are needed, or one that is sure."""
        now, steady_s = self._now(), self._steady()
        told = [
            one
            for one in list(self._told.values())
            if 0 <= steady_s - one.at_s < self.LASTS_S
            if abs((now - one.wall).total_seconds() - (steady_s - one.at_s)) < self.SLACK_S
        ]
        if len(told) < 2 and not any(one.is_sure for one in told):
            return None
        return sorted((one.ahead for one in told), key=abs)[(len(told) - 1) // 2]


ELSEWHERE = Elsewhere()
"""Of this process: who calls other hosts tells it."""
