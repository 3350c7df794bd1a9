"""``siaga prune``: retention, applied by hand."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from monitor.app import App
from monitor.cli.opened import opened
from monitor.cli.options import config_option
from monitor.jobs.upkeep import retention
from monitor.store.retention import due, kept_platforms


@click.command()
@config_option
@click.option("--dry-run", is_flag=True, help="Say what would go, and keep it.")
def prune(config: Path | None, dry_run: bool) -> None:
    """Apply retention now: texts and authors whose time is up go, counts and scores stay."""
    with opened(config) as app:
        now = app.now()
        if dry_run:
            click.echo(f"{_due(app, now)} mention(s) would lose their text and author.")
            return
        gone = retention.prune(app, now)
        click.echo(f"{gone.mentions} mention(s) lost their text, {gone.authors} author(s) went.")


def _due(app: App, now: datetime) -> int:
    with app.db.read() as tx:
        return sum(
            due(tx, platform, now - retention.kept_for(app.settings.retention, platform), now)
            for platform in kept_platforms(tx)
        )
