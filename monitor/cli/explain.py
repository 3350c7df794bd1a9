"""``siaga explain``: the numbers behind an incident."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import click

from monitor.cli.incident_text import explanation
from monitor.cli.language import language
from monitor.cli.opened import opened_at
from monitor.cli.options import NUMBER, config_option, database_option
from monitor.cli.remote import echo
from monitor.jobs.views.explain import Explained, explained
from monitor.problems import Problem


@click.command()
@database_option
@config_option
@click.argument("number", type=NUMBER, metavar="INCIDENT")
def explain(config: Path | None, database: str | None, number: int) -> None:
    """The numbers behind an incident, and why it did or did not page anybody."""
    print_incident(config, database, number, explanation)


def print_incident(
    config: Path | None,
    database: str | None,
    number: int,
    lines: Callable[[Explained], Iterator[str]],
) -> None:
    """Print what is known of an incident, as ``lines`` puts it. Raises Problem where there is no
    such incident."""
    with opened_at(config, database) as (app, now):
        found = explained(app, number, now, language())
        if found is None:
            raise Problem(f"There is no incident {number}; `siaga incident list --all` shows them.")
        for line in lines(found):
            echo(line)
