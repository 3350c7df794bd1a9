"""An incident's card in Slack: what it shows, what it may never become, and what is left of it
when Slack refuses something."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes.slack_limits import problems
from hypothesis import given, settings
from hypothesis import strategies as st
from test_messages import messages
from test_slack import channel_to

from alerting.channels.base import Delivery, DeliveryError
from alerting.channels.sanitize import safe_url
from alerting.channels.slack.blocks import escape, fallback_text
from alerting.channels.slack.card import COLOURS, card_message
from alerting.channels.slack.channel import SlackChannel
from alerting.channels.slack.picture import png, svg
from alerting.channels.testing import HOSTILE, SAMPLE
from alerting.i18n import Localizer
from alerting.model import Button, Card, Notice, Picture, Quote

GOLDEN = Path(__file__).parent / "golden"
STATES = ("opened", "root_acknowledged", "root_snoozed", "root_resolved", "blind")
FORMS = ("illustrated", "charted", "folded", "flat")
AT = datetime(2026, 3, 14, 14, 2, tzinfo=UTC)
SAY = Localizer("id", "Asia/Jakarta")


def shown(notice, form="folded", **more):
    delivery = Delivery("k", "C1", notice)
    return {"text": fallback_text(delivery), **card_message(delivery, notice.card, form, **more)}


@pytest.mark.parametrize("language", ["en", "id"])
def test_every_state_of_a_card_is_as_in_the_golden_file(language):
    made = {name: shown(messages(language)[name]) for name in STATES}
    text = json.dumps(made, indent=1, ensure_ascii=False) + "\n"
    golden = GOLDEN / f"slack_card_{language}.json"
    if os.environ.get("SIAGA_GOLDEN") == "write":
        golden.write_text(text)
    assert text == golden.read_text()


def test_the_headline_says_what_is_wrong_also_where_only_the_text_is_shown():
    message = shown(messages("en")["opened"])
    headline = (
        "SEV2 · Kopi Senja: keracunan, basi, Semarang · 212 mentions since 12:00 WIB, "
        "far more than usual, mostly negative"
    )
    assert message["text"].startswith(headline)
    assert message["blocks"][0]["text"]["text"] == headline
    whole = json.dumps(message["attachments"], ensure_ascii=False)
    assert "SEV2" not in whole.replace("it is SEV2 (high)", "").replace(headline, "").replace(
        "escalates this: SEV2", ""
    )


def test_whom_it_pages_stands_outside_the_attachment_where_slack_notifies():
    message = shown(messages("en")["opened"])
    assert {"type": "mrkdwn", "text": "<!here>"} in [b.get("text") for b in message["blocks"]]
    assert "<!here>" not in json.dumps(message["attachments"])


def test_the_buttons_come_before_the_evidence_and_fit_the_state():
    buttons = {
        "opened": ["ack", "not_a_crisis", "snooze", "escalate"],
        "root_acknowledged": ["resolve", "escalate", "note"],
        "root_snoozed": ["ack", "resolve", "not_a_crisis", "note"],
        "root_resolved": ["reopen"],
        "blind": ["ack", "snooze", "escalate"],
    }
    for name, wanted in buttons.items():
        (attachment,) = shown(messages("en")[name])["attachments"]
        kinds = [block["type"] for block in attachment["blocks"]]
        actions = attachment["blocks"][kinds.index("actions")]
        assert [one["action_id"] for one in actions["elements"]] == [f"siaga:{a}" for a in wanted]
        assert kinds.index("actions") < kinds.index("container")
        assert kinds.index("actions") <= 3, "the buttons are on a phone's first screen"


def test_the_colour_tells_the_state():
    for name, state in (("opened", "open"), ("root_resolved", "resolved")):
        (attachment,) = shown(messages("en")[name])["attachments"]
        assert attachment["color"] == COLOURS[state]
    assert len(set(COLOURS.values())) == 4


def test_without_anybody_who_hears_clicks_there_are_commands_and_no_dead_buttons():
    whole = json.dumps(shown(messages("en")["opened"], buttons=False))
    assert "siaga incident ack 42" in whole
    assert '"actions"' not in whole


def test_escalating_says_first_who_is_paged_and_with_what_words():
    (attachment,) = shown(messages("en")["opened"])["attachments"]
    (escalate,) = [
        element
        for block in attachment["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
        if element["action_id"] == "siaga:escalate"
    ]
    asked = escalate["confirm"]["text"]["text"]
    assert "@channel is paged now" in asked
    assert "escalates this: SEV2, Kopi Senja" in asked


anything = st.text(max_size=300) | st.sampled_from(
    [
        "https://x.com/a?b=1&c=2",
        "<!channel>" * 400,
        "&" * 3001,
        "🔥" * 2999,
        HOSTILE,
        "<https://evil.example|x>",
        "*b* `c` ~d~",
    ]
)
numbers = st.lists(st.floats(0, 1e6), min_size=1, max_size=60).map(tuple)
pictures = st.builds(
    lambda title, alt, names, counts, onset: Picture(
        title, alt, names, AT, 1800, counts, counts if onset else (), AT if onset else None
    ),
    anything,
    anything,
    st.tuples(anything, anything, anything),
    numbers,
    st.booleans(),
)
buttons = st.builds(
    Button,
    st.sampled_from(["ack", "note", "escalate"]),
    anything,
    st.booleans(),
    st.lists(st.tuples(st.sampled_from(["1h", "joke"]), anything), max_size=4).map(tuple),
    st.none() | st.tuples(anything, anything),
)
pairs = st.lists(st.tuples(anything, anything), max_size=8).map(tuple)
cards = st.builds(
    Card,
    st.integers(1, 10**9),
    st.integers(1, 10**6),
    st.sampled_from(sorted(COLOURS)),
    st.lists(anything | st.just(AT), min_size=1, max_size=5).map(tuple),
    pairs,
    pairs,
    st.lists(buttons, max_size=3, unique_by=lambda b: b.action).map(tuple),
    st.none() | pictures,
)
quotes = st.builds(Quote, anything, anything, anything, anything, st.just(AT), anything)
notices = st.builds(
    Notice,
    st.just("incident"),
    anything.map(lambda text: text + "x"),
    anything,
    card=cards,
    quotes=st.lists(quotes, max_size=4).map(tuple),
    why=anything,
    how_to=anything,
    link=anything,
    stamp=anything,
    footer=anything,
)


@settings(max_examples=60, deadline=None)
@given(notices, st.sampled_from(FORMS), st.booleans())
def test_whatever_a_card_says_slack_has_nothing_to_refuse_and_nobody_is_mentioned(
    notice, form, heard
):
    message = shown(notice, form, file="F1", buttons=heard)
    assert problems(message) == []
    ours = {escape(safe_url(url)) for url in (notice.link, *(q.url for q in notice.quotes))}
    for text in mrkdwn(message):
        assert set(LINK.findall(text)) <= ours
        assert not set("<>") & set(LINK.sub("", text))
    assert "<" not in message["text"]


LINK = re.compile(r"<(https?://[^<>|\s]+)\|[^<>|]*>")
"""A link as Slack's parser reads it."""


