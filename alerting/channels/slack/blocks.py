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

CHANNEL_ID = re.compile(r"[CGDUW][A-Z0-9]{6,}")

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


def blocks(delivery: Delivery, *, buttons: bool = False) -> list[Block]:
    """The message's blocks: at most a dozen. ``buttons``: the card that it is a line below has
    some, so that it needs no commands for a server's keyboard."""
    notice = delivery.notice
    pressed = buttons and notice.kind == "update"
    made: list[Block | None] = [
        header(notice),
        context(labels(delivery)),
        paged(notice),
        moved(notice) or section(notice.summary),
        fields(notice),
        evidence(notice),
        context([notice.why]),
        None if pressed else commands(notice.how_to),
        link(notice),
        context([notice.footer]),
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
    calls = mentions(notice.targets)
    body = cut_escaped(re.sub(r"\n{3,}", "\n\n", text), FALLBACK - len(calls) - 1)
    return f"{calls}\n{body}" if calls else body


def plain(text: str, limit: int = TEXT) -> Block:
    """A text object in which nothing is markup."""
    return {"type": "plain_text", "text": cut(text, limit), "emoji": False}


def header(notice: Notice) -> Block | None:
    """The headline: a title, or one bold line in a thread."""
    headline = one_line(notice.headline)
    if not headline:
        return None
    if notice.kind == "update":  # one line of a thread is not a title
        element = {"type": "text", "text": cut(headline, TEXT), "style": {"bold": True}}
        return rich([{"type": "rich_text_section", "elements": [element]}])
    return {"type": "header", "text": plain(headline, HEADER)}


def section(text: str) -> Block | None:
    """A paragraph; nothing where there are no words."""
    text = clean(text).strip()
    return {"type": "section", "text": plain(text)} if text else None


def commands(text: str) -> Block | None:
    """A line with commands between backticks, which `rich_text` shows as code."""
    parts = cut(clean(text).strip(), TEXT).split("`")
    if len(parts) % 2 == 0 or not 1 < len(parts) < 20:
        return section(text)
    code = {"style": {"code": True}}
    elements = [
        {"type": "text", "text": part, **(code if n % 2 else {})}
        for n, part in enumerate(parts)
        if part
    ]
    return rich([{"type": "rich_text_section", "elements": elements}])


def context(texts: list[str]) -> Block | None:
    """Small print, an element for each text."""
    cleaned = [clean(text).strip() for text in texts]
    elements = [plain(text) for text in cleaned if text]
    return {"type": "context", "elements": elements} if elements else None


def paged(notice: Notice) -> Block | None:
    """Whom the notice pages, live."""
    calls = mentions(notice.targets)
    if not calls or units(calls) > TEXT:
        return None
    return {"type": "section", "text": {"type": "mrkdwn", "text": calls}}


def moved(notice: Notice) -> Block | None:
    """Where it goes on, to be gone to."""
    if not CHANNEL_ID.fullmatch(notice.moved_to):
        return None
    words = escape(localizer(notice)._("This goes on in {place}.", place="{place}"))
    text = words.replace("{place}", f"<#{notice.moved_to}>")
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def fields(notice: Notice) -> Block | None:
    """Label and value pairs, in two columns where there is room."""
    made = []
    for label, value in notice.fields[:MAX_FIELDS]:
        label, value = one_line(label), clean(value).strip() or "–"
        if _MARKUP.search(label + value):
            made.append(plain(f"{label}\n{value}", FIELD))
        else:
            text = f"*{cut_escaped(label, 200)}*\n{cut_escaped(value, FIELD - 300)}"
            made.append({"type": "mrkdwn", "text": text, "verbatim": True})
    return {"type": "section", "fields": made} if made else None


def rich(elements: list[Block]) -> Block:
    """A rich_text block, in which nothing is a mention or a link unless we make it one."""
    return {"type": "rich_text", "elements": elements}


def evidence(notice: Notice) -> Block | None:
    """The quotes, with who wrote them and where."""
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
    return rich(elements) if elements else None


def link(notice: Notice) -> Block | None:
    """The way to our own page."""
    url = safe_url(notice.link)
    if not url:
        return None
    shown = {"type": "link", "url": url, "text": open_link(notice.locale)}
    return rich([{"type": "rich_text_section", "elements": [shown]}])
