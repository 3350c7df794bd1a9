"""What ``siaga tune`` and ``siaga backtest`` count: time, cases, budgets, labels."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import click
import pytest
from click.testing import CliRunner
from scenarios.weeks import BEGIN, DAY

from monitor.backtest.counts import read_counts
from monitor.backtest.run import Alarm, History, judge
from monitor.backtest.tune import tune as tuned
from monitor.cli.history import warm_up_lines
from monitor.cli.tune import _budget, tune
from monitor.model import ALL, BUCKET, Bucket, SeriesKey, Signal
from monitor.problems import Problem


def of_level(threshold):
    """Rules that tell a bucket at the threshold."""

    class Level:
        name, facts = "volume", ()

        def score(self, bucket):
            if bucket.volume < threshold:
                return None
            return Signal("b", ALL, "volume", "reputation", bucket.start, bucket.end, 1.0, 1.0)

        def learn(self, bucket):
            pass

    return lambda key, span: [Level()]


@pytest.mark.parametrize(
    ("said", "a_week"),
    [
        ("1 page/week", 1.0), ("one page a week", 1.0), ("once a week", 1.0), ("Weekly", 1.0),
        ("2 pages per month", 14 / 30.4), ("1 false alarm every 2 weeks", 0.5), ("1/day", 7.0),
        ("0,5 alerts/week", 0.5), ("1x per fortnight", 0.5), ("twice a day", 14.0),
    ],
)  # fmt: skip
def test_a_budget_is_read_as_people_say_it(said, a_week):
    assert _budget(None, None, said) == pytest.approx(a_week)


@pytest.mark.parametrize("said", ["", "1..2/day", "0/week", "1/0 weeks", "1/hour", "-1/day", "3"])
def test_what_is_no_budget_is_refused(said):
    with pytest.raises(click.BadParameter, match="1 page/week"):
        _budget(None, None, said)


def quiet(brand, platform, n, *, covered=True, **how):
    past = [Bucket(BEGIN + at * BUCKET, 0.0, covered=covered) for at in range(n)]
    return History(SeriesKey(brand, platform, "volume"), past, **how)


def test_a_case_counts_once_however_many_platforms_a_brand_has():
    case = (BEGIN, BEGIN + timedelta(hours=1))
    found = [quiet("kopi", name, 24, cases=(case,)) for name in ("x", "news", "web")]
    at = BEGIN + timedelta(minutes=10)
    told = Alarm(found[0].name, "volume", BEGIN, at, at, 3.0, 3.0, 9.0, 1.0)
    verdict = judge(found, [told])
    assert (verdict.caught, verdict.cases, verdict.false) == (1, 1, 0)
    assert verdict.delay == timedelta(minutes=10)


def test_a_budget_is_held_against_the_time_that_was_seen():
    """Two brands, one after the other, and a gap of both: weeks together are two."""
    week = 2016
    first, gap = quiet("a", ALL, week), quiet("b", ALL, week, covered=False)
    later = [Bucket(BEGIN + (week + at) * BUCKET, 9.0 * (at == 5)) for at in range(week)]
    second = replace(gap, buckets=[*gap.buckets, *later])
    found = tuned([first, second], of_level, budget=1.0, now=3.0)
    assert found.present.verdict.alarms == 1
    assert found.present.rate == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("days", "gap", "said"),
    [
        (2, 0, "2 days were seen, and the first 3 days only teach"),
        (10, 2, "the first 3 days only teach"),
    ],
)
def test_only_what_was_seen_teaches(days, gap, said):
    seen = quiet("kopi", ALL, days * DAY)
    seen = replace(
        seen, buckets=[replace(b, covered=n >= gap * DAY) for n, b in enumerate(seen.buckets)]
    )
    (line,) = warm_up_lines([seen], timedelta(days=3))
    assert said in line
    later = replace(seen, since=BEGIN + timedelta(days=4))
    (line,) = warm_up_lines([later], timedelta(days=3))
    assert ("the first 1 days" in line) == (gap == 2)


def test_a_threshold_is_not_tuned_on_a_past_too_short_to_learn_from(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text(
        "timestamp,value\n" + "".join(f"2026-03-01 {h:02}:00,{h}\n" for h in range(24))
    )
    with pytest.raises(Problem, match="1 days were seen, and the first 3 days only teach"):
        CliRunner().invoke(tune, ["--counts", str(tmp_path)], catch_exceptions=False)


def test_rows_that_go_back_in_time_are_refused_with_their_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("timestamp,value\n2026-03-02,5\n2026-03-03,5\n2026-03-01,2\n2026-03-04,1\n")
    with pytest.raises(Problem, match=r"a\.csv:4: goes back in time"):
        read_counts(path)
