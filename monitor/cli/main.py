"""The commands. Each lives in a ``monitor/cli/*.py`` and is imported only when it is called."""

from __future__ import annotations

import importlib
import sys

import click

COMMANDS = {
    "demo": "monitor.cli.demo:demo",
    "check": "monitor.cli.config:check",
    "config": "monitor.cli.config:config",
    "query": "monitor.cli.config:query",
    "run": "monitor.cli.run:run",
    "status": "monitor.cli.run:status",
    "prune": "monitor.cli.upkeep:prune",
    "digest": "monitor.cli.upkeep:digest",
    "incident": "monitor.cli.incident:incident",
    "explain": "monitor.cli.incident:explain",
    "replay": "monitor.cli.replay:replay",
    "sentiment": "monitor.cli.sentiment:sentiment",
    "backtest": "monitor.cli.backtest:backtest",
    "tune": "monitor.cli.backtest:tune",
}
"""Command -> where its click command is."""


class LazyGroup(click.Group):
    """A group that imports a command only when it is named: ``siaga check`` loads no web server."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="siaga")
def main_group() -> None:
    """Siaga watches what people write about a brand and gets somebody to look before it burns."""


def one_place() -> None:
    """Raise ``Problem`` unless Siaga's three packages are its own: their names are plain, and
    another program's ``connectors`` beside them would be imported in their stead."""
    from importlib.util import find_spec
    from pathlib import Path

    from monitor.problems import Problem

    places = {}
    for name in ("monitor", "connectors", "alerting"):
        spec = find_spec(name)
        origin = spec.origin if spec else None
        places[name] = str(Path(origin).parent.parent) if origin else "nowhere"
    if len(set(places.values())) > 1:
        found = ", ".join(f"{name} in {place}" for name, place in places.items())
        raise Problem(
            f"Siaga's packages are not in one place ({found}): another program has a package of "
            f"the same name; install Siaga into an environment of its own (venv, pipx, container)."
        )


def main() -> None:
    """Run a command. A mistake of the user's or the world's is one sentence and exit code 1."""
    from monitor.problems import Problem

    try:
        one_place()
        main_group()
    except Problem as problem:
        click.echo(f"siaga: {problem}", err=True)
        sys.exit(1)
