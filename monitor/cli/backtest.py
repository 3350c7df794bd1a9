"""``siaga backtest`` and ``siaga tune``: the rules on history, before they page anybody."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.options import config_option, quiet_logging
from monitor.problems import Problem

if TYPE_CHECKING:
    from monitor.backtest.run import Alarm, History, Verdict
    from monitor.settings.model import Rules

PERIODS = {"day": 1.0, "week": 7.0, "month": 30.4}
AT = "%Y-%m-%d %H:%M"

counts_option = click.option(
    "--counts", type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A folder of CSV files (timestamp,value) instead of the stored history.",
)  # fmt: skip
windows_option = click.option(
    "--windows", type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Labelled cases: JSON, series name -> [[start, end], …]. Default: stored incidents.",
)  # fmt: skip
brand_option = click.option("--brand", help="Only this brand; default: all of them.")


def _moment(_context: object, _param: object, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no time; write 2026-03-01 or 2026-03-01T14:00Z"
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _budget(_context: object, _param: object, text: str) -> float:
    """``1 page/week`` as alarms a week."""
    match = re.fullmatch(
        r"\s*([\d.]+)\s*(?:pages?|alarms?|alerts?)?\s*(?:/|per|a)\s*(\w+?)s?\s*", text
    )
    if match and match[2] in PERIODS and float(match[1]) > 0:
        return float(match[1]) * 7.0 / PERIODS[match[2]]
    raise click.BadParameter(f'{text!r}: write "1 page/week", "2/month" or "1/day"')


@click.command()
@counts_option
@click.option("--out", type=click.Path(path_type=Path, file_okay=False),
              help="With --counts: write timestamp,value,anomaly_score there.")  # fmt: skip
@click.option("--threshold", type=click.FloatRange(min=0, min_open=True),
              help="Of our volume rule, as 1 - p (0.998) or -log10 p (2.7).")  # fmt: skip
@click.option("--rules", "names", multiple=True, metavar="NAME",
              help="siaga, a peer's, or a config file. Give two: side by side.")  # fmt: skip
@windows_option
@brand_option
@click.option("--by-platform", is_flag=True, help="Each platform by itself, not all together.")
@click.option("--from", "start", callback=_moment, help="Only history from then on.")
@click.option("--to", "end", callback=_moment, help="Only history up to then.")
@click.option("--chart", type=click.Path(path_type=Path, dir_okay=False),
              help="Draw it all into this HTML file.")  # fmt: skip
@click.option("--quiet", is_flag=True, help="Only the table, not each alarm.")
@click.option("--shadow", is_flag=True, help="What brands in shadow mode would have paged.")
@click.option(
    "--days", type=float, default=7.0, show_default=True, help="How far --shadow looks back."
)
@config_option
def backtest(counts: Path | None, out: Path | None, threshold: float | None,
             names: tuple[str, ...], windows: Path | None, brand: str | None, by_platform: bool,
             start: datetime | None, end: datetime | None, chart: Path | None, quiet: bool,
             shadow: bool, days: float, config: Path | None) -> None:  # fmt: skip
    """What would have fired, when, and what that was worth: any rules on your own history."""
    from monitor.backtest.rules import OURS, named
    from monitor.backtest.run import by_rule

    quiet_logging()
    if shadow:
        _shadow_report(config, brand, days)
        return
    if out and not counts:
        raise Problem("--out writes the scores of --counts; name that folder too")
    rules = _with_threshold(_rules(config), threshold)
    past = _past(counts, windows, config, brand, start, end, by_platform)
    if counts and out:
        _write_scores(counts, out, rules)
    makers = {name: named(name, rules) for name in names or (OURS,)}
    alarms = by_rule(past, makers)
    if not quiet:
        _list(alarms)
    _table(past, alarms)
    if chart:
        from monitor.backtest.chart import page

        chart.write_text(page(past, alarms), "utf-8")
        click.echo(f"\nChart: {chart}")


@click.command()
@click.option("--budget", callback=_budget, default="1 page/week", show_default=True,
              help='How often the team can be paged: "1 page/week".')  # fmt: skip
@counts_option
@windows_option
@brand_option
@click.option("--from", "start", callback=_moment, help="Only history from then on.")
@click.option("--to", "end", callback=_moment, help="Only history up to then.")
@config_option
def tune(budget: float, counts: Path | None, windows: Path | None, brand: str | None,
         start: datetime | None, end: datetime | None, config: Path | None) -> None:  # fmt: skip
    """Propose the volume rule's threshold that keeps an alert budget, and what it would miss."""
    from monitor.backtest.rules import tunable
    from monitor.backtest.run import tune as tuned
    from monitor.detect.volume import THRESHOLD

    quiet_logging()
    rules = _rules(config)
    past = [h for h in _past(counts, windows, config, brand, start, end, False)
            if h.key.measure == "volume"]  # fmt: skip
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
            click.echo("  " + _line(alarm))
    elif found.threshold > now:
        click.echo("It would have missed nothing that the present one told.")


def _rules(config: Path | None) -> Rules:
    from monitor.app import config_path, load_config

    return load_config(config_path(config)).settings.rules


