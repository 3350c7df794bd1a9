"""``/siaga …``, somebody's Home, pins and corrections: in both languages, and harmless whatever is
written."""

from __future__ import annotations

from dataclasses import replace
from threading import Event

import pytest
from fakes.crisis import BRAND, blind, detected, loud, minutes, outbox, watching
from fakes.slack_socket import click, filled_in
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_interactions import incident, press

from alerting.channels.slack.home import home as view_of
from alerting.channels.slack.presses import read_press
from alerting.channels.slack.views import modal
from alerting.channels.testing import HOSTILE
from alerting.messages.codec import pack, unpack
from alerting.model import Field, Form, Press
from alerting.register import RiskEntry
from monitor.jobs.interactions.home import home, refresh_homes
from monitor.jobs.interactions.inbox import Inbox
from monitor.jobs.interactions.press import answer_presses, keep
from monitor.jobs.respond.act import Action, act
from monitor.jobs.respond.respond import respond
from monitor.settings.model import Settings, SlackSettings
from monitor.settings.people import PersonSettings, ScheduleSettings
from monitor.store.drills import find_drill
from monitor.store.meta import put_meta
from monitor.store.oncall import covers
from monitor.store.tables.responding import NotificationRow

SAME_APP = [HealthCheck.function_scoped_fixture]
"""The app of a test may serve all of its examples."""

SETTINGS = Settings(slack=SlackSettings(enabled=True, channel="#crisis"))


class Surface:
    """Keeps the forms that were shown."""

    def __init__(self):
        self.forms, self.shown = [], Event()

    def open(self, trigger, form):
        self.forms.append((trigger, form))
        self.shown.set()


@pytest.fixture
def app(tmp_path):
    app = watching(
        f"sqlite:///{tmp_path / 'siaga.db'}", settings=SETTINGS, channels={"slack": object()}
    )
    detected(app, loud())
    respond(app, BRAND.slug, minutes(6))
    yield app
    app.db.close()


@pytest.fixture
def inbox(app):
    return Inbox(lambda: app, Surface(), lambda: None)


def asked(text, trigger="1"):
    return {
        "command": "/siaga",
        "text": text,
        "user_id": "U0RINA",
        "user_name": "rina",
        "channel_id": "C0CRISIS",
        "team_id": "T1",
        "trigger_id": trigger,
    }


def said(inbox, text, trigger="1"):
    answer = inbox.hear("slash_commands", asked(text, trigger))
    assert answer["response_type"] == "ephemeral"
    return answer["text"]


def test_status_names_what_is_open_in_both_languages(inbox):
    assert "1 · SEV2 · Kopi Senja: many more mentions than usual" in said(inbox, "status")
    assert "No source is read yet." in said(inbox, "STATUS ")
    assert "Kopi Senja: Belum ada yang menangani" in said(inbox, "siapa")


PEOPLE = Settings(
    people=(
        PersonSettings(slug="ana", name="Ana", slack="U0ANA01"),
        PersonSettings(slug="budi", name="Budi"),
    ),
    schedules=(
        ScheduleSettings(slug="social", layers=({"people": ["ana"], "start": "2026-03-02"},)),
    ),
)


def swapped(app, **said):
    fields = {"schedule": "social", "whose": "ana", "other": "budi", "span": "240m", **said}
    made = read_press("interactive", filled_in("swap", 0, 0, view=str(fields), **fields))
    assert made is not None
    keep(app, "slack", made, minutes(8))
    answer_presses(app, minutes(8), minutes(8), lambda who, group: False)


def test_swapping_shifts_asks_in_a_form_and_is_a_row_that_is_announced(app):
    app = replace(app, settings=PEOPLE.model_copy(update={"slack": SETTINGS.slack}))
    surface = Surface()
    inbox = Inbox(lambda: app, surface, lambda: None)
    assert "form" in said(inbox, "swap")
    assert surface.shown.wait(10)
    assert [field.name for field in surface.forms[0][1].fields] == [
        "schedule", "whose", "other", "span", "text",
    ]  # fmt: skip
    swapped(app)
    with app.db.read() as tx:
        (cover,) = covers(tx, minutes(0))
    assert (cover.person, cover.start, cover.end) == ("budi", minutes(8), minutes(248))
    assert cover.made_by == "rina"


def test_a_swap_that_cannot_be_is_answered_and_leaves_no_row(app):
    app = replace(app, settings=PEOPLE.model_copy(update={"slack": SETTINGS.slack}))
    swapped(app, whose="budi", other="ana")
    swapped(app, schedule="nobody-knows")
    swapped(app, span="soon")
    with app.db.read() as tx:
        assert covers(tx, minutes(0)) == []
    told = [unpack(row.payload).headline for row in outbox(app) if row.channel == "slack_reply"]
    assert told[0] == "budi is not on call in social in that time"
    assert len(told) == 3


