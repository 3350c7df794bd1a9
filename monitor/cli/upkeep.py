"""``siaga digest`` and ``siaga prune``: what the daemon does now and then, done once by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from monitor.cli.options import config_option, quiet_logging
from monitor.problems import Problem

if TYPE_CHECKING:
    from monitor.app import App


@contextmanager
def _opened(config: Path | None) -> Iterator[App]:
    from monitor.app import open_app

    quiet_logging()
    app = open_app(config)
    try:
        yield app
    finally:
        app.db.close()


@click.command()
@config_option
@click.option("--brand", help="Only this brand (its slug).")
@click.option("--week", metavar="2026-W11", help="With --dry-run: another week than the last.")
@click.option("--dry-run", is_flag=True, help="Show it, and send nothing.")
def digest(config: Path | None, brand: str | None, week: str | None, dry_run: bool) -> None:
    """The weekly digest: send what is due and not sent yet, or show it with --dry-run.

    Without a daemon what is due waits in the outbox; this command delivers it.
    """
    if week and not dry_run:
        raise Problem("A past week is only shown, never mailed again; add --dry-run.")
    with _opened(config) as app:
        if brand is not None and brand not in app.brands:
            known = ", ".join(app.brands) or "none"
            raise Problem(f"There is no brand {brand}; the config has {known}.")
        if dry_run:
            for slug in [brand] if brand else list(app.brands):
                click.echo(_shown(app, slug, week))
            return
        if brand is not None:
            raise Problem("All brands' digests are sent together; use --brand with --dry-run.")
        _send(app)


def _send(app: App) -> None:
    from monitor.jobs.deliver.deliver import deliver
    from monitor.jobs.upkeep.digest import run_digests

    if "email" not in app.channels:
        raise Problem("E-mail is off; set `email: {enabled: true, …}` in the config first.")
    promised = run_digests(app, app.now())
    counts = deliver(app, app.wall()).counts
    click.echo(f"{promised} digest(s) became due; {counts.get('sent', 0)} message(s) sent now.")
    if undelivered := sum(count for state, count in counts.items() if state != "sent"):
        click.echo(f"{undelivered} could not be sent yet; `siaga status` says why.")


def _shown(app: App, slug: str, week: str | None) -> str:
    from monitor.jobs.upkeep.digest import last_due, render

    settings = app.brands[slug]
    if week is None:
        week = last_due(settings.digest, ZoneInfo(settings.time_zone), app.now())
    try:
        notice = render(app, slug, week)
    except ValueError:
        raise Problem(f"{week} is no week; write one such as 2026-W11.") from None
    return f"{notice.headline}\n\n{notice.summary}\n"


@click.command()
@config_option
@click.option("--dry-run", is_flag=True, help="Say what would go, and keep it.")
def prune(config: Path | None, dry_run: bool) -> None:
    """Apply retention now: texts and authors whose time is up go, counts and scores stay."""
    with _opened(config) as app:
        now = app.now()
        if dry_run:
            click.echo(f"{_due(app, now)} mention(s) would lose their text and author.")
            return
        from monitor.jobs.upkeep.retention import prune as apply

        gone = apply(app, now)
        click.echo(f"{gone.mentions} mention(s) lost their text, {gone.authors} author(s) went.")


def _due(app: App, now: datetime) -> int:
    from monitor.store.retention import due, kept_platforms

    terms = app.settings.retention
    with app.db.read() as tx:
        return sum(
            due(tx, platform, now - terms.platforms.get(platform, terms.default))
            for platform in kept_platforms(tx)
        )
