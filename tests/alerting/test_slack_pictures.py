"""What a person gets at 3 a.m., drawn: every state of a card, both languages, desktop and phone.

``SIAGA_PICTURES=write`` writes them into ``docs/slack``. They are approximate: Slack's own client
draws its own way.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fakes.slack_render import DESKTOP, PHONE, Drawing, drawn
from resvg_py import svg_to_bytes
from test_messages import messages

from alerting.channels.base import Delivery
from alerting.channels.slack.blocks import fallback_text
from alerting.channels.slack.card import card_message
from alerting.channels.slack.picture import FONT, png
from alerting.i18n import Localizer

DOCS = Path(__file__).resolve().parents[2] / "docs" / "slack"
STATES = {
    "opened": "open",
    "root_snoozed": "snoozed",
    "root_acknowledged": "acknowledged",
    "root_resolved": "resolved",
    "blind": "blind",
}
CAPTION = {
    "en": "Approximate: drawn by a test, not by Slack.",
    "id": "Perkiraan: digambar oleh sebuah tes, bukan oleh Slack.",
}
FIRST_SCREEN = 640
"""Points of a channel that a phone shows at once: 844 without the bars and the composer."""


def picture_of(name: str, language: str, width: int) -> Drawing:
    notice = messages(language)[name]
    assert notice.card is not None
    delivery = Delivery("k", "C1", notice)
    say = Localizer(language, "Asia/Jakarta")
    made = card_message(delivery, notice.card, "illustrated", file="F1")
    message = {"text": fallback_text(delivery), **made}
    chart = png(notice.card.picture, say) if notice.card.picture else b""
    return drawn(message, "12:06", width, chart)


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize(("size", "width"), [("desktop", DESKTOP), ("phone", PHONE)])
@pytest.mark.parametrize("name", STATES)
def test_every_state_can_be_drawn(name, size, width, language):
    whole = picture_of(name, language, width).svg(CAPTION[language])
    data = bytes(svg_to_bytes(svg_string=whole, zoom=2.0, font_files=[str(FONT)]))
    assert data.startswith(b"\x89PNG")
    if os.environ.get("SIAGA_PICTURES") == "write":
        DOCS.mkdir(parents=True, exist_ok=True)
        (DOCS / f"{STATES[name]}-{size}.{language}.png").write_bytes(data)


@pytest.mark.parametrize("language", ["en", "id"])
def test_a_phones_first_screen_shows_what_how_bad_since_when_and_the_acknowledge_button(language):
    made = picture_of("opened", language, PHONE)
    assert made.marks["headline"] < made.marks["facts"] < made.marks["siaga:ack"] <= FIRST_SCREEN


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_docs_hold_a_picture_of_every_state_in_both_widths(language):
    for state in STATES.values():
        for size in ("desktop", "phone"):
            assert (DOCS / f"{state}-{size}.{language}.png").is_file()
