"""What a person gets at 3 a.m., drawn: every state of a card, both languages, desktop and phone.

They are the demo's own cards (``fakes/demo_cards.py`` plays it and keeps them).
``SIAGA_PICTURES=write`` writes them into ``docs/slack``. They are approximate: Slack's own client
draws its own way.
"""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fakes.crisis import NOON
from fakes.demo_cards import KEPT
from fakes.slack_render import DESKTOP, PHONE, Drawing, drawn
from resvg_py import svg_to_bytes
from test_messages import messages

from alerting.channels.base import Delivery
from alerting.channels.slack.blocks import fallback_text
from alerting.channels.slack.card import card_message
from alerting.channels.slack.picture import FONT, png
from alerting.i18n import Localizer
from alerting.messages.codec import unpack
from connectors.simulated.connector import SimulatedOptions, _Platform
from connectors.simulated.scenario import load_scenario
from monitor.runtime.demo import SCENARIO

DOCS = Path(__file__).resolve().parents[2] / "docs" / "slack"
DEMO = json.loads(KEPT.read_text("utf-8"))
STATES = (*DEMO, "blind")
CAPTION = {
    "en": "Approximate: drawn by a test, not by Slack.",
    "id": "Perkiraan: digambar oleh sebuah tes, bukan oleh Slack.",
}
FIRST_SCREEN = 640
"""Points of a channel that a phone shows at once: 844 without the bars and the composer."""


def picture_of(name: str, language: str, width: int) -> Drawing:
    blind = name == "blind"
    notice = messages(language)[name] if blind else unpack(DEMO[name][language])
    at = NOON + timedelta(minutes=6) if blind else datetime.fromisoformat(DEMO[name]["at"])
    assert notice.card is not None
    delivery = Delivery("k", "C1", notice)
    say = Localizer(language, "Asia/Jakarta")
    made = card_message(delivery, notice.card, "illustrated", file="F1")
    message = {"text": fallback_text(delivery), **made}
    chart = png(notice.card.picture, say) if notice.card.picture else b""
    return drawn(message, say.time(at), width, chart)


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize(("size", "width"), [("desktop", DESKTOP), ("phone", PHONE)])
@pytest.mark.parametrize("name", STATES)
def test_every_state_can_be_drawn(name, size, width, language):
    whole = picture_of(name, language, width).svg(CAPTION[language])
    data = bytes(svg_to_bytes(svg_string=whole, zoom=2.0, font_files=[str(FONT)]))
    assert data.startswith(b"\x89PNG")
    if os.environ.get("SIAGA_PICTURES") == "write":
        DOCS.mkdir(parents=True, exist_ok=True)
        (DOCS / f"{name}-{size}.{language}.png").write_bytes(data)


@pytest.mark.parametrize("language", ["en", "id"])
def test_a_phones_first_screen_shows_what_how_bad_since_when_and_the_acknowledge_button(language):
    made = picture_of("open", language, PHONE)
    assert made.marks["headline"] < made.marks["facts"] < made.marks["siaga:ack"] <= FIRST_SCREEN


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_docs_hold_a_picture_of_every_state_in_both_widths(language):
    for state in STATES:
        for size in ("desktop", "phone"):
            assert (DOCS / f"{state}-{size}.{language}.png").is_file()


@pytest.mark.parametrize("state", DEMO)
def test_the_figures_of_a_picture_agree_with_each_other_and_with_the_scenario(state):
    notice = unpack(DEMO[state]["en"])
    assert notice.card is not None
    facts = dict(notice.card.facts)
    counted = [
        int(part.rpartition(" ")[2].replace(",", "")) for part in facts["Where"].split(" · ")
    ]
    word = "from" if state == "resolved" else "since"
    assert f"{sum(counted):,} mentions {word} 09:50 WIB" in notice.headline
    scenario = load_scenario(SCENARIO)
    options = SimulatedOptions(scenario=SCENARIO, platform="x")
    storm = _Platform(scenario, options).storm
    assert storm is not None
    began = storm.astimezone(scenario.start.tzinfo)
    since = began.replace(hour=int(facts["Since"][:2]), minute=int(facts["Since"][3:5]), second=0)
    assert abs(since - began) <= timedelta(minutes=5)
    assert "Also" not in facts
