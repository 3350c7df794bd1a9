"""A real crisis: four airlines on Twitter, February 2015 (research data)."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from monitor.backtest.run import History, alarms_of
from monitor.detect.factory import detectors_for
from monitor.model import BUCKET, Bucket, SeriesKey
from monitor.settings.model import Rules

NAMES = {
    "us-airways": "@usairways",
    "united": "@united",
    "virgin-america": "@virginamerica",
    "american": "@americanair",
}
FIRST, LAST = datetime(2015, 2, 17, 7, 45, tzinfo=UTC), datetime(2015, 2, 24, 19, 55, tzinfo=UTC)
STORM = datetime(2015, 2, 22, tzinfo=UTC)
COLLECTED = datetime(2015, 2, 22, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def tweets(shared):
    with gzip.open(shared / "data/airline/mentions.jsonl.gz", "rt") as file:
        rows = {row["id"]: row for row in map(json.loads, file)}
    volume: dict[str, Counter[datetime]] = defaultdict(Counter)
    negative: dict[str, dict[datetime, float]] = defaultdict(lambda: defaultdict(float))
    for row in rows.values():
        at = datetime.fromisoformat(row["created_at"].replace("Z", "+00:00"))
        at = at.replace(minute=at.minute // 5 * 5, second=0, microsecond=0)
        for brand, name in NAMES.items():
            if re.search(re.escape(name) + r"\b", row["text"].lower()):
                volume[brand][at] += 1
                negative[brand][at] += 0.8 if row["gold"] == "negative" else 0.2
    return volume, negative


def alarms(tweets, brand, covered_from=FIRST):
    volume, negative = tweets
    buckets, at = [], FIRST
    while at < LAST:
        count = float(volume[brand][at])
        covered = at >= covered_from
        buckets.append(Bucket(at, count, count, negative[brand][at], covered=covered))
        at += BUCKET
    return [
        alarm
        for measure in ("volume", "negative")
        for alarm in alarms_of(
            History(SeriesKey(brand, "x", measure), buckets),
            lambda key, span: detectors_for(Rules(), span)(key),
        )
    ]


def test_us_airways_is_flagged_in_the_morning_of_the_storm(tweets):
    first = alarms(tweets, "us-airways")[0]
    assert first.start.date() == STORM.date()
    assert STORM <= first.told < STORM + timedelta(hours=12)


def test_at_most_one_alarm_in_all_comes_before_the_storm(tweets):
    early = [a for brand in NAMES for a in alarms(tweets, brand) if a.told < STORM]
    assert len(early) <= 1


def test_virgin_america_had_no_crisis(tweets):
    assert alarms(tweets, "virgin-america") == []


def test_american_is_a_cold_start_where_its_coverage_is_stated(tweets):
    assert alarms(tweets, "american", covered_from=COLLECTED) == []
    detector = detectors_for(Rules())(SeriesKey("american", "x", "volume"))[0]
    assert detector.learning_until(COLLECTED) == COLLECTED + timedelta(days=3)


def test_american_is_flagged_within_two_hours_where_it_is_not(tweets):
    first = alarms(tweets, "american")[0]
    assert COLLECTED <= first.told <= COLLECTED + timedelta(hours=2)
