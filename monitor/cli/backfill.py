"""``siaga backfill``: the past, so that what is ordinary is known from the first day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from alerting.channels.sanitize import one_line
from monitor.app import App
from monitor.cli.language import _, n_, told
from monitor.cli.one_source import app_for, source_named
from monitor.cli.options import config_option, utc
from monitor.jobs.backfill import Backfilled, teach
from monitor.jobs.backfill import backfill as backfill_source
from monitor.problems import Problem
from monitor.settings.durations import parse_duration
from monitor.settings.model import SourceSettings


@click.command()
@click.argument("source", metavar="[BRAND/SOURCE]", required=False)
@config_option
@click.option("--since", default="28d", show_default=True, help="How far back.")
def backfill(source: str | None, config: Path | None, since: str) -> None:
    """Read the past of one source, or of all, as far as the platforms still give it.

    It stays within each source's budget of the day, may be stopped at any moment, and goes on
    where it stopped when it is called again. Nothing of the past raises an alarm: it teaches what
    is ordinary. Exit code 1 where something is left to do.
    """
    try:
        reach = parse_duration(since)
    except ValueError as error:
        raise Problem(f"--since {since}: {error}") from None
    with app_for(config, dry_run=False) as app:
        left = False
        chosen = [source_named(app, source)] if source else _all(app)
        for brand, settings in chosen:
            did = backfill_source(app, brand, settings, _back(app.now(), reach))
            click.echo(f"{brand}/{settings.name}: {_told(did)}")
            left = left or bool(did.stopped)
        for brand in dict.fromkeys(brand for brand, _ in chosen):
            first = teach(app, brand, app.now())
            if first is not None:
                click.echo(_("{brand} counts from {time}.", brand=brand, time=utc(first)))
    if left:
        raise SystemExit(1)


def _back(now: datetime, reach: timedelta) -> datetime:
    """So far back, at most to where time begins."""
    return now - min(reach, now - datetime.min.replace(tzinfo=UTC))


def _all(app: App) -> list[tuple[str, SourceSettings]]:
    found = [(slug, source) for slug, brand in app.brands.items() for source in brand.sources]
    if not found:
        raise Problem("The config has no source yet; see config/siaga.example.yaml.")
    return found


def _told(did: Backfilled) -> str:
    new = n_("{n} new mention", "{n} new mentions", did.new)
    what = n_("{what} in {n} page", "{what} in {n} pages", did.pages, what=new)
    what += f" ({told(one_line(did.unseen))})" if did.unseen else ""
    if did.stopped:
        why = told(one_line(did.stopped))
        if did.again_at is not None:
            at = utc(did.again_at)
            return _(
                "{what}, not at its end: {why} Go on after {time}.", what=what, why=why, time=at
            )
        return _("{what}, not at its end: {why} Call it again to go on.", what=what, why=why)
    if did.reached is None:
        return _(
            "{what}; the platform does not say how far back that is, so that it only lists",
            what=what,
        )
    return _("{what}, complete since {time}", what=what, time=utc(did.reached))
