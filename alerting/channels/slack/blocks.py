"""A notice as Slack's Block Kit. Pure; golden files in ``tests/alerting/golden``.

Limits: https://docs.slack.dev/reference/block-kit/blocks (header 150, text object 3000, 10 fields
of 2000, 10 context elements, 50 blocks). Strangers' words go into ``plain_text`` and ``rich_text``
only, where nothing is a mention or a link unless we make it one.
"""

from __future__ import annotations

import re
from typing import Any

from alerting.channels.base import Delivery
from alerting.channels.labels import (
    MAX_FIELDS,
    MAX_QUOTES,
    byline,
    labels,
    localizer,
    open_link,
    quoted,
)
from alerting.channels.sanitize import clean, cut, host_of, one_line, safe_url, units
from alerting.channels.slack.mentions import mentions
from alerting.model import Notice

Block = dict[str, Any]

HEADER, TEXT, FIELD, FALLBACK = 150, 3000, 2000, 4000

_MARKUP = re.compile(r"[*_~`]")


def escape(text: str) -> str:
    """Slack's three escapes: with them nothing in mrkdwn is a mention or a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut_escaped(text: str, limit: int) -> str:
    """Escaped, and at most ``limit`` long without cutting an escape in two."""
    escaped = escape(cut(text, limit))
    while text and units(escaped) > limit:
        text = cut(text, max(0, units(text) - max(1, (units(escaped) - limit) // 5)))
        escaped = escape(text)
    return escaped


def blocks(delivery: Delivery) -> list[Block]:
    """The message's blocks: at most a dozen."""
    notice = delivery.notice
    made: list[Block | None] = [
        _header(notice),
        _context(labels(delivery)),
        _mention(notice),
        _section(notice.summary),
        _fields(notice),
        _quotes(notice),
        _context([notice.why]),
        _commands(notice.how_to),
        _link(notice),
        _context([notice.footer]),
    ]
    return [block for block in made if block]


def fallback_text(delivery: Delivery) -> str:
    """What notifications and screen readers say: the headline and the summary, escaped."""
    notice = delivery.notice
    lines = [*labels(delivery), notice.headline, notice.summary]
    return cut_escaped("\n".join(clean(line) for line in lines if line), FALLBACK)


def plain_text(delivery: Delivery) -> str:
    """The whole message as text, for when Slack refuses the blocks."""
    notice = delivery.notice
    lines = [*labels(delivery), notice.headline, "", notice.summary]
    lines += [f"{label}: {value}" for label, value in notice.fields[:MAX_FIELDS]]
    for quote in notice.quotes[:MAX_QUOTES]:
        lines += [f"“{quoted(quote)}”", byline(quote, localizer(notice))]
    lines += ["", notice.why, notice.how_to, safe_url(notice.link), notice.footer]
    text = "\n".join(clean(line) for line in lines).strip()
    paged = mentions(notice.targets)
    body = cut_escaped(re.sub(r"\n{3,}", "\n\n", text), FALLBACK - len(paged) - 1)
    return f"{paged}\n{body}" if paged else body


def _text(text: str, limit: int = TEXT) -> Block:
    return {"type": "plain_text", "text": cut(text, limit), "emoji": False}


def _header(notice: Notice) -> Block | None:
    headline = one_line(notice.headline)
    if not headline:
        return None
    if notice.kind == "update":  # one line of a thread is not a title
        element = {"type": "text", "text": cut(headline, TEXT), "style": {"bold": True}}
        return _rich([{"type": "rich_text_section", "elements": [element]}])
    return {"type": "header", "text": _text(headline, HEADER)}


def _section(text: str) -> Block | None:
    text = clean(text).strip()
    return {"type": "section", "text": _text(text)} if text else None


def _commands(text: str) -> Block | None:
    """A line with commands between backticks, which `rich_text` shows as code."""
    parts = cut(clean(text).strip(), TEXT).split("`")
    if len(parts) % 2 == 0 or not 1 < len(parts) < 20:
        return _section(text)
    code = {"style": {"code": True}}
    elements = [
        {"type": "text", "text": part, **(code if n % 2 else {})}
        for n, part in enumerate(parts)
        if part
    ]
    return _rich([{"type": "rich_text_section", "elements": elements}])


def _context(texts: list[str]) -> Block | None:
    cleaned = [clean(text).strip() for text in texts]
    elements = [_text(text) for text in cleaned if text]
    return {"type": "context", "elements": elements} if elements else None


def _mention(notice: Notice) -> Block | None:
    paged = mentions(notice.targets)
    if not paged or units(paged) > TEXT:
        return None
    return {"type": "section", "text": {"type": "mrkdwn", "text": paged}}


def _fields(notice: Notice) -> Block | None:
    made = []
    for label, value in notice.fields[:MAX_FIELDS]:
        label, value = one_line(label), clean(value).strip() or "–"
        if _MARKUP.search(label + value):
            made.append(_text(f"{label}\n{value}", FIELD))
        else:
            text = f"*{cut_escaped(label, 200)}*\n{cut_escaped(value, FIELD - 300)}"
            made.append({"type": "mrkdwn", "text": text, "verbatim": True})
    return {"type": "section", "fields": made} if made else None


def _rich(elements: list[Block]) -> Block:
    return {"type": "rich_text", "elements": elements}


def _quotes(notice: Notice) -> Block | None:
    elements: list[Block] = []
    for quote in notice.quotes[:MAX_QUOTES]:
        text = quoted(quote)
        elements.append({"type": "rich_text_quote", "elements": [{"type": "text", "text": text}]})
        below: list[Block] = []
        if words := byline(quote, localizer(notice)):
            below.append({"type": "text", "text": words, "style": {"italic": True}})
        if url := safe_url(quote.url):
            if below:
                below.append({"type": "text", "text": " · "})
            below.append({"type": "link", "url": url, "text": cut(host_of(url), 80)})
        if below:
            elements.append({"type": "rich_text_section", "elements": below})
    return _rich(elements) if elements else None


def _link(notice: Notice) -> Block | None:
    url = safe_url(notice.link)
    if not url:
        return None
    link = {"type": "link", "url": url, "text": open_link(notice.locale)}
    return _rich([{"type": "rich_text_section", "elements": [link]}])
