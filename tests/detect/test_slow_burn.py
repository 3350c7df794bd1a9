"""When a slow burn is over: once talk is ordinary again, and not before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from monitor.detect.replay import advance
from monitor.detect.slow_burn import SlowBurn
from monitor.model import BUCKET, Bucket, SeriesKey

BEGIN = datetime(2025, 1, 6, tzinfo=UTC)
DAY = timedelta(days=1)
ORDINARY, TURNED = 0.16, 0.45


def burned(days: float, a_day: int, share: float, then: float, seed: int) -> list[datetime]:
    """When it is told in three weeks of ordinary talk, ``days`` of another and a week after it."""
    dice = Random(seed)
    detector = SlowBurn(SeriesKey("kopi", "x", "negative"))
    turns, back = BEGIN + 21 * DAY, BEGIN + 21 * DAY + days * DAY
    told, at = [], BEGIN
    while at < back + 7 * DAY:
        there = turns <= at < back
        many = sum(dice.random() < (then if there else a_day) / 1440 for _ in range(5))
        negative = sum(dice.random() < (share if there else ORDINARY) for _ in range(many))
        bucket = Bucket(start=at, volume=many, scored=many, negative=negative)
        signal = advance(detector, bucket)
        if signal is not None and not signal.over:
            told.append(at)
        at += BUCKET
    return told


def test_what_a_storm_leaves_behind_is_over_a_day_after_it_and_not_three() -> None:
    for seed in range(3):
        told = burned(0.3, 33, 1.0, 700, seed)
        assert told
        assert told[-1] < BEGIN + 21.3 * DAY + DAY


def test_a_mood_that_stays_turned_goes_on_and_is_over_when_it_turns_back() -> None:
    for seed in range(3):
        told = burned(4.0, 200, TURNED, 200, seed)
        assert told[0] < BEGIN + 22 * DAY
        assert told == [told[0] + n * BUCKET for n in range(len(told))]  # one event, unbroken
        assert BEGIN + 24.9 * DAY < told[-1] < BEGIN + 25.5 * DAY
