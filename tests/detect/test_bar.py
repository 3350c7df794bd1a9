"""What a series' own past teaches: the bar, which episode has set it, and what a crisis that
somebody has in hand leaves out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.detect.highest import KEPT, Highest
from monitor.detect.replay import replay
from monitor.detect.scales import count_of, surge_of
from monitor.detect.testing import BEGIN, DAY, WEEK, buckets, times, weekly
from monitor.detect.volume import Volume
from monitor.model import ALL, BUCKET, Bucket, SeriesKey, Signal

FIRST, SECOND = 2 * WEEK + 150, 3 * WEEK + 150
"""Two storms of four hours, a week apart."""


def storms() -> list[Bucket]:
    """Bare counts: an ordinary rhythm with the two storms in it."""

    def shape(n: int) -> float:
        return 8.0 if any(at <= n < at + 48 for at in (FIRST, SECOND)) else 1.0

    made = buckets(3, times(weekly(4.0), shape), 3 * WEEK + DAY, dispersion=0.1)
    return [replace(bucket, scored=0.0, negative=0.0) for bucket in made]


def in_hand(told: list[Bucket], first: int, last: int) -> list[Bucket]:
    return [replace(b, acknowledged=first <= n < last) for n, b in enumerate(told)]


def at_the_second(told: list[Bucket]) -> list[Signal]:
    """What is said during the second storm."""
    said = list(replay(Volume(SeriesKey("kopi", ALL, "volume")), told))
    return [signal for signal in said[SECOND : SECOND + 36] if signal]


def test_a_page_says_how_high_the_bar_was_and_which_episode_has_set_it():
    signal = at_the_second(storms())[-1]
    told = datetime.fromisoformat(str(signal.facts["bar_from"]))
    assert BEGIN + FIRST * BUCKET <= told <= BEGIN + (FIRST + 12 * 12) * BUCKET
    assert float(signal.facts["bar"]) > float(signal.facts["expected"])
    assert float(signal.facts["bar_minutes"]) in (5, 30, 180, 540)


def test_a_crisis_in_hand_does_not_raise_the_bar_for_the_next():
    told = storms()
    plain, known = at_the_second(told), at_the_second(in_hand(told, FIRST + 2, FIRST + DAY))
    assert known[-1].score > plain[-1].score
    assert known[0].at <= plain[0].at


def test_what_has_calmed_down_teaches_although_nobody_closes_the_incident():
    told = storms()
    closed = at_the_second(in_hand(told, FIRST + 2, FIRST + DAY))
    left_open = at_the_second(in_hand(told, FIRST + 2, SECOND))
    assert left_open[-1].facts["expected"] == closed[-1].facts["expected"]
    assert left_open[-1].score == closed[-1].score


def test_the_highest_of_the_past_is_one_an_episode_and_fades():
    highest, at = Highest(timedelta(days=100)), datetime(2026, 3, 1, tzinfo=UTC)
    for hour, value in ((0, 3.0), (1, 9.0), (2, 5.0)):
        highest.learn(value, at + timedelta(hours=hour))
    assert highest.before(at + timedelta(days=2)) == at + timedelta(hours=1)
    assert highest.before(at) is None
    for day in range(10, 10 + KEPT):
        highest.learn(4.0 + day / 100.0, at + timedelta(days=day))
    again = Highest(timedelta(days=100))
    again.load(highest.dump())
    later = at + timedelta(days=150)
    again.learn(6.0, later)
    assert again.before(later + BUCKET) == later
    assert again.before(later) != at + timedelta(hours=1)


def test_a_bar_in_counts_is_the_surge_it_stands_for():
    for count, mean in ((12.0, 2.0), (900.0, 300.0), (1.0, 0.02)):
        assert abs(count_of(surge_of(count, mean), mean) - count) < 1e-9


def test_a_past_that_is_shared_is_the_one_each_would_have_had():
    told = storms()
    whole = Volume(SeriesKey("kopi", ALL, "volume"))
    apart, twin = (Volume(SeriesKey("kopi", "x", "volume"), watch=None) for _ in range(2))
    for bucket in told[: 2 * WEEK]:
        for detector in (whole, apart, twin):
            detector.learn(bucket)
    assert twin.share(whole)
    for bucket in told[2 * WEEK : FIRST]:
        assert twin.score(bucket) is apart.score(bucket) is None
        twin.track(bucket)
        whole.learn(bucket)
        apart.learn(bucket)
    twin.part()
    for bucket in told[FIRST:]:
        assert twin.score(bucket) == apart.score(bucket)
        for detector in (whole, apart, twin):
            detector.learn(bucket)
    assert twin.dump() == apart.dump() != whole.dump()


def test_no_past_is_shared_that_differs_or_has_an_event_in_it():
    told = storms()
    whole, other = (
        Volume(SeriesKey("kopi", ALL, "volume")),
        Volume(SeriesKey("kopi", "x", "volume"), watch=None),
    )
    for bucket in told[:100]:
        whole.learn(bucket)
        other.learn(replace(bucket, volume=bucket.volume + 1.0))
    assert not other.share(whole)
    assert not whole.share(whole), "what is watched asks the past whether its budget allows it"
    other.load(whole.dump())
    for bucket in told[100 : FIRST + 12]:
        whole.learn(bucket)
        other.learn(bucket)
    assert not other.share(whole), "an event goes on"
