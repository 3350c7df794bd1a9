"""A real crisis from a real file, by the command people use, to a Slack nobody here wrote."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from fakes.slack_emulator import TOKEN, key_of
from sqlalchemy import select

from monitor.cli.main import main_group
from monitor.store.engine import Database
from monitor.store.tables.listening import DetectorRow, SignalRow
from monitor.store.tables.responding import IncidentRow

STORM = datetime(2015, 2, 22, tzinfo=UTC)
AMERICAN_BEGAN = datetime(2015, 2, 22, 20, tzinfo=UTC)
AIRLINES = {
    "us-airways": "@usairways",
    "united": "@united",
    "virgin-america": "@virginamerica",
    "american": "@americanair",
}


def config_for(brands, *, covered_from=True, slack=""):
    lines = ["version: 1", slack, "brands:"]
    for slug in brands:
        query = AIRLINES[slug]
        lines += [
            f"  - slug: {slug}",
            f"    name: {slug}",
            f"    query: '{query}'",
            "    time_zone: America/New_York",
        ]
        if slug == "american" and covered_from:
            lines.append('    covered_from: "2015-02-22T20:00:00Z"')
    return "\n".join(lines) + "\n"


def replay(folder, file, config, *options):
    (folder / "siaga.yaml").write_text(config)
    arguments = ["replay", str(file), "--config", str(folder / "siaga.yaml"), "--platform", "x"]
    done = CliRunner().invoke(main_group, [*arguments, *options])
    assert done.exit_code == 0, done.output + repr(done.exception)
    return done.output


def rows(folder, model):
    db = Database(f"sqlite:///{folder / 'siaga-replay.db'}")
    with db.read() as tx:
        found = list(tx.scalars(select(model)))
        tx.expunge_all()
    db.close()
    return found


@pytest.fixture(scope="module")
def played(shared, slack_emulator, tmp_path_factory):
    """The whole file, once: the folder, the output, the Slack channel."""
    folder, room = tmp_path_factory.mktemp("airline"), slack_emulator.room()
    slack = f'slack: {{enabled: true, channel: "{room.id}", base_url: "{slack_emulator.base_url}"}}'
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLACK_BOT_TOKEN", TOKEN)
        patch.setattr(
            "alerting.channels.slack.channel.PACE_S", 0.05
        )  # the pace is a test of its own
        patch.setattr("alerting.channels.slack.channel.UPDATE_PACE_S", 0.06)
        file = shared / "data" / "airline" / "mentions.jsonl.gz"
        output = replay(folder, file, config_for(AIRLINES, slack=slack), "--send")
    return folder, output, room


@pytest.fixture(scope="module")
def incidents(played):
    return sorted(rows(played[0], IncidentRow), key=lambda incident: incident.opened_at)


def test_the_week_before_the_storm_is_quiet(incidents):
    assert sum(incident.opened_at < STORM for incident in incidents) <= 1


def test_us_airways_is_flagged_on_the_day_of_its_storm(incidents):
    first = next(i for i in incidents if i.brand == "us-airways" and i.opened_at >= STORM)
    assert first.opened_at < STORM + timedelta(hours=18)
    assert STORM <= first.since < STORM + timedelta(hours=18)


def test_virgin_america_is_left_in_peace(incidents):
    assert [i for i in incidents if i.brand == "virgin-america"] == []


def test_american_is_still_being_learned_and_its_storm_is_told_as_such(played, incidents):
    folder, output, _ = played
    (storm,) = [i for i in incidents if i.brand == "american"]
    heard = {r.detector for r in rows(folder, SignalRow) if r.brand == "american"}
    assert (storm.opened_at > AMERICAN_BEGAN, heard) == (True, {"first_days"})
    assert "american: learning until Wed 25 Feb 2015" in output
    learning = [r for r in rows(folder, DetectorRow) if r.brand == "american"]
    assert any(r.learning_until and r.learning_until > AMERICAN_BEGAN for r in learning)


def test_the_escalation_arrives_once_and_its_second_step_follows(played, incidents):
    _, _, room = played
    storm = next(i for i in incidents if i.brand == "us-airways" and i.opened_at >= STORM)
    keys = room.keys()
    assert len(keys) == len(set(keys))
    assert keys.count(f"i{storm.id}:root") == 1
    root = next(m for m in room.messages() if key_of(m) == f"i{storm.id}:root")
    steps = [
        m for m in room.replies(root["ts"]) if key_of(m).startswith(f"i{storm.id}:step1:loop0:")
    ]
    assert len(steps) == 1


def test_every_message_says_that_it_speaks_of_2015(played):
    messages = played[2].messages()
    assert messages
    assert all("REPLAY" in json.dumps(message["blocks"]) for message in messages)


def test_without_its_first_day_stated_american_looks_like_a_crisis(shared, tmp_path):
    file = tmp_path / "american.jsonl"
    mentions = shared / "data" / "airline" / "mentions.jsonl.gz"
    with gzip.open(mentions, "rt", encoding="utf-8") as told:
        found = [line for line in told if json.loads(line)["brand"] == "American"]
    until = (AMERICAN_BEGAN + timedelta(hours=3)).isoformat()
    kept = [line for line in found if json.loads(line)["created_at"] < until]
    file.write_text("".join(kept))
    replay(tmp_path, file, config_for(["american"], covered_from=False))
    opened = [incident.opened_at for incident in rows(tmp_path, IncidentRow)]
    assert opened
    assert min(opened) <= AMERICAN_BEGAN + timedelta(hours=2)
