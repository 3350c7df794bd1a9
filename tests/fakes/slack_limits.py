"""Slack's own limits on messages and views, which the emulator does not check.

From https://docs.slack.dev/reference/block-kit, /reference/views and the chat.postMessage page.
Lengths in UTF-16 units, the stricter reading.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

IN_MESSAGES = {
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
IN_CONTAINER = IN_MESSAGES - {"container", "data_visualization"}
IN_VIEWS = IN_CONTAINER | {"input"}
RICH = ("rich_text_section", "rich_text_quote", "rich_text_preformatted")


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
    found += [f"invalid_blocks: {problem}" for problem in _blocks(blocks, IN_MESSAGES)]
    return found


def view_problems(view: dict[str, Any]) -> list[str]:
    """Everything Slack would refuse of a modal or a Home, by name."""
    found = []
    if len(json.dumps(view, ensure_ascii=False).encode()) > 250_000:
        found.append("view_too_large")
    if view.get("type") not in ("modal", "home"):
        found.append(f"no such view: {view.get('type')}")
    blocks = view.get("blocks") or []
    if not 1 <= len(blocks) <= 100:
        found.append("1 to 100 blocks")
    for name, limit in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        if _units(str(view.get(name) or "")) > limit:
            found.append(f"a {name} longer than {limit}")
    if view.get("type") == "modal":
        found += _modal(view, blocks)
    return [*found, *_blocks(blocks, IN_VIEWS)]


def _modal(view: dict[str, Any], blocks: list[dict[str, Any]]) -> Iterator[str]:
    if "title" not in view:
        yield "a modal has a title"
    for name in ("title", "submit", "close"):
        if name in view:
            yield from _text(view[name], 24, {"plain_text"})
    if "submit" not in view and any(block.get("type") == "input" for block in blocks):
        yield "what takes words needs a button to send them"


def _blocks(blocks: list[dict[str, Any]], types: set[str]) -> Iterator[str]:
    named = [block["block_id"] for block in blocks if block.get("block_id")]
    if len(set(named)) < len(named):
        yield "a block_id twice"
    for block in blocks:
        yield from _block(block, types)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _block(block: dict[str, Any], types: set[str]) -> Iterator[str]:
    kind = block.get("type")
    if kind not in types:
        yield f"no such block here: {kind}"
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
            yield from _block(child, IN_CONTAINER)
    elif kind == "input":
        yield from _input(block)
    elif kind == "data_visualization":
        yield from _chart(block)


def _input(block: dict[str, Any]) -> Iterator[str]:
    yield from _text(block["label"], 2000, {"plain_text"})
    if "hint" in block:
        yield from _text(block["hint"], 2000, {"plain_text"})
    element = block["element"]
    if element["type"] == "static_select":
        yield from _options(element["options"])
    elif element["type"] != "plain_text_input":
        yield f"no such element of an input: {element['type']}"
    if not 1 <= element.get("max_length", 1) <= 3000:
        yield "a max_length"
    if _units(element.get("initial_value", "")) > element.get("max_length", 3000):
        yield "an initial_value longer than may be said"
    if "placeholder" in element:
        yield from _text(element["placeholder"], 150, {"plain_text"})


def _options(options: list[dict[str, Any]]) -> Iterator[str]:
    if not 1 <= len(options) <= 100:
        yield "1 to 100 options"
    for option in options:
        yield from _text(option["text"], 75)
        if not 1 <= len(option["value"]) <= 150:
            yield "an option's value"


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
            yield from _options(element["options"])
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
        if element["type"] not in RICH:
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
