"""History through any rule set: what would have fired, when, and what that was worth.

A backtest is the daemon's own loop over stored buckets, nothing else: the same detectors, the same
coverage, the same warm-up. A labelled case is an interval in which an alarm was right.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile

from monitor.detect.base import SeriesDetector
from monitor.detect.replay import Corroborate, replay
from monitor.model import BLINDNESS, BUCKET, Bucket, SeriesKey

WEEK = timedelta(days=7)

TOGETHER = timedelta(minutes=30)
"""Alarms of a series that lie no further apart are one, whatever detectors they are of: so long an
incident stays open that went quiet (``clear.quiet`` of the default playbook)."""

Interval = tuple[datetime, datetime]

Maker = Callable[[SeriesKey, timedelta], Sequence[SeriesDetector]]
"""Makes a rule set's detectors of one series, for buckets of one length."""


@dataclass(frozen=True, slots=True)
class History:
    """One series of the past, every bucket in order, and when an alarm was right.

    ``unknown``  when nobody has said whether one was: it is neither right nor false then
    ``denied``   somebody has called something no crisis: an alarm outside every case is false
                 then, even where there is no case
    ``since``    from when alarms count; before it there is only to learn
    ``corroborate``  what is asked beside the buckets where something is told; None: nothing can be
    """

    key: SeriesKey
    buckets: Sequence[Bucket]
    cases: tuple[Interval, ...] = ()
    span: timedelta = BUCKET
    unknown: tuple[Interval, ...] = ()
    denied: bool = False
    since: datetime | None = None
    corroborate: Corroborate | None = None

    @property
    def name(self) -> str:
        """What people call it."""
        where = "" if self.key.platform == "all" else f" on {self.key.platform}"
        return f"{self.key.brand}{where}"

    @property
    def judged(self) -> Sequence[Bucket]:
        """The buckets whose alarms count."""
        return [b for b in self.buckets if self.since is None or b.start >= self.since]

    @property
    def covered_time(self) -> timedelta:
        """How much of that was seen."""
        return self._seen(self.judged)

    @property
    def learned_time(self) -> timedelta:
        """How much was seen before the alarms count."""
        return self._seen(self.buckets) - self.covered_time

    def _seen(self, buckets: Sequence[Bucket]) -> timedelta:
        return sum(bucket.covered for bucket in buckets) * self.span

    @property
    def judged_cases(self) -> list[Interval]:
        """The cases that lie in them, if only in part."""
        first = self.since or (self.buckets[0].start if self.buckets else None)
        end = self.buckets[-1].end if self.buckets else None
        if first is None or end is None:
            return []
        return [(a, b) for a, b in self.cases if b >= first and a < end]


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
    crisis_terms: int = 0
    """Mentions since it began that name a crisis, as a playbook's fact of that name counts them."""

    @property
    def first_told(self) -> datetime:
        """When it was told at all."""
        return self.watched or self.told


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule set was worth. ``false``: alarms outside every labelled case, where there are
    labels at all (``labelled``); ``delays``: from a case's start to the alarm that caught it."""

    alarms: int
    caught: int
    cases: int
    false: int
    weeks: float
    delays: tuple[timedelta, ...]
    labelled: bool = False

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
    first = history.since
    told = [
        alarm
        for alarm in found
        if (watches or alarm.level == "page")
        and (first is None or alarm.first_told - history.span >= first)
    ]
    return sorted(told, key=lambda alarm: (alarm.told, alarm.detector))


