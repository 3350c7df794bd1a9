"""``siaga record``: what a platform answers, kept without secrets, for tests."""

from __future__ import annotations

from pathlib import Path

import click

from connectors.base import ConnectorError
from connectors.kit.recording import recording
from monitor.cli.one_source import FAR_BACK, app_for, source_named
from monitor.cli.options import config_option, count_of
from monitor.jobs.poll.preview import preview
from monitor.jobs.poll.validate import InvalidPage
from monitor.problems import Problem


@click.command()
@click.argument("source", metavar="BRAND/SOURCE")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@config_option
@click.option("--pages", type=click.IntRange(1), default=3, show_default=True, help="At most.")
def record(source: str, file: Path, config: Path | None, pages: int) -> None:
    """Ask one source and keep what the platform answers in FILE, for a connector's tests.

    Tokens and keys are scrubbed, and nothing is stored elsewhere. What people wrote is in it: look
    through it, and put other words in place of theirs, before it goes anywhere.
    """
    with app_for(config, dry_run=True) as app:
        brand, settings = source_named(app, source)
        secrets = getattr(app.connector_for(settings), "secrets", None) or {}
        origin = f"recorded {app.wall():%Y-%m-%d}"
        since = settings.covered_from or FAR_BACK
        if not file.parent.is_dir():
            raise Problem(f"There is no folder {file.parent}; make it first.")
        trouble = ""
        with recording(file, secrets, origin) as told:
            try:
                for _ in preview(app, brand, settings, since, pages):
                    pass
            except (ConnectorError, InvalidPage) as error:
                trouble = f" It ended in a failure, which is kept too: {error}"
        click.echo(f"{count_of(len(told), 'answer')} in {file}.{trouble}")
