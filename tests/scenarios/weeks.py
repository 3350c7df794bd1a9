"""Seeded weeks of a brand's mentions, quiet and otherwise, as the detectors see them.

Every generator gives the same buckets for the same seed, and says when the event begins, if any.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.detect.testing import (
    BEGIN,
    DAY,
    WEEK,
    buckets,
    flat,
    times,
    weekly,
)
from monitor.model import BUCKET, Bucket


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """Buckets, and the interval in which an alarm is right (None: none is). Each is its own: what
    is made of one can be remembered without comparing weeks of buckets."""

    name: str
    buckets: tuple[Bucket, ...]
    event: tuple[datetime, datetime] | None = None


def at(n: float) -> datetime:
    return BEGIN + n * BUCKET


def event(first: int, hours: float) -> tuple[datetime, datetime]:
    return at(first), at(first) + timedelta(hours=hours)


def quiet(seed: int, *, level: float = 4.0, dispersion: float = 0.0, weeks: int = 4) -> Scenario:
    name = "quiet, over-dispersed" if dispersion else "quiet, Poisson"
    made = buckets(seed, weekly(level), weeks * WEEK, dispersion=dispersion)
    return Scenario(name, made)


def step(seed: int, *, level: float = 4.0) -> Scenario:
    """Five times the volume from one bucket to the next, for a day."""
    first = 3 * WEEK + 100
    shape = times(weekly(level), lambda n: 5.0 if first <= n < first + DAY else 1.0)
    made = buckets(seed, shape, 4 * WEEK, dispersion=0.2)
    return Scenario("step", made, event(first, 24))


def burst(seed: int, *, level: float = 4.0) -> Scenario:
    """Twenty times the volume for half an hour."""
    first = 3 * WEEK + 1000
    shape = times(weekly(level), lambda n: 20.0 if first <= n < first + 6 else 1.0)
    made = buckets(seed, shape, 4 * WEEK, dispersion=0.2)
    return Scenario("burst", made, event(first, 6))


def ramp(seed: int, *, level: float = 12.0) -> Scenario:
    """The mood turns from 25 to 60 % negative over three days; the volume stays as it is."""
    first, long = 3 * WEEK, 3 * DAY

    def share(n: int) -> float:
        return 0.25 + 0.35 * min(1.0, max(0.0, (n - first) / long))

    made = buckets(seed, weekly(level), 4 * WEEK, dispersion=0.1, share=share)
    return Scenario("ramp (slow burn)", made, event(first, 7 * 24))


def holidays(seed: int, *, level: float = 6.0) -> Scenario:
    """A strong weekly rhythm, and two weekdays as quiet as a Sunday."""
    quiet_days = {16, 23}
    shape = times(weekly(level), lambda n: 0.4 if n // DAY in quiet_days else 1.0)
    return Scenario("weekly rhythm with holidays", buckets(seed, shape, 4 * WEEK, dispersion=0.1))


def gap(seed: int, *, level: float = 6.0) -> Scenario:
    """A day that nobody saw, then the ordinary again."""
    first = 3 * WEEK
    made = buckets(seed, weekly(level), 4 * WEEK, dispersion=0.1)
    blind = tuple(
        replace(b, volume=0.0, scored=0.0, negative=0.0, covered=False)
        if first <= n < first + DAY
        else b
        for n, b in enumerate(made)
    )
    return Scenario("gap and catch-up", blind)


def copies(seed: int, *, level: float = 4.0) -> Scenario:
    """A storm of copies of one ordinary post: much volume at once, no worse a mood."""
    first = 3 * WEEK + 500
    shape = times(weekly(level), lambda n: 15.0 if first <= n < first + 24 else 1.0)
    made = buckets(seed, shape, 4 * WEEK, dispersion=0.1, share=lambda n: 0.2)
    return Scenario("duplicate storm", made, event(first, 6))


def campaign(seed: int, *, turns: bool, level: float = 10.0) -> Scenario:
    """A launch planned for two days with three times the volume, liked or not."""
    first = 3 * WEEK

    def on(n: int) -> bool:
        return first <= n < first + 2 * DAY

    shape = times(weekly(level), lambda n: 3.0 if on(n) else 1.0)

    def share(n: int) -> float:
        return (0.65 if turns and n >= first + 72 else 0.15) if on(n) else 0.25

    name = "campaign that turns" if turns else "campaign that goes well"
    made = buckets(seed, shape, 4 * WEEK, dispersion=0.1, share=share)
    return Scenario(name, made, event(first + 72, 42) if turns else None)


def low(seed: int) -> Scenario:
    """A mention every four hours."""
    return Scenario("low volume", buckets(seed, flat(0.02), 4 * WEEK, dispersion=0.5))


def zero(seed: int) -> Scenario:
    """Nobody ever says a word."""
    return Scenario("zero volume", buckets(seed, flat(0.0), 4 * WEEK))


LAUNCH = (at(3 * WEEK), at(3 * WEEK + 2 * DAY))
"""When the campaign was planned for."""

SUITE: Mapping[str, Callable[[int], Scenario]] = {
    "quiet": quiet,
    "quiet_wide": lambda seed: quiet(seed, dispersion=0.3),
    "step": step,
    "burst": burst,
    "ramp": ramp,
    "holidays": holidays,
    "gap": gap,
    "copies": copies,
    "campaign_good": lambda seed: campaign(seed, turns=False),
    "campaign_bad": lambda seed: campaign(seed, turns=True),
    "low": low,
    "zero": zero,
}
