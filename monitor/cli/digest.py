"""``siaga digest``: the weekly mail, shown or sent by hand."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import click

from monitor.app import App
from monitor.cli.language import _, n_
from monitor.cli.opened import opened
from monitor.cli.options import config_option
from monitor.jobs.deliver.deliver import deliver
from monitor.jobs.upkeep.digest import last_due, render, run_digests, span
from monitor.problems import Problem, no_brand


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
    with opened(config) as app:
        if brand is not None and brand not in app.brands:
            raise Problem(no_brand(brand, app.brands))
        if dry_run:
            for slug in [brand] if brand else list(app.brands):
                click.echo(_shown(app, slug, week))
            return
        if brand is not None:
            raise Problem("All brands' digests are sent together; use --brand with --dry-run.")
        _send(app)


def _send(app: App) -> None:
    if "email" not in app.channels:
        raise Problem("E-mail is off; set `email: {enabled: true, …}` in the config first.")
    promised = run_digests(app, app.now())
    counts = deliver(app, app.wall()).counts
    due = n_("{n} digest became due", "{n} digests became due", promised)
    sent = n_("{n} message sent now", "{n} messages sent now", counts.get("sent", 0))
    click.echo(f"{due}; {sent}.")
    if undelivered := sum(count for state, count in counts.items() if state != "sent"):
        click.echo(_("{count} could not be sent yet; `siaga status` says why.", count=undelivered))


def _shown(app: App, slug: str, week: str | None) -> str:
    settings = app.brands[slug]
    if week is None:
        week = last_due(settings.digest, ZoneInfo(settings.time_zone), app.now())
    try:
        end = span(week, ZoneInfo(settings.time_zone))[1]
        if end > app.now():
            raise Problem(f"{week} is not over yet; nobody can say how it was.")
        notice = render(app, slug, week)
    except ValueError:
        raise Problem(f"{week} is no week; write one such as 2026-W11.") from None
    return f"{notice.headline}\n\n{notice.summary}\n"
