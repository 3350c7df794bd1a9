"""What Slack shows a person of their own: whose turn it is, and a test page to confirm."""

from __future__ import annotations

from dataclasses import replace
from threading import Event
from time import monotonic

import pytest
from fakes.crisis import BRAND, detected, loud, minutes, outbox, watching
from fakes.slack_limits import problems
from fakes.slack_socket import click
from test_interactions import press, read

from alerting.channels.base import Delivery, DeliveryError
from alerting.channels.slack.card import card_message
from alerting.channels.slack.home import home as view_of
from alerting.channels.slack.surface import Surface
from alerting.messages.codec import unpack
from monitor.jobs.interactions.forms import form_for
from monitor.jobs.interactions.home import home
from monitor.jobs.interactions.inbox import Inbox
from monitor.jobs.readiness import check
from monitor.jobs.readiness import test_page as send_test_page
from monitor.jobs.respond.respond import respond
from monitor.settings.model import Settings, SlackSettings
from monitor.settings.people import PersonSettings, ScheduleSettings

SETTINGS = Settings(slack=SlackSettings(enabled=True, channel="#crisis"))


@pytest.fixture
def app(tmp_path):
    app = watching(
        f"sqlite:///{tmp_path / 'siaga.db'}", settings=SETTINGS, channels={"slack": object()}
    )
    yield app
    app.db.close()


def test_a_test_page_is_confirmed_by_its_button_by_whom_it_went_to_alone(app):
    rina = PersonSettings(slug="rina", name="Rina", slack="U0RINA")
    app = replace(app, settings=app.settings.model_copy(update={"people": (rina,)}))
    app.channels["slack"] = object()
    send_test_page(app, "rina", minutes(7))
    notice = unpack(outbox(app)[-1].payload)
    assert notice.card is not None
    shown = card_message(Delivery("k", "U0RINA", notice), notice.card, "folded")
    assert problems({"text": "x", **shown}) == []
    assert "It has arrived" in str(shown)
    press(app, click("confirm", 0, 0, user="U0EVIL", channel="D0EVIL"))
    assert any("no verified way" in line for line in check(app, minutes(8)))
    press(app, click("confirm", 0, 0, channel="D0RINA", at="2"))
    press(app, click("confirm", 0, 0, channel="D0RINA", at="3"))
    assert check(app, minutes(9)) == []


def test_a_form_that_slack_did_not_take_in_time_is_told_to_whom_it_was_for(app, slack_proxy):
    """A trigger runs out after three seconds, and serves once."""
    settings = SlackSettings(enabled=True, base_url=slack_proxy.base_url)
    surface, woken = Surface(settings, "xoxb-test"), Event()
    triggers = slack_proxy.surfaces.triggers = {}
    detected(app, loud())
    respond(app, BRAND.slug, minutes(6))
    inbox = Inbox(lambda: app, surface, woken.set)
    asked = click("resolve", 1, 1)
    triggers[asked["trigger_id"]] = monotonic() - 4
    assert inbox.hear("interactive", asked) is None
    assert woken.wait(15)
    row = outbox(app)[-1]
    assert (row.channel, row.destination) == ("slack_reply", "C0CRISIS:U0RINA")
    assert "press once more" in unpack(row.payload).headline
    triggers[asked["trigger_id"]] = monotonic()
    form = form_for(app, read(asked))
    assert form is not None
    surface.open(asked["trigger_id"], form)
    with pytest.raises(DeliveryError, match="exchanged_trigger_id"):
        surface.open(asked["trigger_id"], form)


def test_a_home_says_when_it_is_ones_own_turn(app):
    layer = {"people": ["rina", "sari"], "start": "2026-01-05", "turn_days": 1}
    rota = ScheduleSettings.model_validate({"slug": "primary", "layers": [layer]})
    people = tuple(
        PersonSettings(slug=slug, name=slug.title(), slack=f"U0{slug.upper()}")
        for slug in ("rina", "sari")
    )
    changed = {"people": people, "schedules": (rota,)}
    app = replace(app, settings=app.settings.model_copy(update=changed))
    with app.db.read() as tx:
        shown = [str(view_of(home(app, tx, who, minutes(0)))) for who in ("U0RINA", "U0SARI")]
    assert sum("You are on call (primary) until" in view for view in shown) == 1
    assert sum("Your next shift (primary) begins" in view for view in shown) == 1
