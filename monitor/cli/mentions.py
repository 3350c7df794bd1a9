"""``siaga mentions``: what was heard, and how each was read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

import click

from alerting.channels.sanitize import cut, one_line, safe_url
from alerting.messages.wording import platform_name
from monitor.app import App
from monitor.cli.language import _
from monitor.cli.opened import opened
from monitor.cli.options import config_option
from monitor.clock import wait
from monitor.jobs.views.mentions import Shown, brands_of, following, latest, shown
from monitor.query.parse import parse

EVERY_S = 2.0
"""Seconds between two looks with ``--follow``."""

TEXT = 240
COLOURS = {"negative": "red", "positive": "green"}


@click.command()
@config_option
@click.option("--brand", help="Only this brand's (its slug).")
@click.option("--query", "wanted", help="Only those that match, in the query language.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many."
)
@click.option("--follow", is_flag=True, help="Go on with what comes in, until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def mentions(
    config: Path | None,
    brand: str | None,
    wanted: str | None,
    limit: int,
    follow: bool,
    as_json: bool,
) -> None:
    """The latest mentions: text, mood, why it was read so, and where it stands."""
    query = parse(wanted) if wanted else None
    with opened(config) as app:
        brands = brands_of(app, brand)
        found = latest(app, brands, query, limit)
        for one in found:
            _print(app, shown(app, one), as_json)
        if not found and not as_json:
            click.echo(
                _("Nothing that matches was heard yet; `siaga status` says how each source stands.")
                if query
                else _("Nothing was heard yet; `siaga status` says how each source stands."),
                err=True,
            )
        if not follow:
            return
        after = max((one.id for one in found), default=0)
        with suppress(KeyboardInterrupt):
            while not wait(Event(), EVERY_S):
                for one in following(app, brands, query, after):
                    _print(app, shown(app, one), as_json)
                    after = one.id


def _print(app: App, one: Shown, as_json: bool) -> None:
    click.echo(json.dumps(_object(one), ensure_ascii=False) if as_json else _lines(app, one))


def _object(one: Shown) -> dict[str, Any]:
    heard = one.heard
    return {
        "brand": heard.brand,
        "platform": heard.platform,
        "id": heard.external_id,
        "kind": heard.kind,
        "published_at": heard.published_at.isoformat(),
        "stored_at": heard.stored_at.isoformat(),
        "author": heard.author,
        "title": heard.title,
        "text": heard.text,
        "url": heard.url,
        "language": heard.language,
        "mood": one.mood,
        "negative": heard.negative if heard.scored else None,
        "neutral": heard.neutral if heard.scored else None,
        "positive": heard.positive if heard.scored else None,
        "why": list(one.why),
        "matched": list(heard.matched),
        "crisis_terms": list(heard.crisis_terms),
        "counted": heard.counted,
    }


def _mood(one: Shown) -> str:
    words = {
        "negative": _("negative"),
        "neutral": _("neutral"),
        "positive": _("positive"),
        "unknown": _("unknown"),
    }
    mood = words.get(one.mood, one.mood)
    if one.mood == "unknown":
        return mood
    return _("{mood} ({share} negative)", mood=mood, share=f"{one.heard.negative:.0%}")


def _words(words: Iterable[str]) -> str:
    return ", ".join(map(one_line, words))


def _lines(app: App, one: Shown) -> str:
    heard = one.heard
    settings = app.brands[heard.brand]
    at = heard.published_at.astimezone(ZoneInfo(settings.time_zone))
    head = [f"{at:%Y-%m-%d %H:%M}", settings.name, platform_name(heard.platform)]
    if heard.author:
        head.append(one_line(heard.author))
    mood = _mood(one)
    text = one_line(cut(heard.said, TEXT)) or _("(its text is not kept any more)")
    why = [_("matched {words}", words=_words(heard.matched))] if heard.matched else []
    why += [_("mood by {words}", words=_words(one.why))] if one.why else []
    why += [_("crisis: {words}", words=_words(heard.crisis_terms))] if heard.crisis_terms else []
    why += [] if heard.counted else [_("from the past, not counted")]
    lines = [
        " · ".join(head) + " · " + click.style(mood, fg=COLOURS.get(one.mood)),
        f"  {text}",
        f"  {'; '.join(why)}" if why else "",
        f"  {safe_url(heard.url)}" if safe_url(heard.url) else "",
    ]
    return "\n".join(line for line in lines if line) + "\n"
