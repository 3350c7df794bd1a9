"""``siaga exclusions``: words that are not about a brand, and taking them back."""

from __future__ import annotations

from pathlib import Path

import click

from alerting.channels.sanitize import cut, one_line
from monitor.cli.opened import opened
from monitor.cli.options import NUMBER, config_option
from monitor.cli.person import who_is
from monitor.cli.remote import echo
from monitor.jobs.exclusions import LOOKED_AT, ExclusionProblem, having_words, leave_out
from monitor.query.text import normalise
from monitor.store import exclusions as store
from monitor.store.exclusions import Exclusion

SHOWN = 10
MOST = 0.5
"""Share of a brand's mentions from which a person is asked again."""


@click.group(name="exclusions", invoke_without_command=True)
@config_option
@click.option("--all", "ended", is_flag=True, help="Those taken back, too.")
@click.pass_context
def exclusions(context: click.Context, config: Path | None, ended: bool) -> None:
    """Words by which mentions are left out, because they are not about the brand.

    What stands under the brand's own posts, and what tells of a crisis, counts all the same.
    """
    if context.invoked_subcommand is not None:
        return
    with opened(config) as app, app.db.read() as tx:
        now = app.now()
        found = store.exclusions(tx, list(app.brands), ended=ended)
        left = store.counts(tx, now - LOOKED_AT)
        for one in found:
            echo(_line(one, left.get(one.id, 0)))
    if not found:
        echo("No words are left out.")


@exclusions.command()
@config_option
@click.option("--who", default=None, help="Who says so; default: your login name.")
@click.option("--yes", is_flag=True, help="Even where they stand in most of the mentions.")
@click.argument("brand")
@click.argument("words")
def add(config: Path | None, who: str | None, yes: bool, brand: str, words: str) -> None:
    """Leave out what holds these words from now on. Says first what it would have cost."""
    with opened(config) as app:
        having, of = having_words(app, brand, words, app.now())
        if of and having > MOST * of and not yes:
            raise ExclusionProblem(
                f"{words!r} stands in {having:,} of the {of:,} mentions of the last 7 days; if "
                "that is meant, say it again with --yes."
            )
        with app.db.write() as tx:
            number = leave_out(app, tx, brand, words, who_is(who), app.wall())
    if number is None:
        echo(f"{normalise(words)!r} is left out already.")
        return
    echo(f"{number}: {normalise(words)!r} is left out of {brand} from now on.")
    echo(f"Of the {of:,} mentions of the last 7 days {having:,} have it; they stay counted.")
    echo(f"To take it back: siaga exclusions end {number}")


@exclusions.command(name="end")
@config_option
@click.option("--who", default=None, help="Who says so; default: your login name.")
@click.argument("number", type=NUMBER)
def end_command(config: Path | None, who: str | None, number: int) -> None:
    """Take an exclusion back: its words count again from now on."""
    with opened(config) as app, app.db.write() as tx:
        if not store.end(tx, number, who_is(who), app.wall()):
            raise ExclusionProblem(f"There is no exclusion {number} that holds.")
    echo(f"Exclusion {number} has ended; its words count again from now on.")


@exclusions.command()
@config_option
@click.argument("number", type=NUMBER)
def show(config: Path | None, number: int) -> None:
    """The latest mentions that an exclusion has left out."""
    with opened(config) as app, app.db.read() as tx:
        found = [e for e in store.exclusions(tx, list(app.brands), ended=True) if e.id == number]
        if not found:
            raise ExclusionProblem(f"There is no exclusion {number}.")
        echo(_line(found[0], store.counts(tx, app.now() - LOOKED_AT).get(number, 0)))
        for at, platform, text in store.examples(tx, number, SHOWN):
            echo(f"  {at:%Y-%m-%d %H:%M} {platform}: {cut(one_line(text), 160)}")


def _line(one: Exclusion, left: int) -> str:
    state = f", ended {one.ended_at:%Y-%m-%d} by {one.ended_by}" if one.ended_at else ""
    of = f" (incident {one.incident})" if one.incident else ""
    return (
        f"{one.id}  {one.brand}  {one.words!r}  since {one.at:%Y-%m-%d} by {one.who or '?'}{of}"
        f"{state}; left out in the last 7 days: {left:,}"
    )
