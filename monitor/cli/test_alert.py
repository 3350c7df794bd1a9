"""``siaga test-alert``: does an alert arrive?"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from alerting.channels.sanitize import one_line
from monitor.app import App
from monitor.cli.language import _, mark, state_of, told
from monitor.cli.opened import opened_at
from monitor.cli.options import config_option
from monitor.cli.remote import echo
from monitor.jobs.deliver.test_alert import outcomes, send_tests
from monitor.jobs.deliver.tryout import ways
from monitor.problems import Problem


@click.command("test-alert")
@config_option
@click.option(
    "--to", metavar="WHERE", help="Only there: a Slack channel, an e-mail address or CHANNEL:PLACE."
)
def test_alert(config: Path | None, to: str | None) -> None:
    """Send a marked test through the outbox and wait until it has arrived.

    Everywhere an alert or a digest may go, or only --to. Exit code 1 unless all of it arrived.
    """
    with opened_at(config, None) as (app, _now):
        chosen = [_way(app, to)] if to else ways(app)
        if not chosen:
            raise Problem(
                "No alert can reach anybody: switch on Slack (`slack: {enabled: true, channel: …}`)"
                " or mail in the config."
            )
        failed = 0
        for tested in outcomes(app, send_tests(app, chosen)):
            failed += not tested.arrived
            where = f"{tested.channel} {tested.destination}"
            if tested.arrived:
                arrived = _("it has arrived")
                echo(f"{mark(well=True)} {where}: {arrived}")
            else:
                late = _("no answer yet; `siaga status` says how it goes on")
                why = told(one_line(tested.error)) or late
                echo(f"{mark(well=False)} {where}: {state_of(tested.state)}: {why}")
    if failed:
        sys.exit(1)


def _way(app: App, to: str) -> tuple[str, str]:
    name, colon, place = to.partition(":")
    if colon and name in app.settings.channels:
        return name, place
    if colon:
        raise Problem(f"{name} is off in this config, so nothing can be sent to {to}.")
    channel = "email" if "@" in to and not to.startswith(("#", "@")) else "slack"
    if channel not in app.channels:
        raise Problem(f"{channel} is off in this config, so nothing can be sent to {to}.")
    return channel, to
