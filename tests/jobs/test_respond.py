"""Signals become incidents, timers and messages in one transaction, each once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.crisis import (
    BRAND,
    angry,
    blind,
    detected,
    loud,
    minutes,
    outbox,
    root_notice,
    told,
    watching,
)
from sqlalchemy import func, select

from alerting.messages.codec import unpack
from alerting.model import Target
from alerting.playbook.load import load_playbook
from monitor.jobs.respond.respond import playbook_for, respond
from monitor.model import ANY
from monitor.settings.model import BrandSettings, Settings, SlackSettings, WebSettings
from monitor.store.incidents import list_incidents, timeline
from monitor.store.tables.listening import SignalRow
from monitor.store.tables.responding import IncidentRow, NotificationRow, TimerRow


@pytest.fixture
def watch(database_url):
    apps = []

    def make(*brands, **more):
        apps.append(watching(database_url, *brands, **more))
        return apps[-1]

    yield make
    for app in apps:
        app.db.close()


def answer(app, at, *signals, brand=BRAND.slug):
    detected(app, *signals)
    return respond(app, brand, minutes(at))


def reasons(app, incident=1):
    with app.db.read() as tx:
        return [event.reason for event in timeline(tx, incident)]


def test_a_crisis_is_one_incident_one_message_and_a_timer_for_the_second_step(watch):
    app = watch()
    answer(app, 6, loud(), loud(platform="x"), angry())
    assert told(app) == ["i1:root"]
    with app.db.read() as tx:
        [incident] = list_incidents(tx)
        [timer] = tx.scalars(select(TimerRow)).all()
        assert {row.incident_id for row in tx.scalars(select(SignalRow))} == {1}
    assert (incident.severity, incident.since) == ("SEV2", minutes(0))
    assert (timer.kind, timer.due_at, timer.payload) == (
        "step",
        minutes(21),
        {"step": 1, "loop": 0},
    )
    assert reasons(app) == ["opened"]


def test_what_has_been_answered_is_not_answered_again(watch):
    app = watch()
    assert answer(app, 6, loud()) == 1
    assert respond(app, BRAND.slug, minutes(7)) == 0
    answer(app, 11, loud(at=10))
    assert told(app) == ["i1:root"]


def test_each_brand_has_its_own_incident(watch):
    other = BrandSettings(slug="teh-pagi", name="Teh Pagi", query="teh")
    app = watch(BRAND, other)
    detected(app, loud(), loud(brand="teh-pagi"))
    for brand in (BRAND.slug, "teh-pagi"):
        respond(app, brand, minutes(6))
    assert told(app) == ["i1:root", "i2:root"]
    assert "Teh Pagi" in root_notice(app, 2).headline


def test_worse_is_told_in_the_thread_and_the_message_shows_it(watch):
    app = watch()
    answer(app, 6, loud())
    answer(app, 11, loud(at=10, score=14, observed=500, negative_share=0.8))
    assert told(app) == ["i1:root", "i1:worsened:2"]
    line = outbox(app)[1]
    assert (line.thread_of, line.broadcast, line.severity) == ("i1:root", True, "SEV1")
    assert unpack(line.payload).targets == (Target("channel"),)
    assert root_notice(app).headline.startswith("SEV1")
    with app.db.read() as tx:
        [timer] = tx.scalars(select(TimerRow).where(TimerRow.state == "pending")).all()
    assert timer.due_at == minutes(26)


def test_the_message_keeps_up_with_the_figures_without_telling_anybody(watch):
    app = watch()
    answer(app, 6, loud())
    for minute in range(10, 70, 5):
        answer(app, minute, loud(at=minute, observed=200 + minute))
    assert told(app) == ["i1:root"]
    assert "265 mentions" not in root_notice(app).summary
    assert "255 mentions" in root_notice(app).summary
    assert outbox(app)[0].desired_rev == 3
    assert reasons(app) == ["opened", *["still_going"] * 3]


def test_in_shadow_it_is_kept_with_its_reason_and_only_blindness_is_told(watch):
    app = watch(BRAND.model_copy(update={"mode": "shadow"}))
    answer(app, 6, loud())
    assert told(app) == []
    assert reasons(app) == ["shadowed"]
    with app.db.read() as tx:
        assert [row.shadow for row in list_incidents(tx)] == [True]
        assert tx.scalar(select(func.count()).select_from(TimerRow)) == 0
    answer(app, 7, blind(at=7))
    assert told(app) == ["i2:root"]


def test_a_source_of_every_brand_that_goes_blind_is_told_once_and_its_return_once(watch):
    app = watch(BRAND, BrandSettings(slug="teh-pagi", name="Teh Pagi", query="teh"))
    for minute in (2, 7, 12):
        answer(app, minute, blind(at=minute, brand=ANY), brand=ANY)
    answer(app, 43, blind(at=43, over=True, brand=ANY), brand=ANY)
    assert told(app) == ["i1:root", "i1:recovered:2"]
    assert outbox(app)[1].thread_of == "i1:root"
    assert "a gap of 43 min" in unpack(outbox(app)[1].payload).headline
    assert "every brand: blind on YouTube since 12:00 WIB" in root_notice(app).headline
    with app.db.read() as tx:
        assert list_incidents(tx) == []


def test_late_news_of_a_closed_incident_is_silent_and_says_why(watch):
    from monitor.jobs.respond.act import Action, act

    app = watch()
    answer(app, 6, loud())
    act(app, Action("not_a_crisis", "rina", 1), minutes(8))
    before = told(app)
    for minute in (10, 15, 20):
        answer(app, minute, loud(at=minute))
    assert told(app) == before
    assert reasons(app) == ["opened", "not_a_crisis", "suppressed"]


def test_slack_hears_it_where_slack_is_on_and_the_console_where_not(watch):
    slack = SlackSettings(enabled=True, channel="#crisis")
    own = BRAND.model_copy(update={"slug": "own", "slack_channel": "#own"})
    settings = Settings(slack=slack, web=WebSettings(public_url="https://siaga.example/"))
    app = watch(BRAND, own, settings=settings, channels={"slack": object(), "console": object()})
    detected(app, loud(), loud(brand="own"))
    for brand in (BRAND.slug, "own"):
        respond(app, brand, minutes(6))
    assert [(row.channel, row.destination) for row in outbox(app)] == [
        ("slack", "#crisis"),
        ("slack", "#own"),
    ]
    assert root_notice(app).link == "https://siaga.example/#incident-1"


def test_a_replays_messages_say_so(watch):
    app = watch(replay=True)
    answer(app, 6, loud())
    assert root_notice(app).stamp == "REPLAY · 4 Mar 2026"


def test_what_cannot_be_told_leaves_no_trace_and_is_answered_in_the_next_turn(watch, monkeypatch):
    app = watch()
    detected(app, loud())
    with monkeypatch.context() as patched:
        patched.setattr("monitor.jobs.respond.apply.enqueue", lambda *a, **k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            respond(app, BRAND.slug, minutes(6))
    with app.db.read() as tx:
        for table in (IncidentRow, TimerRow, NotificationRow):
            assert tx.scalar(select(func.count()).select_from(table)) == 0
    assert respond(app, BRAND.slug, minutes(7)) == 1
    assert [key.partition(":")[2] for key in told(app)] == ["root"]


def test_one_group_that_fails_does_not_keep_the_others_waiting(watch, monkeypatch):
    from monitor.jobs.respond import respond as job

    app, decide = watch(), job.decide
    detected(app, loud(), blind())

    def broken(before, signals, policy, now):
        if signals[0].risk_class == "reputation":
            raise RuntimeError("broken")
        return decide(before, signals, policy, now)

    monkeypatch.setattr(job, "decide", broken)
    with pytest.raises(RuntimeError, match="broken"):
        respond(app, BRAND.slug, minutes(6))
    assert "blind on YouTube" in root_notice(app).headline


def between_deciding_and_writing(monkeypatch, job, happens):
    """Once, while ``job`` words its messages, something else happens."""
    render, left = job.render, [happens]

    def busy(*args):
        rendered = render(*args)
        while left:
            left.pop()()
        return rendered

    monkeypatch.setattr(job, "render", busy)


def test_of_two_that_answer_the_same_signals_one_does_and_nobody_is_told_twice(watch, monkeypatch):
    from monitor.jobs.respond import respond as job

    app = watch()
    detected(app, loud())
    between_deciding_and_writing(monkeypatch, job, lambda: respond(app, BRAND.slug, minutes(6)))
    assert respond(app, BRAND.slug, minutes(6)) == 0
    assert [key.partition(":")[2] for key in told(app)] == ["root"]
    with app.db.read() as tx:
        assert len(list_incidents(tx)) == 1
    assert respond(app, BRAND.slug, minutes(7)) == 0


def test_signals_that_come_while_an_answer_is_worded_are_part_of_the_same_incident(
    watch, monkeypatch
):
    from monitor.jobs.respond import respond as job

    def meanwhile():
        detected(app, angry())
        respond(app, BRAND.slug, minutes(6))

    app = watch()
    detected(app, loud())
    between_deciding_and_writing(monkeypatch, job, meanwhile)
    respond(app, BRAND.slug, minutes(6))
    respond(app, BRAND.slug, minutes(7))
    with app.db.read() as tx:
        [incident] = list_incidents(tx)
    assert {signal.detector for signal in incident.signals()} == {"volume", "negative_share"}
    assert [key.partition(":")[2] for key in told(app)] == ["root"]


def test_an_acknowledgement_in_the_middle_of_an_answer_is_not_lost(watch, monkeypatch):
    from monitor.jobs.respond import respond as job
    from monitor.jobs.respond.act import Action, act

    app = watch()
    answer(app, 6, loud())
    detected(app, loud(at=10, observed=230))
    between_deciding_and_writing(
        monkeypatch, job, lambda: act(app, Action("ack", "rina", 1), minutes(10))
    )
    assert respond(app, BRAND.slug, minutes(11)) == 0  # decided about what is no longer so
    assert respond(app, BRAND.slug, minutes(12)) == 1
    with app.db.read() as tx:
        [incident] = list_incidents(tx)
    assert (incident.state, incident.acknowledged_by) == ("acknowledged", "rina")
    assert incident.signals()[0].observed == 230


def test_a_number_whose_incident_was_never_written_is_kept_for_it(watch, monkeypatch):
    app = watch()
    detected(app, loud())
    with monkeypatch.context() as patched:
        patched.setattr("monitor.jobs.respond.apply.enqueue", lambda *a, **k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            respond(app, BRAND.slug, minutes(6))
    detected(app, blind(start=-5, at=6))
    respond(app, BRAND.slug, minutes(7))  # the other group is answered first by now
    with app.db.read() as tx:
        numbers = {incident.risk_class: incident.id for incident in list_incidents(tx)}
    assert numbers == {"reputation": 1, "blindness": 2}


def test_where_one_signal_pages_the_message_never_says_that_nobody_need_be_paged(watch):
    app = watch()
    detected(app, loud(level="watch"), loud(platform="x", score=4, observed=90, level="page"))
    respond(app, BRAND.slug, minutes(6))
    why = root_notice(app).why
    assert "Why it pages" in why
    assert "A watch" not in why


def test_a_playbook_for_some_platforms_is_taken_only_where_it_is_seen_there(tmp_path):
    book = load_playbook(
        "version: 1\nmatch: {platforms: [tiktok]}\n"
        "levels: {SEV1: {}, SEV2: {}, SEV3: {}, SEV4: {}}\n",
        "tiktok",
    )
    brand = BRAND.model_copy(update={"playbooks": ("tiktok",)})
    app = watching(f"sqlite:///{tmp_path / 'siaga.db'}", brand)
    app = replace(app, playbooks={**app.playbooks, "tiktok": book})
    chosen = [
        playbook_for(app, brand.slug, "reputation", on).slug for on in (["x"], ["x", "tiktok"])
    ]
    assert chosen == ["default", "tiktok"]
    app.db.close()
