"""A database of an earlier Siaga opens, keeps its rows, and goes on where it was."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from fakes.crisis import NOON, default_playbook, loud, minutes, outbox, root_notice, watching

from alerting.channels.testing import SAMPLE
from alerting.messages.codec import pack
from alerting.model import pack_signal, signal_key
from monitor.jobs.respond.act import Action, act
from monitor.jobs.respond.escalate import run_timers
from monitor.store.engine import Database
from monitor.store.incidents import read_incident
from monitor.store.outbox import limits, queue
from monitor.store.outbox.duplicates import unconfirmed
from monitor.store.outbox.limits import Limits
from monitor.store.outbox.refusals import refused_since
from monitor.store.schema import migrate

AT = sa.DateTime(timezone=True)


def table(name, **types):
    return sa.table(name, *(sa.column(column, kind) for column, kind in types.items()))


INCIDENT = table(
    "incident",
    id=sa.Integer,
    brand=sa.Text,
    risk_class=sa.Text,
    subject=sa.Text,
    state=sa.Text,
    severity=sa.Text,
    step=sa.Integer,
    loop=sa.Integer,
    shadow=sa.Boolean,
    since=AT,
    opened_at=AT,
    last_signal_at=AT,
    not_a_crisis=sa.Boolean,
    reason=sa.Text,
    playbook=sa.JSON,
    facts=sa.JSON,
    revision=sa.Integer,
)
TIMER = table(
    "timer", kind=sa.Text, incident_id=sa.Integer, due_at=AT, payload=sa.JSON, state=sa.Text
)
NOTIFICATION = table(
    "notification",
    delivery_key=sa.Text,
    channel=sa.Text,
    destination=sa.Text,
    incident_id=sa.Integer,
    severity=sa.Text,
    thread_of=sa.Text,
    broadcast=sa.Boolean,
    payload=sa.JSON,
    payload_hash=sa.Text,
    created_at=AT,
    state=sa.Text,
    due_at=AT,
    first_due_at=AT,
    attempts=sa.Integer,
    possible_repeat=sa.Boolean,
    last_error=sa.Text,
    receipt=sa.JSON,
    desired_rev=sa.Integer,
    applied_rev=sa.Integer,
)
META = table("meta", key=sa.Text, value=sa.JSON)


def message(key, state, **values):
    return {
        "delivery_key": key,
        "channel": "slack",
        "destination": "#crisis",
        "incident_id": 1,
        "severity": "SEV2",
        "thread_of": None,
        "broadcast": False,
        "payload": pack(SAMPLE),
        "payload_hash": "",
        "created_at": NOON,
        "state": state,
        "due_at": NOON,
        "first_due_at": NOON,
        "attempts": 1,
        "possible_repeat": False,
        "last_error": "",
        "receipt": None,
        "desired_rev": 0,
        "applied_rev": 0,
        **values,
    }


FACTS = {
    "position": {"at": NOON.isoformat()},
    "pace:slack:#a:b": {"next": minutes(2).isoformat()},
    "pause:slack": {
        "until": minutes(3).isoformat(),
        "kind": "rate_limit",
        "reason": "Slack asks",
    },
    "refused:i1:worsened:4": {"since": minutes(-9).isoformat()},
    "double:i1:root": {"at": minutes(4).isoformat(), "since": NOON.isoformat()},
}


def earlier_rows(tx):
    """An open incident with its messages."""
    signal = loud()
    kept = {signal_key(signal): pack_signal(signal)}
    tx.execute(
        INCIDENT.insert().values(
            id=1,
            brand="kopi-senja",
            risk_class="reputation",
            subject="",
            state="open",
            severity="SEV2",
            step=0,
            loop=0,
            shadow=False,
            since=NOON,
            opened_at=minutes(6),
            last_signal_at=minutes(5),
            not_a_crisis=False,
            reason="opened",
            playbook=default_playbook().snapshot(),
            revision=1,
            facts={
                "signals": kept,
                "peaks": kept,
                "root": True,
                "rule": "",
                "suppressed": [],
                "told_at": minutes(6).isoformat(),
                "armed_at": minutes(6).isoformat(),
            },
        )
    )
    for row in (
        message("i1:root", "sent", receipt={"channel": "C1", "ts": "1.0"}),
        message("i1:worsened:2", "dead", last_error="is_archived"),
        message("i1:reopened:3", "folded", last_error="told in i1:worsened:4"),
        message("i1:worsened:4", "retry", thread_of="i1:root", due_at=minutes(1)),
    ):
        tx.execute(NOTIFICATION.insert().values(row))


def earlier_timer(tx):
    """Its second step."""
    tx.execute(
        TIMER.insert().values(
            kind="step",
            incident_id=1,
            due_at=minutes(21),
            payload={"step": 1, "loop": 0},
            state="pending",
        )
    )


@pytest.fixture
def earlier(empty_database_url):
    """A database as 0.1.0 left it: an open incident, a card, what was refused and paused."""
    db = Database(empty_database_url)
    with db.write() as tx:
        migrate(tx.connection(), "0003")
        earlier_rows(tx)
        earlier_timer(tx)
        for key, value in FACTS.items():
            tx.execute(META.insert().values(key=key, value=value))
    db.close()
    app = watching(empty_database_url)
    yield app
    app.db.close()


def test_what_was_kept_as_single_facts_is_kept_in_tables(earlier):
    with earlier.db.write() as tx:
        [pause] = limits.pauses(tx)
        paces = limits.rate_limits(tx).paces
        [doubt] = unconfirmed(tx, minutes(4))
        assert refused_since(tx, "i1:worsened:4", NOON) == minutes(-9)
        assert [key for (key,) in tx.execute(sa.select(META.c.key))] == ["position"]
    assert (pause.channel, pause.until, pause.kind) == ("slack", minutes(3), "rate_limit")
    assert paces == {("slack", "#a:b"): minutes(2)}
    assert (doubt.key, doubt.since) == ("i1:root", NOON)


def test_its_messages_are_what_they_were(earlier):
    assert {row.delivery_key: row.state for row in outbox(earlier)} == {
        "i1:root": "sent",
        "i1:worsened:2": "dead_letter",
        "i1:reopened:3": "merged",
        "i1:worsened:4": "retry",
    }
    with earlier.db.write() as tx:
        assert queue.next_due(tx) == minutes(3)  # the pause holds
        lease = queue.lease(tx, minutes(3), {"slack": Limits(1.0, 45.0)})
    assert lease
    assert (lease.key, lease.thread) == ("i1:worsened:4", {"channel": "C1", "ts": "1.0"})


def test_its_open_incident_goes_on(earlier):
    assert run_timers(earlier, minutes(22)) == 1
    assert act(earlier, Action("ack", "rina", 1), minutes(23)).done
    with earlier.db.read() as tx:
        incident = read_incident(tx, 1)
    assert incident
    assert (incident.state, incident.step, incident.acknowledged_by) == ("acknowledged", 1, "rina")
    assert ("Status", "acknowledged by rina at 12:23 WIB") in root_notice(earlier).fields
