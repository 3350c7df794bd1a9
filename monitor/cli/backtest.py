"""``siaga backtest``: the rules on history, before they page anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import click

from monitor.backtest.chart import page
from monitor.backtest.counts import as_anomaly, as_score, read_folder, write_scores
from monitor.backtest.history import shadowed
from monitor.backtest.rules import OURS, named
from monitor.backtest.run import Alarm, History, Verdict, by_rule, judge
from monitor.cli.history import (
    AT,
    brand_option,
    counts_option,
    line_of,
    moment_of,
    past_of,
    rules_of,
    warm_up_lines,
    windows_option,
)
from monitor.cli.language import _, n_
from monitor.cli.opened import opened
from monitor.cli.options import config_option
from monitor.detect.volume import THRESHOLD
from monitor.problems import Problem
from monitor.runtime.logs import quiet_logging
from monitor.settings.model import Rules


def _days(_context: object, _param: object, days: float) -> float:
    if not 0 < days <= MAX_DAYS:  # which "nan" is not either
        raise click.BadParameter(f"write so many days, up to {MAX_DAYS:,}")
    return days


MAX_DAYS = 36_500


@click.command()
@counts_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="With --counts: write timestamp,value,anomaly_score there.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(min=0, min_open=True),
    help="Of our volume rule, as 1 - p (0.998) or -log10 p (2.7).",
)
@click.option(
    "--rules",
    "names",
    multiple=True,
    metavar="NAME",
    help="siaga, a peer's, or a config file. Give two: side by side.",
)
@windows_option
@brand_option
@click.option("--by-platform", is_flag=True, help="Each platform by itself, not all together.")
@click.option(
    "--from", "start", callback=moment_of, help="Count from then on; learn on all before."
)
@click.option("--to", "end", callback=moment_of, help="Only history up to then.")
@click.option(
    "--chart",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw it all into this HTML file.",
)
@click.option(
    "--watches", is_flag=True, help="Also what is only watched: told, and nobody is named."
)
@click.option("--quiet", is_flag=True, help="Only the table, not each alarm.")
@click.option("--shadow", is_flag=True, help="What brands in shadow mode would have paged.")
@click.option(
    "--days",
    type=float,
    default=7.0,
    callback=_days,
    show_default=True,
    help="How far --shadow looks back.",
)
@config_option
def backtest(
    counts: Path | None,
    out: Path | None,
    threshold: float | None,
    names: tuple[str, ...],
    windows: Path | None,
    brand: str | None,
    by_platform: bool,
    start: datetime | None,
    end: datetime | None,
    chart: Path | None,
    watches: bool,
    quiet: bool,
    shadow: bool,
    days: float,
    config: Path | None,
) -> None:
    """What would have fired, when, and what that was worth: any rules on your own history."""
    quiet_logging()
    if shadow:
        _shadow_report(config, brand, days)
        return
    if out and not counts:
        raise Problem("--out writes the scores of --counts; name that folder too")
    rules = _with_threshold(rules_of(config), threshold)
    past = past_of(counts, windows, config, brand, start, end, by_platform)
    if counts and out:
        _write_scores(counts, out, rules)
    makers = {name: named(name, rules) for name in names or (OURS,)}
    alarms = by_rule(past, makers, watches=watches)
    if not quiet:
        _list(alarms)
    for line in warm_up_lines(past, rules.warm_up):
        click.echo(line)
    _table(past, alarms)
    if chart:
        chart.write_text(page(past, alarms), "utf-8")
        click.echo("\n" + _("Chart: {file}", file=chart))


def _with_threshold(rules: Rules, threshold: float | None) -> Rules:
    if threshold is None:
        return rules
    score = as_score(threshold) if threshold < 1.0 else threshold
    volume = rules.volume.model_copy(update={"threshold": score})
    return rules.model_copy(update={"volume": volume})


def _write_scores(counts: Path, out: Path, rules: Rules) -> None:
    threshold = rules.volume.threshold or THRESHOLD
    for series in read_folder(counts):
        click.echo(
            _(
                "{file}: {rows} rows, one every {span}",
                file=write_scores(series, out, threshold),
                rows=len(series.rows),
                span=series.span,
            )
        )
    click.echo(_("anomaly_score is 1 - p; an event is one row at the threshold or over it."))
    click.echo(_("Default threshold: {value}", value=f"{as_anomaly(THRESHOLD):.12g}"))
    if threshold != THRESHOLD:
        click.echo(_("Threshold of this run: {value}", value=f"{as_anomaly(threshold):.12g}"))
    click.echo()


def _list(alarms: Mapping[str, Sequence[Alarm]]) -> None:
    for name, found in alarms.items():
        alarmed = n_("{n} alarm", "{n} alarms", len(found))
        click.echo(f"{name}: {alarmed}" + (":" if found else "."))
        for alarm in sorted(found, key=lambda alarm: alarm.told):
            click.echo("  " + line_of(alarm))
        click.echo()


WIDTHS = (8, 9, 12, 15, 10)
"""Of the table's columns of figures."""


def _table(past: Sequence[History], alarms: Mapping[str, Sequence[Alarm]]) -> None:
    heads = (_("alarms"), _("/week"), _("caught"), _("false/week"), _("delay"))
    shown = "".join(f"{head:>{width}}" for head, width in zip(heads, WIDTHS, strict=True))
    rules = _("rules")
    click.echo(f"{rules:22}{shown}")
    for name, found in alarms.items():
        click.echo(_row(name, judge(past, found)))
    click.echo(
        _(
            "An alarm is one of a series, however many detectors told it. A week is a series' "
            "covered week. Delay: the middle one, from a case's start."
        )
    )


def _row(name: str, verdict: Verdict) -> str:
    caught = f"{verdict.caught}/{verdict.cases}" if verdict.cases else "-"
    false = f"{verdict.false_per_week:.2f}" if verdict.labelled else "-"
    delay = str(verdict.delay).removesuffix(".0")[:-3] if verdict.delay is not None else "-"
    figures = (str(verdict.alarms), f"{verdict.per_week:.2f}", caught, false, delay)
    return f"{name:22}" + "".join(
        f"{figure:>{width}}" for figure, width in zip(figures, WIDTHS, strict=True)
    )


def _shadow_report(config: Path | None, brand: str | None, days: float) -> None:
    with opened(config) as app, app.db.read() as tx:
        found = shadowed(tx, until=app.now(), days=days, brand=brand)
    whole = timedelta(days=days).days
    span = _("this week") if days == 7 else _("in the last {n} days", n=whole)
    click.echo(
        _("{count} would have paged you {span}", count=len(found), span=span)
        + ("; " + _("useful?") if found else ".")
    )
    for row in found:
        at, since = f"{row.opened_at:{AT}}", _("since {when}", when=f"{row.since:{AT}}")
        what = f"{row.severity}  {row.risk_class}, {since}"
        click.echo(f"  {row.id:>5}  {at}  {row.brand}  {what}")
    if found:
        one, none = _("Look at one:"), _("Say that it was no crisis:")
        width = max(len(one), len(none))
        click.echo(f"{one:<{width}}  siaga incident show NUMBER")
        click.echo(f"{none:<{width}}  siaga incident resolve NUMBER --not-a-crisis")
