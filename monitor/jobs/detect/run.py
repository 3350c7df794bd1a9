"""One turn of a brand's detectors: what is final is folded, what is not yet is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from monitor.app import App
from monitor.detect.base import SeriesDetector
from monitor.detect.silence import Silence
from monitor.jobs.detect.close import Look
from monitor.jobs.upkeep.rescore import Mood
from monitor.model import ALL, ANY, BUCKET, Bucket, SeriesKey, Signal
from monitor.store import signals as store
from monitor.store.coverage import Hole, touches, uncovered
from monitor.store.meta import get_meta, put_meta
from monitor.store.series import Sums, bucket, bucket_of, platforms, starts, sums
from monitor.store.signals import Claim, Snapshot

SNAPSHOT_EVERY = timedelta(hours=6)
"""Domain time between two snapshots: what a restart folds again at most."""

PROVISIONAL = 24
"""Buckets that are not final and are looked at, the latest ones."""

CHUNK = timedelta(days=7)
"""History read at a time in a long fold."""

MEASURES = ("volume", "negative")

Factory = Callable[[SeriesKey], Sequence[SeriesDetector]]
Key = tuple[str, str, datetime]
"""platform, detector and start of an event of a brand."""


@dataclass(slots=True)
class Watch:
    """One detector on one series: its fold up to ``folded``, and its event that goes on."""

    platform: str
    measure: str
    detector: SeriesDetector
    folded: datetime
    open: Claim | None = None


@dataclass(slots=True)
class Memory:
    """What the process remembers of a brand between two turns."""

    factory: Factory
    mood: Mood
    watches: dict[str, list[Watch]] = field(default_factory=dict)
    loud: datetime | None = None
    saved: datetime | None = None
    told: dict[Key, Claim] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    snapshots: dict[tuple[str, str], Snapshot] = field(default_factory=dict)
    going: dict[Key, datetime] = field(default_factory=dict)
    seen: Any = None


class Fold:
    """One turn of a brand: from where its detectors stand up to what is final, and beyond."""

    def __init__(self, tx: Session, app: App, brand: str, seen: Look, memory: Memory) -> None:
        upto = seen.progress[brand]
        assert upto.first_bucket is not None
        assert upto.closed_until is not None
        self.tx, self.app, self.brand, self.memory, self.look = tx, app, brand, memory, seen
        self.first, self.until, self.mood = upto.first_bucket, upto.closed_until, memory.mood
        self.heard = {source.platform for source in seen.sources[brand]}
        self.claims: dict[Key, Claim] = {}
        self.alive: set[Key] = set()
        self.dead: set[Key] = set()
        if memory.loud is None:
            self._load()

    def run(self) -> None:
        """Fold what is final, then look at what is not."""
        end = bucket_of(self.look.now) + BUCKET
        ahead = max(self.until, end - PROVISIONAL * BUCKET)
        for source in self.look.sources[self.brand]:
            if source.platform != ANY:
                self._watch(source.platform)
        self._end_left()
        while True:
            low = min((w.folded for w in self._watches()), default=self.first)
            high = min(low + CHUNK, self.until)
            found = self._sums(low, end if high == self.until else high)
            new = [platform for platform in found if platform not in self.memory.watches]
            for platform in new:
                self._watch(platform)
            if new and low > self.first:
                continue  # these have all of the past to catch up on
            if low < high:
                self._fold(found, uncovered(self.tx, self.brand, low, high), low, high)
            if high == self.until:
                break
        self.memory.loud = self.until
        if ahead < end:
            settings = self.app.brands[self.brand]
            bare = self.look.holes(settings, ahead, end, closing=False)
            self._ahead(found, bare, ahead, end)
        self._bury()

    def _sums(self, low: datetime, high: datetime) -> Sums:
        return sums(self.tx, self.brand, low, high, final_until=self.until)

    def _load(self) -> None:
        """Take up the fold where the last snapshot left it. What comes after it is told; what
        was before it has been told, also by detectors that must fold it again."""
        told = get_meta(self.tx, f"folded:{self.brand}")
        self.memory.loud = datetime.fromisoformat(told["until"]) if told else self.first
        for (platform, name), snapshot in store.load_snapshots(self.tx, self.brand).items():
            self.memory.names.add(name)
            self.memory.snapshots[platform, name] = snapshot
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
                snapshot = self.memory.snapshots.pop((platform, detector.name), None)
                if snapshot is not None and _loaded(detector, snapshot):
                    watch.folded, watch.open = snapshot.folded_until, snapshot.open
                made.append(watch)
                self.memory.names.add(detector.name)

    def _first(self, measure: str) -> datetime:
        """The first bucket of a series. Moods by another model are not compared with later ones."""
        since = self.mood.since if measure == "negative" else None
        return min(max(self.first, bucket_of(since or self.first)), self.until)

    def _watches(self) -> Iterator[Watch]:
        return (watch for watches in self.memory.watches.values() for watch in watches)

    def _fold(
        self, closed: Sums, bare: list[tuple[str, Hole]], low: datetime, high: datetime
    ) -> None:
        for at in starts(low, high):
            for platform, watches in self.memory.watches.items():
                behind = [watch for watch in watches if watch.folded <= at]
                if behind:
                    covered = not (bare and touches(bare, platform, at, at + BUCKET))
                    seen = bucket(closed, platform, at, covered=covered)
                    for watch in behind:
                        self._learn(watch, self._as_seen(watch, seen))

    def _as_seen(self, watch: Watch, seen: Bucket) -> Bucket:
        """While a new model is scoring the past again, moods cannot be compared. Where no source
        listens any more, nothing has fallen silent."""
        if (_moody(watch) and self.mood.stale) or self._left(watch):
            return replace(seen, covered=False)
        return seen

    def _left(self, watch: Watch) -> bool:
        """Whether it watches for silence where nobody listens any more."""
        return isinstance(watch.detector, Silence) and not self.heard & {watch.platform, ANY}

    def _end_left(self) -> None:
        for watch in self._watches():
            if watch.open and self._left(watch):
                over = replace(watch.open, signal=replace(watch.open.signal, over=True))
                self.claims[_key(over.signal)] = over
                watch.open = None

    def _learn(self, watch: Watch, seen: Bucket) -> None:
        signal = watch.detector.score(seen)
        watch.detector.learn(seen)
        watch.folded = seen.end
        if not seen.covered:
            return  # says neither that it goes on nor that it is over
        before = watch.open
        if before and (signal is None or signal.over or signal.start != before.signal.start):
            self._tell(watch, seen, replace(before, signal=replace(before.signal, over=True)))
            watch.open = None
        if signal is not None and not signal.over:
            watch.open = _claim(watch, signal)
            self._tell(watch, seen, watch.open)

    def _tell(self, watch: Watch, seen: Bucket, claim: Claim) -> None:
        loud = self.memory.loud or self.first
        if _moody(watch) and self.mood.loud:
            loud = max(loud, self.mood.loud)
        if seen.start >= loud:
            self.claims[_key(claim.signal)] = claim

    def _ahead(
        self, found: Sums, bare: list[tuple[str, Hole]], start: datetime, end: datetime
    ) -> None:
        """Score what is not final yet. An event seen only there is told as not final."""
        for at in starts(start, end):
            for platform, watches in self.memory.watches.items():
                covered = not (bare and touches(bare, platform, at, at + BUCKET))
                seen = bucket(found, platform, at, covered=covered, final=False)
                for watch in watches if covered and seen.volume else ():
                    seen_so = self._as_seen(watch, seen)
                    signal = watch.detector.score(seen_so) if seen_so.covered else None
                    if signal is not None and not signal.over:
                        claim = _claim(watch, replace(signal, final=False))
                        self.claims[_key(signal)] = claim
                        self.alive.add(_key(signal))

    def _bury(self) -> None:
        """Find the events that were told before they were final, and that nothing bears out."""
        self.alive |= {_key(w.open.signal) for w in self._watches() if w.open}
        waiting = {w.detector.name for w in self._watches() if self.mood.stale and _moody(w)}
        for key, at in self.memory.going.items():
            goes_on = key in self.alive or key in self.claims or key[1] in waiting
            if not goes_on and at <= self.until:
                self.dead.add(key)

    def write(self) -> None:
        """Store what is new, and a snapshot where one is due."""
        memory = self.memory
        claims = {k: c for k, c in self.claims.items() if memory.told.get(k) != c}
        due = memory.saved is None or self.until - memory.saved >= SNAPSHOT_EVERY
        if claims or self.dead or due:
            with self.app.db.write(durable=False) as tx:
                for claim in claims.values():
                    store.upsert(tx, claim)
                store.end(tx, self.brand, self.dead)
                if due:
                    store.save_snapshots(tx, self.brand, [_snapshot(w) for w in self._watches()])
                    put_meta(tx, f"folded:{self.brand}", {"until": self.until.isoformat()})
        if due:
            memory.saved = self.until
        kept = self.alive | self.claims.keys()
        memory.told = {k: c for k, c in (memory.told | claims).items() if k in kept}
        for key, claim in claims.items():
            memory.going[key] = claim.signal.at
            if claim.signal.over:
                del memory.going[key]
        for key in self.dead:
            del memory.going[key]


def _moody(watch: Watch) -> bool:
    return watch.measure == "negative"


def _key(signal: Signal) -> Key:
    return signal.platform, signal.detector, signal.start


def _claim(watch: Watch, signal: Signal) -> Claim:
    before = watch.open
    if before and before.signal.start == signal.start:
        return before.moved(signal)
    return Claim(signal, signal.score, signal.at)


def _loaded(detector: SeriesDetector, snapshot: Snapshot) -> bool:
    try:
        detector.load(snapshot.state)
    except ValueError:
        return False  # of another version: it is folded anew
    return True


def _snapshot(watch: Watch) -> Snapshot:
    return Snapshot(
        watch.platform,
        watch.detector.name,
        watch.folded,
        watch.detector.learning_until(watch.folded),
        watch.detector.dump(),
        watch.open,
    )
