"""Forms and a person's Home as Slack views. Pure.

Limits: https://docs.slack.dev/reference/views (title and buttons 24, 100 blocks, metadata 3000).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alerting.channels.sanitize import clean, cut, one_line
from alerting.channels.slack.blocks import TEXT, Block, cut_escaped, plain, section
from alerting.model import Field, Form

TITLE, LABEL, OPTION, MAX_BLOCKS = 24, 2000, 75, 100


def modal(form: Form) -> dict[str, Any]:
    """The form as a modal; one without fields can only be read and closed."""
    blocks: list[Block] = []
    for label, words in form.texts:
        blocks += [block for block in (_label(label), _copied(words)) if block]
    blocks += [_input(one) for one in form.fields]
    view: dict[str, Any] = {
        "type": "modal",
        "callback_id": f"siaga:{form.action}",
        "private_metadata": f"{form.incident}:{form.revision}:{form.place}",
        "title": _short(form.title),
        "close": _short("×"),
        "blocks": blocks[:MAX_BLOCKS],
    }
    return view | ({"submit": _short(form.submit)} if form.fields else {})


def told(lines: Sequence[str]) -> dict[str, Any]:
    """An answer that only whoever asked sees; nothing in it is markup."""
    text = "\n".join(clean(line) for line in lines)
    return {
        "response_type": "ephemeral",
        "text": cut_escaped(text, TEXT),
        "blocks": [block for block in [section(text)] if block],
    }


def _input(one: Field) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": "said",
        "multiline": True,
        "max_length": 3000,
    }
    if one.options:
        options = [{"text": _option(label), "value": value} for value, label in one.options[:100]]
        element = {"type": "static_select", "action_id": "said", "options": options}
    return {
        "type": "input",
        "block_id": one.name,
        "label": plain(one_line(one.label) or "–", LABEL),
        "optional": one.optional,
        "element": element,
    }


def _label(text: str) -> Block | None:
    words = one_line(text)
    if not words:
        return None
    element = {"type": "text", "text": cut(words, TEXT), "style": {"bold": True}}
    section = {"type": "rich_text_section", "elements": [element]}
    return {"type": "rich_text", "elements": [section]}


def _copied(text: str) -> Block | None:
    """Words to be copied whole: nothing in them is markup."""
    words = cut(clean(text).strip(), TEXT)
    if not words:
        return section("–")
    pre = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": words}]}
    return {"type": "rich_text", "elements": [pre]}


def _short(text: str) -> Block:
    return plain(one_line(text) or "–", TITLE)


def _option(text: str) -> Block:
    return plain(one_line(text) or "–", OPTION)
