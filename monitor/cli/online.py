"""What a config needs of others, asked of them: Slack, the mail relay, each source."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import click

from alerting.channels.base import DeliveryError
from alerting.channels.sanitize import one_line
from connectors.base import ConnectorError
from monitor.app import App
from monitor.cli.language import _, mark, told
from monitor.cli.one_source import app_for
from monitor.cli.slack import reach_of
from monitor.cli.status import so_far
from monitor.jobs.deliver.tryout import tried
from monitor.jobs.poll.preview import preview
from monitor.jobs.poll.validate import InvalidPage
from monitor.settings.secrets import secret

BACK = timedelta(hours=6)
"""How far back a source is asked: enough for an answer, little enough to cost next to nothing."""


def try_online(config: Path) -> bool:
    """Try everything, a line each; True if all of it works. Sends and stores nothing."""
    well = True
    with app_for(config, dry_run=True) as app:
        for what, trouble in (*_channels(app), *_clicks(app), *_sources(app)):
            well = well and not trouble
            click.echo(f"{mark(well=not trouble)} {what}" + (trouble and f": {told(trouble)}"))
    return well


def _channels(app: App) -> Iterator[tuple[str, str]]:
    for one in tried(app):
        yield f"{one.channel} {one.destination}", one.trouble


def _clicks(app: App) -> Iterator[tuple[str, str]]:
    """A card has buttons once there is an app-level token, which nobody hears if it is wrong."""
    slack = app.settings.slack
    if not (slack.enabled and slack.interactions == "socket" and secret("SLACK_APP_TOKEN")):
        return
    trouble = ""
    try:
        reach_of(app.settings)()
    except DeliveryError as error:
        trouble = one_line(str(error))
    yield _("Slack, clicks"), trouble


def _sources(app: App) -> Iterator[tuple[str, str]]:
    for slug, brand in app.brands.items():
        for source in brand.sources:
            trouble = note = ""
            try:
                page = next(iter(preview(app, slug, source, app.now() - BACK, 1)), None)
                note = f" ({so_far(page.empty)})" if page and page.empty else ""
            except (ConnectorError, InvalidPage) as error:
                trouble = one_line(str(error))
            yield f"{slug} {source.connector}/{source.name}{note}", trouble
