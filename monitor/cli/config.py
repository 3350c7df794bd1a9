"""``siaga config``: the config's schema and an example."""

from __future__ import annotations

import json
from typing import Any

import click

from connectors.registry import get, names
from monitor.settings.schema import json_schema
from monitor.settings.shipped import shipped


@click.group()
def config() -> None:
    """The config's schema and an example."""


@config.command()
def schema() -> None:
    """Print the config's JSON Schema, for editors that complete and check YAML."""
    click.echo(json.dumps(json_schema(_connector_options()), indent=2, ensure_ascii=False))


def _connector_options() -> dict[str, dict[str, Any]]:
    return {name: get(name).info.options.model_json_schema() for name in names()}


@config.command()
def example() -> None:
    """Print the example config, every key with a comment."""
    click.echo((shipped("siaga.example.yaml")).read_text("utf-8"), nl=False)
