"""The threshold that keeps an alert budget, beside the present one, on the curve of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from monitor.backtest.run import (
    WEEK,
    Alarm,
    History,
    Maker,
    Verdict,
    alarms_of,
    judge,
    series_of,
    together,
)

Tuned = Callable[[float], Maker]
"""A rule set by its threshold."""

TRIED = (1.5, 2.0, 2.4, 2.8, 3.3, 4.0, 5.0, 6.3, 8.0)
"""Thresholds that are tried beside the present one."""

REFINED = 4
"""How often the interval is halved in which the budget begins to be kept."""


@dataclass(frozen=True, slots=True)
class Point:
    """A threshold on the curve. ``rate``: false alarms (where nothing is labelled: alarms) a week
    over all series together, of the time any of them was seen."""

    threshold: float
    rate: float
    verdict: Verdict
    alarms: tuple[Alarm, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """The curve in order, with the present and the proposed point; ``lost`` are the present one's
    alarms that the proposed one would not have told."""

    curve: tuple[Point, ...]
    present: Point
    proposed: Point
    lost: tuple[Alarm, ...]


def tune(histories: Sequence[History], make: Tuned, *, budget: float, now: float) -> Proposal:
    """Propose a threshold with at most ``budget`` alarms a week; ``now`` is the one in use.

    Alarms outside labelled cases are what a budget is about; where nothing is labelled, every
    alarm counts. Of those that keep the budget the one is proposed that catches most, then the
    one with the fewest false alarms, then the one nearest to the present: where the present one
    keeps the budget, nothing worse is ever proposed, and without labels nothing else.
    """
    tried: dict[float, Point] = {}
    weeks = _weeks(histories)

    def at(threshold: float) -> Point:
        if threshold not in tried:
            tried[threshold] = _point(histories, make(threshold), threshold, weeks)
        return tried[threshold]

    present = at(now)
    for threshold in TRIED:
        at(threshold)
    for _ in range(REFINED):
        if (between := _crossing(sorted(tried.values(), key=_threshold), budget)) is not None:
            at(between)
    chosen = _best(list(tried.values()), present, budget)
    lost = [alarm for alarm in present.alarms if not _still_told(alarm, chosen.alarms)]
    curve = tuple(sorted(tried.values(), key=_threshold))
    return Proposal(curve, present, chosen, tuple(lost))


def _threshold(point: Point) -> float:
    return point.threshold


def _point(histories: Sequence[History], maker: Maker, threshold: float, weeks: float) -> Point:
    alarms = together([alarm for history in histories for alarm in alarms_of(history, maker)])
    verdict = judge(histories, alarms)
    counted = verdict.false if verdict.labelled else verdict.alarms
    return Point(threshold, counted / weeks if weeks else 0.0, verdict, tuple(alarms))


def _weeks(histories: Sequence[History]) -> float:
    """How long any of the series was seen: time that two share counts once, a gap of all not."""
    seen, until = timedelta(0), datetime.min.replace(tzinfo=UTC)
    spans = sorted(
        (bucket.start, bucket.end)
        for history in series_of(histories)
        for bucket in history.judged
        if bucket.covered
    )
    for start, end in spans:
        seen += max(end - max(start, until), timedelta(0))
        until = max(until, end)
    return seen / WEEK


def _crossing(curve: Sequence[Point], budget: float) -> float | None:
    """The middle of the last interval in which the budget begins to be kept."""
    for low, high in reversed(list(pairwise(curve))):
        if high.rate <= budget < low.rate and high.threshold - low.threshold > 0.05:
            return round((low.threshold + high.threshold) / 2.0, 2)
    return None


def _best(points: Sequence[Point], present: Point, budget: float) -> Point:
    kept = [point for point in points if point.rate <= budget]
    if not kept:  # what comes nearest
        least = min(point.rate for point in points)
        kept = [point for point in points if point.rate <= least]
    if not present.verdict.cases and present in kept:
        return present  # nothing says that another one is better
    if not present.verdict.cases:
        return min(kept, key=_threshold)

    def worth(point: Point) -> tuple[float, float, float]:
        return -point.verdict.caught, point.rate, abs(point.threshold - present.threshold)

    return min(kept, key=worth)


def _still_told(alarm: Alarm, chosen: Sequence[Alarm]) -> bool:
    """Whether some alarm of the same series overlaps this one."""
    return any(
        other.series == alarm.series and other.start <= alarm.last and alarm.start <= other.last
        for other in chosen
    )
