"""``siaga tune``: the threshold that keeps an alert budget."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import click

from monitor.backtest.rules import tunable
from monitor.backtest.tune import Proposal
from monitor.backtest.tune import tune as tuned
from monitor.cli.history import (
    brand_option,
    counts_option,
    line_of,
    moment_of,
    past_of,
    rules_of,
    warm_up_lines,
    windows_option,
)
from monitor.cli.language import _
from monitor.cli.options import config_option
from monitor.detect.volume import THRESHOLD
from monitor.problems import Problem
from monitor.runtime.logs import quiet_logging

PERIODS = {"day": 1.0, "week": 7.0, "fortnight": 14.0, "month": 30.4, "year": 365.0}
"""Days in each."""

ADVERBS = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year"}

_BUDGET = re.compile(
    r"(?:(?P<count>once|twice|an?|one|\d+(?:[.,]\d+)?)\s*x?\s*)?(?:false\s+)?"
    r"(?:(?:pages?|alarms?|alerts?|times?)\s*)?"
    r"(?:(?:/|per|an?|every|each|in)\s*(?P<periods>\d+)?\s*(?P<period>[a-z]+?)s?|(?P<adverb>[a-z]+ly))"
)
_WORDS = {"once": 1.0, "a": 1.0, "an": 1.0, "one": 1.0, "twice": 2.0}


def _budget(_context: object, _param: object, text: str) -> float:
    """``1 page/week`` as alarms a week."""
    match = _BUDGET.fullmatch(" ".join(text.lower().split()))
    if match:
        said = match["count"] or "1"
        count = _WORDS[said] if said in _WORDS else float(said.replace(",", "."))
        period = ADVERBS.get(match["adverb"] or "", match["period"])
        if period in PERIODS and count > 0 and match["periods"] != "0":
            return count * 7.0 / (PERIODS[period] * int(match["periods"] or 1))
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
@click.option(
    "--from", "start", callback=moment_of, help="Count from then on; learn on all before."
)
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
    if all(h.learned_time + h.covered_time <= rules.warm_up for h in past):
        raise Problem("\n".join(warm_up_lines(past, rules.warm_up)))
    now = rules.volume.threshold or THRESHOLD
    found = tuned(past, tunable(rules), budget=budget, now=now)
    for line in warm_up_lines(past, rules.warm_up):
        click.echo(line)
    _say(found, budget)
    if found.lost:
        lost = len(found.lost)
        text = _("It would not have told these {count} that the present one told:", count=lost)
        click.echo("\n" + text)
        for alarm in found.lost:
            click.echo("  " + line_of(alarm))
    elif found.proposed.threshold > found.present.threshold:
        click.echo(_("It would have missed nothing that the present one told."))


def _say(found: Proposal, budget: float) -> None:
    """The curve with the present and the proposed point, and what is proposed."""
    verdict, present, proposed = found.proposed.verdict, found.present, found.proposed
    about = _("false/week") if verdict.labelled else _("alarms/week")
    threshold, alarms, caught = _("threshold"), _("alarms"), _("caught")
    click.echo(f"{threshold:>10}{alarms:>8}{about:>15}{caught:>12}")
    for point in found.curve:
        cases = point.verdict.cases
        caught = f"{point.verdict.caught}/{cases}" if cases else "-"
        marks = [(_("now"), point is present), (_("proposed"), point is proposed)]
        mark = ", ".join(name for name, is_it in marks if is_it)
        figures = f"{point.threshold:>10g}{point.verdict.alarms:>8}{point.rate:>15.2f}{caught:>12}"
        click.echo(f"{figures}  {mark}".rstrip())
    most = f"{budget:.3g}"
    click.echo(
        "\n"
        + (
            _("Budget: {n} false alarms a week, over all series together.", n=most)
            if verdict.labelled
            else _("Budget: {n} alarms a week, over all series together.", n=most)
        )
    )
    setting = f"rules.volume.threshold: {proposed.threshold:g}"
    if proposed is not present:
        now = f"{present.threshold:g}"
        click.echo(_("Proposed: {setting}   (now {now})", setting=setting, now=now))
    elif verdict.cases:
        click.echo(_("Keep {setting}: nothing that keeps the budget is better.", setting=setting))
    else:
        click.echo(
            _(
                "Keep {setting}: it keeps the budget, and no labelled case says what is better.",
                setting=setting,
            )
        )
    if proposed.rate > budget:
        click.echo(_("Even so the budget is not kept: is a series no use?"))