def test_without_two_people_there_is_nothing_to_swap(inbox):
    assert "no rota with two people" in said(inbox, "swap")


def drilled(app, who="U0RINA1", **said):
    fields = {"scenario": "kopi-senja", "brand": BRAND.slug, "span": "30m"} | said
    asked = Press(f"{who}{said}", who, "drill", "rina", value="form", fields=fields, place="C0")
    keep(app, "slack", asked, minutes(8))
    answer_presses(app, minutes(8), minutes(8), lambda who, group: False)
    told = [unpack(row.payload).headline for row in outbox(app) if row.channel == "slack_reply"]
    with app.db.read() as tx:
        return told[-1], find_drill(tx)


def test_a_drill_asks_first_and_only_people_of_the_config_may_begin_one(app):
    rina = PersonSettings(slug="rina", name="Rina", slack="U0RINA1")
    people = {"slack": SETTINGS.slack, "brands": (BRAND,), "people": (rina,)}
    app = replace(app, settings=PEOPLE.model_copy(update=people))
    with app.db.write() as tx:
        put_meta(tx, "heartbeat", {"at": minutes(8).isoformat()})
    surface = Surface()
    inbox = Inbox(lambda: app, surface, lambda: None)
    mine = asked("latihan") | {"user_id": "U0RINA1"}
    answer = inbox.hear("slash_commands", mine)
    assert answer is not None
    assert "formulir" in answer["text"]
    assert surface.shown.wait(10)
    form = surface.forms[0][1]
    assert [field.name for field in form.fields] == ["scenario", "brand", "span"]
    assert "sungguh dipanggil" in form.texts[0][0]
    assert modal(form)["submit"]["text"] == "Mulai latihan"
    assert "Only people of this config may begin a drill: Rina." in said(inbox, "drill", "2")
    assert drilled(app, "U0EVIL1") == ("Only people of this config may begin a drill: Rina.", None)
    assert drilled(app, scenario="/etc/x.yaml") == ("That is no longer there.", None)
    refused, none = drilled(app)
    assert (refused, none) == ("Incident 1 is open and real: no drill now.", None)
    act(app, Action("resolve", "Rina", 1), minutes(8))
    told, drill = drilled(app, span="60m")
    assert drill is not None
    assert (drill.brand, drill.who, drill.until) == (BRAND.slug, "Rina", minutes(68))
    assert told.startswith("Drill 1 has begun; it ends at 13:08 WIB at the latest")


def test_risks_say_what_was_seen_beside_what_the_register_says(app):
    risk = RiskEntry.model_validate(
        {
            "slug": "storm",
            "title": "A storm of complaints",
            "title_id": "Badai keluhan",
            "class": "reputation",
            "likelihood": 3,
            "impact": 4,
            "review": "2026-01-01",
        }
    )
    inbox = Inbox(lambda: replace(app, risks=lambda: (risk,)), Surface(), lambda: None)
    told = said(inbox, "risks")
    assert "A storm of complaints: 1 incident in 90 days; likelihood 3 stated, 2 seen" in told
    assert "The review of “A storm of complaints” was due on 2026-01-01." in told
    assert "Badai keluhan: 1 insiden dalam 90 hari" in said(inbox, "risiko")


def test_what_is_not_known_is_answered_with_what_there_is(inbox):
    for text in ("", "help", "nonsense", HOSTILE):
        assert "/siaga page-me" in said(inbox, text)
    assert "/siaga panggil-saya" in said(inbox, "bantuan")


def test_mute_snoozes_like_the_card_does(inbox, app):
    assert "is being snoozed" in said(inbox, "mute 1 1h")
    answer_presses(app, minutes(8), minutes(8), lambda who, group: False)
    assert incident(app).snoozed_until == minutes(68)
    assert "There is no incident 9" in said(inbox, "mute 9 1h")
    assert "which incident" in said(inbox, "mute 1 soon")


def test_a_command_that_is_delivered_twice_is_done_once(inbox, app):
    for _ in range(2):
        said(inbox, "page-me", trigger="7")
    answer_presses(app, minutes(8), minutes(8), lambda who, group: False)
    pages = [row for row in outbox(app) if row.destination == "U0RINA"]
    assert [unpack(row.payload).headline for row in pages] == ["TEST: this is how Siaga pages you"]


def test_without_a_rota_nobody_is_made_up(inbox):
    assert said(inbox, "oncall") == "This config has no on-call schedule."
    assert said(inbox, "cover 2h") == "You are in no rota of this config."


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(max_size=200) | st.sampled_from([f"status {HOSTILE}", f"mute {HOSTILE}", HOSTILE]))
def test_whatever_is_written_the_answer_is_only_text(inbox, text):
    answer = inbox.hear("slash_commands", asked(text))
    assert "<" not in answer["text"]
    assert all(block["text"]["type"] == "plain_text" for block in answer["blocks"])


