"""What people press: kept once, done once, answered to them alone where it is not done."""

from __future__ import annotations

from dataclasses import replace
from threading import Barrier, Thread

import pytest
from fakes.crisis import BRAND, detected, loud, minutes, outbox, root_notice, told, watching
from fakes.slack_socket import click, filled_in
from sqlalchemy import select

from alerting.channels.slack.presses import read_press
from alerting.channels.slack.views import modal
from alerting.messages.codec import unpack
from alerting.model import Card, Press
from alerting.playbook.load import load_playbook
from monitor.jobs.interactions.forms import form_for
from monitor.jobs.interactions.press import answer_presses, keep
from monitor.jobs.respond.respond import respond
from monitor.jobs.upkeep.retention import prune
from monitor.settings.model import Settings, SlackSettings
from monitor.settings.people import PersonSettings, RoleSettings
from monitor.store.incidents import read_incident, timeline
from monitor.store.tables.responding import InteractionRow

SETTINGS = Settings(slack=SlackSettings(enabled=True, channel="#crisis"))

GUARDED = load_playbook(
    """\
version: 1
levels:
  SEV1: {steps: [{at: 0m, notify: ["@here"]}]}
  SEV2: {steps: [{at: 0m, notify: ["@here"]}, {at: 10m, notify: [U0BOSS]}]}
  SEV3: {}
  SEV4: {}
may: {ack: [S0ONCALL], resolve: [U0BOSS, S0COMMS]}
""",
    "guarded",
)

LEVELS = """\
version: 1
levels:
  SEV1: {steps: [{at: 0m, notify: ["@here"]}]}
  SEV2: {steps: [{at: 0m, notify: ["@here"]}]}
  SEV3: {}
  SEV4: {}
"""
"""Whom to call is another matter here."""

PLACED = load_playbook(
    LEVELS
    + """\
statements:
  holding:
    text:
      default: "{{brand}} on {{ date }}: {{topic}}. Help: {{help_url}}"
      instagram: "On {{platform}} we are."
    approved_by: comms
    expires: 2030-01-01
""",
    "placed",
)


def opened(url, playbook=None):
    app = watching(url, settings=SETTINGS, channels={"slack": object()}, playbook=playbook)
    detected(app, loud())
    respond(app, BRAND.slug, minutes(6))
    return app


@pytest.fixture
def app(database_url):
    app = opened(database_url)
    yield app
    app.db.close()


def read(payload) -> Press:
    made = read_press("interactive", payload)
    assert made is not None
    return made


def card(app) -> Card:
    shown = root_notice(app).card
    assert shown is not None
    return shown


def press(app, payload, at=8, belongs=lambda who, group: False):
    made = read(payload)
    kept = keep(app, "slack", made, minutes(at))
    answer_presses(app, minutes(at), minutes(at), belongs)
    return kept


def incident(app):
    with app.db.read() as tx:
        return read_incident(tx, 1)


def rows(app):
    with app.db.read() as tx:
        return list(tx.scalars(select(InteractionRow).order_by(InteractionRow.id)))


def answers(app):
    """What people were told alone: to whom, and the words."""
    return [
        (row.destination, unpack(row.payload).headline)
        for row in outbox(app)
        if row.channel == "slack_reply"
    ]


def revision(app):
    return incident(app).revision


def test_an_acknowledgement_from_slack_is_like_any_other(app):
    press(app, click("ack", 1, 1))
    assert (incident(app).state, incident(app).acknowledged_by) == ("acknowledged", "rina")
    assert card(app).state == "acknowledged"
    assert "i1:acknowledged:2" in told(app)
    assert answers(app) == []
    assert [row.state for row in rows(app)] == ["done"]


def test_a_press_that_is_delivered_twice_is_done_once(app):
    assert press(app, click("note", 1, 1)) is True
    assert press(app, click("note", 1, 1)) is False
    assert len(rows(app)) == 1


def test_who_comes_second_is_told_who_was_first_and_nobody_else_is(app):
    press(app, click("ack", 1, 1))
    press(app, click("ack", 1, 1, user="U0TOM", name="tom", at="2.2"), at=9)
    assert answers(app) == [
        ("C0CRISIS:U0TOM", "Already acknowledged by rina at 12:08 WIB."),
    ]
    assert incident(app).acknowledged_by == "rina"


def test_of_two_who_press_at_the_same_moment_one_has_it_and_the_other_is_told(app):
    for n in (1, 2):
        made = read(click("ack", 1, 1, user=f"U0P{n}", name=f"p{n}", at=f"{n}"))
        keep(app, "slack", made, minutes(8))
    together = Barrier(2)

    def work():
        together.wait()
        answer_presses(app, minutes(8), minutes(8), lambda who, group: False)

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answer_presses(app, minutes(8), minutes(8), lambda who, group: False)
    assert sorted(row.state for row in rows(app)) == ["done", "refused"]
    assert len(answers(app)) == 1
    with app.db.read() as tx:
        assert [e.reason for e in timeline(tx, 1)].count("acknowledged") == 1


