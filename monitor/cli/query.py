"""``siaga query``: trying a query on texts."""

from __future__ import annotations

from typing import Any

import click

from monitor.cli.options import count_of
from monitor.enrich.trial import tried
from monitor.query.parse import doubtful_words, parse


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
    query = parse(text)
    for said in doubtful_words(text):
        click.echo(said, err=True)
    matched = total = 0
    for trial in tried(query, file, getattr(file, "name", "<stdin>")):
        total += 1
        matched += trial.matched
        for line in trial.lines:
            click.echo(line)
    if not total:
        click.echo("there is no text to try the query on", err=True)
    click.echo(f"{matched} of {count_of(total, 'text')} matched")