def opened_home(app, at=8):
    made = read_press(
        "events_api",
        {
            "event_id": f"Ev{at}",
            "event": {"type": "app_home_opened", "user": "U0RINA", "tab": "home"},
        },
    )
    assert made is not None
    keep(app, "slack", made, minutes(at))
    answer_presses(app, minutes(at), minutes(at), lambda who, group: False)


def home_row(app) -> NotificationRow:
    (row,) = [row for row in outbox(app) if row.channel == "slack_home"]
    return row


def test_a_home_shows_what_is_open_and_follows_what_happens(app):
    opened_home(app)
    view = view_of(unpack(home_row(app).payload))
    assert "SEV2 · Kopi Senja" in str(view)
    assert "siaga:ack" in str(view)
    press(app, {**clicked("ack")}, at=9)
    refresh_homes(app, minutes(9))
    row = home_row(app)
    view = view_of(unpack(row.desired or row.payload))
    assert "has it since" in str(view)
    assert "siaga:ack" not in str(view)
    opened_home(app, at=10)
    assert home_row(app).id == row.id, "one Home a person"


def clicked(action):
    return click(action, 1, 1)


def test_a_home_with_nothing_open_says_so(tmp_path):
    app = watching(f"sqlite:///{tmp_path / 'siaga.db'}", settings=SETTINGS)
    with app.db.read() as tx:
        assert "No incident is open." in str(view_of(home(app, tx, "U0RINA", minutes(0))))
    app.db.close()


def test_a_pinned_message_of_the_thread_becomes_a_note(app):
    with app.db.write() as tx:
        row = tx.get_one(NotificationRow, 1)
        row.state, row.receipt = "sent", {"channel": "C0CRISIS", "ts": "100.1"}
    event = {
        "type": "reaction_added",
        "reaction": "pushpin",
        "user": "U0RINA",
        "item": {"type": "message", "channel": "C0CRISIS", "ts": "100.2"},
    }
    made = read_press("events_api", {"event_id": "Ev1", "event": event})
    assert made is not None
    keep(app, "slack", made, minutes(8))
    answer_presses(
        app,
        minutes(8),
        minutes(8),
        lambda who, group: False,
        lambda channel, ts: ("Toko Kemang tutup <!channel>", "100.1"),
    )
    note = unpack(outbox(app)[-1].payload)
    assert note.headline == "U0RINA notes:"
    assert note.summary == "“Toko Kemang tutup <!channel>”"


def test_other_reactions_are_nothing_to_us():
    event = {
        "type": "reaction_added",
        "reaction": "eyes",
        "user": "U0RINA",
        "item": {"type": "message", "channel": "C1", "ts": "1"},
    }
    assert read_press("events_api", {"event_id": "Ev1", "event": event}) is None


def test_a_correction_of_what_is_not_stored_says_so(app):
    press(
        app,
        {
            **clicked("misread"),
            "actions": [
                {
                    "action_id": "siaga:misread",
                    "action_ts": "1",
                    "selected_option": {"value": "1:1:x:404"},
                }
            ],
        },
    )
    answers = [unpack(r.payload).headline for r in outbox(app) if r.channel == "slack_reply"]
    assert answers
    assert "x:404" in answers[0]


def test_a_form_is_shown_beside_the_acknowledgement(app):
    surface = Surface()
    inbox = Inbox(lambda: app, surface, lambda: None)
    assert inbox.hear("interactive", clicked("resolve")) is None
    assert surface.shown.wait(10)
    ((trigger, form),) = surface.forms
    assert trigger.startswith("trigger-")
    assert [field.name for field in form.fields] == ["reason", "text"]


anything = st.text(max_size=200) | st.sampled_from([HOSTILE, "<!channel>" * 400])


@settings(max_examples=40, deadline=None)
@given(anything, anything, anything, anything)
def test_whatever_a_form_says_nothing_in_it_is_markup(title, label, words, option):
    chosen = Field("reason", label, ((option[:70] or "x", option),))
    fields = (Field("text", label), chosen)
    form = Form("note", title, label, 1, 1, ((label, words),), fields)
    view = modal(form)
    assert "mrkdwn" not in str(view)
    assert len(view["title"]["text"].encode("utf-16-le")) // 2 <= 24


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(anything)
def test_whatever_a_brand_is_called_a_home_has_no_markup(app, name):
    brand = BRAND.model_copy(update={"name": name})
    named = replace(app, brands={brand.slug: brand})
    with app.db.read() as tx:
        made = home(named, tx, "U0RINA", minutes(8))
    assert unpack(pack(made)) == made
    assert "mrkdwn" not in str(view_of(made))


def test_a_blind_source_is_an_incident_on_the_home_too(app):
    detected(app, blind())
    respond(app, BRAND.slug, minutes(7))
    with app.db.read() as tx:
        assert "blind on YouTube" in str(view_of(home(app, tx, "U0RINA", minutes(8))))
