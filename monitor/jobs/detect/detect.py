"""Detecting: close what is final, run the detectors over it, score what is not final yet.

A detector's state is what final buckets have made of it, kept in the process; states stored in
the database let a restart go on from the last one and end in exactly the same signals. What is
not final yet is scored without being learned, so that a crisis is seen at the next poll.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from weakref import WeakKeyDictionary

from monitor.app import App
from monitor.jobs.detect.close import Snapshot, begins, close_buckets
from monitor.jobs.detect.run import DetectorRun, Memory
from monitor.jobs.detect.sources import watch_sources
from monitor.store.engine import Database
from monitor.store.series import Progress, bucket_of


@dataclass(slots=True)
class _Process:
    """What the process remembers of a database: its brands, and the last snapshot of them all."""

    brands: dict[str, Memory] = field(default_factory=dict)
    snapshot: Snapshot | None = None


_kept: WeakKeyDictionary[Database, _Process] = WeakKeyDictionary()


def detect(app: App, brand: str, now: datetime) -> None:
    """Bring a brand's signals up to ``now``. Raises what a detector raises; then the run is
    forgotten, and begins again from the last stored states."""
    kept = _kept.setdefault(app.db, _Process())
    seen = kept.snapshot
    if seen is None or seen.now != now or brand in seen.used or brand not in seen.sources:
        seen = kept.snapshot = close_buckets(app, now)  # once for all brands of an evaluation
    seen.used.add(brand)
    memory, epoch = kept.brands.get(brand), seen.epochs[brand]
    upto = seen.progress.get(brand)
    first = upto.first_bucket if upto else None
    if (
        memory is None
        or memory.factory is not app.detectors_for
        or memory.epoch != epoch
        or memory.first not in (None, first)
    ):
        memory = kept.brands[brand] = Memory(app.detectors_for, epoch)
    memory.first = first
    try:
        _turn(app, brand, seen, memory)
    except BaseException:
        kept.brands.pop(brand, None)
        raise


def remembered(app: App) -> Mapping[str, Memory]:
    """What this process remembers of the brands it has run."""
    kept = _kept.get(app.db)
    return kept.brands if kept else {}


def forget(app: App, brand: str) -> None:
    """Run this brand again from its stored states, or without them from its beginning."""
    if app.db in _kept:
        _kept[app.db].brands.pop(brand, None)


def _turn(app: App, brand: str, seen: Snapshot, memory: Memory) -> None:
    upto = seen.progress.get(brand)
    closed = upto is not None and upto.closed_until is not None
    if not closed:  # not before the lag of the slowest source is over; a crisis may not wait for it
        begin = begins(seen.sources[brand], app.brands[brand])
        if begin is None:
            return
        upto = Progress(begin, begin, begin)
        seen = replace(seen, progress={**seen.progress, brand: upto})
    told = [(s.polled_until, s.health, s.lease_until) for s in seen.sources[brand]]
    state = (bucket_of(seen.now), upto, told)
    if state == memory.seen:
        return
    used = memory if closed else memory.without_past()
    with app.db.read() as tx:
        run = DetectorRun(tx, app, brand, seen, used)
        run.run()
    run.write()
    memory.seen, memory.told = state, used.told


__all__ = ["detect", "forget", "watch_sources"]