def _with_threshold(rules: Rules, threshold: float | None) -> Rules:
    from monitor.backtest.counts import as_score

    if threshold is None:
        return rules
    score = as_score(threshold) if threshold < 1.0 else threshold
    volume = rules.volume.model_copy(update={"threshold": score})
    return rules.model_copy(update={"volume": volume})


def _past(counts: Path | None, windows: Path | None, config: Path | None, brand: str | None,
          start: datetime | None, end: datetime | None, by_platform: bool,
          ) -> list[History]:  # fmt: skip
    """The series to look at, with their labelled cases. Raises Problem where there are none."""
    from monitor.backtest.counts import read_cases, read_folder

    cases = read_cases(windows) if windows else {}
    if counts:
        return [c.history(cases.get(c.name, ())) for c in read_folder(counts)]
    return _stored(config, brand, start, end, by_platform, cases)


def _stored(config: Path | None, brand: str | None, start: datetime | None, end: datetime | None,
            by_platform: bool, cases: Mapping[str, Sequence[tuple[datetime, datetime]]],
            ) -> list[History]:  # fmt: skip
    from dataclasses import replace

    from monitor.app import open_app
    from monitor.backtest.history import histories

    app = open_app(config)
    if brand and brand not in app.brands:
        raise Problem(f"no brand {brand!r} in the config; it has {', '.join(app.brands) or 'none'}")
    with app.db.read() as tx:
        found = [
            replace(history, cases=tuple(cases[slug])) if slug in cases else history
            for slug in ([brand] if brand else app.brands)
            for history in histories(tx, slug, start=start, end=end, by_platform=by_platform)
        ]
    if not found:
        raise Problem("nothing has been stored yet; give --counts a folder, or run for a while")
    return found


def _write_scores(counts: Path, out: Path, rules: Rules) -> None:
    from monitor.backtest.counts import as_anomaly, read_folder, write_scores
    from monitor.detect.volume import THRESHOLD

    threshold = rules.volume.threshold or THRESHOLD
    for series in read_folder(counts):
        click.echo(f"{write_scores(series, out, threshold)}: {len(series.rows)} rows, "
                   f"one every {series.span}")  # fmt: skip
    click.echo("anomaly_score is 1 - p; an event is one row at the threshold or over it.")
    click.echo(f"Default threshold: {as_anomaly(THRESHOLD):.12g}")
    if threshold != THRESHOLD:
        click.echo(f"Threshold of this run: {as_anomaly(threshold):.12g}")
    click.echo()


def _round(count: float) -> str:
    """A count or a share as people read it: 26,450; 61.7; 0.43."""
    return f"{count:,.0f}" if count >= 1_000 else f"{count:.3g}"


def _line(alarm: Alarm) -> str:
    seen = f"{_round(alarm.observed)} where {_round(alarm.expected)} is usual"
    return (
        f"{alarm.told:{AT}}  {alarm.series}  {alarm.detector}  score {alarm.score:.1f}, "
        f"{seen}, since {alarm.start:{AT}}, until {alarm.last:{AT}}"
    )


def _list(alarms: Mapping[str, Sequence[Alarm]]) -> None:
    for name, found in alarms.items():
        click.echo(f"{name}: {len(found)} alarms" + (":" if found else "."))
        for alarm in sorted(found, key=lambda alarm: alarm.told):
            click.echo("  " + _line(alarm))
        click.echo()


def _table(past: Sequence[History], alarms: Mapping[str, Sequence[Alarm]]) -> None:
    from monitor.backtest.run import judge

    click.echo(f"{'rules':22}{'alarms':>8}{'/week':>8}{'caught':>9}{'false/week':>12}{'delay':>10}")
    for name, found in alarms.items():
        click.echo(_row(name, judge(past, found)))
    click.echo("A week is a series' covered week. Delay: the middle one, from a case's start.")


def _row(name: str, verdict: Verdict) -> str:
    caught = f"{verdict.caught}/{verdict.cases}" if verdict.cases else "-"
    false = f"{verdict.false_per_week:.2f}" if verdict.cases else "-"
    delay = str(verdict.delay).removesuffix(".0")[:-3] if verdict.delay is not None else "-"
    return f"{name:22}{verdict.alarms:>8}{verdict.per_week:>8.2f}{caught:>9}{false:>12}{delay:>10}"


def _shadow_report(config: Path | None, brand: str | None, days: float) -> None:
    from monitor.app import open_app
    from monitor.backtest.history import shadowed

    app = open_app(config)
    with app.db.read() as tx:
        found = shadowed(tx, until=app.now(), days=days, brand=brand)
    span = "this week" if days == 7 else f"in the last {timedelta(days=days).days} days"
    click.echo(f"{len(found)} would have paged you {span}" + ("; useful?" if found else "."))
    for row in found:
        opened, since = f"{row['opened_at']:{AT}}", f"{row['since']:{AT}}"
        what = f"{row['severity']}  {row['risk_class']}, since {since}"
        click.echo(f"  {row['id']:>5}  {opened}  {row['brand']}  {what}")
    if found:
        click.echo("Look at one:                siaga incident show NUMBER")
        click.echo("Say that it was no crisis:  siaga incident resolve NUMBER --not-a-crisis")
