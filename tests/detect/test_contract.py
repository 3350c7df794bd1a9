"""What every series detector promises, ours and the peers' alike (``monitor.detect.base``)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from scenarios.weeks import BEGIN, DAY, WEEK, buckets, times, weekly

from monitor.detect.factory import detectors_for
from monitor.detect.peers import PEERS
from monitor.model import BUCKET, SeriesKey
from monitor.settings.model import Rules

NAMES = ("volume", "silence", "negative_share", "slow_burn", *PEERS)


def make(name):
    if name in PEERS:
        return PEERS[name](SeriesKey("kopi", "x", "volume"), BUCKET)
    measure = "volume" if name in ("volume", "silence") else "negative"
    found = detectors_for(Rules())(SeriesKey("kopi", "x", measure))
    return next(detector for detector in found if detector.name == name)


def stormy(seed=1, weeks=2):
    """A storm of volume and anger in the last but third day, a blind morning before, and nothing
    at all on the last afternoon."""
    first = (weeks * 7 - 3) * DAY
    shape = times(weekly(5.0), lambda n: 8.0 if first <= n < first + 100 else 1.0)
    made = buckets(
        seed,
        shape,
        weeks * WEEK,
        dispersion=0.2,
        share=lambda n: 0.8 if n >= first else 0.25,
    )
    blind = range(first - 300, first - 150)
    told = [replace(b, covered=n not in blind) for n, b in enumerate(made)]
    silent = range(len(told) - 100, len(told))
    return [
        replace(b, volume=0.0, scored=0.0, negative=0.0) if n in silent or n in blind else b
        for n, b in enumerate(told)
    ]


def run(detector, told):
    signals = []
    for bucket in told:
        signals.append(detector.score(bucket))
        detector.learn(bucket)
    return signals


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


def test_scoring_changes_nothing_and_a_storm_is_found(name):
    detector, found = make(name), 0
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
def test_a_restored_state_goes_on_as_if_nothing_had_happened(name, cut):
    told = stormy()
    first = make(name)
    run(first, told[:cut])
    second = make(name)
    second.load(json.loads(json.dumps(first.dump())))
    assert run(second, told[cut:]) == run(first, told[cut:])
    assert second.dump() == first.dump()


def test_what_comes_later_does_not_change_what_was_said(name):
    told = stormy()
    whole = run(make(name), told)
    assert run(make(name), told[:3300]) == whole[:3300]


def test_what_nobody_saw_neither_fires_nor_teaches(name):
    zero, wild = make(name), make(name)
    for n, bucket in enumerate(stormy()):
        if not bucket.covered or n % 50 == 7:
            blind = replace(bucket, covered=False)
            loud = replace(blind, volume=9999.0, scored=9999.0, negative=9999.0)
            assert wild.score(loud) is None
            zero.learn(blind)
            wild.learn(loud)
        else:
            assert zero.score(bucket) == wild.score(bucket)
            zero.learn(bucket)
            wild.learn(bucket)
    assert zero.dump() == wild.dump()


def numbers(value):
    if isinstance(value, dict):
        return sum(numbers(v) for v in value.values())
    return sum(numbers(v) for v in value) if isinstance(value, list) else 1


def test_the_state_does_not_grow_with_history(name):
    detector, sizes = make(name), []
    told = stormy(weeks=4)
    for n, bucket in enumerate(told):
        detector.learn(bucket)
        if n in (2 * WEEK, 4 * WEEK - 1):
            sizes.append(numbers(json.loads(json.dumps(detector.dump()))))
    assert sizes[1] <= sizes[0] * 1.5  # a fixed histogram fills up
    assert sizes[1] < 16_000


def test_a_state_of_another_version_is_refused(name):
    with pytest.raises(ValueError):
        make(name).load({**make(name).dump(), "version": 999})


def test_nothing_is_said_while_learning_and_it_says_until_when(name):
    detector = make(name)
    told = stormy()
    for n, bucket in enumerate(told[: 3 * DAY]):
        assert (
            detector.score(replace(bucket, volume=5000.0, scored=5000.0, negative=5000.0)) is None
        )
        if n == DAY:
            until = None if name == "silence" else BEGIN + 3 * DAY * BUCKET
            assert detector.learning_until(bucket.start) == until
        detector.learn(bucket)
    assert detector.learning_until(told[3 * DAY].start) is None


def test_an_event_is_one_signal_with_its_facts_declared(name):
    detector = make(name)
    signals = [signal for signal in run(detector, stormy()) if signal]
    declared = {fact.name for fact in detector.facts}
    assert all(set(signal.facts) <= declared for signal in signals)
    assert all(signal.detector == name for signal in signals)
    assert all(signal.start < signal.at for signal in signals)
    if name in ("volume", "negative_share", "slow_burn"):
        storm = [s for s in signals if s.at > BEGIN + 11 * DAY * BUCKET]
        assert len({signal.start for signal in storm}) == 1
