"""Since when it goes on: the first message of a storm says so within five minutes."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from scenarios.weeks import BEGIN, DAY, burst

from monitor.detect.first_days import FirstDays
from monitor.detect.replay import replay
from monitor.detect.testing import count
from monitor.detect.volume import Volume
from monitor.model import ALL, BUCKET, Bucket, SeriesKey, Signal

FIVE_MINUTES = timedelta(minutes=5)
STORM = 4 * DAY + 120
"""The bucket in which it begins."""


def swelling(seed: int) -> list[Bucket]:
    """Two mentions a bucket. Two restless hours of good cheer, then a storm of complaints that
    swells for three quarters of an hour to ten times as much."""
    rnd = random.Random(seed)
    made = []
    for n in range(STORM + 12):
        cheer = count(rnd, 1.0 if STORM - 24 <= n < STORM else 0.0, 0.0)
        angry = count(rnd, 2.0 * (n - STORM + 1) if n >= STORM else 0.0, 0.0)
        usual = count(rnd, 1.7, 0.1)
        said = cheer + usual + angry
        negative = 0.02 * cheer + 0.15 * usual + 0.85 * angry
        made.append(Bucket(BEGIN + n * BUCKET, said, scored=said, negative=negative))
    return made


def told(series: list[Bucket], after: int) -> list[Signal]:
    """What a volume detector says from bucket ``after`` on."""
    found = replay(Volume(SeriesKey("kopi", ALL, "volume")), series)
    return [signal for signal in found if signal and signal.at > BEGIN + after * BUCKET]


def test_a_storm_that_swells_out_of_a_restless_morning_began_when_the_complaints_came():
    first, swollen = [], []
    for seed in range(4):
        signals = told(swelling(seed), STORM)
        first.append((signals[0].onset - BEGIN) / BUCKET - STORM)
        swollen.append((signals[4].onset - BEGIN) / BUCKET - STORM)
    assert max(map(abs, first)) <= 1, first
    assert sorted(map(abs, swollen))[2] <= 1, swollen


@pytest.mark.parametrize("seed", range(10))
def test_a_burst_of_the_suite_began_when_it_came(seed: int):
    made = burst(seed)
    assert made.event
    began, days = made.event[0], 4
    first = round((began - BEGIN) / BUCKET)
    series = made.buckets[first - days * DAY : first + 6]
    for signal in replay(Volume(SeriesKey("kopi", ALL, "volume")), series):
        if signal and signal.at > began:
            assert abs(signal.onset - began) <= FIVE_MINUTES


@pytest.mark.parametrize(("crisis", "negative"), [(5.0, 1.0), (0.0, 5.7)])
def test_the_first_days_floors_say_when_it_began_and_not_how_far_they_look(
    crisis: float, negative: float
) -> None:
    first = FirstDays(SeriesKey("kopi", ALL, "volume"))
    calm = [
        Bucket(BEGIN + n * BUCKET, 1.0, scored=1.0, negative=0.13, crisis=float(n == 9))
        for n in range(48)
    ]
    storm = [
        Bucket(BEGIN + n * BUCKET, 6.0, scored=6.0, negative=negative, crisis=crisis)
        for n in range(48, 56)
    ]
    found = [signal for signal in replay(first, calm + storm) if signal]
    assert found
    assert {signal.start for signal in found} == {storm[0].start}
    shares = {signal.facts["negative_share"] for signal in found}
    assert shares == {round(negative / 6.0, 4)}, "figures are of what goes on, as it is counted"
