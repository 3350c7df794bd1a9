"""Stretches in which no detector says anything new: learned bucket by bucket as in any run.

Nearly all of a past is of this kind. What ``DetectorRun`` does of it is to learn, to say of what
goes on how it stands, and every six hours to keep states; the rest is to look whether there is
anything else to say. So a stretch may be learned before any of it is stored, up to the first bucket
in which an event would begin or end, or an incident become more than it was: to score changes
nothing, and that bucket is run as any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from monitor.app import App
from monitor.corroboration import is_asked
from monitor.detect.base import SeriesDetector
from monitor.detect.replay import Corroborate
from monitor.detect.twins import are_twins, take_over
from monitor.detect.volume import Volume
from monitor.jobs.detect.close import Snapshot, begins, close
from monitor.jobs.detect.detect import remembered
from monitor.jobs.detect.run import (
    DetectorRun,
    Key,
    Watch,
    keep_states,
    key_of,
    state_of,
    with_crises,
)
from monitor.jobs.respond.apply import ConcurrentUpdate
from monitor.jobs.respond.going import Going
from monitor.model import ALL, BUCKET, Bucket, Reading
from monitor.store.ahead import Ahead
from monitor.store.engine import Transaction
from monitor.store.incidents import acknowledged
from monitor.store.series import Progress, Sums, add_changes, bucket, bucket_of, changes_of, sums
from monitor.store.signals import DetectorState, SignalRecord
from monitor.store.voices import Heard, count_voices, heard_in, hour_of, kept

Scored = tuple[Watch, Bucket, SignalRecord | None]
"""A detector, the bucket it was shown, and how its event goes on, if there is one."""


@dataclass(slots=True)
class QuietBrand:
    """A brand whose detectors have nothing new to say. ``in_hand``: when a person has a crisis of
    it in hand; ``plain``: each detector sees buckets as they are;
    ``states``: those to be kept, and since when they are due. ``sharers``: detectors
    whose past another one learns for them; ``twins``: those for which it does all, and which."""

    run: DetectorRun
    first: datetime
    start: datetime
    in_hand: list[tuple[datetime, datetime]]
    plain: bool
    states: list[DetectorState] = field(default_factory=list)
    states_until: datetime | None = None
    sharers: set[Volume] = field(default_factory=set)
    twins: dict[SeriesDetector, SeriesDetector] = field(default_factory=dict)

    def share(self) -> None:
        """Where a brand is heard on one platform only, both are one series: learn its past once."""
        whole, *others = self.run.memory.watches.values()
        if len(others) != 1:
            return
        calm = [
            (one.detector, other.detector)
            for one in others[0]
            for other in whole
            if one.open is None and other.open is None
        ]
        for one, other in calm:
            if isinstance(one, Volume) and isinstance(other, Volume):
                if one.share(other):
                    self.sharers.add(one)
            elif are_twins(one, other):
                self.twins[one] = other

    def learn(self, scored: Sequence[Scored]) -> None:
        """Take a bucket in. Sharers first: what they find in it is gone once it is learned."""
        for watch, seen, record in scored:
            watch.open = record or watch.open
            watch.learned_until = seen.end
            if watch.detector in self.sharers:
                watch.detector.track(seen)
        for watch, seen, _ in scored:
            if watch.detector not in self.sharers and watch.detector not in self.twins:
                watch.detector.learn(seen)

    def part(self) -> None:
        """Each series has a past of its own again."""
        for sharer in self.sharers:
            sharer.part()
        for one, other in self.twins.items():
            take_over(one, other)
        self.sharers, self.twins = set(), {}

    def keep(self, until: datetime) -> None:
        """Remember the states as they are; a twin's is that of the one which learns for it."""
        watches = list(self.run.watches())
        made = {w.detector: state_of(w) for w in watches if w.detector not in self.twins}
        self.states_until = until
        self.states = [
            made[w.detector]
            if w.detector in made
            else replace(made[self.twins[w.detector]], platform=w.platform)
            for w in watches
        ]


