"""Detecting: close what is final, fold it through the detectors, look at what is not final yet.

A detector's state is a fold over final buckets, kept in the process; snapshots in the database let
a restart go on from the last one and end in exactly the same signals. What is not final yet is
scored without being learned, so that a crisis is seen at the next poll.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy.orm import Session

from monitor.app import App
from monitor.detect.base import SeriesDetector
from monitor.jobs.closing import close_buckets, found_holes, horizon
from monitor.jobs.rescore import rescoring
from monitor.jobs.watch import watch_sources
from monitor.model import ALL, ANY, BUCKET, Bucket, SeriesKey, Signal
from monitor.store import signals as store
from monitor.store.coverage import Hole, touches, uncovered
from monitor.store.engine import Database
from monitor.store.meta import get_meta, put_meta
from monitor.store.series import Progress, Sums, bucket, bucket_of, platforms, starts, sums
from monitor.store.series import progress as progress_of
from monitor.store.signals import Claim, Snapshot
from monitor.store.sources import SourceState, source_states

SNAPSHOT_EVERY = timedelta(hours=1)
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
class _Watch:
    """One detector on one series: its fold up to ``folded``, and its event that goes on."""

    platform: str
    measure: str
    detector: SeriesDetector
    folded: datetime
    open: Claim | None = None


@dataclass(slots=True)
class _Brand:
    """What the process remembers of a brand between two turns."""

    factory: Factory
    watches: dict[str, list[_Watch]] = field(default_factory=dict)
    loud: datetime | None = None
    saved: datetime | None = None
    told: dict[Key, Claim] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    snapshots: dict[tuple[str, str], Snapshot] = field(default_factory=dict)
    seen: Any = None


_kept: WeakKeyDictionary[Database, dict[str, _Brand]] = WeakKeyDictionary()


def detect(app: App, brand: str, now: datetime) -> None:
    """Bring a brand's signals up to ``now``. Raises what a detector raises; then the fold is
    forgotten, and begins again from the last snapshot."""
    kept = _kept.setdefault(app.db, {})
    memory = kept.get(brand)
    if memory is None or memory.factory is not app.detectors_for:
        memory = kept[brand] = _Brand(app.detectors_for)
    try:
        _turn(app, brand, now, memory)
    except BaseException:
        kept.pop(brand, None)
        raise


def forget(app: App, brand: str) -> None:
    """Fold this brand again from its snapshots, or without them from its beginning."""
    _kept.get(app.db, {}).pop(brand, None)


def _turn(app: App, brand: str, now: datetime, memory: _Brand) -> None:
    settings, after = app.brands[brand], app.settings.rules.blindness.after
    with app.db.read() as tx:
        sources, progress = source_states(tx, brand), progress_of(tx, brand)
        mood = not rescoring(tx, app, brand)
    seen = (bucket_of(now), mood, [(s.polled_until, s.health, s.lease_until) for s in sources])
    if seen == memory.seen:
        return
    until = horizon(sources, now, after)
    if until is not None and (progress is None or until != progress.closed_until):
        with app.db.write() as tx:
            progress = close_buckets(tx, settings, now, after)
    if progress is None or progress.first_bucket is None or progress.closed_until is None:
        return
    with app.db.read() as tx:
        fold = _Fold(tx, app, brand, progress, mood, memory)
        fold.run(sources, now)
    fold.write()
    memory.seen = seen


class _Fold:
    """One turn of a brand: from where its detectors stand up to what is final, and beyond."""

    def __init__(self, tx: Session, app: App, brand: str, upto: Progress, mood: bool,
                 memory: _Brand) -> None:  # fmt: skip
        assert upto.first_bucket is not None
        assert upto.closed_until is not None
        self.tx, self.app, self.brand, self.memory = tx, app, brand, memory
        self.first, self.until, self.mood = upto.first_bucket, upto.closed_until, mood
        self.claims: dict[Key, Claim] = {}
        self.alive: set[Key] = set()
        self.dead: list[int] = []
        if memory.loud is None:
            self._load()

    def run(self, sources: Sequence[SourceState], now: datetime) -> None:
        """Fold what is final, then look at what is not."""
        end = bucket_of(now) + BUCKET
        start = max(self.until, end - PROVISIONAL * BUCKET)
        ahead = sums(self.tx, self.brand, start, end, at_close=False) if start < end else {}
        named = [s.platform for s in sources if s.platform != ANY]
        for platform in (ALL, *named, *ahead, *platforms(self.tx, self.brand)):
            self._watch(platform)
        for low, high in self._stretches():
            closed = sums(self.tx, self.brand, low, high, at_close=True)
            self._fold(closed, uncovered(self.tx, self.brand, low, high), low, high)
        self.memory.loud = self.until
        if start < end:
            settings = self.app.brands[self.brand]
            bare = found_holes(self.tx, sources, settings, start, end, closing=False)
            self._ahead(ahead, bare, start, end)
        self._bury()

    def _load(self) -> None:
        """Take up the fold where the last snapshot left it. What comes after it is told; what
        was before it has been told, also by detectors that must fold it again."""
        told = get_meta(self.tx, f"folded:{self.brand}")
        self.memory.loud = datetime.fromisoformat(told["until"]) if told else self.first
        for (platform, name), snapshot in store.load_snapshots(self.tx, self.brand).items():
            self.memory.names.add(name)
            self.memory.snapshots[platform, name] = snapshot

    def _watch(self, platform: str) -> None:
        if platform in self.memory.watches:
            return
        made = self.memory.watches[platform] = []
        for measure in MEASURES:
            for detector in self.memory.factory(SeriesKey(self.brand, platform, measure)):
                watch = _Watch(platform, measure, detector, self.first)
                snapshot = self.memory.snapshots.pop((platform, detector.name), None)
                if snapshot is not None and _loaded(detector, snapshot):
                    watch.folded, watch.open = snapshot.folded_until, snapshot.open
                made.append(watch)
                self.memory.names.add(detector.name)

    def _stretches(self) -> Iterator[tuple[datetime, datetime]]:
        low = min((w.folded for w in self._watches()), default=self.until)
        while low < self.until:
            high = min(low + CHUNK, self.until)
            yield low, high
            low = high

    def _watches(self) -> Iterator[_Watch]:
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

    def _as_seen(self, watch: _Watch, seen: Bucket) -> Bucket:
        """While a new model is scoring the past again, moods cannot be compared."""
        if watch.measure == "negative" and not self.mood:
            return replace(seen, covered=False)
        return seen

    def _learn(self, watch: _Watch, seen: Bucket) -> None:
        signal = watch.detector.score(seen)
        watch.detector.learn(seen)
        watch.folded = seen.end
        if not seen.covered:
            return  # says neither that it goes on nor that it is over
        before = watch.open
        if before and (signal is None or signal.over or signal.start != before.signal.start):
            self._tell(seen, replace(before, signal=replace(before.signal, over=True)))
            watch.open = None
        if signal is not None and not signal.over:
            watch.open = _claim(watch, signal)
            self._tell(seen, watch.open)

    def _tell(self, seen: Bucket, claim: Claim) -> None:
        if self.memory.loud is None or seen.start >= self.memory.loud:
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
        for row in store.going_on(self.tx, self.brand, self.memory.names):
            key = (row.platform, row.detector, row.start)
            if key not in self.alive and key not in self.claims and row.at <= self.until:
                self.dead.append(row.id)

    def write(self) -> None:
        """Store what is new, and a snapshot where one is due."""
        memory = self.memory
        claims = {k: c for k, c in self.claims.items() if memory.told.get(k) != c}
        due = memory.saved is None or self.until - memory.saved >= SNAPSHOT_EVERY
        if claims or self.dead or due:
            with self.app.db.write() as tx:
                for claim in claims.values():
                    store.upsert(tx, claim)
                store.end(tx, self.dead)
                if due:
                    store.save_snapshots(tx, self.brand, [_snapshot(w) for w in self._watches()])
                    put_meta(tx, f"folded:{self.brand}", {"until": self.until.isoformat()})
        if due:
            memory.saved = self.until
        kept = self.alive | self.claims.keys()
        memory.told = {k: c for k, c in (memory.told | claims).items() if k in kept}


def _key(signal: Signal) -> Key:
    return signal.platform, signal.detector, signal.start


def _claim(watch: _Watch, signal: Signal) -> Claim:
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


def _snapshot(watch: _Watch) -> Snapshot:
    return Snapshot(
        watch.platform,
        watch.detector.name,
        watch.folded,
        watch.detector.learning_until(watch.folded),
        watch.detector.dump(),
        watch.open,
    )


__all__ = ["detect", "forget", "watch_sources"]
