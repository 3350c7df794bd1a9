"""Slack's own limits on a message, which the emulator does not check.

From https://docs.slack.dev/reference/block-kit and the chat.postMessage page. Lengths in UTF-16
units, the stricter reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

TYPES = {"header", "section", "context", "rich_text", "divider", "image", "actions"}


def problems(message: dict[str, Any]) -> list[str]:
    """Everything Slack would refuse or cut off, by name."""
    found = []
    if len(str(message.get("text") or "")) > 4000:
        found.append("msg_too_long")
    blocks = message.get("blocks") or []
    if len(blocks) > 50:
        found.append("invalid_blocks: more than 50")
    if not blocks and not message.get("text"):
        found.append("no_text")
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
            if part["type"] == "text" and not words:
                yield "an empty text"
            if part["type"] == "link" and not 1 <= len(part["url"]) <= 3000:
                yield "a link's address"
    if total > 3000:
        yield "a rich_text longer than 3000"
