"""What Slack shows a person of their own: whose turn it is, and a test page to confirm."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.crisis import minutes, outbox, watching
from fakes.slack_limits import problems
from fakes.slack_socket import click
from test_interactions import press

from alerting.channels.base import Delivery
from alerting.channels.slack.card import card_message
from alerting.channels.slack.home import home as view_of
from alerting.messages.codec import unpack
from monitor.jobs.interactions.home import home
from monitor.jobs.readiness import check
from monitor.jobs.readiness import test_page as send_test_page
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