def mrkdwn(part):
    if isinstance(part, dict):
        if part.get("type") == "mrkdwn":
            yield part["text"]
        for value in part.values():
            yield from mrkdwn(value)
    elif isinstance(part, list):
        for value in part:
            yield from mrkdwn(value)


@settings(max_examples=20, deadline=None)
@given(pictures)
def test_whatever_a_picture_says_it_can_be_drawn(picture):
    assert "<!" not in svg(picture, SAY)
    assert png(picture, SAY).startswith(b"\x89PNG")


# -- against the emulator -----------------------------------------------------------------------

PICTURE = Picture(
    "Sebutan",
    "Puncak 120 pada 12:30",
    ("sekarang", "biasanya", "mulai"),
    AT,
    1800,
    (1.0, 2.0, 120.0),
    (1.0, 1.0, 1.0),
    AT + timedelta(minutes=40),
)
CARD = Card(
    7,
    1,
    "open",
    ("Nobody.",),
    (("Since", "14:02"),),
    buttons=(Button("ack", "Acknowledge", primary=True),),
    picture=PICTURE,
)
DELIVERY = Delivery("i7:root", "", replace(SAMPLE, card=CARD))


@pytest.fixture
def channel(slack_proxy, monkeypatch):
    monkeypatch.setattr(SlackChannel, "processing_s", 0.01)
    return channel_to(slack_proxy.base_url)


