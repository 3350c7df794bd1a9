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

from monitor.backtest.counts import RisingLevels, as_anomaly, as_score, read_counts
from monitor.backtest.rules import named, ours, tunable
from monitor.backtest.run import Alarm, History, alarms_of, by_rule, judge, together
from monitor.backtest.tune import tune as tuned
from monitor.cli.backtest import backtest
from monitor.cli.history import line_of
from monitor.cli.tune import tune
from monitor.detect.registry import MEASURES
from monitor.detect.volume import THRESHOLD
from monitor.model import ALL, BUCKET, Bucket, SeriesKey, Signal
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
    generous = float(output.split("rules.volume.threshold: ")[1].split()[0].rstrip(":"))
    assert generous <= THRESHOLD
    assert "no labelled case says what is better" in output
    now = next(line.split() for line in output.splitlines() if line.endswith("now, proposed"))
    assert float(now[0]) == THRESHOLD
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
    histories = [
        History(SeriesKey("kopi", ALL, measure), scenario.buckets, (scenario.event,))
        for measure in MEASURES
    ]
    alarms = by_rule(histories, {"siaga": ours(Rules())})["siaga"]
    verdict = judge(histories, alarms)
    assert (verdict.caught, verdict.cases) == (1, 1)
    assert verdict.false == verdict.alarms - 1
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
    """A brand's history, an incident of the storm that somebody acknowledged, one that nobody has
    looked at, and two of shadow mode."""
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
        for shadow, since, who in (
            (False, at, "ayu"), (False, at - timedelta(days=2), None), (True, opened, None),
            (True, opened - timedelta(days=30), None),
        ):  # fmt: skip
            tx.add(IncidentRow(**base, shadow=shadow, since=since, opened_at=since,
                               acknowledged_by=who,
                               last_signal_at=since + timedelta(hours=2)))  # fmt: skip
        tx.flush()
    db.close()


def test_stored_history_is_backtested_with_its_incidents_as_cases(database_url, tmp_path, storm):
    stored(database_url, storm)
    config = tmp_path / "siaga.yaml"
    config.write_text(CONFIG.format(url=database_url))
    output = run(backtest, "--config", config, "--to", "2026-03-20")
    row = next(line.split() for line in output.splitlines() if line.startswith("siaga  "))
    assert row[1:] == ["1", "0.70", "1/1", "0.00", *row[5:]]
    assert "1 acknowledged or closed by a person count as cases" in output
    assert "1 that nobody has looked at count as neither" in output
    assert "3 that nobody has looked at" in run(backtest, "--config", config, "--quiet")
    output = run(backtest, "--config", config, "--shadow")
    assert output.startswith("1 would have paged you this week; useful?")
    with pytest.raises(Problem, match="no brand teh; there are"):
        run(backtest, "--config", config, "--brand", "teh")


def table_row(output, name="siaga"):
    return next(line.split() for line in output.splitlines() if line.split()[:1] == [name])


