"""An incident's own message as Slack blocks: what is wrong, how it stands, what may be done.

Above the colour bar the headline and whom it pages (Slack notifies nobody from within an
attachment); below it, in one attachment of the state's colour, the rest. The evidence is folded in
a ``container`` (https://docs.slack.dev/reference/block-kit/blocks/container-block, messages only).
What Slack refuses is left out a step at a time: see ``Form``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from alerting.channels.base import Delivery
from alerting.channels.labels import MAX_QUOTES, byline, labels, localizer, open_link, quoted
from alerting.channels.sanitize import clean, cut, host_of, one_line, safe_url
from alerting.channels.slack.blocks import (
    TEXT,
    Block,
    commands,
    context,
    cut_escaped,
    escape,
    evidence,
    header,
    link,
    paged,
    plain,
    rich,
    section,
)
from alerting.i18n import Localizer
from alerting.model import Button, Card, Notice, Part, Picture

Form = Literal["illustrated", "charted", "folded", "flat", "blocks", "text"]
"""From rich to plain. Of a card: with the uploaded picture; with Slack's own chart in its place;
without a picture; with only such blocks as every Slack has known for years. Of any message: blocks;
the text alone."""

COLOURS = {
    "open": "#d92d20",
    "snoozed": "#98a2b3",
    "acknowledged": "#f5a623",
    "resolved": "#2e9e5b",
}

LABEL, OPTION, CONFIRM_TITLE, CONFIRM_TEXT, ALT = 75, 75, 100, 300, 2000
CHART_TITLE, CHART_LABEL, CHART_POINTS = 50, 20, 20


def card_message(
    delivery: Delivery, card: Card, form: Form, *, file: str = "", buttons: bool = True
) -> dict[str, Any]:
    """``blocks`` and ``attachments`` of the message. ``file``: the uploaded picture's id;
    ``buttons``: whether somebody hears their clicks, else the commands stand in their place."""
    notice = delivery.notice
    above = [context(labels(delivery)), header(notice), paged(notice)]
    acts = [actions(card)] if buttons and card.buttons else [commands(notice.how_to)]
    bar: list[Block | None] = [
        standing_block(card.standing, localizer(notice)),
        _facts(notice, card),
        _picture(card.picture, form, file, localizer(notice)),
        *acts,
        *_folded(notice, card, form, buttons),
    ]
    attachment = {
        "color": COLOURS[card.state],
        "fallback": cut(one_line(notice.headline), 300),
        "blocks": [block for block in bar if block],
    }
    return {"blocks": [block for block in above if block], "attachments": [attachment]}


def standing_block(parts: Sequence[Part], say: Localizer) -> Block | None:
    elements: list[Block] = []
    for part in parts:
        if isinstance(part, datetime):
            elements.append(_date(part, say))
        elif words := clean(part).replace("\n", " "):
            elements.append({"type": "text", "text": cut(words, 500), "style": {"bold": True}})
    if not elements:
        return None
    return rich([{"type": "rich_text_section", "elements": elements}])


def _date(at: datetime, say: Localizer) -> Block:
    """A time that Slack shows in each reader's zone."""
    return {
        "type": "date",
        "timestamp": int(at.timestamp()),
        "format": "{date_short_pretty} {time}",
        "fallback": say.moment(at, at),
        "style": {"bold": True},
    }


def _facts(notice: Notice, card: Card) -> Block | None:
    """One line each: on a phone they must leave room for the buttons."""
    if not card.facts:
        return section(notice.summary)
    elements: list[Block] = []
    for label, value in card.facts:
        start = "\n" if elements else ""
        label, value = one_line(label), one_line(value) or "–"
        elements.append(
            {"type": "text", "text": cut(f"{start}{label}: ", 80), "style": {"bold": True}}
        )
        elements.append({"type": "text", "text": cut(value, 300)})
    return rich([{"type": "rich_text_section", "elements": elements}])


def _picture(picture: Picture | None, form: Form, file: str, say: Localizer) -> Block | None:
    if picture is None:
        return None
    if form == "illustrated" and file:
        return {
            "type": "image",
            "slack_file": {"id": file},
            "alt_text": cut(one_line(picture.alt), ALT) or "–",
        }
    return _chart(picture, say) if form == "charted" else None


