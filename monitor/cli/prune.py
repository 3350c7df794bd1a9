"""``siaga prune``: retention, applied by hand."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from monitor.app import App
from monitor.cli.opened import opened
from monitor.cli.options import config_option, count_of
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
            click.echo(f"{count_of(_due(app, now), 'mention')} would lose text and author.")
            return
        gone = retention.prune(app, now)
        mentions, authors = count_of(gone.mentions, "mention"), count_of(gone.authors, "author")
        click.echo(f"{mentions} lost the text, {authors} went.")


def _due(app: App, now: datetime) -> int:
    with app.db.read() as tx:
        return sum(
            due(tx, platform, now - retention.kept_for(app.settings.retention, platform), now)
            for platform in kept_platforms(tx)
        )
