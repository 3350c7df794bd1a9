"""The detector contract as tests, for our detectors and for those of plug-ins alike.

A plug-in's own test is a subclass with one fixture::

    class TestMine(DetectorContract):
        @pytest.fixture
        def make(self):
            return lambda: Mine(SeriesKey("kopi", "x", "volume"))

``warm_up``: buckets in which it says nothing (None: whether a crisis is seen does not hang on it);
``one_alarm``: whether a storm of a day and a half must be one alarm. The story it is told is made
here, with its seed: two weeks of a weekly rhythm, then a storm of volume and anger, a blind
morning before it, and nothing at all at the end.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor.detect.base import SeriesDetector
from monitor.detect.replay import replay
from monitor.model import BUCKET, Bucket, Signal

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
"""A Monday."""

DAY = 288
WEEK = 7 * DAY

Rate = Callable[[int], float]
"""Bucket number -> expected mentions."""


def flat(level: float) -> Rate:
    return lambda _: level


def weekly(level: float) -> Rate:
    """Nights at a quarter of the days, weekends at half."""

    def rate(n: int) -> float:
        hour, day = (n % DAY) / 12.0, (n // DAY) % 7
        daily = 1.0 + 0.75 * math.sin((hour - 8.0) / 24.0 * 2.0 * math.pi)
        return level * daily * (0.5 if day >= 5 else 1.0)

    return rate


def times(rate: Rate, shape: Callable[[int], float]) -> Rate:
    return lambda n: rate(n) * shape(n)


def count(rnd: random.Random, mean: float, dispersion: float) -> int:
    """A negative binomial (Poisson where ``dispersion`` is 0)."""
    if mean <= 0.0:
        return 0
    if dispersion > 0.0:
        mean = rnd.gammavariate(1.0 / dispersion, dispersion * mean)
    if mean > 50.0:
        return max(0, round(rnd.gauss(mean, math.sqrt(mean))))
    limit, k, p = math.exp(-mean), 0, rnd.random()
    while p > limit:
        k += 1
        p *= rnd.random()
    return k


def buckets(
    seed: int,
    rate: Rate,
    length: int,
    *,
    dispersion: float = 0.0,
    share: Callable[[int], float] = lambda _: 0.25,
) -> tuple[Bucket, ...]:
    """``length`` buckets. Each mention's p_neg is near 0.85 or 0.15, as a fair classifier says."""
    rnd = random.Random(seed)
    made = []
    for n in range(length):
        volume = count(rnd, rate(n), dispersion)
        shown = 0.15 + 0.7 * share(n)
        spread = math.sqrt(volume * 0.12)
        negative = min(
            float(volume), max(0.0, rnd.gauss(volume * shown, spread) if volume else 0.0)
        )
        made.append(Bucket(BEGIN + n * BUCKET, float(volume), float(volume), negative))
    return tuple(made)


def stormy(seed: int = 1, weeks: int = 2) -> list[Bucket]:
    """A storm of volume and anger in the last but third day, a blind morning before, and nothing
    at all on the last afternoon."""
    first = (weeks * 7 - 3) * DAY
    shape = times(weekly(5.0), lambda n: 8.0 if first <= n < first + 100 else 1.0)
    made = buckets(
        seed, shape, weeks * WEEK, dispersion=0.2, share=lambda n: 0.8 if n >= first else 0.25
    )
    blind = range(first - 300, first - 150)
    told = [replace(b, covered=n not in blind) for n, b in enumerate(made)]
    silent = range(len(told) - 100, len(told))
    return [
        replace(b, volume=0.0, scored=0.0, negative=0.0) if n in silent or n in blind else b
        for n, b in enumerate(told)
    ]


Make = Callable[[], SeriesDetector]