def test_a_picture_that_slack_is_still_working_on_is_shown_when_it_is_ready(
    channel, delivery, slack_proxy
):
    receipt = channel.send(delivery)
    slack_proxy.fault("error", "chat.update", code="invalid_blocks")
    receipt = channel.update(receipt, delivery)
    assert receipt["file"]
    assert [blocks_of(body).count("image") for body in posted(slack_proxy, "chat.update")] == [1, 1]


@pytest.fixture
def delivery(room):
    return replace(DELIVERY, destination=room.id)


def posted(slack_proxy, method):
    return [call.body for call in slack_proxy.calls if call.method == method]


def blocks_of(body):
    return [block["type"] for block in body["attachments"][0]["blocks"]] if body else []


def test_the_card_goes_out_at_once_and_its_picture_follows(channel, delivery, slack_proxy):
    receipt = channel.send(delivery)
    (first,) = posted(slack_proxy, "chat.postMessage")
    assert "image" not in blocks_of(first)
    assert posted(slack_proxy, "files.getUploadURLExternal") == []
    receipt = channel.update(receipt, delivery)
    (upload,) = posted(slack_proxy, "files.getUploadURLExternal")
    assert upload["alt_txt"] == PICTURE.alt
    (second,) = posted(slack_proxy, "chat.update")
    (image,) = [b for b in second["attachments"][0]["blocks"] if b["type"] == "image"]
    assert image["slack_file"] == {"id": receipt["file"]}
    assert image["alt_text"] == PICTURE.alt


def test_the_same_picture_is_uploaded_once(channel, delivery, slack_proxy):
    receipt = channel.update(channel.send(delivery), delivery)
    channel.update(receipt, replace(delivery, notice=replace(delivery.notice, headline="Other")))
    assert len(posted(slack_proxy, "files.getUploadURLExternal")) == 1


def refused(call):
    with pytest.raises(DeliveryError) as raised:
        call()
    assert (raised.value.certainty, raised.value.scope) == ("not_sent", "message")
    return raised.value


def test_where_files_may_not_be_uploaded_there_is_slacks_own_chart(channel, delivery, slack_proxy):
    receipt = channel.send(delivery)
    slack_proxy.fault("error", "files.getUploadURLExternal", times=9, code="missing_scope")
    assert refused(lambda: channel.update(receipt, delivery)).plainer
    channel.update(receipt, replace(delivery, plainness=1))
    (body,) = posted(slack_proxy, "chat.update")
    assert "data_visualization" in blocks_of(body)
    refused(lambda: channel.update(receipt, delivery))
    assert len(posted(slack_proxy, "files.getUploadURLExternal")) == 1, "asked once is enough"


def test_each_refusal_leaves_more_out_until_the_words_are_left(channel, delivery, slack_proxy):
    receipt = channel.send(delivery)
    shapes = []
    for plainness in range(5):
        plainer = replace(delivery, plainness=plainness)
        slack_proxy.fault(
            "error", "chat.update", times=2 if plainness == 0 else 1, code="invalid_blocks"
        )
        assert refused(lambda: channel.update(receipt, plainer)).plainer == (plainness < 4)  # noqa: B023
        body = posted(slack_proxy, "chat.update")[-1]
        shapes.append(blocks_of(body) if body["attachments"] else body["text"])
    assert "image" in shapes[0]
    assert "data_visualization" in shapes[1]
    assert "container" in shapes[2]
    assert "container" not in shapes[3]
    assert "siaga incident ack 42" in shapes[4]


def test_a_card_that_slack_refuses_is_posted_once_in_a_plainer_form(
    channel, delivery, room, slack_proxy
):
    slack_proxy.fault("error", code="invalid_blocks")
    assert refused(lambda: channel.send(delivery)).plainer
    channel.send(replace(delivery, plainness=1))
    (message,) = room.messages()
    assert message["text"].startswith("SEV2 · Kopi Senja")
