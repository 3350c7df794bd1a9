"""``siaga tune``: the threshold that keeps an alert budget."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import click

from monitor.backtest.rules import tunable
from monitor.backtest.run import tune as tuned
from monitor.cli.history import (
    brand_option,
    counts_option,
    line_of,
    moment_of,
    past_of,
    rules_of,
    windows_option,
)
from monitor.cli.options import config_option
from monitor.detect.volume import THRESHOLD
from monitor.runtime.logs import quiet_logging

PERIODS = {"day": 1.0, "week": 7.0, "month": 30.4}
"""Days in each."""


def _budget(_context: object, _param: object, text: str) -> float:
    """``1 page/week`` as alarms a week."""
    match = re.fullmatch(
        r"\s*([\d.]+)\s*(?:pages?|alarms?|alerts?)?\s*(?:/|per|a)\s*(\w+?)s?\s*", text
    )
    if match and match[2] in PERIODS and float(match[1]) > 0:
        return float(match[1]) * 7.0 / PERIODS[match[2]]
    raise click.BadParameter(f'{text!r}: write "1 page/week", "2/month" or "1/day"')


@click.command()
@click.option(
    "--budget",
    callback=_budget,
    default="1 page/week",
    show_default=True,
    help='How often the team can be paged: "1 page/week".',
)
@counts_option
@windows_option
@brand_option
@click.option("--from", "start", callback=moment_of, help="Only history from then on.")
@click.option("--to", "end", callback=moment_of, help="Only history up to then.")
@config_option
def tune(
    budget: float,
    counts: Path | None,
    windows: Path | None,
    brand: str | None,
    start: datetime | None,
    end: datetime | None,
    config: Path | None,
) -> None:
    """Propose the volume rule's threshold that keeps an alert budget, and what it would miss."""
    quiet_logging()
    rules = rules_of(config)
    past = [
        h
        for h in past_of(counts, windows, config, brand, start, end, False)
        if h.key.measure == "volume"
    ]
    now = rules.volume.threshold or THRESHOLD
    found = tuned(past, tunable(rules), budget=budget, now=now)
    click.echo(f"Proposed: rules.volume.threshold: {found.threshold:g}   (now {now:g})")
    about = "false alarms" if found.cases else "alarms"
    click.echo(f"On this history: {found.per_week:.2f} {about} a week, budget {budget:g}.")
    if found.per_week > budget:
        click.echo("Even the highest threshold tried does not keep it: is a series no use?")
    if found.cases:
        click.echo(f"Labelled cases caught: {found.caught} of {found.cases}.")
    if found.lost:
        click.echo(f"\nIt would not have told these {len(found.lost)} that the present one told:")
        for alarm in found.lost:
            click.echo("  " + line_of(alarm))
    elif found.threshold > now:
        click.echo("It would have missed nothing that the present one told.")
