"""``siaga slack``: the app's manifest, and whether everything in Slack works."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from alerting.channels.base import DeliveryError
from alerting.channels.slack.check import Wanted
from alerting.channels.slack.check import check as try_all
from alerting.channels.slack.manifest import as_yaml
from alerting.channels.slack.manifest import manifest as made
from alerting.playbook.load import Playbook
from monitor.app import load_config, needed_config, playbooks_of
from monitor.cli.language import mark, told
from monitor.cli.options import config_option
from monitor.problems import Problem
from monitor.settings.model import Settings
from monitor.settings.secrets import secret


@click.group()
def slack() -> None:
    """Set Slack up: the app's manifest, and whether everything works."""


@slack.command()
@config_option
def manifest(config: Path | None) -> None:
    """Print the app manifest with exactly the scopes this config needs.

    Paste it at https://api.slack.com/apps: Create New App, From an app manifest.
    """
    settings, playbooks = _read(config)
    if settings.slack.interactions == "http" and not settings.web.public_url:
        raise Problem("interactions: http needs web.public_url, where Slack reaches this page.")
    click.echo(manifest_text(settings, groups=_names_groups(playbooks)), nl=False)


def manifest_text(settings: Settings, *, groups: bool = False) -> str:
    """The manifest as YAML."""
    url = settings.web.public_url
    return as_yaml(made(settings.slack, public_url=url, groups=groups))


@slack.command()
@config_option
def check(config: Path | None) -> None:
    """Try it all: token, scopes, channels, a test message, clicks, every kind of message.

    Posts one message to each channel and takes it back. Exit code 1 if something does not work.
    """
    settings, playbooks = _read(config)
    if not settings.slack.enabled:
        raise Problem("Slack is off in this config; write `slack: {enabled: true}` first.")
    failed = 0
    for finding in try_all(_wanted(settings, playbooks)):
        click.echo(f"{mark(well=finding.ok)} {told(finding.what)}")
        if not finding.ok:
            failed += 1
            click.echo(f"      → {told(finding.mend)}")
    if failed:
        sys.exit(1)


Playbooks = Mapping[str, Playbook]


def _read(config: Path | None) -> tuple[Settings, Playbooks]:
    path = needed_config(config)
    settings = load_config(path).settings
    return settings, playbooks_of(settings, path.parent)


def _wanted(settings: Settings, playbooks: Playbooks) -> Wanted:
    channels = [settings.slack.channel, *(brand.slack_channel for brand in settings.brands)]
    for playbook in playbooks.values():
        levels = playbook.policy.levels.values()
        channels += [step.channel for level in levels for step in level.steps]
    reach = reach_of(settings) if settings.slack.interactions == "socket" else None
    return Wanted(
        settings.slack,
        secret("SLACK_BOT_TOKEN"),
        [channel for channel in channels if channel],
        _names_groups(playbooks),
        reach,
    )


def _names_groups(playbooks: Playbooks) -> bool:
    allowed = [who for book in playbooks.values() for who in book.policy.may.values()]
    return any(target.kind == "group" for targets in allowed for target in targets)


def reach_of(settings: Settings) -> Callable[[], None]:
    """Opens a connection for clicks, once; it raises DeliveryError."""

    def reach() -> None:
        # slack_sdk: 0.12 s, only for this command
        from alerting.channels.slack.socket import Socket

        token = secret("SLACK_APP_TOKEN")
        if not token:
            raise DeliveryError("there is no app-level token", "not_sent")
        socket = Socket(settings.slack, token, lambda _kind, _payload: None)
        try:
            socket.open()
        finally:
            socket.close()

    return reach
