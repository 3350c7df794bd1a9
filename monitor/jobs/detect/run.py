"""One run of a brand's detectors: final buckets are scored and learned, the others scored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from monitor.app import App
from monitor.corroboration import Corroborator, names_of
from monitor.detect.base import SeriesDetector
from monitor.detect.first_days import CRISIS_WINDOW, FirstDays
from monitor.detect.registry import MEASURES
from monitor.detect.replay import advance, foresee
from monitor.detect.silence import Silence
from monitor.jobs.detect.close import Snapshot
from monitor.jobs.upkeep.rescore import ScoringEpoch
from monitor.model import ALL, ANY, BUCKET, Bucket, SeriesKey, Signal, Voices
from monitor.store import signals as store
from monitor.store.coverage import Gap, covers, uncovered
from monitor.store.engine import Transaction
from monitor.store.incidents import acknowledged
from monitor.store.meta import get_meta, put_meta
from monitor.store.series import Sums, bucket, bucket_of, crises, platforms, starts, sums
from monitor.store.signals import DetectorState, SignalRecord

SNAPSHOT_EVERY = timedelta(hours=6)
"""Domain time between two snapshots: what a restart runs over again at most."""

PROVISIONAL = 24
"""Buckets that are not final and are looked at, the latest ones."""

CHUNK = timedelta(days=7)
"""History read at a time in a long run."""

Factory = Callable[[SeriesKey], Sequence[SeriesDetector]]
Key = tuple[str, str, datetime]
"""platform, detector and start of an event of a brand."""


@dataclass(slots=True)
class Watch:
    """One detector on one series: how far it has learned, and its event that goes on."""

    platform: str
    measure: str
    detector: SeriesDetector
    learned_until: datetime
    open: SignalRecord | None = None


@dataclass(slots=True)
class Memory:
    """What the process remembers of a brand between two runs. ``first``: its first bucket then;
    one that is earlier now has a past that the detectors have not seen."""

    factory: Factory
    epoch: ScoringEpoch
    watches: dict[str, list[Watch]] = field(default_factory=dict)
    notify_after: datetime | None = None
    saved: datetime | None = None
    told: dict[Key, SignalRecord] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    states: dict[tuple[str, str], DetectorState] = field(default_factory=dict)
    going: dict[Key, datetime] = field(default_factory=dict)
    seen: Any = None
    first: datetime | None = None
    corroborator: Corroborator | None = None

    def without_past(self) -> Memory:
        """What a run remembers while nothing is final yet: what was told. The hours before are
        still being read, and no state is kept that lacks some of them."""
        never = datetime.max.replace(tzinfo=UTC)
        return Memory(self.factory, self.epoch, told=self.told, saved=never, first=self.first)

    def is_due(self, until: datetime) -> bool:
        """Whether the states are to be stored that have learned all before ``until``."""
        return self.saved is None or until - self.saved >= SNAPSHOT_EVERY


class DetectorRun:
    """One run of a brand: from where its detectors stand up to what is final, and beyond."""

    def __init__(
        self, tx: Transaction, app: App, brand: str, seen: Snapshot, memory: Memory
    ) -> None:
        upto = seen.progress[brand]
        assert upto.first_bucket is not None
        assert upto.closed_until is not None
        self.tx, self.app, self.brand, self.memory, self.snapshot = tx, app, brand, memory, seen
        self.first, self.until, self.epoch = upto.first_bucket, upto.closed_until, memory.epoch
        self.voices_from = upto.voices_from
        self.platforms = {source.platform for source in seen.sources[brand]}
        self.records: dict[Key, SignalRecord] = {}
        self.alive: set[Key] = set()
        self.unconfirmed: set[Key] = set()
        self.corroborate = self.corroborator().within(tx)
        if memory.notify_after is None:
            self._load()

    def corroborator(self) -> Corroborator:
        """Who is asked what else agrees with what a detector says of the brand."""
        if self.memory.corroborator is None:
            settings = self.app.brands[self.brand]
            self.memory.corroborator = Corroborator(names_of(settings.name, settings.slug))
        return self.memory.corroborator

    def run(self) -> None:
        """Run over what is final, then score what is not."""
        end = bucket_of(self.snapshot.now) + BUCKET
        ahead = max(self.until, end - PROVISIONAL * BUCKET)
        for source in self.snapshot.sources[self.brand]:
            if source.platform != ANY:
                self._watch(source.platform)
        self._end_left()
        while True:
            low = min((w.learned_until for w in self.watches()), default=self.until)
            high = min(low + CHUNK, self.until)
            found = self._sums(low, end if high == self.until else high)
            new = [platform for platform in found if platform not in self.memory.watches]
            for platform in new:
                self._watch(platform)
            if new and low > self.first:
                continue  # these have all of the past to catch up on
            if low < high:
                self._replay(found, uncovered(self.tx, self.brand, low, high), low, high)
            if high == self.until:
                break
        self.memory.notify_after = self.until
        if ahead < end:
            settings = self.app.brands[self.brand]
            gaps = self.snapshot.gaps_of(settings, ahead, end, final=False)
            self._ahead(found, gaps, ahead, end)
        self._end_unconfirmed()
        self.records = with_crises(self.brand, self.records, partial(crises, self.tx))

    def _sums(self, low: datetime, high: datetime) -> Sums:
        return sums(self.tx, self.brand, low, high, final_until=self.until)

    def _load(self) -> None:
        """Take up the run where the last stored states left it. What comes after it is told; what
        was before it has been told, also by detectors that must run over it again."""
        told = get_meta(self.tx, f"folded:{self.brand}")
        self.memory.notify_after = datetime.fromisoformat(told["until"]) if told else self.first
        for (platform, name), state in store.load_states(self.tx, self.brand).items():
            self.memory.names.add(name)
            self.memory.states[platform, name] = state
        for platform in (ALL, *platforms(self.tx, self.brand)):
            self._watch(platform)
        for row in store.going_on(self.tx, self.brand, self.memory.names):
            self.memory.going[row.platform, row.detector, row.start] = row.at

    def _watch(self, platform: str) -> None:
        if platform in self.memory.watches:
            return
        made = self.memory.watches[platform] = []
        for measure in MEASURES:
            for detector in self.memory.factory(SeriesKey(self.brand, platform, measure)):
                watch = Watch(platform, measure, detector, self._first(measure))
                stored = self.memory.states.pop((platform, detector.name), None)
                if stored is not None and _loaded(detector, stored):
                    watch.learned_until, watch.open = stored.folded_until, stored.open
                elif isinstance(detector, FirstDays):
                    self._recall(platform, detector)
                made.append(watch)
                self.memory.names.add(detector.name)

    def _recall(self, platform: str, detector: FirstDays) -> None:
        """What was said in the hours before the first bucket: a first poll brings it."""
        low = self.first - CRISIS_WINDOW
        found = sums(self.tx, self.brand, low, self.first, final_until=low)
        for at in starts(low, self.first):
            detector.recall(bucket(found, platform, at, covered=False))

    def _first(self, measure: str) -> datetime:
        """The first bucket of a series. Moods by another model are not compared with later ones."""
        since = self.epoch.since if measure == "negative" else None
        return min(max(self.first, bucket_of(since or self.first)), self.until)

    def watches(self) -> Iterator[Watch]:
        """Every detector of the brand, with how far it has learned."""
        return (watch for watches in self.memory.watches.values() for watch in watches)

    def _replay(
        self, closed: Sums, gaps: list[tuple[str, Gap]], low: datetime, high: datetime
    ) -> None:
        taken = acknowledged(self.tx, self.brand, low, high)
        for at in starts(low, high):
            in_hand = any(since <= at < until for since, until in taken)
            for platform, watches in self.memory.watches.items():
                behind = [watch for watch in watches if watch.learned_until <= at]
                if behind:
                    told = covers(gaps, platform, at, at + BUCKET)
                    seen = bucket(closed, platform, at, voices_from=self.voices_from, **told)
                    seen = replace(seen, acknowledged=True) if in_hand else seen
                    for watch in behind:
                        self._learn(watch, self.as_seen(watch, seen))

    def as_seen(self, watch: Watch, seen: Bucket) -> Bucket:
        """While a new model is scoring the past again, shares cannot be compared. Where no source
        listens any more, nothing has fallen silent."""
        if (_reads_sentiment(watch) and self.epoch.stale) or self.left(watch):
            return replace(seen, covered=False, partial=False)
        since = self.epoch.since
        if self.epoch.stale or (since is not None and seen.start < since):
            return replace(seen, scored=0.0, negative=0.0, unread=0.0, voices=None)
        after = self.epoch.notify_after
        if seen.voices is not None and after is not None and seen.start < after:
            # readings were scored again since, voices were not
            return replace(seen, voices=Voices(seen.voices.count))
        return seen

    def sees_all_from(self, start: datetime) -> bool:
        """Whether ``as_seen`` changes nothing in buckets from ``start`` on."""
        limits = (self.epoch.since, self.epoch.notify_after)
        known = not self.epoch.stale and all(limit is None or limit <= start for limit in limits)
        return known and not any(map(self.left, self.watches()))

    def left(self, watch: Watch) -> bool:
        """Whether it watches for silence where nobody listens any more."""
        return isinstance(watch.detector, Silence) and not self.platforms & {watch.platform, ANY}

    def _end_left(self) -> None:
        for watch in self.watches():
            if watch.open and self.left(watch):
                over = replace(watch.open, signal=replace(watch.open.signal, over=True))
                self.records[key_of(over.signal)] = over
                watch.open = None

    def _learn(self, watch: Watch, seen: Bucket) -> None:
        signal = advance(watch.detector, seen, self.corroborate)
        watch.learned_until = seen.end
        if not seen.covered and (signal is None or signal.over):
            return  # says neither that it goes on nor that it is over
        before = watch.open
        if before and (signal is None or signal.over or signal.start != before.signal.start):
            self._tell(watch, seen, replace(before, signal=replace(before.signal, over=True)))
            watch.open = None
        if signal is not None and not signal.over:
            watch.open = _record(watch, signal)
            self._tell(watch, seen, watch.open)

    def _tell(self, watch: Watch, seen: Bucket, record: SignalRecord) -> None:
        if self.tells(watch, seen):
            self.records[key_of(record.signal)] = record

    def tells(self, watch: Watch, seen: Bucket) -> bool:
        """Whether anybody is told what a detector says of a bucket."""
        notify_after = self.memory.notify_after or self.first
        if _reads_sentiment(watch) and self.epoch.notify_after:
            notify_after = max(notify_after, self.epoch.notify_after)
        return seen.start >= notify_after

    def _ahead(
        self, found: Sums, gaps: list[tuple[str, Gap]], start: datetime, end: datetime
    ) -> None:
        """Score what is not final yet. An event seen only there is told as not final."""
        for platform, watches in self.memory.watches.items():
            series = [
                bucket(
                    found,
                    platform,
                    at,
                    final=False,
                    voices_from=self.voices_from,
                    **covers(gaps, platform, at, at + BUCKET),
                )
                for at in starts(start, end)
            ]
            while series and not series[-1].volume:
                series.pop()  # nothing has been told of it yet
            for watch in watches:
                self._foresee(watch, [self.as_seen(watch, seen) for seen in series])

    def _foresee(self, watch: Watch, series: Sequence[Bucket]) -> None:
        for seen, signal in zip(
            series, foresee(watch.detector, series, self.corroborate), strict=True
        ):
            if seen.volume and signal is not None and not signal.over:
                key = key_of(signal)
                before = self.records.get(key)
                signal = replace(signal, final=False)
                self.records[key] = before.moved(signal) if before else _record(watch, signal)
                self.alive.add(key)

    def _end_unconfirmed(self) -> None:
        """Find the events that were told before they were final, and that nothing bears out."""
        self.alive |= {key_of(w.open.signal) for w in self.watches() if w.open}
        waiting = {
            w.detector.name for w in self.watches() if self.epoch.stale and _reads_sentiment(w)
        }
        for key, at in self.memory.going.items():
            goes_on = key in self.alive or key in self.records or key[1] in waiting
            if not goes_on and at <= self.until:
                self.unconfirmed.add(key)

    def states(self) -> list[DetectorState]:
        """Every detector's state as it is."""
        return [state_of(watch) for watch in self.watches()]

    def write(self) -> None:
        """Store what is new, and a snapshot where one is due."""
        memory = self.memory
        records = {k: c for k, c in self.records.items() if memory.told.get(k) != c}
        due = memory.is_due(self.until)
        if records or self.unconfirmed or due:
            with self.app.db.write(durable=False) as tx:
                for record in records.values():
                    store.upsert(tx, record)
                store.end(tx, self.brand, self.unconfirmed)
                if due:
                    keep_states(tx, self.brand, self.states(), self.until)
        if due:
            memory.saved = self.until
        kept = self.alive | self.records.keys()
        memory.told = {k: c for k, c in (memory.told | records).items() if k in kept}
        for key, record in records.items():
            memory.going[key] = record.signal.at
            if record.signal.over:
                del memory.going[key]
        for key in self.unconfirmed:
            del memory.going[key]