def _events(history: History, detector: SeriesDetector) -> list[Alarm]:
    events: list[Alarm] = []
    for signal in replay(detector, history.buckets, history.corroborate):
        if signal is None or signal.risk_class == BLINDNESS:
            continue  # a platform that fell silent is no crisis of the brand
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
    the event began; a brand's cases count once, however many measures and platforms it has, and a
    series' weeks once."""
    false, weeks = 0, 0.0
    series = series_of(histories)
    labelled = any(history.cases or history.denied for history in series)
    for history in series:
        weeks += history.covered_time / WEEK
        if labelled:
            own = [alarm for alarm in alarms if alarm.series == history.name]
            known = (*history.cases, *history.unknown)
            false += sum(1 for alarm in own if not _within(alarm, history.span, known))
    cases, delays = _cases_caught(series, alarms)
    return Verdict(len(alarms), len(delays), cases, false, weeks, tuple(delays), labelled)


def _cases_caught(
    series: Sequence[History], alarms: Sequence[Alarm]
) -> tuple[int, list[timedelta]]:
    """How many cases there are, and of each that an alarm of its brand told, how late."""
    of_brand: dict[str, list[History]] = {}
    for history in series:
        of_brand.setdefault(history.key.brand, []).append(history)
    count, delays = 0, []
    for parts in of_brand.values():
        span, names = parts[0].span, {history.name for history in parts}
        told = [alarm.told for alarm in alarms if alarm.series in names]
        cases = dict.fromkeys(case for history in parts for case in history.judged_cases)
        count += len(cases)
        for start, end in cases:
            hits = [at for at in told if start <= at - span <= end]
            delays += [min(hits) - start] if hits else []
    return count, delays


def series_of(histories: Sequence[History]) -> list[History]:
    """One history of each series as people call it: its measures share weeks and cases."""
    return list({history.name: history for history in reversed(histories)}.values())[::-1]


def _within(alarm: Alarm, span: timedelta, intervals: Sequence[Interval]) -> bool:
    return any(start <= alarm.told - span <= end for start, end in intervals)


def together(alarms: Sequence[Alarm]) -> list[Alarm]:
    """Alarms as people get them: those of a series that go on at the same time are one, of all
    their detectors."""
    found: list[Alarm] = []
    open_of: dict[str, int] = {}
    for alarm in sorted(alarms, key=lambda alarm: (alarm.first_told, alarm.detector)):
        at = open_of.get(alarm.series)
        if at is None or alarm.first_told > found[at].last + TOGETHER:
            open_of[alarm.series] = len(found)
            found.append(alarm)
        else:
            found[at] = _joined(found[at], alarm)
    return found


def _joined(one: Alarm, other: Alarm) -> Alarm:
    """Two that go on at the same time; ``one`` was told first. It pages when either does. It began
    when the first one did: another measure looks back a day, or has been restless for longer."""
    names = dict.fromkeys([*one.detector.split(" + "), other.detector])
    joined = replace(
        one,
        detector=" + ".join(names),
        last=max(one.last, other.last),
        peak=max(one.peak, other.peak),
    )
    if other.level != "page" or (one.level == "page" and one.told <= other.told):
        return joined
    paged = replace(joined, level="page", told=other.told, score=other.score)
    return replace(paged, observed=other.observed, expected=other.expected, watched=one.first_told)


def by_rule(
    histories: Sequence[History], rules: Mapping[str, Maker], *, watches: bool = False
) -> dict[str, list[Alarm]]:
    """Every rule set over every series, each alarm once; with ``watches`` also what names
    nobody."""
    buckets = {history.name: history.buckets for history in series_of(histories)}
    found = {}
    for name, make in rules.items():
        every = [a for history in histories for a in alarms_of(history, make, watches=watches)]
        found[name] = [
            replace(alarm, crisis_terms=crises_in(buckets[alarm.series], alarm.start, alarm.last))
            for alarm in together(every)
        ]
    return found


def crises_in(buckets: Sequence[Bucket], start: datetime, end: datetime) -> int:
    """How many mentions of the buckets in ``[start, end)`` name a crisis."""
    first = bisect_left(buckets, start, key=lambda bucket: bucket.start)
    return int(sum(b.crisis for b in takewhile(lambda b: b.start < end, buckets[first:])))