def test_what_was_kept_before_a_crash_is_done_after_it(app):
    keep(app, "slack", read(click("ack", 1, 1)), minutes(8))
    assert incident(app).state == "open"
    answer_presses(app, minutes(30), minutes(30), lambda who, group: False)
    assert incident(app).state == "acknowledged"


def test_a_menu_snoozes_for_what_was_chosen(app):
    press(app, click("snooze", 1, 1, value="60m"))
    assert incident(app).snoozed_until == minutes(68)
    assert card(app).state == "snoozed"


def test_why_it_is_no_crisis_is_kept_as_a_label(app):
    press(app, click("not_a_crisis", 1, 1, value="planned"))
    assert incident(app).not_a_crisis
    with app.db.read() as tx:
        assert timeline(tx, 1)[-1].detail["label"] == "planned"
    line = unpack(outbox(app)[-1].payload)
    assert line.headline == "rina has closed this: not a crisis (planned)."


def test_a_form_closes_an_incident_with_its_reason(app):
    press(app, click("ack", 1, 1))
    press(
        app, filled_in("resolve", 1, revision(app), reason="Sudah dijawab.", text="Lihat X."), at=20
    )
    assert incident(app).state == "resolved"
    with app.db.read() as tx:
        assert timeline(tx, 1)[-1].detail["because"] == "Sudah dijawab. Lihat X."


def test_a_note_is_told_in_the_thread_and_changes_nothing(app):
    press(app, filled_in("note", 1, 1, text="Toko Kemang sudah ditelepon."))
    line = unpack(outbox(app)[-1].payload)
    assert (line.headline, line.summary) == ("rina notes:", "Toko Kemang sudah ditelepon.")
    assert incident(app).state == "open"


def test_escalating_pages_the_next_step_once(app):
    shown = revision(app)
    press(app, click("escalate", 1, shown))
    press(app, click("escalate", 1, shown, user="U0TOM", at="9.9"))
    pages = [row for row in outbox(app) if ":step1:" in row.delivery_key]
    assert [unpack(row.payload).headline for row in pages] == [
        "rina escalates this: SEV2, Kopi Senja"
    ]
    assert [words for _, words in answers(app)] == [
        "It has changed since you saw it; look again before you decide."
    ]


def test_a_card_of_yesterday_can_be_acknowledged_and_what_is_over_says_so(app):
    press(app, filled_in("note", 1, 1, text="x"))
    press(app, click("ack", 1, 1), at=9)
    assert incident(app).state == "acknowledged"
    press(app, filled_in("resolve", 1, revision(app), view="V2", reason="Selesai."), at=10)
    press(app, click("ack", 1, 1, user="U0TOM", at="7.7"), at=2000)
    assert [words for _, words in answers(app)] == ["Already closed by rina at 4 Mar, 12:10 WIB."]


def test_what_is_gone_says_so(app):
    press(app, click("ack", 99, 1))
    assert [words for _, words in answers(app)] == ["That is no longer there."]
    assert [row.state for row in rows(app)] == ["refused"]


def test_only_those_the_playbook_names_may_and_they_are_named(tmp_path):
    app = opened(f"sqlite:///{tmp_path / 'siaga.db'}", GUARDED)
    press(app, click("ack", 1, 1, user="U0NOBODY"))
    assert incident(app).state == "open"
    assert answers(app)[0][1] == "You may not do that here. These may: @S0ONCALL."
    press(app, click("ack", 1, 1, at="2"), belongs=lambda who, group: group.id == "S0ONCALL")
    assert incident(app).state == "acknowledged"
    press(app, filled_in("resolve", 1, revision(app), user="U0RINA", reason="x"))
    assert incident(app).state == "acknowledged"
    press(app, filled_in("resolve", 1, revision(app), user="U0BOSS", view="V2", reason="x"))
    assert incident(app).state == "resolved"
    app.db.close()


def test_who_calls_themselves_as_somebody_who_may_does_not_stand_for_them(tmp_path):
    """What a person of Slack calls themselves is theirs to choose; their id is not."""
    book = load_playbook(LEVELS.replace('["@here"]}]}', '["@here"]}], ack_by: [legal]}'), "both")
    people = (PersonSettings(slug="lea", name="Lea", slack="U0000LEA"),)
    settings = SETTINGS.model_copy(
        update={"people": people, "roles": {"legal": RoleSettings(people=("lea",))}}
    )
    url = f"sqlite:///{tmp_path / 'siaga.db'}"
    app = watching(url, settings=settings, channels={"slack": object()}, playbook=book)
    detected(app, loud())
    respond(app, BRAND.slug, minutes(6))
    press(app, click("ack", 1, 1, user="U0NOBODY", name="lea"))
    assert incident(app).state == "open"
    assert "you hold none of these roles" in answers(app)[0][1]
    press(app, click("ack", 1, 1, user="U0000LEA", name="leonie.w", at="2"))
    assert (incident(app).state, incident(app).acknowledged_by) == ("acknowledged", "Lea")
    app.db.close()


