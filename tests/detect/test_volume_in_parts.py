"""Parts of what comes in that are counted by themselves: what could not be read, what names a
crisis; and what many posts of few people are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

import pytest

from monitor.detect.evidence import PAGE, WATCH
from monitor.detect.replay import advance
from monitor.detect.testing import DAY, WEEK, buckets, flat
from monitor.detect.volume import Volume
from monitor.model import ALL, Bucket, SeriesKey, Signal, Voices

KEY = SeriesKey("kopi", ALL, "volume")
USUAL = 2.0
"""Mentions a bucket."""


@pytest.fixture(scope="module")
def known() -> str:
    """A detector that has seen two weeks and a day, all of it read."""
    detector = Volume(KEY)
    for bucket in past():
        advance(detector, spoken(bucket))
    return json.dumps(detector.dump())


def past(shown: int = 0) -> Iterable[Bucket]:
    """Two weeks and a day, or the hour behind them."""
    made = buckets(7, flat(USUAL), 2 * WEEK + DAY + 12)
    return made[-12:] if shown else made[:-12]


def spoken(bucket: Bucket) -> Bucket:
    """Each post of another person."""
    return replace(bucket, voices=Voices(bucket.volume, bucket.scored, bucket.negative))


def told(known: str, more: Bucket) -> list[Signal]:
    """What is said of an hour in which so much more comes in every bucket."""
    detector = Volume(KEY)
    detector.load(json.loads(known))
    voices = more.voices
    assert voices is not None
    signals = []
    for usual in map(spoken, past(12)):
        assert usual.voices is not None
        bucket = replace(
            usual,
            volume=usual.volume + more.volume,
            scored=usual.scored + more.scored,
            negative=usual.negative + more.negative,
            unread=more.unread,
            crisis=more.crisis,
            voices=Voices(
                usual.voices.count + voices.count,
                (usual.voices.scored or 0.0) + (voices.scored or 0.0),
                (usual.voices.negative or 0.0) + (voices.negative or 0.0),
            ),
        )
        signals.append(advance(detector, bucket))
    return [signal for signal in signals if signal is not None]


def more(volume: float, unread: float, negative: float, crisis: float = 0.0) -> Bucket:
    """So many more a bucket, of so many people, of which a part cannot be read."""
    read = volume - unread
    voices = Voices(volume, read, negative)
    at = next(iter(past())).start
    return Bucket(at, volume, read, negative, unread=unread, crisis=crisis, voices=voices)


def test_a_storm_half_of_which_cannot_be_read_pages_though_the_rest_cheers(known: str) -> None:
    assert any(s.facts["level"] == "page" for s in told(known, more(6.0, 3.0, 0.0))[:6])


def test_what_is_read_and_liked_is_a_watch(known: str) -> None:
    signals = told(known, more(6.0, 0.0, 0.0))
    assert signals
    assert {signal.facts["level"] for signal in signals} == {"watch"}


def test_what_can_usually_not_be_read_is_no_sign() -> None:
    detector = Volume(KEY)
    for bucket in past():
        read = 0.7 * bucket.volume
        usual = replace(bucket, scored=read, negative=0.2 * read, unread=bucket.volume - read)
        advance(detector, spoken(usual))
    learned = json.dumps(detector.dump())
    assert {s.facts["level"] for s in told(learned, more(6.0, 2.0, 0.0))} == {"watch"}


def test_five_that_name_a_crisis_where_nobody_does_are_a_watch(known: str) -> None:
    five = told(known, more(0.5, 0.0, 0.5, crisis=0.5))
    assert five, "six in an hour"
    assert {signal.facts["level"] for signal in five} == {"watch"}
    assert max(signal.score for signal in five) >= WATCH
    assert not told(known, more(0.5, 0.0, 0.2))
    assert not told(known, more(0.3, 0.0, 0.3, crisis=0.3)), "four are too few"


def test_many_posts_of_few_people_are_a_watch(known: str) -> None:
    posts = replace(more(10.0, 0.0, 9.0, crisis=10.0), voices=Voices(0.4, 0.4, 0.4))
    signals = told(known, posts)
    assert signals
    assert {signal.facts["level"] for signal in signals} == {"watch"}
    assert max(float(signal.facts["score_30m"]) for signal in signals) > PAGE
