"""``siaga erase``: what a person, a court or a platform has the right to have erased."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.cli.opened import opened_at
from monitor.cli.options import config_option, count_of
from monitor.cli.person import who_is, who_option
from monitor.cli.remote import echo
from monitor.jobs.upkeep.erasure import Demand, carry_out, found_by
from monitor.problems import Problem


@click.command()
@config_option
@who_option
@click.option("--mention", "mentions", multiple=True, metavar="PLATFORM:ID", help="One post.")
@click.option(
    "--author", "authors", multiple=True, metavar="PLATFORM:HANDLE", help="All that they wrote."
)
@click.option("--url", "addresses", multiple=True, help="What is at this address.")
@click.option("--reason", required=True, help="Who demands it, and by what right; for the log.")
@click.option("--yes", is_flag=True, help="Do it; without this it is only counted.")
def erase(
    config: Path | None,
    who: str | None,
    mentions: tuple[str, ...],
    authors: tuple[str, ...],
    addresses: tuple[str, ...],
    reason: str,
    yes: bool,
) -> None:
    """Erase posts for good: text, address and author go from the database, from messages that wait,
    from cards in Slack, from corrections and exports. What was counted stays.

    A legal hold does not stand against it. What was mailed cannot be called back.
    """
    named, by = [_pair(text) for text in mentions], [_pair(text) for text in authors]
    if not (named or by or addresses):
        raise click.UsageError("Say what by --mention, --author or --url.")
    demand = Demand(who_is(who), reason, named, by, addresses)
    with opened_at(config, None) as (app, _now):
        if not yes:
            count = len(found_by(app, demand))
            raise Problem(
                f"{count_of(count, 'post')} would be erased; to do it, say it again with --yes."
            )
        echo(f"{count_of(carry_out(app, demand), 'post')} erased.")


def _pair(text: str) -> tuple[str, str]:
    platform, _, name = text.partition(":")
    if not platform or not name:
        raise click.UsageError(f"{text!r}: write PLATFORM:NAME, such as x:1234 or x:@somebody.")
    return platform, name
