"""The history that ``siaga backtest`` and ``siaga tune`` look at, and its alarms as lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from monitor.app import config_path, load_config
from monitor.backtest.counts import read_cases, read_folder
from monitor.backtest.history import Labels, corroborating, histories, stored_labels
from monitor.backtest.run import Alarm, History, series_of
from monitor.cli.language import _
from monitor.cli.opened import opened
from monitor.problems import Problem, no_brand
from monitor.settings.model import Rules

AT = "%Y-%m-%d %H:%M UTC"

counts_option = click.option(
    "--counts",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A folder of CSV files (timestamp,value) instead of the stored history.",
)
windows_option = click.option(
    "--windows",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Labelled cases: JSON, series name -> [[start, end], …]. Default: stored incidents.",
)
brand_option = click.option("--brand", help="Only this brand; default: all of them.")


def moment_of(_context: object, _param: object, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no time; write 2026-03-01 or 2026-03-01T14:00Z"
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def rules_of(config: Path | None) -> Rules:
    return load_config(config_path(config)).settings.rules


def past_of(
    counts: Path | None,
    windows: Path | None,
    config: Path | None,
    brand: str | None,
    start: datetime | None,
    end: datetime | None,
    by_platform: bool,
) -> list[History]:
    """The series to look at, with their labelled cases. Raises Problem where there are none."""
    cases = read_cases(windows) if windows else {}
    if counts:
        files = read_folder(counts)
        found = [c.history(cases.get(c.name, ()), start=start, end=end) for c in files]
        known = {c.name for c in files}
    else:
        found = _stored(config, brand, start, end, by_platform, cases)
        known = {history.key.brand for history in found}
    if unknown := sorted(cases.keys() - known):
        names = ", ".join(unknown)
        text = _("{file} labels what is not here: {names}", file=windows, names=names)
        click.echo(text, err=True)
    if not any(history.judged for history in found):
        raise Problem("there is no history between --from and --to")
    return found


def _stored(
    config: Path | None,
    brand: str | None,
    start: datetime | None,
    end: datetime | None,
    by_platform: bool,
    cases: Mapping[str, Sequence[tuple[datetime, datetime]]],
) -> list[History]:
    with opened(config) as app:
        if brand and brand not in app.brands:
            raise Problem(no_brand(brand, app.brands))
        slugs = [brand] if brand else list(app.brands)
        with app.db.read() as tx:
            found = [
                replace(history, cases=tuple(cases[slug]), unknown=()) if slug in cases else history
                for slug in slugs
                for history in histories(tx, slug, start=start, end=end, by_platform=by_platform)
            ]
            labels = [
                stored_labels(tx, slug, start=start, end=end) for slug in slugs if slug not in cases
            ]
        known = {slug: corroborating(app.db, app.brands[slug]) for slug in slugs}
    found = [replace(history, corroborate=known[history.key.brand]) for history in found]
    if not found:
        raise Problem("nothing has been stored yet; give --counts a folder, or run for a while")
    _say_labels(labels)
    _say_unlabelled(found)
    return found


def _say_labels(labels: Sequence[Labels]) -> None:
    """What the alarms are held against, where that is stored incidents of the time asked for."""
    cases = sum(len(label.cases) for label in labels)
    unknown = sum(len(label.unknown) for label in labels)
    denied = sum(label.denied for label in labels)
    if not cases + denied + unknown:
        return
    click.echo(
        _(
            "Stored incidents: {cases} acknowledged or closed by a person count as cases, {denied} "
            "called no crisis count as false alarms, {unknown} that nobody has looked at count as "
            "neither.",
            cases=cases,
            denied=denied,
            unknown=unknown,
        )
    )
    if unknown:
        click.echo(
            _(
                "Look at those by `siaga incident list --all`; `siaga incident resolve NUMBER` "
                "says that it was one, with --not-a-crisis that it was none."
            )
        )


def _say_unlabelled(past: Sequence[History]) -> None:
    """Whose alarms count as false only because nobody has said anything of them."""
    brands = {history.key.brand: history.cases or history.denied for history in past}
    bare = [brand for brand, labels in brands.items() if not labels]
    if bare and len(bare) < len(brands):
        names = ", ".join(bare)
        click.echo(
            _("Nothing is labelled of {names}: what is told of it counts as false.", names=names)
        )


def warm_up_lines(past: Sequence[History], warm_up: timedelta) -> list[str]:
    """What there is to learn from before the alarms count, where that is little or was asked: only
    what was seen teaches."""
    lines = []
    for history in series_of(past):
        if not history.buckets:
            continue
        learned, judged = history.learned_time, history.covered_time
        if learned + judged <= warm_up:
            told = _(
                "{seen} were seen, and the first {first} only teach (rules.warm_up): what is "
                "unusual is not known yet.",
                seen=_days(learned + judged),
                first=_days(warm_up),
            )
        elif learned < warm_up:
            left = _days(warm_up - learned)
            told = _("the first {first} only teach (rules.warm_up).", first=left)
        elif history.since:
            told = _("learned on {days} before --from.", days=_days(learned))
        else:
            continue
        lines.append(f"{history.name}: {told}")
    return lines


def _days(span: timedelta) -> str:
    return _("{n} days", n=f"{span / timedelta(days=1):.3g}")


def _round(count: float) -> str:
    """A count or a share as people read it: 26,450; 61.7; 0.43."""
    return f"{count:,.0f}" if count >= 1_000 else f"{count:.3g}"


def _watched(alarm: Alarm) -> str:
    return " " + _("(watch)") if alarm.level == "watch" else ""


def line_of(alarm: Alarm) -> str:
    crises = alarm.crisis_terms
    crisis = ", " + _("{count} name a crisis in all", count=crises) if crises else ""
    said = _(
        "score {score}, {seen} where {usual} is usual by then; since {start}, until {end}",
        score=f"{alarm.score:.1f}",
        seen=_round(alarm.observed),
        usual=_round(alarm.expected),
        start=f"{alarm.start:{AT}}",
        end=f"{alarm.last:{AT}}",
    )
    head = f"{alarm.told:{AT}}  {alarm.series}  {alarm.detector}{_watched(alarm)}"
    return f"{head}  {said}{crisis}"