def test_where_a_group_cannot_be_looked_up_somebody_can_still_acknowledge(tmp_path):
    app = opened(f"sqlite:///{tmp_path / 'siaga.db'}", GUARDED)
    press(app, click("ack", 1, 1), belongs=lambda who, group: None)
    assert incident(app).state == "acknowledged"
    press(app, filled_in("resolve", 1, revision(app), reason="x"), belongs=lambda who, group: None)
    assert incident(app).state == "acknowledged"
    app.db.close()


def test_after_the_playbook_changed_an_open_incident_keeps_its_own(tmp_path):
    app = opened(f"sqlite:///{tmp_path / 'siaga.db'}")
    app = replace(app, playbooks={"default": GUARDED})
    press(app, click("ack", 1, 1, user="U0NOBODY"))
    assert incident(app).state == "acknowledged"
    app.db.close()


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"type": "block_actions"},
        {"type": "block_actions", "actions": []},
        {**click("ack", 1, 1), "user": None},
        {**click("ack", 1, 1), "actions": [{}]},
        {**click("ack", 1, 1), "actions": [{"action_id": "other:app", "action_ts": "1"}]},
        {**click("ack", 1, 1), "actions": [{**click("ack", 1, 1)["actions"][0], "value": "x:y"}]},
        {"type": "view_submission", "view": {"callback_id": "siaga:note"}},
    ],
)
def test_what_is_not_as_documented_is_no_press(payload):
    assert read_press("interactive", payload) is None


def test_a_press_that_cannot_be_done_does_not_keep_the_others_waiting(app, monkeypatch):
    from monitor.jobs.interactions import press as module

    kept = module.act
    monkeypatch.setattr(module, "act", lambda *a, **k: (_ for _ in ()).throw(RuntimeError("bug")))
    press(app, click("ack", 1, 1))
    monkeypatch.setattr(module, "act", kept)
    press(app, click("ack", 1, 1, user="U0TOM", name="tom", at="3"))
    assert [row.state for row in rows(app)] == ["refused", "done"]
    assert incident(app).acknowledged_by == "tom"


LISTED = load_playbook(
    LEVELS
    + """\
checklist:
  - {id: pause, do: "Pause posts and ads", owner: social, within: 10m}
  - {id: publish, do: "Publish the statement", owner: social, within: 60m, needs: [pause]}
statements:
  holding:
    text: {default: "{{brand}} is looking into it. *Not* <!channel>", x: "We are on it, {{brand}}."}
    approved_by: legal
    expires: 2026-01-01
""",
    "listed",
)


def test_an_item_of_the_checklist_is_done_once_and_in_its_order(tmp_path):
    app = opened(f"sqlite:///{tmp_path / 'siaga.db'}", LISTED)
    press(app, click("ack", 1, 1))
    menu = [b for b in card(app).buttons if b.action == "check"]
    assert [option for option, _ in menu[0].options] == ["pause"]
    press(app, click("check", 1, revision(app), value="publish", at="2"))
    press(app, click("check", 1, revision(app), value="pause", at="3"))
    press(app, click("check", 1, revision(app), value="pause", user="U0TOM", at="4"), at=9)
    assert [words for _, words in answers(app)] == [
        "Something else must be done first.",
        "rina has done that at 12:08 WIB.",
    ]
    assert ("☑ social", "Pause posts and ads (rina)") in card(app).details
    assert ("☐ social", "Publish the statement, until 13:06 WIB") in card(app).details
    app.db.close()


def test_a_statement_is_filled_in_with_what_is_known_and_names_what_is_not(tmp_path):
    app = opened(f"sqlite:///{tmp_path / 'siaga.db'}", PLACED)
    brand = BRAND.model_copy(update={"statement_words": {"help_url": "https://example.com/help"}})
    app = replace(app, brands={BRAND.slug: brand})
    form = form_for(app, read(click("statement", 1, 1)))
    assert form is not None
    assert form.texts == (
        (
            "holding · approved by comms · fill in: topic",
            "Kopi Senja on 4 Mar 2026: {{topic}}. Help: https://example.com/help",
        ),
        ("Instagram · holding · approved by comms", "On Instagram we are."),
    )
    app.db.close()


def test_a_statement_can_be_copied_with_who_approved_it_and_until_when(tmp_path):
    app = opened(f"sqlite:///{tmp_path / 'siaga.db'}", LISTED)
    form = form_for(app, read(click("statement", 1, 1)))
    assert form is not None
    assert form.texts == (
        (
            "holding · NOT APPROVED any more since 2026-01-01",
            "Kopi Senja is looking into it. *Not* <!channel>",
        ),
        ("X · holding · NOT APPROVED any more since 2026-01-01", "We are on it, Kopi Senja."),
    )
    view = modal(form)
    assert "submit" not in view
    assert "mrkdwn" not in str(view)
    app.db.close()


def test_what_was_pressed_is_forgotten_when_its_time_is_up(app):
    press(app, click("ack", 1, 1))
    keep(app, "slack", read(click("note", 1, 1, at="2")), minutes(8))
    prune(app, minutes(60 * 24 * 89))
    assert len(rows(app)) == 2
    prune(app, minutes(60 * 24 * 91))
    assert [row.state for row in rows(app)] == ["pending"]
