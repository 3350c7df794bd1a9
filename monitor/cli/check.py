"""``siaga check``: every mistake in the config at once, and what is still needed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from alerting.channels import registry as channels
from connectors.base import Info
from connectors.registry import get
from monitor.app import load_config, needed_config, read_risks
from monitor.cli.language import _, n_, person, told
from monitor.cli.online import try_online
from monitor.cli.opened import raise_without_brands
from monitor.cli.options import config_option
from monitor.enrich.sentiment.transformer import Transformer
from monitor.jobs.poll.health import CONFIRMED
from monitor.jobs.respond.routing import mute
from monitor.problems import Problem
from monitor.settings.load import ConfigProblem
from monitor.settings.model import BrandSettings, Settings, SourceSettings
from monitor.settings.places import storage_url
from monitor.settings.secrets import secret
from monitor.store.engine import understood


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
        click.echo(told(problem))
        count = n_("{n} error", "{n} errors", len(problem.errors))
        click.echo(f"{path}: {count}", err=True)
        sys.exit(1)
    read_risks(loaded.settings, path.parent)
    understood(storage_url(loaded.settings, path.parent))  # it may come from the environment
    _try_transformer(loaded.settings, path.parent)
    brands = loaded.settings.brands
    sources = sum(len(brand.sources) for brand in brands)
    there = [
        n_("{n} brand", "{n} brands", len(brands)),
        n_("{n} source", "{n} sources", sources),
    ]
    if events := loaded.settings.rules.events:
        there.append(n_("{n} planned event", "{n} planned events", len(events)))
    raise_without_brands(path, loaded.settings)
    click.echo(_("{path}: the config is fine ({what})", path=path, what=", ".join(there)))
    for line in _needs(loaded.settings, online):
        click.echo(line)
    for warning in loaded.warnings:
        click.echo(_("warning: {what}", what=told(warning)))
    if unheard := mute(loaded.settings):
        click.echo(_("warning: {what}", what=_of_the_mute(unheard, len(brands))))
    if online and not try_online(path):
        sys.exit(1)


def _of_the_mute(unheard: Sequence[BrandSettings], brands: int) -> str:
    if len(unheard) == brands:
        return _("no alert reaches anybody: switch on Slack in the config")
    names = ", ".join(brand.slug for brand in unheard)
    return _("no alert about {names} reaches anybody: switch on Slack in the config", names=names)


def _try_transformer(settings: Settings, folder: Path) -> None:
    """Read the second model, if there is one. Raises ``TransformerProblem``."""
    if settings.sentiment.transformer:
        Transformer(folder / settings.sentiment.transformer).check()


def _needs(settings: Settings, online: bool) -> list[str]:
    """What every source and channel still needs before it works, a line each. ``online``: they are
    tried afterwards, which says more of a channel than that its secrets are there."""
    lines = []
    for brand in settings.brands:
        for source in brand.sources:
            info = get(source.connector).info
            state = _of_source(info) + _told_late(settings, source, info)
            lines.append(f"  {brand.slug} {source.connector}/{source.name}: {state}")
        if not brand.sources:
            lines.append(
                "  " + _("{brand}: no source yet, so nothing is heard of it", brand=brand.slug)
            )
    lines += _webhooks(settings)
    for name, variables in _of_channels(settings):
        untried = "" if online else _("not tried; `siaga check --online` tries it")
        if state := "; ".join(_lacks(variables)) or untried:
            lines.append(f"  {name}: {state}")
    clicks = settings.slack.enabled and settings.slack.interactions == "socket"
    if clicks and not secret("SLACK_APP_TOKEN"):
        lines.append("  " + _("Slack: without SLACK_APP_TOKEN cards have no buttons"))
    return lines


def _of_channels(settings: Settings) -> Iterator[tuple[str, list[str]]]:
    """The channels that are on, and the secrets that each needs."""
    if settings.slack.enabled:
        yield "Slack", ["SLACK_BOT_TOKEN"]
    if settings.email.enabled:
        yield _("e-mail"), ["SIAGA_SMTP_PASSWORD"] if settings.email.user else []
    for name in settings.channels:
        yield name, list(channels.get(name).secrets.values())


def _told_late(settings: Settings, source: SourceSettings, info: Info) -> str:
    """Where a source is asked so rarely that its deafness is noticed late."""
    every = source.every or info.every
    if info.recorded or every + CONFIRMED <= settings.rules.blindness.after:
        return ""
    asked, later = (person().duration(span) for span in (every, every + CONFIRMED))
    late = _(
        "asked every {asked}: that it cannot be read is told {later} after its last good poll",
        asked=asked,
        later=later,
    )
    return f"; {late}"


def _webhooks(settings: Settings) -> list[str]:
    """What Meta's webhooks need, or what is unseen without them."""
    hooked = [
        (f"{brand.slug} {source.connector}/{source.name}", told(what))
        for brand in settings.brands
        for source in brand.sources
        if (what := get(source.connector).info.hooked)
    ]
    if not settings.web.meta_webhooks:
        return [f"  {source}: {_unseen(what)}" for source, what in hooked]
    if not settings.web.public_url:
        return [
            "  " + _("webhooks: need web.public_url, the https address by which Meta reaches us")
        ]
    state = _missing(["META_VERIFY_TOKEN", "META_APP_SECRET"])
    return ["  " + _("webhooks: {state}", state=state)]


def _unseen(what: str) -> str:
    return _("{what} are unseen: they come by webhook (web.meta_webhooks)", what=what)


def _of_source(info: Info) -> str:
    """What a source needs, and what it can do without."""
    needed = [name for one, name in info.secrets.items() if one not in info.optional]
    lacks = _lacks(needed)
    state = "; ".join(lacks) or _("ready")
    if lacks and info.oauth:
        state += _(", or `siaga connect {provider}`", provider="|".join(info.oauth))
    for one in sorted(info.optional):
        if not secret(info.secrets[one]):
            state += "; " + _("{name} is not set, and need not be", name=info.secrets[one])
    return state


def _missing(variables: list[str]) -> str:
    return "; ".join(_lacks(variables)) or _("ready")


def _lacks(variables: list[str]) -> list[str]:
    found = []
    for name in variables:
        try:
            if not secret(name):
                found.append(_("needs {name} in the environment (or {name}_FILE)", name=name))
        except Problem as problem:
            found.append(told(problem))
    return found