@dataclass(slots=True)
class Quiet:
    """All brands at a moment in which nothing new is said of any. ``end``: no later than this.
    ``going``: what open incidents make of what goes on; None: nothing does."""

    snapshot: Snapshot
    start: datetime
    end: datetime
    brands: dict[str, QuietBrand]
    heard: Heard
    ahead: Ahead
    going: Going | None

    def learn(self, told: Iterable[tuple[datetime, Iterable[Reading], bool]]) -> datetime:
        """Learn buckets (start, new readings as they will be numbered, whether some are told in
        other forms, too) in order, as long as nobody says anything new; up to where."""
        at = self.start
        for brand in self.brands.values():
            brand.share()
        try:
            for start, readings, retold in told:
                self.ahead.unsure |= retold
                if at >= self.end or start != at or not self._learn(at, list(readings)):
                    break
                at += BUCKET
        finally:
            for brand in self.brands.values():
                brand.part()
        return at

    def _learn(self, at: datetime, readings: list[Reading]) -> bool:
        found = self._sums(at, readings) if readings else {}
        if self.going:
            self.ahead.add(found, readings)
        scored: dict[str, list[Scored]] = {}
        for slug, brand in self.brands.items():
            own = found.get(slug, {})
            known = own.keys() <= brand.run.memory.watches.keys()
            said = _scored(brand, own, at, self._asked(brand)) if known else None
            if said is None:
                return False
            scored[slug] = said
        if self.going and not self._go_on(self.going, at + BUCKET, scored):
            return False
        for slug, brand in self.brands.items():
            brand.learn(scored[slug])
            _learned(brand, at + BUCKET)
        return True

    def _go_on(
        self,
        going: Going,
        now: datetime,
        scored: Mapping[str, Sequence[Scored]],
    ) -> bool:
        """Tell the open incidents what goes on, and remember that it was told."""
        told: dict[str, dict[Key, SignalRecord]] = {}
        for slug, brand in self.brands.items():
            run = brand.run
            alive = [(w, seen, r) for w, seen, r in scored[slug] if r]
            records = {key_of(r.signal): r for w, seen, r in alive if run.tells(w, seen)}
            told[slug] = with_crises(slug, records, self.ahead.crises)
        if not going.hear({slug: list(of.values()) for slug, of in told.items()}, now):
            return False
        for slug, of in told.items():
            memory = self.brands[slug].run.memory
            memory.told |= of
            memory.going |= {key: record.signal.at for key, record in of.items()}
        return True

    def _asked(self, brand: QuietBrand) -> Corroborate | None:
        """What else agrees with what goes on; None: that cannot be asked ahead."""
        return None if self.ahead.unsure else partial(brand.run.corroborator().ask, self.ahead)

    def _sums(self, at: datetime, readings: list[Reading]) -> dict[str, Sums]:
        """The bucket's sums as they will be when it is closed, by brand."""
        hour = hour_of(at)
        self.heard = {key: cell for key, cell in self.heard.items() if key[2] == hour}
        self.heard |= heard_in(readings)
        found = add_changes(changes_of(readings))
        for (slug, platform, _), cell in count_voices(self.heard, at).items():
            own = found[slug][platform][at]
            own.update({measure: amount for measure, amount in cell.items() if amount})
        return found

    def write(self, tx: Transaction, app: App, until: datetime) -> Callable[[], None]:
        """Close the buckets up to ``until``, store what was said and keep the states that were due;
        what is to be done once that is committed. Raises ``ConcurrentUpdate`` where somebody else
        has closed them, or changed an incident; nothing may be committed then."""
        ready = {slug: (brand.first, brand.start, until) for slug, brand in self.brands.items()}
        close(tx, app, self.snapshot, ready)
        for slug, brand in self.brands.items():
            if self.snapshot.progress[slug].closed_until != until:
                raise ConcurrentUpdate(f"the buckets of {slug}")
            if brand.states_until is not None:
                keep_states(tx, slug, brand.states, brand.states_until)
        return self.going.write(tx) if self.going else lambda: None


