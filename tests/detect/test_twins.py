"""Two detectors with the same past are twins, until one of them has seen something else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.detect.negative import NegativeShare
from monitor.detect.slow_burn import SlowBurn
from monitor.detect.twins import are_twins, take_over
from monitor.detect.volume import Volume
from monitor.model import ALL, BUCKET, Bucket, SeriesKey

BEGIN = datetime(2025, 3, 3, tzinfo=UTC)
WHOLE, PART = SeriesKey("senja", ALL, "negative"), SeriesKey("senja", "x", "negative")


def shown(n, negative=1.0):
    return Bucket(BEGIN + n * BUCKET, 3.0, scored=3.0, negative=negative)


@pytest.mark.parametrize("kind", [NegativeShare, SlowBurn])
def test_twins_learn_the_same_and_one_may_learn_for_both(kind):
    one, other = kind(PART), kind(WHOLE)
    assert are_twins(one, other)
    for n in range(40):
        other.learn(shown(n))
    assert not are_twins(one, other)
    take_over(one, other)
    assert are_twins(one, other)
    assert (one.key, one.dump()) == (PART, other.dump())
    one.learn(shown(40, negative=2.0))
    other.learn(shown(40))
    assert one.dump() != other.dump()  # each has a past of its own


def test_nobody_is_the_twin_of_one_that_is_set_otherwise_or_is_of_another_kind():
    assert not are_twins(SlowBurn(PART, threshold=4.0), SlowBurn(WHOLE))
    assert not are_twins(NegativeShare(PART), SlowBurn(WHOLE))
    assert not are_twins(Volume(PART), Volume(WHOLE))  # which shares its past alone
