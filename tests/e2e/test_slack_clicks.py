"""Clicks with the whole daemon: real WebSocket, Slack's emulator, kill -9 and an outage between."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fakes.crisis import detected, loud
from fakes.daemon import eventually, running
from fakes.slack_emulator import TOKEN, key_of
from fakes.slack_socket import click, slack_socket
from sqlalchemy import select

from alerting.decide.reasons import Reason
from monitor.app import App, complete, open_config
from monitor.clock import utc_now
from monitor.jobs.respond.respond import respond
from monitor.store.engine import Database
from monitor.store.incidents import read_incident, timeline
from monitor.store.tables.responding import InteractionRow

APP_TOKEN = "xapp-1-planted-9f8e7d"


@pytest.fixture
def server(slack_proxy):
    with slack_socket() as server:
        slack_proxy.answers["apps.connections.open"] = lambda body: {"ok": True, "url": server.url}
        yield server


@pytest.fixture
def config(tmp_path, slack_proxy, room):
    """A config whose database holds an open incident, not yet told to Slack."""
    file = tmp_path / "siaga.yaml"
    file.write_text(
        "version: 1\n"
        "brands: [{slug: kopi-senja, name: Kopi Senja, query: '\"kopi senja\"'}]\n"
        f"slack: {{enabled: true, channel: '{room.id}', base_url: '{slack_proxy.base_url}',\n"
        "  timeout: 3s, quiet_period: 9s}\n"
        "web: {port: 0}\n"
    )
    app: App = complete(open_config(file))
    now = utc_now()
    signal = replace(loud(), start=now - timedelta(minutes=6), at=now - timedelta(minutes=1))
    detected(app, signal)
    respond(
        replace(app, channels={"slack": app.channels.get("slack") or object()}),  # type: ignore[dict-item]
        "kopi-senja",
        now,
    )
    app.db.close()
    return file


def state(config: Path):
    db = Database(f"sqlite:///{config.parent / 'siaga.db'}")
    try:
        with db.read() as tx:
            incident = read_incident(tx, 1)
            rows = [row.state for row in tx.scalars(select(InteractionRow))]
            acknowledged = [e for e in timeline(tx, 1) if e.reason == Reason.ACKNOWLEDGED]
        assert incident is not None
        return incident.state, rows, len(acknowledged)
    finally:
        db.close()


ENV = {"SLACK_BOT_TOKEN": TOKEN, "SLACK_APP_TOKEN": APP_TOKEN}


def test_a_click_acknowledges_and_the_card_says_so(config, server, room):
    with running(config, **ENV) as daemon:
        eventually(lambda: bool(room.messages()), 30, daemon.said)
        server.wait_for(1, 30)
        assert not server.send("interactive", click("ack", 1, 1, channel=room.id)).late
        eventually(lambda: state(config) == ("acknowledged", ["done"], 1), 30, daemon.said)
        eventually(
            lambda: any("acknowledged:2" in key_of(m) for m in room.replies(root(room)["ts"])),
            30,
            daemon.said,
        )
        eventually(lambda: "has it since" in str(root(room)), 30, daemon.said)
        said = daemon.said()
    assert APP_TOKEN not in said
    assert TOKEN not in said
    assert [key_of(m).rpartition("i1:")[2] for m in room.messages()] == ["root"]


def root(room):
    return room.messages()[0]


def test_a_click_that_was_taken_survives_kill_9_and_is_done_once(config, server, room):
    with running(config, **ENV) as daemon:
        eventually(lambda: bool(room.messages()), 30, daemon.said)
        server.wait_for(1, 30)
        assert not server.send("interactive", click("ack", 1, 1, channel=room.id)).late
        daemon.process.send_signal(signal.SIGKILL)
        daemon.process.wait(30)
    with running(config, **ENV) as daemon:
        server.wait_for(2, 30)
        server.send("interactive", click("ack", 1, 1, channel=room.id))
        eventually(lambda: state(config) == ("acknowledged", ["done"], 1), 30, daemon.said)
    assert len(room.messages()) == 1


def test_a_click_while_the_database_is_held_survives_kill_9_and_is_done_once(config, server, room):
    """It is acknowledged and nowhere in the database yet when the process dies."""
    with running(config, **ENV) as daemon:
        eventually(lambda: bool(room.messages()), 30, daemon.said)
        server.wait_for(1, 30)
        with closing(sqlite3.connect(config.parent / "siaga.db", timeout=30)) as other:
            other.execute("begin immediate")
            assert not server.send("interactive", click("ack", 1, 1, channel=room.id)).late
            daemon.process.send_signal(signal.SIGKILL)
            daemon.process.wait(30)
    assert state(config) == ("open", [], 0)
    with running(config, **ENV) as daemon:
        eventually(lambda: state(config) == ("acknowledged", ["done"], 1), 30, daemon.said)


def test_a_click_during_an_outage_of_slack_is_done_and_told_when_it_is_over(
    config, server, room, slack_proxy
):
    with running(config, **ENV) as daemon:
        eventually(lambda: bool(room.messages()), 30, daemon.said)
        server.wait_for(1, 30)
        slack_proxy.away = True
        assert not server.send("interactive", click("ack", 1, 1, channel=room.id)).late
        eventually(lambda: state(config)[0] == "acknowledged", 30, daemon.said)
        slack_proxy.away = False
        eventually(lambda: "has it since" in str(root(room)), 90, daemon.said)
        eventually(lambda: told(room), 90, daemon.said)
    assert told(room) == ["acknowledged:2"]


def told(room):
    """What the thread says, as delivery keys."""
    return [key_of(m).rpartition("i1:")[2] for m in room.replies(root(room)["ts"])]
