"""``siaga check``: every mistake in the config at once, and what is still needed."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from alerting.channels import registry as channels
from connectors.base import Info
from connectors.registry import get
from monitor.app import load_config, needed_config, read_risks
from monitor.cli.online import try_online
from monitor.cli.options import config_option, count_of
from monitor.enrich.sentiment.transformer import Transformer
from monitor.jobs.poll.health import CONFIRMED
from monitor.jobs.respond.routing import mute
from monitor.jobs.views.troubles import ENGLISH
from monitor.problems import Problem
from monitor.settings.load import ConfigProblem
from monitor.settings.model import Settings, SourceSettings
from monitor.settings.secrets import secret


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@config_option
@click.option("--online", is_flag=True, help="Also ask Slack, the mail relay and each source.")
def check(file: Path | None, config: Path | None, online: bool) -> None:
    """Check the config: every error at once, then what each source still needs.

    FILE is the config; default: siaga.yaml here. Without --online nobody is asked anything; with
    it the Slack token, its scopes, the channels, the mail relay's login and one poll of each
    source are tried, and nothing is sent or stored. Exit code 1 if something is wrong.
    """
    path = needed_config(file or config)
    try:
        loaded = load_config(path)
    except ConfigProblem as problem:
        click.echo(problem)
        count = len(problem.errors)
        click.echo(f"{path}: {count} error{'s' if count > 1 else ''}", err=True)
        sys.exit(1)
    read_risks(loaded.settings, path.parent)
    _try_transformer(loaded.settings, path.parent)
    brands = loaded.settings.brands
    sources = sum(len(brand.sources) for brand in brands)
    told = [count_of(len(brands), "brand"), count_of(sources, "source")]
    if events := loaded.settings.rules.events:
        told.append(count_of(len(events), "planned event"))
    if not brands:
        raise Problem(f"{path} names no brand, so nothing would be watched; add one to `brands:`.")
    click.echo(f"{path}: the config is fine ({', '.join(told)})")
    for line in _needs(loaded.settings):
        click.echo(line)
    for warning in loaded.warnings:
        click.echo(f"warning: {warning}")
    if unheard := mute(loaded.settings):
        names = ", ".join(brand.slug for brand in unheard)
        whose = "" if len(unheard) == len(brands) else f" about {names}"
        click.echo(f"warning: no alert{whose} reaches anybody: switch on Slack in the config")
    if online and not try_online(path):
        sys.exit(1)


def _try_transformer(settings: Settings, folder: Path) -> None:
    """Read the second model, if there is one. Raises ``TransformerProblem``."""
    if settings.sentiment.transformer:
        Transformer(folder / settings.sentiment.transformer).check()


def _needs(settings: Settings) -> list[str]:
    """What every source and channel still needs before it works, a line each."""
    lines = []
    for brand in settings.brands:
        for source in brand.sources:
            info = get(source.connector).info
            told = _missing(list(info.secrets.values())) + _told_late(settings, source, info)
            lines.append(f"  {brand.slug} {source.connector}/{source.name}: {told}")
        if not brand.sources:
            lines.append(f"  {brand.slug}: no source yet, so nothing is heard of it")
    if settings.slack.enabled:
        lines.append(f"  Slack: {_missing(['SLACK_BOT_TOKEN'])}")
    lines += _webhooks(settings)
    if settings.email.enabled:
        needed = ["SIAGA_SMTP_PASSWORD"] if settings.email.user else []
        lines.append(f"  e-mail: {_missing(needed)}")
    for name in settings.channels:
        lines.append(f"  {name}: {_missing(list(channels.get(name).secrets.values()))}")
    return lines


def _told_late(settings: Settings, source: SourceSettings, info: Info) -> str:
    """Where a source is asked so rarely that its deafness is noticed late."""
    every = source.every or info.every
    if info.recorded or every + CONFIRMED <= settings.rules.blindness.after:
        return ""
    asked, told = (ENGLISH.duration(span) for span in (every, every + CONFIRMED))
    return f"; asked every {asked}: that it cannot be read is told {told} after its last good poll"


def _webhooks(settings: Settings) -> list[str]:
    """What Meta's webhooks need, or what is unseen without them."""
    hooked = [
        f"{brand.slug} {source.connector}/{source.name}: {told}"
        for brand in settings.brands
        for source in brand.sources
        if (told := get(source.connector).info.hooked)
    ]
    if not settings.web.meta_webhooks:
        return [f"  {one} are unseen: they come by webhook (web.meta_webhooks)" for one in hooked]
    if not settings.web.public_url:
        return ["  webhooks: need web.public_url, the https address by which Meta reaches us"]
    return [f"  webhooks: {_missing(['META_VERIFY_TOKEN', 'META_APP_SECRET'])}"]


def _missing(variables: list[str]) -> str:
    told = []
    for name in variables:
        try:
            if not secret(name):
                told.append(f"needs {name} in the environment (or {name}_FILE)")
        except Problem as problem:
            told.append(str(problem))
    return "; ".join(told) or "ready"
