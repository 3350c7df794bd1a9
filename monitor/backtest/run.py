"""History through any rule set: what would have fired, when, and what that was worth.

A backtest is the daemon's own loop over stored buckets, nothing else: the same detectors, the same
coverage, the same warm-up. A labelled case is an interval in which an alarm was right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.detect.base import SeriesDetector
from monitor.detect.replay import replay
from monitor.model import BUCKET, Bucket, SeriesKey

WEEK = timedelta(days=7)

Maker = Callable[[SeriesKey, timedelta], Sequence[SeriesDetector]]
"""Makes a rule set's detectors of one series, for buckets of one length."""


@dataclass(frozen=True, slots=True)
class History:
    """One series of the past, every bucket in order, and when an alarm was right."""

    key: SeriesKey
    buckets: Sequence[Bucket]
    cases: tuple[tuple[datetime, datetime], ...] = ()
    span: timedelta = BUCKET

    @property
    def name(self) -> str:
        """What people call it."""
        where = "" if self.key.platform == "all" else f" on {self.key.platform}"
        return f"{self.key.brand}{where}"


@dataclass(frozen=True, slots=True)
class Alarm:
    """An event a detector reported: since when, when it was first told at its ``level`` ("page",
    or "watch", which names nobody), and how it went on."""

    series: str
    detector: str
    start: datetime
    told: datetime
    last: datetime
    score: float
    peak: float
    observed: float
    expected: float
    level: str = "page"
    watched: datetime | None = None
    """When a page was first told as a watch, if it was."""

    @property
    def first_told(self) -> datetime:
        """When it was told at all."""
        return self.watched or self.told


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule set was worth. ``false``: alarms outside every labelled case, where there are
    cases at all; ``delays``: from a case's start to the alarm that caught it."""

    alarms: int
    caught: int
    cases: int
    false: int
    weeks: float
    delays: tuple[timedelta, ...]

    @property
    def per_week(self) -> float:
        """Alarms a series and week."""
        return self.alarms / self.weeks if self.weeks else 0.0

    @property
    def false_per_week(self) -> float:
        """False alarms a series and week."""
        return self.false / self.weeks if self.weeks else 0.0

    @property
    def delay(self) -> timedelta | None:
        """The middle one of the delays."""
        return sorted(self.delays)[len(self.delays) // 2] if self.delays else None


def alarms_of(history: History, make: Maker, *, watches: bool = False) -> list[Alarm]:
    """Every event the rule set's detectors page on a series, in order of being told; with
    ``watches`` also those that stayed a watch."""
    found: list[Alarm] = []
    for detector in make(history.key, history.span):
        found.extend(_events(history, detector))
    told = [alarm for alarm in found if watches or alarm.level == "page"]
    return sorted(told, key=lambda alarm: (alarm.told, alarm.detector))


def _events(history: History, detector: SeriesDetector) -> list[Alarm]:
    events: list[Alarm] = []
    for signal in replay(detector, history.buckets):
        if signal is None:
            continue
        level = str(signal.facts.get("level", "page"))
        if events and events[-1].start == signal.start:
            last = events[-1]
            peak = max(last.peak, signal.score)
            events[-1] = replace(last, last=signal.at, peak=peak)
            if level == "page" and last.level != level:  # promoted
                events[-1] = replace(
                    events[-1],
                    level=level,
                    watched=last.told,
                    told=signal.at,
                    score=signal.score,
                )
            continue
        middle = signal.expected.middle if signal.expected else 0.0
        events.append(
            Alarm(
                series=history.name,
                detector=signal.detector,
                start=signal.start,
                told=signal.at,
                last=signal.at,
                score=signal.score,
                peak=signal.score,
                observed=signal.observed,
                expected=middle,
                level=level,
            )
        )
    return events


def judge(histories: Sequence[History], alarms: Sequence[Alarm]) -> Verdict:
    """Hold alarms against the labelled cases. An alarm counts where it was told, not where it says
    the event began."""
    caught, cases, false, weeks = 0, 0, 0, 0.0
    delays: list[timedelta] = []
    labelled = any(history.cases for history in histories)
    for history in histories:
        own = [alarm for alarm in alarms if alarm.series == history.name]
        covered = sum(1 for bucket in history.buckets if bucket.covered)
        weeks += covered * history.span / WEEK
        cases += len(history.cases)
        for start, end in history.cases:
            hits = [alarm.told for alarm in own if start <= alarm.told - history.span <= end]
            caught += bool(hits)
            if hits:
                delays.append(min(hits) - start)
        if labelled:
            false += sum(1 for alarm in own if not _within(alarm, history))
    return Verdict(len(alarms), caught, cases, false, weeks, tuple(delays))


def _within(alarm: Alarm, history: History) -> bool:
    return any(start <= alarm.told - history.span <= end for start, end in history.cases)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A threshold that keeps a budget, and what it does and would have missed."""

    threshold: float
    per_week: float
    alarms: tuple[Alarm, ...]
    lost: tuple[Alarm, ...]
    caught: int
    cases: int


Tuned = Callable[[float], Maker]
"""A rule set by its threshold."""


def tune(
    histories: Sequence[History], make: Tuned, *, budget: float, now: float, top: float = 8.0
) -> Proposal:
    """The lowest threshold with at most ``budget`` alarms a week over all series together.

    Alarms outside labelled cases are what a budget is about; where nothing is labelled, every
    alarm counts. ``now`` is the threshold in use; ``lost`` are its alarms that the proposed one
    would not have told.
    """
    tried: dict[float, list[Alarm]] = {}

    def at(threshold: float) -> list[Alarm]:
        if threshold not in tried:
            maker = make(threshold)
            tried[threshold] = [a for history in histories for a in alarms_of(history, maker)]
        return tried[threshold]

    weeks = max((len(h.buckets) * h.span / WEEK for h in histories), default=0.0)

    def rate(threshold: float) -> float:
        verdict = judge(histories, at(threshold))
        counted = verdict.false if verdict.cases else verdict.alarms
        return counted / weeks if weeks else 0.0

    threshold = _lowest(rate, budget, 1.5, top)
    chosen, before = at(threshold), at(now)
    told = {(a.series, a.detector) for a in chosen}
    lost = [a for a in before if not _still_told(a, chosen)] if told or before else []
    verdict = judge(histories, chosen)
    return Proposal(
        threshold, rate(threshold), tuple(chosen), tuple(lost), verdict.caught, verdict.cases
    )


def _lowest(rate: Callable[[float], float], budget: float, low: float, high: float) -> float:
    """By halving, to a twentieth. Rates fall with the threshold, but for refractory effects."""
    if rate(low) <= budget:
        return low
    while high - low > 0.05:
        middle = round((low + high) / 2.0, 3)
        if rate(middle) <= budget:
            high = middle
        else:
            low = middle
    return high


def _still_told(alarm: Alarm, chosen: Sequence[Alarm]) -> bool:
    """Whether some alarm of the same series and detector overlaps this one."""
    return any(
        other.series == alarm.series
        and other.detector == alarm.detector
        and other.start <= alarm.last
        and alarm.start <= other.last
        for other in chosen
    )


def by_rule(
    histories: Sequence[History], rules: Mapping[str, Maker], *, watches: bool = False
) -> dict[str, list[Alarm]]:
    """Every rule set over every series; with ``watches`` also what names nobody."""
    return {
        name: [
            alarm for history in histories for alarm in alarms_of(history, make, watches=watches)
        ]
        for name, make in rules.items()
    }