def _chart(picture: Picture, say: Localizer) -> Block:
    """Slack's own line chart. At most 20 points, labels of 20 characters, all different."""
    size = -(-len(picture.counts) // CHART_POINTS)
    starts = range(0, len(picture.counts), size)
    categories = [_category(picture, start, say) for start in starts]
    series = [_series(picture.names[0], categories, picture.counts, size)]
    if picture.usual:
        series.append(_series(picture.names[1], categories, picture.usual, size))
    return {
        "type": "data_visualization",
        "title": cut(one_line(picture.title), CHART_TITLE) or "–",
        "chart": {"type": "line", "series": series, "axis_config": {"categories": categories}},
    }


def _category(picture: Picture, start: int, say: Localizer) -> str:
    at = datetime.fromtimestamp(picture.start.timestamp() + start * picture.step_s, UTC)
    return f"{say.local(at):%d %H:%M}"


def _series(
    name: str, categories: Sequence[str], values: Sequence[float], size: int
) -> dict[str, Any]:
    sums = [round(sum(values[n : n + size]), 1) for n in range(0, len(values), size)]
    data = [{"label": c, "value": v} for c, v in zip(categories, sums, strict=True)]
    return {"name": cut(one_line(name), CHART_LABEL) or "–", "data": data}


def actions(card: Card, where: str = "siaga") -> Block:
    """``block_id`` is new with every revision: Slack keeps a menu's choice by it."""
    value = f"{card.incident}:{card.revision}"
    return {
        "type": "actions",
        "block_id": f"{where}:{value}",
        "elements": [_element(button, value) for button in card.buttons[:25]],
    }


def _element(button: Button, value: str) -> Block:
    label = _plain(button.label, LABEL)
    if button.options:
        options = [
            {"text": _plain(words, OPTION), "value": f"{value}:{option}"}
            for option, words in button.options[:100]
        ]
        return {
            "type": "static_select",
            "action_id": f"siaga:{button.action}",
            "placeholder": label,
            "options": options,
        }
    made: Block = {
        "type": "button",
        "action_id": f"siaga:{button.action}",
        "text": label,
        "value": value,
    }
    if button.primary:
        made["style"] = "primary"
    if button.confirm:
        made["confirm"] = {
            "title": _plain(button.confirm[0], CONFIRM_TITLE),
            "text": _plain(button.confirm[1], CONFIRM_TEXT),
            "confirm": label | {"text": cut(label["text"], 30)},
            "deny": _plain("×", 30),
        }
    return made


def _folded(notice: Notice, card: Card, form: Form, buttons: bool) -> list[Block | None]:
    """The evidence: quotes, further figures, why it fired."""
    details = "\n".join(f"{one_line(label)}: {one_line(value)}" for label, value in card.details)
    if form == "flat":
        return [
            evidence(notice),
            context([details]),
            context([notice.why]),
            link(notice),
            context([notice.footer]),
        ]
    read = _misread(notice, card) if buttons else None
    inside = [*_quotes(notice), read, context([details, notice.why]), _where(notice)]
    children = [block for block in inside if block]
    if not children:
        return []
    return [
        {
            "type": "container",
            "title": _plain(localizer(notice)._("Evidence and why"), 150),
            "is_collapsible": True,
            "default_collapsed": True,
            "child_blocks": children[:10],
        }
    ]


def _quotes(notice: Notice) -> list[Block | None]:
    """As sections: whether a container takes ``rich_text`` Slack says in two ways."""
    found: list[Block | None] = []
    for quote in notice.quotes[:MAX_QUOTES]:
        found.append(section(f"“{quoted(quote)}”"))
        words = cut_escaped(byline(quote, localizer(notice)), 1000)
        if url := safe_url(quote.url):
            words += f" · <{escape(url)}|{cut_escaped(host_of(url), 80)}>"
        if words:
            found.append(_small(words))
    return found


def _misread(notice: Notice, card: Card) -> Block | None:
    """A menu of the quotes: the one that is chosen was read wrongly."""
    value = f"{card.incident}:{card.revision}"
    options = [
        {"text": _plain(quoted(quote), OPTION), "value": f"{value}:{quote.mention}"}
        for quote in notice.quotes[:MAX_QUOTES]
        if quote.mention and len(quote.mention) < 110 and clean(quote.mention) == quote.mention
    ]
    if not options or card.state == "resolved":
        return None
    element = {
        "type": "static_select",
        "action_id": "siaga:misread",
        "placeholder": _plain(localizer(notice)._("Read wrongly? It is not negative"), LABEL),
        "options": options,
    }
    return {"type": "actions", "block_id": f"siaga:misread:{value}", "elements": [element]}


def _where(notice: Notice) -> Block | None:
    words = cut_escaped(one_line(notice.footer), 500)
    if url := safe_url(notice.link):
        words += f" · <{escape(url)}|{cut_escaped(open_link(notice.locale), 80)}>"
    return _small(words) if words else None


def _small(mrkdwn: str) -> Block:
    text = {"type": "mrkdwn", "text": mrkdwn.removeprefix(" · "), "verbatim": True}
    return {"type": "context", "elements": [text]}


def _plain(text: str, limit: int) -> Block:
    return plain(one_line(text) or "–", min(limit, TEXT))
