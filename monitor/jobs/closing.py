"""When a bucket is final, and what it was closed without. Pure but for ``close_buckets``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from monitor.model import ANY, BUCKET
from monitor.settings import BrandSettings
from monitor.store import series
from monitor.store.coverage import Hole, close_uncovered, holes
from monitor.store.series import Progress, bucket_of
from monitor.store.sources import SourceState, gaps, source_states


def horizon(sources: Sequence[SourceState], now: datetime, after: timedelta) -> datetime | None:
    """Up to when every source has told everything. One that fails is waited for as long as it may
    fail before it counts as blind (``after``), and so is one that was never asked; then the
    others go on without it. None: nothing can be closed yet."""
    told: list[datetime] = []
    for source in sources:
        until = source.told_until
        if source.ok and until is not None:
            told.append(until)
        elif source.health_since is not None and now - source.health_since < after:
            if until is None:
                return None
            told.append(until)
    if not sources:
        return None
    slowest = timedelta(seconds=max(source.lag_s for source in sources))
    return bucket_of(min([now, *told] if told else [now - slowest]))


def begins(sources: Sequence[SourceState], brand: BrandSettings) -> datetime | None:
    """The first bucket that some source of the brand was listened to from."""
    known = [s.covered_from for s in sources if s.covered_from is not None]
    own = [
        max(s.covered_from, begun(s, brand) or s.covered_from) for s in sources if s.covered_from
    ]
    if not known:
        return None
    first = min(own)
    at = bucket_of(first)
    return at if at == first else at + BUCKET


def begun(source: SourceState, brand: BrandSettings) -> datetime | None:
    """Since when a source that serves every brand counts for this one, if that is stated."""
    return brand.covered_from if source.brand == ANY else None


def found_holes(
    tx: Session,
    sources: Sequence[SourceState],
    brand: BrandSettings,
    start: datetime,
    end: datetime,
    *,
    closing: bool,
) -> list[tuple[str, Hole]]:
    """What the brand's platforms (or ANY) did not tell of ``[start, end)``."""
    known = gaps(tx, [source.id for source in sources], start, end)
    return [
        (source.platform, hole)
        for source in sources
        for hole in holes(
            source,
            known.get(source.id, ()),
            start,
            end,
            begun=begun(source, brand),
            closing=closing,
        )
    ]


def close_buckets(
    tx: Session, brand: BrandSettings, now: datetime, after: timedelta
) -> Progress | None:
    """Make final what can be, and write down what of it was not covered. How far the brand is
    now; None where it has not begun."""
    progress = series.progress(tx, brand.slug, lock=True)
    sources = source_states(tx, brand.slug)
    until = horizon(sources, now, after)
    first = progress.first_bucket if progress else None
    first = first or begins(sources, brand)
    if first is None or progress is None:
        return None
    start = progress.closed_until or first
    if until is None or until <= start:
        return Progress(progress.first_bucket, progress.closed_until)
    close_uncovered(tx, brand.slug, found_holes(tx, sources, brand, start, until, closing=True))
    series.close(tx, brand.slug, first, start, until)
    return Progress(first, until)