def with_crises(
    brand: str,
    records: Mapping[Key, SignalRecord],
    crises: Callable[[str, str, datetime, datetime], int],
) -> dict[Key, SignalRecord]:
    """Give each signal that is told the mentions since it began that name a crisis."""
    found = dict(records)
    for key, record in records.items():
        signal = record.signal
        if count := crises(brand, signal.platform, signal.start, signal.at):
            facts = {**signal.facts, "crisis_terms": count}
            found[key] = replace(record, signal=replace(signal, facts=facts))
    return found


def keep_states(
    tx: Transaction, brand: str, states: Sequence[DetectorState], until: datetime
) -> None:
    """Store what a restart goes on from."""
    store.save_states(tx, brand, states)
    put_meta(tx, f"folded:{brand}", {"until": until.isoformat()})


def _reads_sentiment(watch: Watch) -> bool:
    return watch.measure == "negative"


def key_of(signal: Signal) -> Key:
    """A signal's identity within its brand."""
    return signal.platform, signal.detector, signal.start


def _record(watch: Watch, signal: Signal) -> SignalRecord:
    before = watch.open
    if before and before.signal.start == signal.start:
        return before.moved(signal)
    return SignalRecord(signal, signal.score, signal.at)


def _loaded(detector: SeriesDetector, stored: DetectorState) -> bool:
    try:
        detector.load(stored.state)
    except ValueError:
        return False  # of another version: it runs anew
    return True


def state_of(watch: Watch) -> DetectorState:
    """A detector's state as it is."""
    return DetectorState(
        watch.platform,
        watch.detector.name,
        watch.learned_until,
        watch.detector.learning_until(watch.learned_until),
        watch.detector.dump(),
        watch.open,
    )
