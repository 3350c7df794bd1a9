"""What a notice looks like in Slack: within every limit, and strangers' words stay words."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.slack_limits import problems
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.channels.base import Delivery
from alerting.channels.slack.blocks import blocks, escape, fallback_text, plain_text
from alerting.channels.slack.mentions import mentions
from alerting.channels.testing import AT, SAMPLE, hostile, huge
from alerting.model import EVERYBODY, Notice, Quote, Target, target

GOLDEN = Path(__file__).parent / "golden"

NOTICES = {
    "incident": Delivery("k", "C1", replace(SAMPLE, targets=(Target("channel"),), footer="Siaga")),
    "replay": Delivery("k", "C1", replace(SAMPLE, stamp="REPLAY · 22 Feb 2015", locale="id")),
    "update": Delivery("k", "C1", Notice("update", "Acknowledged by Rina at 14:10 WIB", "")),
    "possible_repeat": Delivery("k", "C1", SAMPLE, possible_repeat=True),
    "hostile": Delivery("k", "C1", hostile()),
}


def message(delivery):
    return {"text": fallback_text(delivery), "blocks": blocks(delivery)}


@pytest.mark.parametrize("name", NOTICES)
def test_the_layout_is_as_in_the_golden_file(name):
    made = json.dumps(message(NOTICES[name]), indent=1, ensure_ascii=False) + "\n"
    golden = GOLDEN / f"slack_{name}.json"
    if os.environ.get("SIAGA_GOLDEN") == "write":
        golden.write_text(made)
    assert made == golden.read_text()


def test_the_commands_to_acknowledge_are_shown_as_code():
    line = replace(SAMPLE, kind="update", how_to="To acknowledge: `siaga incident ack 1`.")
    assert "siaga incident ack" in str(blocks(Delivery("k", "C1", line)))
    assert "siaga incident ack" not in str(blocks(Delivery("k", "C1", line), buttons=True))
    notice = replace(SAMPLE, how_to="To acknowledge: `siaga incident ack 1`. Not a crisis? `x`")
    elements = [b for b in blocks(Delivery("k", "C1", notice)) if b["type"] == "rich_text"][-2:]
    parts = [part for b in elements for s in b["elements"] for part in s["elements"]]
    code = [part["text"] for part in parts if part.get("style") == {"code": True}]
    assert code == ["siaga incident ack 1", "x"]
    assert "`" not in "".join(part["text"] for part in parts)


anything = st.text(max_size=400) | st.sampled_from(["<!channel>" * 900, "&" * 3001, "🔥" * 2999])
quotes = st.builds(Quote, anything, anything, anything, anything, st.just(AT), anything)
targets = st.builds(
    Target,
    st.sampled_from(["person", "group", *EVERYBODY]),
    st.from_regex(r"[A-Z0-9<>|@! ]{0,9}") | anything,
)
notices = st.builds(
    Notice,
    kind=st.sampled_from(["incident", "update", "digest", "test"]),
    headline=anything,
    summary=anything,
    fields=st.lists(st.tuples(anything, anything), max_size=14).map(tuple),
    quotes=st.lists(quotes, max_size=5).map(tuple),
    why=anything,
    how_to=anything,
    link=anything,
    stamp=anything,
    targets=st.lists(targets, max_size=90).map(tuple),
    footer=anything,
)


@settings(max_examples=60, deadline=None)
@given(notices, st.booleans())
def test_whatever_the_notice_slack_has_nothing_to_refuse(notice, repeat):
    delivery = Delivery(
        "k", "C1", replace(notice, headline=notice.headline + "x"), possible_repeat=repeat
    )
    assert problems(message(delivery)) == []
    assert problems({"text": plain_text(delivery)}) == []


@settings(max_examples=60, deadline=None)
@given(notices)
def test_nothing_a_stranger_writes_is_a_mention_or_a_link(notice):
    for block in blocks(Delivery("k", "C1", replace(notice, targets=()))):
        for text in mrkdwn_texts(block):
            assert "<" not in text
            assert ">" not in text
    for text in (
        fallback_text(Delivery("k", "C1", notice)),
        plain_text(Delivery("k", "C1", replace(notice, targets=()))),
    ):
        assert "<" not in text


def mrkdwn_texts(block):
    if isinstance(block, dict):
        if block.get("type") == "mrkdwn":
            yield block["text"]
        for value in block.values():
            yield from mrkdwn_texts(value)
    elif isinstance(block, list):
        for value in block:
            yield from mrkdwn_texts(value)


def test_the_longest_notice_fits():
    assert problems(message(Delivery("k", "C1", huge(), possible_repeat=True))) == []


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        (["@channel"], "<!channel>"),
        (["U012AB3CD"], "<@U012AB3CD>"),
        (["S0SUPPORT", "@here"], "<!subteam^S0SUPPORT> <!here>"),
    ],
)
def test_who_is_paged_is_live(named, shown):
    paging = replace(SAMPLE, targets=tuple(map(target, named)))
    made = blocks(Delivery("k", "C1", paging))
    assert {"type": "mrkdwn", "text": shown} in [block.get("text") for block in made]
    assert plain_text(Delivery("k", "C1", paging)).startswith(shown)


@pytest.mark.parametrize(
    "name", ["<http://evil.example|x>", "hi <!channel>", "U1> <b", "u012ab3cd"]
)
def test_an_id_that_slack_could_not_have_given_is_left_out(name):
    assert mentions([Target("person", name), Target("group", name)]) == ""


def test_the_three_characters_are_escaped_and_no_escape_is_cut_in_two():
    assert escape("a<b>&c") == "a&lt;b&gt;&amp;c"
    cut = fallback_text(Delivery("k", "C1", replace(SAMPLE, summary="&" * 5000)))
    assert len(cut) <= 4000
    assert cut.replace("&amp;", "").count("&") == 0
