"""``siaga poll``: one source asked once, by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
import orjson

from alerting.channels.sanitize import one_line, safe_url
from connectors.base import ConnectorError
from monitor.app import App
from monitor.cli.language import _, n_, told
from monitor.cli.one_source import FAR_BACK, app_for, source_named
from monitor.cli.options import config_option
from monitor.jobs.poll.poll import lease_source, sync_sources
from monitor.jobs.poll.poll import poll as poll_source
from monitor.jobs.poll.preview import preview
from monitor.jobs.poll.validate import InvalidPage, ValidatedPage
from monitor.problems import Problem
from monitor.settings.durations import parse_duration
from monitor.settings.model import SourceSettings

KINDS = (
    ("mention", "mentions"),
    ("own_post", "own_posts"),
    ("metric", "metrics"),
    ("standing", "standings"),
    ("removal", "removals"),
    ("count", "counts"),
)
"""What a line is called, and the field of the page that it comes from."""


@click.command()
@click.argument("source", metavar="BRAND/SOURCE")
@config_option
@click.option("--dry-run", is_flag=True, help="Print what it brings, and store nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, each with its type.")
@click.option("--since", metavar="7d", help="With --dry-run: how far back; default: all there is.")
@click.option("--pages", type=click.IntRange(1), help="At most so many pages.")
def poll(
    source: str,
    config: Path | None,
    dry_run: bool,
    as_json: bool,
    since: str | None,
    pages: int | None,
) -> None:
    """Ask one source now, as the daemon would.

    With --dry-run everything it brings is printed and nothing is stored: mentions, own posts,
    metrics, standings, removals and counts. BRAND/SOURCE are the names in the config.
    """
    if not dry_run and (as_json or since):
        raise Problem("--json and --since go with --dry-run; without it the poll is stored.")
    with app_for(config, dry_run=dry_run) as app:
        brand, settings = source_named(app, source)
        if dry_run:
            _show(app, brand, settings, since, pages, as_json)
        else:
            _poll(app, brand, settings, pages)


def _show(
    app: App,
    brand: str,
    settings: SourceSettings,
    since: str | None,
    pages: int | None,
    as_json: bool,
) -> None:
    found: dict[str, int] = {}
    cost: dict[str, float] = {}
    skipped = seen = 0
    unseen: dict[str, None] = {}
    failure: Exception | None = None
    try:
        for page in preview(app, brand, settings, _since(app, settings, since), pages):
            seen += 1
            skipped += page.skipped
            unseen |= {page.unseen: None} if page.unseen else {}
            for unit, amount in page.cost.items():
                cost[unit] = cost.get(unit, 0) + amount
            for kind, one in _each(page):
                found[kind] = found.get(kind, 0) + 1
                click.echo(_as_json(kind, one) if as_json else _line(kind, one))
    except (ConnectorError, InvalidPage) as error:
        failure = error
    if not failure or found:
        _sum_up(found, seen, skipped, cost)
    for one in unseen:
        click.echo(_("But {what}", what=told(one_line(one))), err=True)
    if failure:
        raise Problem(f"{brand}/{settings.name}: {failure}") from None


def _sum_up(found: dict[str, int], pages: int, skipped: int, cost: dict[str, float]) -> None:
    counts = ", ".join(_counted(kind, count) for kind, count in found.items()) or _("nothing")
    parts = [n_("{what} in {n} page", "{what} in {n} pages", pages, what=counts)]
    parts += [_("{count} that cannot be read", count=skipped)] if skipped else []
    parts += [f"{amount:g} {unit}" for unit, amount in cost.items()]
    click.echo(_("{what}; nothing stored.", what=", ".join(parts)), err=True)


def _counted(kind: str, count: int) -> str:
    """``3 own posts``."""
    match kind:
        case "mention":
            return n_("{n} mention", "{n} mentions", count)
        case "own_post":
            return n_("{n} own post", "{n} own posts", count)
        case "metric":
            return n_("{n} metric", "{n} metrics", count)
        case "standing":
            return n_("{n} standing", "{n} standings", count)
        case "removal":
            return n_("{n} removal", "{n} removals", count)
    return n_("{n} count", "{n} counts", count)


def _since(app: App, settings: SourceSettings, since: str | None) -> datetime:
    if since is None:
        return settings.covered_from or FAR_BACK
    try:
        reach: timedelta = parse_duration(since)
    except ValueError as error:
        raise Problem(f"--since {since}: {error}") from None
    return app.now() - reach


def _each(page: ValidatedPage) -> Iterator[tuple[str, Any]]:
    for kind, field in KINDS:
        for one in getattr(page, field):
            yield kind, one


def _as_json(kind: str, one: Any) -> str:
    return orjson.dumps({"type": kind, **asdict(one)}, option=orjson.OPT_UTC_Z).decode()


def _line(kind: str, one: Any) -> str:
    """One thing in one line, strangers' words made harmless."""
    match kind:
        case "mention":
            who = one_line(one.author.handle) if one.author else "-"
            words = one_line(f"{one.title} {one.text}".strip())[:200] or f"({one.media or 'empty'})"
            own = " own" if one.own else ""
            at = _at(one.published_at) + (" (time uncertain)" if one.time_is != "stated" else "")
            return f"{at} {one.kind}{own} {who}: {words} {safe_url(one.url)}"
        case "own_post":
            words = one_line(f"{one.title} {one.text}".strip())[:200]
            return f"{_at(one.published_at)} own {one.kind} {words} {safe_url(one.url)}"
        case "metric":
            about = f"{one.subject_kind} {one_line(one.subject)}"
            return f"{_at(one.measured_at)} {about}: {one_line(one.name)} {one.value:g} {one.unit}"
        case "standing":
            about = f"{one.subject_kind} {one_line(one.subject)}"
            return f"{about} is {one.state} {one_line(one.reason)}".rstrip()
        case "removal":
            return f"{_at(one.at)} {one.kind}: {one_line(one.external_id)} {one_line(one.text)}"
        case _:
            return f"{_at(one.start)} to {_at(one.end)}: {one.value} on {one_line(one.platform)}"


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}Z"


def _poll(app: App, brand: str, settings: SourceSettings, pages: int | None) -> None:
    now, wall = app.now(), app.wall()
    sync_sources(app, wall)
    lease = lease_source(app, brand, settings, wall)
    polled = poll_source(app, lease.source_id, lease.token, now, wall, max_pages=pages)
    if polled.error:
        raise Problem(polled.error)
    new = n_("{n} new mention", "{n} new mentions", polled.new)
    came = n_("{what} in {n} page", "{what} in {n} pages", polled.pages, what=new)
    more = "" if polled.done else "; " + _("there is more, the next poll goes on from here")
    click.echo(f"{came}{more}.")
