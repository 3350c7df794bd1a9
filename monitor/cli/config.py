"""``siaga check``, ``siaga config`` and ``siaga query``: everything that opens no database."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.options import config_option

if TYPE_CHECKING:
    from monitor.settings.model import Settings


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@config_option
def check(file: Path | None, config: Path | None) -> None:
    """Check the config: every error at once, then what each source still needs.

    FILE is the config; default: siaga.yaml here. Asks no platform anything. Exit code 1 if there
    is an error.
    """
    from monitor.app import config_path, load_config
    from monitor.settings.load import ConfigProblem

    path = config_path(file or config)
    if path is None:
        click.echo("There is no siaga.yaml here, so the defaults hold and nothing is listened to.")
        click.echo("Begin with: siaga config example > siaga.yaml")
        return
    try:
        loaded = load_config(path)
    except ConfigProblem as problem:
        click.echo(problem)
        count = len(problem.errors)
        click.echo(f"{path}: {count} error{'s' if count > 1 else ''}", err=True)
        sys.exit(1)
    _try_transformer(loaded.settings, path.parent)
    brands = loaded.settings.brands
    sources = sum(len(brand.sources) for brand in brands)
    told = [_count(len(brands), "brand"), _count(sources, "source")]
    if events := loaded.settings.rules.events:
        told.append(_count(len(events), "planned event"))
    click.echo(f"{path}: the config is fine ({', '.join(told)})")
    for line in _needs(loaded.settings):
        click.echo(line)
    for warning in loaded.warnings:
        click.echo(f"warning: {warning}")


def _try_transformer(settings: Settings, folder: Path) -> None:
    """Read the second model, if there is one. Raises ``TransformerProblem``."""
    if settings.sentiment.transformer:
        from monitor.enrich.sentiment.transformer import Transformer

        Transformer(folder / settings.sentiment.transformer).check()


def _needs(settings: Settings) -> list[str]:
    """What every source and channel still needs before it works, a line each."""
    from connectors.registry import get

    lines = []
    for brand in settings.brands:
        for source in brand.sources:
            variables = list(get(source.connector).info.secrets.values())
            lines.append(f"  {brand.slug} {source.connector}/{source.name}: {_missing(variables)}")
        if not brand.sources:
            lines.append(f"  {brand.slug}: no source yet, so nothing is heard of it")
    if settings.slack.enabled:
        lines.append(f"  Slack: {_missing(['SLACK_BOT_TOKEN'])}")
    if settings.email.enabled:
        needed = ["SIAGA_SMTP_PASSWORD"] if settings.email.user else []
        lines.append(f"  e-mail: {_missing(needed)}")
    return lines


def _missing(variables: list[str]) -> str:
    from monitor.problems import Problem
    from monitor.settings.secrets import secret

    told = []
    for name in variables:
        try:
            if not secret(name):
                told.append(f"needs {name} in the environment (or {name}_FILE)")
        except Problem as problem:
            told.append(str(problem))
    return "; ".join(told) or "ready"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


@click.group()
def config() -> None:
    """The config's schema and an example."""


@config.command()
def schema() -> None:
    """Print the config's JSON Schema, for editors that complete and check YAML."""
    import json

    from monitor.settings.schema import json_schema

    click.echo(json.dumps(json_schema(_connector_options()), indent=2, ensure_ascii=False))


def _connector_options() -> dict[str, dict[str, Any]]:
    from connectors.registry import get, names

    return {name: get(name).info.options.model_json_schema() for name in names()}


@config.command()
def example() -> None:
    """Print the example config, every key with a comment."""
    from monitor.settings.shipped import shipped

    click.echo((shipped("siaga.example.yaml")).read_text("utf-8"), nl=False)


@click.group()
def query() -> None:
    """The query language: AND OR NOT, (…), "phrases", #tag, @account, garuda*, lang:id."""


@query.command()
@click.argument("text", metavar="QUERY")
@click.argument("file", type=click.File("rb"), default="-")
def test(text: str, file: Any) -> None:
    """Try a QUERY on texts, and say which part matched, or why not.

    FILE has a text on each line, or a JSON object with text and, if you like, title, author,
    platform and lang. Default: standard input.
    """
    from monitor.enrich.trial import tried
    from monitor.query.parse import parse
    from monitor.settings.checks import small_operators

    query = parse(text)
    for word in small_operators(query):
        click.echo(f"`{word}` is searched for as a word; the operator is {word.upper()}", err=True)
    matched = total = 0
    for trial in tried(query, file, getattr(file, "name", "<stdin>")):
        total += 1
        matched += trial.matched
        for line in trial.lines:
            click.echo(line)
    if not total:
        click.echo("there is no text to try the query on", err=True)
    click.echo(f"{matched} of {_count(total, 'text')} matched")
