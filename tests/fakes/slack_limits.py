"""Slack's own limits on a message, which the emulator does not check.

From https://docs.slack.dev/reference/block-kit and the chat.postMessage page. Lengths in UTF-16
units, the stricter reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

TYPES = {
    "header",
    "section",
    "context",
    "rich_text",
    "divider",
    "image",
    "actions",
    "container",
    "data_visualization",
}
IN_CONTAINER = TYPES - {"container", "data_visualization"}


def problems(message: dict[str, Any]) -> list[str]:
    """Everything Slack would refuse or cut off, by name."""
    found = []
    if len(str(message.get("text") or "")) > 4000:
        found.append("msg_too_long")
    attachments = message.get("attachments") or []
    if len(attachments) > 100:
        found.append("too_many_attachments")
    blocks = [*(message.get("blocks") or ())]
    for attachment in attachments:
        blocks += attachment.get("blocks") or ()
        if not re.fullmatch(r"#[0-9a-f]{6}", attachment.get("color", "#000000")):
            found.append("invalid_attachments: a colour")
    if len(blocks) > 50:
        found.append("invalid_blocks: more than 50")
    if not blocks and not message.get("text"):
        found.append("no_text")
    if sum(block.get("type") == "data_visualization" for block in blocks) > 2:
        found.append("invalid_blocks: more than 2 charts")
    for block in blocks:
        found += [f"invalid_blocks: {problem}" for problem in _block(block)]
    return found


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _block(block: dict[str, Any]) -> Iterator[str]:
    kind = block.get("type")
    if kind not in TYPES:
        yield f"no such block: {kind}"
    elif kind == "header":
        yield from _text(block["text"], 150, {"plain_text"})
    elif kind == "section":
        if "text" not in block and not block.get("fields"):
            yield "a section without words"
        if "text" in block:
            yield from _text(block["text"], 3000)
        if len(block.get("fields", ())) > 10:
            yield "more than 10 fields"
        for field in block.get("fields", ()):
            yield from _text(field, 2000)
    elif kind == "context":
        if not 1 <= len(block["elements"]) <= 10:
            yield "a context of 1 to 10 elements"
        for element in block["elements"]:
            yield from _text(element, 3000)
    elif kind == "rich_text":
        yield from _rich(block["elements"])
    elif kind == "actions":
        yield from _actions(block)
    elif kind == "image":
        if not 1 <= _units(block.get("alt_text", "")) <= 2000:
            yield "an image without words, or with too many"
        if ("slack_file" in block) == ("image_url" in block):
            yield "an image is a file or an address"
    elif kind == "container":
        yield from _text(block["title"], 150, {"plain_text"})
        if not 1 <= len(block["child_blocks"]) <= 10:
            yield "a container of 1 to 10 blocks"
        for child in block["child_blocks"]:
            yield from _block(child) if child.get("type") in IN_CONTAINER else ["in a container"]
    elif kind == "data_visualization":
        yield from _chart(block)


def _actions(block: dict[str, Any]) -> Iterator[str]:
    if not 1 <= len(block["elements"]) <= 25:
        yield "1 to 25 elements"
    if _units(block.get("block_id", "")) > 255:
        yield "a block_id"
    for element in block["elements"]:
        if not 1 <= _units(element["action_id"]) <= 255:
            yield "an action_id"
        yield from _text(element.get("text") or element.get("placeholder"), 75, {"plain_text"})
        if len(element.get("value", "")) > 2000:
            yield "a button's value"
        if element["type"] == "static_select":
            if not 1 <= len(element["options"]) <= 100:
                yield "1 to 100 options"
            for option in element["options"]:
                yield from _text(option["text"], 75)
                if not 1 <= len(option["value"]) <= 150:
                    yield "an option's value"
        elif element["type"] != "button":
            yield f"no such element: {element['type']}"
        if confirm := element.get("confirm"):
            yield from _text(confirm["title"], 100, {"plain_text"})
            yield from _text(confirm["text"], 300)
            yield from _text(confirm["confirm"], 30, {"plain_text"})
            yield from _text(confirm["deny"], 30, {"plain_text"})
    if len({element["action_id"] for element in block["elements"]}) < len(block["elements"]):
        yield "an action_id twice"


def _chart(block: dict[str, Any]) -> Iterator[str]:
    if not 1 <= _units(block["title"]) <= 50:
        yield "a chart's title"
    chart = block["chart"]
    categories = chart["axis_config"]["categories"]
    if len(set(categories)) != len(categories) or not 1 <= len(categories) <= 20:
        yield "1 to 20 different categories"
    if not 1 <= len(chart["series"]) <= 6:
        yield "1 to 6 series"
    for series in chart["series"]:
        if not 1 <= _units(series["name"]) <= 20:
            yield "a series' name"
        if [point["label"] for point in series["data"]] != categories:
            yield "a value for every category"
        if any(_units(point["label"]) > 20 for point in series["data"]):
            yield "a label"


def _text(text: dict[str, Any], limit: int, types: set[str] | None = None) -> Iterator[str]:
    if text.get("type") not in (types or {"plain_text", "mrkdwn"}):
        yield f"text of type {text.get('type')}"
    if not 1 <= _units(text.get("text", "")) <= limit:
        yield f"a text of {_units(text.get('text', ''))}, allowed are 1 to {limit}"
    if "emoji" in text and text["type"] != "plain_text":
        yield "emoji belongs to plain_text"
    if "verbatim" in text and text["type"] != "mrkdwn":
        yield "verbatim belongs to mrkdwn"


def _rich(elements: list[dict[str, Any]]) -> Iterator[str]:
    if not elements:
        yield "an empty rich_text"
    total = 0
    for element in elements:
        if element["type"] not in ("rich_text_section", "rich_text_quote"):
            yield f"no such rich_text element: {element['type']}"
        if not element["elements"]:
            yield "an empty rich_text element"
        for part in element["elements"]:
            words = part.get("text") or ""
            total += _units(words)
            if part["type"] == "date" and not (part["timestamp"] and part["fallback"]):
                yield "a date without a time or a fallback"
            if part["type"] == "text" and not words:
                yield "an empty text"
            if part["type"] == "link" and not 1 <= len(part["url"]) <= 3000:
                yield "a link's address"
    if total > 3000:
        yield "a rich_text longer than 3000"
