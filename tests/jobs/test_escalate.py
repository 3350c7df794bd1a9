"""The ladder: each step once, at its time, whatever happened in between."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes.crisis import BRAND, blind, detected, loud, minutes, outbox, root_notice, told, watching
from sqlalchemy import delete, update

from alerting.messages.codec import unpack
from alerting.model import Target
from alerting.playbook.load import load_playbook
from monitor.jobs.respond.act import Action, act
from monitor.jobs.respond.escalate import audit, run_timers
from monitor.jobs.respond.respond import respond
from monitor.store.incidents import read_incident, timeline
from monitor.store.tables.responding import NotificationRow, TimerRow
from monitor.store.timers import pending_timers

LONG = load_playbook(
    """\
version: 1
levels:
  SEV1: {steps: [{at: 0m, notify: ["@here"]}]}
  SEV2:
    steps:
      - {at: 0m, notify: ["@here"]}
      - {at: 10m, notify: ["@channel"], broadcast: true}
      - {at: 20m, notify: [U0BOSS], channel: "#board"}
      - {at: 40m, notify: [S0BOARD], channel: "#board"}
    ack_timeout: 2h
  SEV3: {}
  SEV4: {}
""",
    "long",
)


@pytest.fixture
def app(tmp_path):
    app = watching(f"sqlite:///{tmp_path / 'siaga.db'}")
    yield app
    app.db.close()


@pytest.fixture
def long(tmp_path):
    from monitor.settings.model import Settings, SlackSettings

    slack = Settings(slack=SlackSettings(enabled=True, channel="#crisis"))
    url = f"sqlite:///{tmp_path / 'siaga.db'}"
    app = watching(url, playbook=LONG, settings=slack, channels={"slack": object()})
    yield app
    app.db.close()


def opened(app, at=6):
    detected(app, loud())
    respond(app, BRAND.slug, minutes(at))
    return app


def sent(app):
    with app.db.write() as tx:
        tx.execute(update(NotificationRow).values(state="sent"))


def test_the_second_step_follows_after_fifteen_minutes_once_in_the_thread(app):
    opened(app)
    assert [run_timers(app, minutes(m)) for m in (20, 21, 21, 30, 50)] == [0, 1, 0, 0, 0]
    assert told(app) == ["i1:root", "i1:step1:loop0:console"]
    step = outbox(app)[1]
    assert (step.thread_of, step.broadcast) == ("i1:root", True)
    notice = unpack(step.payload)
    assert notice.headline == "Nobody has acknowledged for 15 min: SEV2, Kopi Senja"
    assert notice.targets == (Target("channel"),)


def test_the_default_ladder_goes_on_until_somebody_acknowledges(app):
    opened(app)
    times = (21, 51, 81, 200, 201, 230)
    assert [run_timers(app, minutes(m)) for m in times] == [1, 1, 1, 1, 0, 1]
    assert told(app)[1:] == [f"i1:step{n}:loop0:console" for n in range(1, 6)]
    assert act(app, Action("ack", "Rina", 1), minutes(240)).done
    assert [run_timers(app, minutes(m)) for m in (260, 600)] == [0, 0]


def test_after_being_down_only_the_highest_due_step_is_told(long):
    opened(long)
    run_timers(long, minutes(6 + 25))
    assert told(long) == ["i1:root", "i1:step2:loop0:#board"]
    run_timers(long, minutes(6 + 60))
    assert told(long)[2:] == ["i1:step3:loop0:#board"]
    with long.db.read() as tx:
        events = timeline(tx, 1)
    assert [e.detail.get("skipped") for e in events if e.reason == "escalated"] == [[1], []]


def test_a_step_for_another_channel_brings_the_whole_message_there(long):
    opened(long)
    run_timers(long, minutes(6 + 20))
    row = outbox(long)[-1]
    assert (row.destination, row.thread_of, row.broadcast) == ("#board", None, False)
    notice = unpack(row.payload)
    assert notice.kind == "incident"
    assert notice.targets == (Target("person", "U0BOSS"),)


def test_acknowledging_stops_the_ladder_and_takes_back_what_is_not_sent_yet(app):
    opened(app)
    run_timers(app, minutes(21))
    act(app, Action("ack", "rina", 1), minutes(21))
    assert run_timers(app, minutes(500)) == 0
    states = {row.delivery_key: row.state for row in outbox(app)}
    assert states["i1:step1:loop0:console"] == "withdrawn"
    assert states["i1:root"] == "pending"
    assert root_notice(app).targets == ()


def test_what_is_acknowledged_but_not_resolved_starts_again(long):
    opened(long)
    act(long, Action("ack", "rina", 1), minutes(8))
    assert run_timers(long, minutes(127)) == 0
    assert run_timers(long, minutes(128)) == 1
    assert told(long) == ["i1:root", "i1:acknowledged:2", "i1:woken:3"]
    assert "rina acknowledged this" in unpack(outbox(long)[-1].payload).headline
    run_timers(long, minutes(138))
    assert told(long)[3:] == ["i1:step1:loop1:#crisis"]


def test_a_snooze_is_quiet_to_its_end_and_then_starts_again(app):
    opened(app)
    act(app, Action("snooze", "rina", 1, reason="wait", duration=timedelta(hours=1)), minutes(10))
    assert [run_timers(app, minutes(m)) for m in (21, 69, 70)] == [0, 0, 1]
    assert told(app) == ["i1:root", "i1:snoozed:2", "i1:woken:3"]
    run_timers(app, minutes(85))
    assert told(app)[3:] == ["i1:step1:loop1:console"]


def test_a_snooze_wakes_early_when_it_gets_worse(app):
    opened(app)
    act(app, Action("snooze", "rina", 1, reason="wait", duration=timedelta(hours=9)), minutes(10))
    detected(app, loud(at=30, score=14, observed=500, negative_share=0.8))
    respond(app, BRAND.slug, minutes(31))
    assert told(app)[2:] == ["i1:worsened:3"]
    run_timers(app, minutes(46))
    assert told(app)[3:] == ["i1:step1:loop1:console"]


def test_it_is_over_by_itself_half_an_hour_after_the_last_signal(app):
    opened(app)
    detected(app, loud(at=15, over=True))
    respond(app, BRAND.slug, minutes(15))
    run_timers(app, minutes(21))
    sent(app)
    assert [run_timers(app, minutes(m)) for m in (44, 45, 46)] == [0, 1, 0]
    assert told(app)[-1] == "i1:resolved:3"
    assert "2 messages named somebody" in unpack(outbox(app)[-1].payload).summary
    with app.db.read() as tx:
        incident = read_incident(tx, 1)
        assert incident
        assert incident.state == "resolved"
        assert pending_timers(tx, 1) == []


def test_after_being_down_past_the_end_it_is_over_and_nobody_is_called(app):
    opened(app)
    detected(app, loud(at=15, over=True))
    respond(app, BRAND.slug, minutes(15))
    run_timers(app, minutes(300))
    assert told(app) == ["i1:root", "i1:resolved:2"]


def test_blindness_has_the_ladder_too(app):
    detected(app, blind())
    respond(app, BRAND.slug, minutes(2))
    run_timers(app, minutes(17))
    assert told(app) == ["i1:root", "i1:step1:loop0:console"]


def test_the_audit_finds_nothing_while_somebody_is_still_to_be_told(app):
    opened(app)
    assert audit(app, minutes(7)) == []
    run_timers(app, minutes(21))
    sent(app)
    assert audit(app, minutes(500)) == []
    act(app, Action("ack", "rina", 1), minutes(501))
    assert audit(app, minutes(502)) == []


def test_the_audit_mends_an_incident_that_lost_its_timer(app):
    opened(app)
    sent(app)
    with app.db.write() as tx:
        tx.execute(delete(TimerRow))
    assert audit(app, minutes(30)) == [1]
    assert told(app) == ["i1:root", "i1:woken:2"]
    assert audit(app, minutes(31)) == []
    run_timers(app, minutes(45))
    assert told(app)[2:] == ["i1:step1:loop1:console"]


def test_the_audit_tells_an_incident_whose_message_was_lost(app):
    opened(app)
    with app.db.write() as tx:
        tx.execute(delete(TimerRow))
        tx.execute(delete(NotificationRow))
    assert audit(app, minutes(30)) == [1]
    assert told(app) == ["i1:root"]


def test_many_at_the_same_time_tell_a_step_once_on_either_database(database_url):
    from concurrent.futures import ThreadPoolExecutor

    app = opened(watching(database_url))
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: run_timers(app, minutes(21)), range(16)))
    assert sum(done) == 1
    assert told(app) == ["i1:root", "i1:step1:loop0:console"]
    act(app, Action("ack", "rina", 1), minutes(22))
    assert run_timers(app, minutes(500)) == 0
    app.db.close()


def test_a_snooze_wakes_early_when_there_is_twice_as_much_of_it(app):
    opened(app)
    act(app, Action("snooze", "rina", 1, reason="wait", duration=timedelta(hours=9)), minutes(10))
    detected(app, loud(at=30, observed=400))
    respond(app, BRAND.slug, minutes(31))
    assert told(app)[2:] == []
    detected(app, loud(at=40, observed=424))
    respond(app, BRAND.slug, minutes(41))
    assert told(app)[2:] == ["i1:woken:3"]
    head = unpack(outbox(app)[-1].payload).headline
    assert head == "SEV2 · Kopi Senja: It has grown to 2 times what it was when it was snoozed."
    run_timers(app, minutes(56))
    assert told(app)[3:] == ["i1:step1:loop1:console"]


def test_the_audit_ends_a_snooze_whose_end_was_lost_when_it_was_to_end(app):
    opened(app)
    run_timers(app, minutes(21))
    sent(app)
    act(app, Action("snooze", "rina", 1, reason="wait", duration=timedelta(hours=1)), minutes(22))
    with app.db.write() as tx:
        tx.execute(delete(TimerRow))
    assert audit(app, minutes(30)) == [1]
    assert audit(app, minutes(31)) == []
    assert [run_timers(app, minutes(m)) for m in (81, 82)] == [0, 1]
    assert told(app)[-1] == "i1:woken:4"


def test_the_audit_wakes_what_should_have_woken_though_its_ladder_had_ended(app):
    opened(app)
    run_timers(app, minutes(21))
    act(app, Action("snooze", "rina", 1, reason="wait", duration=timedelta(hours=1)), minutes(22))
    sent(app)
    with app.db.write() as tx:
        tx.execute(delete(TimerRow))
    assert audit(app, minutes(90)) == [1]
    assert told(app)[-1] == "i1:woken:4"
    run_timers(app, minutes(105))
    assert told(app)[-1] == "i1:step1:loop1:console"