def test_alarms_count_from_then_on_and_what_lies_before_is_learned(counts, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    how = ("--counts", counts, "--windows", tmp_path / "windows.json", "--quiet")
    output = run(backtest, *how, "--from", "2026-03-09T12:00")
    assert table_row(output)[3] == "1/1"
    assert "kopi: learned on 7.5 days before --from." in output
    output = run(backtest, *how, "--from", "2026-03-10T12:00")
    assert table_row(output)[1:4] == ["0", "0.00", "-"]
    assert "the first 3 days only teach (rules.warm_up)" in run(backtest, *how)
    with pytest.raises(Problem, match="no history between"):
        run(backtest, *how, "--from", "2027-01-01")


def test_a_file_that_lies_there_plain_and_packed_is_one_series(counts, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    how = ("--counts", counts, "--windows", tmp_path / "windows.json", "--quiet")
    once = run(backtest, *how)
    packed = counts / "kopi.csv.gz"
    packed.write_bytes(gzip.compress((counts / "kopi.csv").read_bytes()))
    assert run(backtest, *how) == once
    packed.write_bytes(
        gzip.compress((counts / "kopi.csv").read_bytes()[:5000].rpartition(b"\n")[0])
    )
    with pytest.raises(Problem, match=r"kopi\.csv and kopi\.csv\.gz are one series"):
        run(backtest, *how)


def test_labels_of_what_is_not_there_are_said(counts, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "windows.json").write_text('{"teh": [["2026-03-10 10:00", "2026-03-10 11:00"]]}')
    output = run(backtest, "--counts", counts, "--windows", tmp_path / "windows.json", "--quiet")
    assert "windows.json labels what is not here: teh" in output


def alarm(detector, told, last, level="page"):
    start, last = (BEGIN + timedelta(minutes=m) for m in (told - 5, last))
    told = BEGIN + timedelta(minutes=told)
    return Alarm("kopi", detector, start, told, last, 3.0, 4.0, 9.0, 1.0, level)


def test_what_several_detectors_tell_at_one_time_is_one_alarm():
    first, second = alarm("volume", 10, 60, "watch"), alarm("negative_share", 40, 50)
    later, other = alarm("slow_burn", 85, 90), alarm("volume", 200, 220)
    found = together([other, later, second, first])
    assert [one.detector for one in found] == ["volume + negative_share + slow_burn", "volume"]
    assert (found[0].told, found[0].level) == (second.told, "page")
    assert (found[0].first_told, found[0].last) == (first.told, later.last)


def test_an_alarm_began_when_what_is_told_of_it_did_and_says_in_which_zone():
    first, of_a_day = alarm("volume", 10, 60), alarm("negative_share", 40, 50)
    [found] = together([first, replace(of_a_day, start=BEGIN - timedelta(days=1))])
    assert found.start == first.start
    assert f"since {first.start:%Y-%m-%d %H:%M} UTC" in line_of(found)


def of_surprise(threshold):
    """Rules that tell what is at the threshold: the storm is one, and so is a little burst."""

    class Level:
        name, facts = "volume", ()

        def score(self, bucket):
            if bucket.volume < threshold:
                return None
            return Signal("kopi", ALL, "volume", "reputation", bucket.start, bucket.end, 1.0, 1.0)

        def learn(self, bucket):
            pass

    return lambda key, span: [Level()]


def test_an_alarm_says_how_many_mentions_name_a_crisis():
    past = [Bucket(BEGIN + n * BUCKET, 0.0, crisis=1.0) for n in range(6)]
    past[2:5] = [Bucket(BEGIN + n * BUCKET, 6.0, crisis=4.0) for n in (2, 3, 4)]
    histories = [History(SeriesKey("kopi", ALL, measure), past) for measure in ("volume", "share")]
    (found,) = by_rule(histories, {"ours": of_surprise(5.0)})["ours"]
    assert found.crisis_terms == 12
    assert "12 name a crisis" in line_of(found)
    assert "crisis" not in line_of(alarm("volume", 10, 60))


@pytest.mark.parametrize("now", [3.0, 4.1, 7.5, 1.6])
def test_tune_proposes_nothing_worse_than_the_present(now):
    """The case is a bucket of 6 and the only false alarm one of 3."""
    values = [0.0] * 2016
    values[500], values[1500] = 3.2, 6.2
    past = [Bucket(BEGIN + n * BUCKET, v) for n, v in enumerate(values)]
    case = (past[1500].start, past[1500].end)
    history = History(SeriesKey("kopi", ALL, "volume"), past, (case,))
    found = tuned([history], of_surprise, budget=1.0, now=now)
    before, after = found.present.verdict, found.proposed.verdict
    assert after.caught >= before.caught
    assert after.caught > before.caught or found.proposed.rate <= found.present.rate
    assert found.present in found.curve
    assert found.proposed in found.curve


def test_a_row_that_is_missing_or_empty_was_not_seen(tmp_path, storm):
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