class DetectorContract:
    """What every series detector promises (``monitor.detect.base``)."""

    warm_up: int | None = 3 * DAY
    one_alarm: bool = False

    @pytest.fixture
    def make(self) -> Make:
        """Makes a fresh detector."""
        raise NotImplementedError

    def test_scoring_changes_nothing_and_a_storm_is_found(self, make: Make) -> None:
        detector, found = make(), 0
        for n, bucket in enumerate(stormy()):
            if n % 97 == 0:
                before = json.dumps(detector.dump())
                first = detector.score(replace(bucket, final=False))
                assert json.dumps(detector.dump()) == before
                assert detector.score(replace(bucket, final=False)) == first
            found += detector.score(bucket) is not None
            detector.learn(bucket)
        assert found

    @pytest.mark.parametrize("cut", [10, 900, 3190, 3260, 4000])
    def test_a_restored_state_goes_on_as_if_nothing_had_happened(
        self, make: Make, cut: int
    ) -> None:
        told, first, second = stormy(), make(), make()
        run(first, told[:cut])
        second.load(json.loads(json.dumps(first.dump())))
        assert run(second, told[cut:]) == run(first, told[cut:])
        assert second.dump() == first.dump()

    def test_what_comes_later_does_not_change_what_was_said(self, make: Make) -> None:
        told = stormy()
        whole = run(make(), told)
        assert run(make(), told[:3300]) == whole[:3300]

    def test_what_nobody_saw_neither_fires_nor_teaches(self, make: Make) -> None:
        zero, wild = make(), make()
        for n, bucket in enumerate(stormy()):
            if not bucket.covered or n % 50 == 7:
                blind = replace(bucket, covered=False)
                noise = replace(blind, volume=9999.0, scored=9999.0, negative=9999.0)
                assert wild.score(noise) is None
                zero.learn(blind)
                wild.learn(noise)
            else:
                assert zero.score(bucket) == wild.score(bucket)
                zero.learn(bucket)
                wild.learn(bucket)
        assert zero.dump() == wild.dump()

    def test_the_state_does_not_grow_with_history(self, make: Make) -> None:
        detector, sizes = make(), []
        for n, bucket in enumerate(stormy(weeks=4)):
            detector.learn(bucket)
            if n in (2 * WEEK, 4 * WEEK - 1):
                sizes.append(_numbers(json.loads(json.dumps(detector.dump()))))
        assert sizes[1] <= sizes[0] * 1.5  # a fixed histogram fills up
        assert sizes[1] < 16_000

    def test_a_state_of_another_version_is_refused(self, make: Make) -> None:
        with pytest.raises(ValueError):
            make().load({**make().dump(), "version": 999})

    def test_nothing_is_said_while_learning_and_it_says_until_when(self, make: Make) -> None:
        detector, told = make(), stormy()
        for n, bucket in enumerate(told[: 3 * DAY]):
            noise = replace(bucket, volume=5000.0, scored=5000.0, negative=5000.0)
            assert detector.score(noise) is None
            if n == DAY:
                until = None if self.warm_up is None else BEGIN + self.warm_up * BUCKET
                assert detector.learning_until(bucket.start) == until
            detector.learn(bucket)
        assert detector.learning_until(told[3 * DAY].start) is None

    def test_an_event_is_one_signal_with_its_facts_declared(self, make: Make) -> None:
        detector = make()
        signals = [signal for signal in run(detector, stormy()) if signal]
        declared = {fact.name for fact in detector.facts}
        assert all(set(signal.facts) <= declared for signal in signals)
        assert all(signal.detector == detector.name for signal in signals)
        assert all(signal.start < signal.at for signal in signals)
        if self.one_alarm:
            storm = [s for s in signals if s.at > BEGIN + 11 * DAY * BUCKET]
            assert len({signal.start for signal in storm}) == 1


def run(detector: SeriesDetector, told: Sequence[Bucket]) -> list[Signal | None]:
    """What the detector says of each bucket."""
    return list(replay(detector, told))


def _numbers(value: Any) -> int:
    """How many single values a state holds."""
    if isinstance(value, dict):
        return sum(_numbers(v) for v in value.values())
    return sum(_numbers(v) for v in value) if isinstance(value, list) else 1