def _scored(
    brand: QuietBrand, own: Sums, at: datetime, ask: Corroborate | None
) -> list[Scored] | None:
    """What a brand's detectors say of a bucket; None: one of them says something new."""
    run = brand.run
    found: list[Scored] = []
    in_hand = any(since <= at < until for since, until in brand.in_hand)
    nothing = None if own else _bucket(brand, {}, ALL, at, in_hand)
    for platform, watches in run.memory.watches.items():
        seen = nothing or _bucket(brand, own, platform, at, in_hand)
        for watch in watches:
            if watch.detector in brand.twins:
                found.append((watch, seen, None))  # nothing is said of it, if not of its twin
                continue
            shown = seen if brand.plain else run.as_seen(watch, seen)
            signal = watch.detector.score(shown)
            before, record = watch.open, None
            if signal is not None and before is not None and is_asked(signal):
                if ask is None:
                    return None
                shown = ask(shown, signal)
                signal = watch.detector.score(shown)
            live = signal is not None and not signal.over
            if shown.covered and (live or before is not None):
                if signal is None or not live or before is None:
                    return None  # an event begins or ends
                if signal.start != before.signal.start:
                    return None
                record = before.moved(signal)
            found.append((watch, shown, record))
    return found


def _bucket(brand: QuietBrand, own: Sums, platform: str, at: datetime, in_hand: bool) -> Bucket:
    seen = bucket(own, platform, at, voices_from=brand.run.voices_from)
    return replace(seen, acknowledged=True) if in_hand else seen


def _learned(brand: QuietBrand, until: datetime) -> None:
    memory = brand.run.memory
    memory.notify_after = until
    if memory.is_due(until):
        brand.keep(until)
        memory.saved = until


def quiet_from(tx: Transaction, app: App, snapshot: Snapshot, end: datetime) -> Quiet | None:
    """All brands, where nothing is to be said of any at the snapshot's time but how that goes on
    which does, and nothing of ``[its time, end)`` is stored or closed yet. ``tx`` must be open
    while it is learned."""
    start = snapshot.now
    brands: dict[str, QuietBrand] = {}
    ahead = Ahead(tx, start)
    going = Going(tx, app, ahead)
    for slug, settings in app.brands.items():
        at = snapshot.progress.get(slug, Progress(None, None))
        if at.closed_until is None:
            begin = begins(snapshot.sources[slug], settings)
            end = min(end, bucket_of(begin)) if begin else end
            continue
        memory = remembered(app).get(slug)
        if at.closed_until != start or at.first_bucket is None or memory is None:
            return None
        run = DetectorRun(tx, app, slug, snapshot, memory)
        if not _is_settled(app, run, snapshot) or not going.knows(slug, memory.names):
            return None
        if snapshot.gaps_of(settings, start, end, final=True):
            return None
        if sums(tx, slug, start, end, final_until=start):
            return None
        in_hand = acknowledged(tx, slug, start, end)
        brands[slug] = QuietBrand(run, at.first_bucket, start, in_hand, run.sees_all_from(start))
    if not brands or end <= start:
        return None
    heard = kept(tx, list(brands), start, start)
    events = any(map(_has_events, brands.values()))
    return Quiet(snapshot, start, end, brands, heard, ahead, going if events else None)


def _has_events(brand: QuietBrand) -> bool:
    return any(watch.open for watch in brand.run.watches())


def _is_settled(app: App, run: DetectorRun, snapshot: Snapshot) -> bool:
    """Whether a brand's detectors have learned all that is closed, by the rules as they are, and
    everything that goes on is an event that one of them has open."""
    memory, upto = run.memory, snapshot.progress[run.brand]
    epoch = snapshot.epochs[run.brand]
    watches = list(run.watches())
    opened = [watch for watch in watches if watch.open]
    return (
        memory.factory is app.detectors_for
        and memory.epoch == epoch
        and not epoch.stale
        and memory.first == upto.first_bucket
        and memory.notify_after == upto.closed_until
        and memory.going.keys() <= {key_of(w.open.signal) for w in opened if w.open}
        and not any(run.left(watch) for watch in opened)
        and all(watch.learned_until == upto.closed_until for watch in watches)
    )


def polled_to(snapshot: Snapshot, source_id: int, until: datetime) -> Snapshot:
    """How everything will stand when this source has told all up to ``until``."""
    sources = {
        slug: [replace(s, polled_until=until) if s.id == source_id else s for s in of]
        for slug, of in snapshot.sources.items()
    }
    return replace(snapshot, sources=sources)
