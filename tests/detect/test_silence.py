"""A platform that answers and tells nothing: alarmed where it cannot be chance, and only there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from scenarios.weeks import BEGIN, DAY, WEEK, buckets, flat, times, weekly

from monitor.detect.factory import detectors_for
from monitor.model import ALL, BLINDNESS, BUCKET, SeriesKey
from monitor.settings.model import Rules, SilenceRule

HOUR = 12
LAST = 3 * WEEK + 2 * DAY + 10 * HOUR
"""A Wednesday morning in the fourth week."""


def silence():
    made = detectors_for(Rules())(SeriesKey("kopi", "tiktok", "volume"))
    return next(detector for detector in made if detector.name == "silence")


def told(made):
    detector, found = silence(), []
    for bucket in made:
        if signal := detector.score(bucket):
            found.append(signal)
        detector.learn(bucket)
    return found


def muted(made, start, length):
    return [
        replace(b, volume=0.0, scored=0.0, negative=0.0) if start <= n < start + length else b
        for n, b in enumerate(made)
    ]


def test_a_platform_that_falls_silent_is_told_as_blindness_with_what_was_usual():
    made = buckets(1, weekly(1.0), LAST + 8 * HOUR, dispersion=0.2)
    signals = told(muted(made, LAST, 8 * HOUR))
    first = signals[0]
    assert (first.risk_class, first.subject) == (BLINDNESS, "tiktok")
    assert abs(first.start - (BEGIN + LAST * BUCKET)) <= timedelta(minutes=15)
    assert first.at - first.start <= timedelta(hours=5)
    assert first.facts["kind"] == "silent"
    assert 25 <= first.facts["expected"] <= 80
    assert {signal.start for signal in signals} == {first.start}


def test_one_storm_at_night_makes_no_later_night_look_silent():
    """Nobody writes at night but in one storm; the same night of the weeks after it is as ever."""
    calm = buckets(3, flat(0.3), 6 * WEEK)
    storm = range(3 * WEEK + 5 * DAY, 3 * WEEK + 5 * DAY + 5 * HOUR)
    volumes = [
        20.0 if n in storm else 0.0 if n % DAY < 6 * HOUR else b.volume for n, b in enumerate(calm)
    ]
    made = [
        replace(b, volume=v, scored=v, negative=0.0) for b, v in zip(calm, volumes, strict=True)
    ]
    assert told(made) == []


@pytest.mark.parametrize("day", [0, 3, 6, 9])
def test_a_storm_that_is_all_that_was_ever_said_is_over_and_no_silence(day):
    """What a first read tells of a brand that nobody speaks of, whenever the storm was."""
    calm = buckets(4, flat(0.0), 3 * WEEK)
    begin = day * DAY + 20 * HOUR  # over midnight
    storm = range(begin, begin + 6 * HOUR)
    made = [replace(b, volume=5.0 if n in storm else 0.0) for n, b in enumerate(calm)]
    assert told(made) == []


def test_the_first_mention_ends_it_and_the_next_silence_is_told_anew():
    made = buckets(2, flat(4.0), LAST + 2 * DAY)
    quiet = muted(muted(made, LAST, 6 * HOUR), LAST + DAY, 6 * HOUR)
    starts = sorted({signal.start for signal in told(quiet)})
    assert [(start - BEGIN) // BUCKET // DAY for start in starts] == [LAST // DAY, LAST // DAY + 1]


@pytest.mark.parametrize("level", [0.02, 0.3, 4.0])
@pytest.mark.parametrize("dispersion", [0.0, 0.5])
def test_ordinary_nights_and_weekends_are_not_silence(level, dispersion):
    for seed in range(3):
        assert told(buckets(seed, weekly(level), 4 * WEEK, dispersion=dispersion)) == []


def test_a_brand_of_office_hours_is_not_silent_at_night_or_on_sunday():
    def office(n):
        return 2.0 if 8 <= n % DAY / HOUR < 18 and n // DAY % 7 < 5 else 0.0

    assert told(buckets(3, office, 5 * WEEK, dispersion=0.3)) == []


def test_talk_that_dies_down_by_itself_is_not_silence():
    fading = times(flat(5.0), lambda n: 0.5 ** (max(0, n - 10 * DAY) / (0.7 * DAY)))
    assert told(buckets(4, fading, 4 * WEEK, dispersion=0.3)) == []


def test_what_could_not_be_read_is_not_silence_but_goes_through_one():
    made = muted(buckets(5, flat(4.0), LAST + DAY), LAST, DAY)
    unread = [replace(b, covered=n < LAST) for n, b in enumerate(made)]
    assert told(unread) == []
    hole = range(LAST + 4, LAST + 40)
    signals = told([replace(b, covered=n not in hole) for n, b in enumerate(made)])
    assert signals
    assert signals[0].start == BEGIN + LAST * BUCKET


def test_a_young_series_and_the_sum_of_all_platforms_say_nothing():
    assert told(muted(buckets(6, flat(4.0), WEEK), 6 * DAY, DAY)) == []
    names = [d.name for d in detectors_for(Rules())(SeriesKey("kopi", ALL, "volume"))]
    assert "silence" not in names
    off = Rules(silence=SilenceRule(enabled=False))
    assert [d.name for d in detectors_for(off)(SeriesKey("kopi", "x", "volume"))] == ["volume"]
