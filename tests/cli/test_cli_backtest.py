"""``siaga backtest`` and ``siaga tune``: the rules on history, before they page anybody."""

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from scenarios.weeks import BEGIN, DAY, SUITE, buckets, times, weekly
from sqlalchemy.orm import Session

from monitor.backtest.counts import RisingLevels, as_anomaly, as_score
from monitor.backtest.rules import named, ours, tunable
from monitor.backtest.run import History, alarms_of, judge
from monitor.cli.backtest import backtest
from monitor.cli.tune import tune
from monitor.detect.volume import THRESHOLD
from monitor.model import ALL, BUCKET, SeriesKey
from monitor.problems import Problem
from monitor.settings.model import Rules
from monitor.store.engine import Database
from monitor.store.schema import prepare
from monitor.store.tables.listening import BrandRow, RollupRow
from monitor.store.tables.responding import IncidentRow

STORM = 8 * DAY


@pytest.fixture(scope="module")
def storm():
    shape = times(weekly(6.0), lambda n: 20.0 if STORM <= n < STORM + 24 else 1.0)
    return buckets(3, shape, 10 * DAY, dispersion=0.1)


@pytest.fixture
def counts(tmp_path, storm):
    """A folder of bare counts with its labelled windows beside it."""
    folder = tmp_path / "counts"
    folder.mkdir()
    with (folder / "kopi.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("timestamp", "value"))
        writer.writerows((f"{b.start:%Y-%m-%d %H:%M:%S}", int(b.volume)) for b in storm)
    at = BEGIN + STORM * BUCKET
    window = [[str(at - timedelta(hours=1)), str(at + timedelta(hours=5))]]
    (tmp_path / "windows.json").write_text(json.dumps({"kopi.csv": window}))
    return folder


def run(command, *arguments, code=0):
    result = CliRunner().invoke(command, [str(a) for a in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.output


def rows_of(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_counts_become_scores_and_the_storm_is_one_row_over_the_printed_threshold(
    counts, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    output = run(backtest, "--counts", counts, "--out", tmp_path / "out")
    default = float(output.split("Default threshold: ")[1].split()[0])
    told, scored = rows_of(counts / "kopi.csv"), rows_of(tmp_path / "out/kopi.csv")
    assert [(r["timestamp"], r["value"]) for r in scored] == [
        (r["timestamp"], r["value"]) for r in told
    ]
    scores = [float(r["anomaly_score"]) for r in scored]
    assert all(0.0 <= score <= 1.0 for score in scores)
    over = [n for n, score in enumerate(scores) if score >= default]
    assert len([n for n in over if n >= STORM]) == 1
    assert STORM <= over[-1] <= STORM + 12


def test_two_rule_sets_stand_side_by_side_with_what_they_caught_and_a_chart(
    counts, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    output = run(
        backtest, "--counts", counts, "--windows", tmp_path / "windows.json", "--rules", "siaga",
        "--rules", "hour_against_12h", "--chart", tmp_path / "chart.html",
    )  # fmt: skip
    lines = {line.split()[0]: line.split() for line in output.splitlines() if "1/1" in line}
    assert set(lines) == {"siaga", "hour_against_12h"}
    assert int(lines["siaga"][1]) < int(lines["hour_against_12h"][1])
    chart = (tmp_path / "chart.html").read_text()
    assert chart.count("<svg") == 1
    assert "hour_against_12h" in chart
    assert "<script" not in chart


def test_tune_keeps_the_budget_and_says_what_it_would_lose(counts, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    output = run(tune, "--budget", "20/day", "--counts", counts)
    generous = float(output.split("rules.volume.threshold: ")[1].split()[0])
    assert generous <= THRESHOLD
    output = run(tune, "--budget", "1/month", "--counts", counts)
    strict = float(output.split("rules.volume.threshold: ")[1].split()[0])
    assert strict > THRESHOLD
    assert "would not have told" in output


def test_a_budget_must_be_one(counts):
    assert "1 page/week" in run(tune, "--budget", "little", "--counts", counts, code=2)


def test_what_is_wrong_with_a_file_is_one_sentence_with_its_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "bad"
    folder.mkdir()
    with pytest.raises(Problem, match="timestamp and value"):
        run(backtest, "--counts", folder)
    (folder / "a.csv").write_text("timestamp,value\n2026-03-01 10:00,5\n2026-03-01 10:05,many\n")
    with pytest.raises(Problem, match=r"a\.csv:3: 'many' is no number"):
        run(backtest, "--counts", folder)
    (folder / "a.csv").write_text("time,value\n")
    with pytest.raises(Problem, match=r"a\.csv:1: needs the columns"):
        run(backtest, "--counts", folder)
    with pytest.raises(Problem, match="no rule set 'nonsense'"):
        named("nonsense", Rules())


def test_an_event_shows_once_until_it_is_twice_as_bad():
    levels = RisingLevels(2.0)
    told = [levels.pass_on(BEGIN + n * BUCKET, s) for n, s in enumerate([2.1, 3.0, 3.9, 2.2, 4.2])]
    assert told == [2.1, 0.0, 0.0, 0.0, 4.2]
    assert levels.pass_on(BEGIN + timedelta(days=1, hours=1), 2.5) == 2.5


def test_scores_and_anomaly_scores_say_the_same():
    assert as_score(as_anomaly(2.7)) == pytest.approx(2.7)
    assert as_anomaly(0.0) == 0.0


def test_an_alarm_outside_every_case_is_false_and_a_delay_counts_from_the_case():
    scenario = SUITE["burst"](0)
    assert scenario.event
    history = History(SeriesKey("kopi", ALL, "volume"), scenario.buckets, (scenario.event,))
    alarms = [a for a in alarms_of(history, ours(Rules())) if a.detector == "volume"]
    verdict = judge([history], alarms)
    assert (verdict.caught, verdict.cases) == (1, 1)
    assert verdict.false == len(alarms) - 1
    assert verdict.delay is not None
    assert verdict.delay <= timedelta(minutes=30)
    assert verdict.weeks == pytest.approx(4.0)


def test_a_higher_threshold_tells_less():
    history = History(SeriesKey("kopi", ALL, "volume"), SUITE["holidays"](2).buckets)
    told = [len(alarms_of(history, tunable(Rules())(t))) for t in (1.8, 2.7, 6.0)]
    assert told[0] > told[1] >= told[2] == 0


CONFIG = """version: 1
storage: {{url: "{url}"}}
brands: [{{slug: kopi, name: Kopi, query: kopi}}]
"""


def stored(url, storm):
    """A brand's history, an incident of the storm, and two of shadow mode."""
    db = Database(url)
    prepare(db)
    at = BEGIN + STORM * BUCKET
    opened = datetime.now(UTC) - timedelta(days=1)
    base = {"brand": "kopi", "risk_class": "reputation", "state": "resolved", "severity": "SEV2",
            "playbook": {}, "facts": {}}  # fmt: skip
    with db.write() as tx:
        assert isinstance(tx, Session)
        end = storm[-1].end
        tx.add(BrandRow(slug="kopi", first_bucket=BEGIN, closed_until=end))
        for bucket in storm:
            count = int(bucket.volume)
            row = {"brand": "kopi", "platform": "x", "start": bucket.start}
            for measure, value in (
                ("mentions", count),
                ("scored", count),
                ("negative", 250 * count),
            ):
                tx.add(RollupRow(**row, measure=measure, value=value, at_close=value))
        for shadow, since, opened_at in (
            (False, at, at), (True, opened, opened), (True, opened - timedelta(days=30),
                                                      opened - timedelta(days=30)),
        ):  # fmt: skip
            tx.add(IncidentRow(**base, shadow=shadow, since=since, opened_at=opened_at,
                               last_signal_at=since + timedelta(hours=2)))  # fmt: skip
        tx.flush()
    db.close()


def test_stored_history_is_backtested_with_its_incidents_as_cases(database_url, tmp_path, storm):
    stored(database_url, storm)
    config = tmp_path / "siaga.yaml"
    config.write_text(CONFIG.format(url=database_url))
    output = run(backtest, "--config", config, "--to", "2026-03-20")
    row = next(line.split() for line in output.splitlines() if line.startswith("siaga  "))
    assert int(row[1]) >= 1
    assert row[3].startswith("2/") or row[3].startswith("1/")
    output = run(backtest, "--config", config, "--shadow")
    assert output.startswith("1 would have paged you this week; useful?")
    with pytest.raises(Problem, match="no brand 'teh'"):
        run(backtest, "--config", config, "--brand", "teh")


def test_a_row_that_is_missing_or_empty_was_not_seen(tmp_path, storm):
    from monitor.backtest.counts import read_counts

    path = tmp_path / "a.csv"
    path.write_text("timestamp,value\n2026-03-01T10:00Z,5\n2026-03-01T10:05Z,\n2026-03-01T10:15Z,2\n"
                    "2026-03-01T10:20Z,2\n")  # fmt: skip
    found = read_counts(path)
    assert [b.covered for b in found.buckets] == [True, False, True, True]
    assert found.span == BUCKET
    assert replace(found.buckets[0], volume=0.0).end == found.buckets[1].start


def test_packed_counts_are_read_as_they_lie(counts, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(backtest, "--counts", counts, "--out", tmp_path / "plain")
    plain = counts / "kopi.csv"
    (counts / "kopi.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    run(backtest, "--counts", counts, "--out", tmp_path / "packed")
    told = [(tmp_path / folder / "kopi.csv").read_bytes() for folder in ("plain", "packed")]
    assert told[0] == told[1]
    (counts / "kopi.csv.gz").write_bytes(b"\x1f\x8b\x08 no more")
    with pytest.raises(Problem, match="cannot read"):
        run(backtest, "--counts", counts, "--out", tmp_path / "broken")
