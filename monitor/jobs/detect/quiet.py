"""Stretches in which no detector speaks: learned bucket by bucket as in any run.

Nearly all of a past is of this kind. What ``DetectorRun`` does of it is to learn, and every six
hours to keep states; the rest is to look whether there is anything to say. So a stretch may be
learned before any of it is stored, up to the first bucket in which somebody would speak: to score
changes nothing, and that bucket is run as any other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.app import App
from monitor.jobs.detect.close import Snapshot, begins, close
from monitor.jobs.detect.detect import remembered
from monitor.jobs.detect.run import DetectorRun, Memory, Watch, keep_states
from monitor.model import ALL, BUCKET, Bucket, Reading
from monitor.store.engine import Transaction
from monitor.store.series import Progress, Sums, add_changes, bucket, bucket_of, changes_of, sums
from monitor.store.signals import DetectorState
from monitor.store.voices import Heard, count_voices, heard_in, hour_of, kept


@dataclass(slots=True)
class QuietBrand:
    """A brand whose detectors have nothing going on. ``states``: those to be kept, and since when
    they are due."""

    run: DetectorRun
    first: datetime
    start: datetime
    states: list[DetectorState] = field(default_factory=list)
    states_until: datetime | None = None


@dataclass(slots=True)
class Quiet:
    """All brands at a moment in which none has anything going on. ``end``: no later than this."""

    snapshot: Snapshot
    start: datetime
    end: datetime
    brands: dict[str, QuietBrand]
    heard: Heard

    def learn(self, told: Iterable[tuple[datetime, Iterable[Reading]]]) -> datetime:
        """Learn buckets (start, new readings) in order, as long as nobody speaks; up to where."""
        at = self.start
        for start, readings in told:
            if at >= self.end or start != at or not self._learn(at, list(readings)):
                break
            at += BUCKET
        return at

    def _learn(self, at: datetime, readings: list[Reading]) -> bool:
        found = self._sums(at, readings) if readings else {}
        scored: list[tuple[Watch, Bucket]] = []
        for slug, brand in self.brands.items():
            own = found.get(slug, {})
            known = own.keys() <= brand.run.memory.watches.keys()
            if not known or not _score(brand, own, at, scored):
                return False
        for watch, seen in scored:
            watch.detector.learn(seen)
            watch.learned_until = seen.end
        for brand in self.brands.values():
            _learned(brand, at + BUCKET)
        return True

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

    def write(self, tx: Transaction, app: App, until: datetime) -> None:
        """Close the buckets up to ``until`` and keep the states that were due. Raises
        ``LookupError`` where somebody else has closed them; nothing may be committed then."""
        ready = {slug: (brand.first, brand.start, until) for slug, brand in self.brands.items()}
        close(tx, app, self.snapshot, ready)
        for slug, brand in self.brands.items():
            if self.snapshot.progress[slug].closed_until != until:
                raise LookupError(slug)
            if brand.states_until is not None:
                keep_states(tx, slug, brand.states, brand.states_until)


def _score(brand: QuietBrand, own: Sums, at: datetime, scored: list[tuple[Watch, Bucket]]) -> bool:
    """Whether none of a brand's detectors says anything of a bucket; with what they were shown."""
    run = brand.run
    nothing = None if own else bucket({}, ALL, at, voices_from=run.voices_from)
    for platform, watches in run.memory.watches.items():
        seen = nothing or bucket(own, platform, at, voices_from=run.voices_from)
        for watch in watches:
            shown = run.as_seen(watch, seen)
            signal = watch.detector.score(shown)
            if signal is not None and shown.covered and not signal.over:
                return False
            scored.append((watch, shown))
    return True


def _learned(brand: QuietBrand, until: datetime) -> None:
    memory = brand.run.memory
    memory.notify_after = until
    if memory.is_due(until):
        brand.states, brand.states_until = brand.run.states(), until
        memory.saved = until


def quiet_from(tx: Transaction, app: App, snapshot: Snapshot, end: datetime) -> Quiet | None:
    """All brands, where nothing goes on with any of them at the snapshot's time and nothing of
    ``[its time, end)`` is stored or closed yet."""
    start = snapshot.now
    brands: dict[str, QuietBrand] = {}
    for slug, settings in app.brands.items():
        at = snapshot.progress.get(slug, Progress(None, None))
        if at.closed_until is None:
            begin = begins(snapshot.sources[slug], settings)
            end = min(end, bucket_of(begin)) if begin else end
            continue
        memory = remembered(app).get(slug)
        if at.closed_until != start or at.first_bucket is None or memory is None:
            return None
        if not _at_rest(app, memory, snapshot, slug):
            return None
        if snapshot.gaps_of(settings, start, end, final=True):
            return None
        if sums(tx, slug, start, end, final_until=start):
            return None
        run = DetectorRun(tx, app, slug, snapshot, memory)
        brands[slug] = QuietBrand(run, at.first_bucket, start)
    if not brands or end <= start:
        return None
    return Quiet(snapshot, start, end, brands, kept(tx, list(brands), start, start))


def at_rest(app: App) -> bool:
    """Whether no detector has anything going on, as far as this process remembers."""
    memories = remembered(app)
    return bool(memories) and not any(
        memory.going or any(w.open for of in memory.watches.values() for w in of)
        for memory in memories.values()
    )


def _at_rest(app: App, memory: Memory, snapshot: Snapshot, brand: str) -> bool:
    """Whether a brand's detectors have learned all that is closed, by the rules as they are."""
    upto, epoch = snapshot.progress[brand], snapshot.epochs[brand]
    return (
        memory.factory is app.detectors_for
        and memory.epoch == epoch
        and not epoch.stale
        and memory.first == upto.first_bucket
        and memory.notify_after == upto.closed_until
        and not memory.going
        and all(
            watch.open is None and watch.learned_until == upto.closed_until
            for watches in memory.watches.values()
            for watch in watches
        )
    )


def polled_to(snapshot: Snapshot, source_id: int, until: datetime) -> Snapshot:
    """How everything will stand when this source has told all up to ``until``."""
    sources = {
        slug: [replace(s, polled_until=until) if s.id == source_id else s for s in of]
        for slug, of in snapshot.sources.items()
    }
    return replace(snapshot, sources=sources)
