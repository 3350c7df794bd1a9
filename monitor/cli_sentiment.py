"""``siaga sentiment``: moods of texts, and people's corrections of them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, cast

import click

if TYPE_CHECKING:
    from io import BufferedReader


@click.group(invoke_without_command=True)
@click.option("--why/--no-why", default=True, help="Leave `why` empty, which is much faster.")
@click.pass_context
def sentiment(context: click.Context, why: bool) -> None:
    """The mood of texts: {"id", "text"} a line in, its language, label and probabilities out.

    siaga sentiment < in.jsonl > out.jsonl
    """
    if context.invoked_subcommand is None:
        _stream(context, why)


def _stream(context: click.Context, why: bool) -> None:
    from monitor.enrich.sentiment.shipped import load
    from monitor.enrich.sentiment.stream import answer, pages

    source, target = cast("BufferedReader", sys.stdin.buffer), sys.stdout.buffer
    if source.isatty():
        click.echo(context.get_help())
        return
    model = load()
    bad = good = 0

    def complain(number: int, reason: str) -> None:
        nonlocal bad
        bad += 1
        click.echo(f"line {number} {reason}; it is skipped", err=True)

    for page in pages(source, complain):
        good += len(page)
        target.write(answer(model, page, explain=why))
        target.flush()
    if bad:
        click.echo(f"{bad:,} of {bad + good:,} lines could not be read", err=True)
