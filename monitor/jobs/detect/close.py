"""When a bucket is final, and what it was closed without. One snapshot serves every brand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.app import App
from monitor.jobs.upkeep.rescore import ScoringEpoch, scoring_epochs
from monitor.model import ANY, BUCKET, Health, is_drill
from monitor.settings.model import BrandSettings
from monitor.store import series
from monitor.store.coverage import Gap, close_uncovered, source_gaps, uncovering
from monitor.store.engine import Transaction
from monitor.store.series import Progress, bucket_of
from monitor.store.source_state import SourceState
from monitor.store.sources import gaps, source_states


@dataclass(slots=True)
class Snapshot:
    """How all brands stood at a moment, after what could be closed was closed. ``used``: the
    brands that have had their run with it."""

    now: datetime
    sources: dict[str, list[SourceState]]
    gaps: Mapping[int, Sequence[Gap]]
    progress: dict[str, Progress]
    epochs: Mapping[str, ScoringEpoch]
    used: set[str] = field(default_factory=set)

    def gaps_of(
        self, brand: BrandSettings, start: datetime, end: datetime, *, final: bool
    ) -> list[tuple[str, Gap]]:
        """What the brand's platforms (or ANY) did not tell of ``[start, end)``."""
        return gaps_between(self.sources[brand.slug], self.gaps, brand, start, end, final=final)


def gaps_between(
    sources: Sequence[SourceState],
    known: Mapping[int, Sequence[Gap]],
    brand: BrandSettings,
    start: datetime,
    end: datetime,
    *,
    final: bool,
) -> list[tuple[str, Gap]]:
    """What these sources of a brand left uncovered of ``[start, end)``, by platform (or ANY).
    ``known`` are the sources' gaps by their numbers."""
    return uncovering(
        [
            (
                source.platform,
                source_gaps(
                    source,
                    known.get(source.id, ()),
                    start,
                    end,
                    counts_from=counts_from(source, brand),
                    final=final,
                ),
            )
            for source in sources
        ]
    )


def take_snapshot(tx: Transaction, app: App, now: datetime) -> Snapshot:
    """How everything stands, before anything is closed."""
    sources, progress = source_states(tx), series.all_progress(tx)
    first = min((p.closed_until for p in progress.values() if p.closed_until), default=None)
    of = {slug: [s for s in sources if _serves(s, slug)] for slug in app.brands}
    return Snapshot(now, of, gaps(tx, first, now + BUCKET), progress, scoring_epochs(tx, app))


def close_buckets(app: App, now: datetime) -> Snapshot:
    """Read how everything stands, and make final what can be."""
    after = app.settings.rules.blindness.after
    with app.db.read() as tx:
        seen = take_snapshot(tx, app, now)
    ready = {}
    for slug, brand in app.brands.items():
        now_at = seen.progress.get(slug, Progress(None, None))
        until = horizon(seen.sources[slug], now, after)
        start = now_at.closed_until or now_at.first_bucket or begins(seen.sources[slug], brand)
        if until is not None and start is not None and until > start:
            ready[slug] = (now_at.first_bucket or start, start, until)
    if ready:
        with app.db.write(durable=False) as tx:
            close(tx, app, seen, ready)
    return seen


def _serves(source: SourceState, brand: str) -> bool:
    """A drill hears its own sources alone."""
    return source.brand == brand or (source.brand == ANY and not is_drill(brand))


def close(
    tx: Transaction,
    app: App,
    seen: Snapshot,
    ready: Mapping[str, tuple[datetime, datetime, datetime]],
) -> None:
    """Close these brands' buckets (the first of all, from, until), unless another daemon was
    quicker."""
    current = series.all_progress(tx, lock=sorted(ready))
    stretches: dict[tuple[datetime, datetime, datetime], list[str]] = {}
    for slug, stretch in ready.items():
        if current.get(slug) == seen.progress.get(slug) is not None:
            stretches.setdefault(stretch, []).append(slug)
        elif slug in current:
            seen.progress[slug] = current[slug]
    for (first, start, until), slugs in stretches.items():
        for slug in slugs:
            found = seen.gaps_of(app.brands[slug], start, until, final=True)
            close_uncovered(tx, slug, found)
            voiced = seen.progress.get(slug, Progress(None, None)).voices_from
            seen.progress[slug] = Progress(first, until, voiced or start)
        series.close(tx, slugs, first, start, until)


def horizon(sources: Sequence[SourceState], now: datetime, after: timedelta) -> datetime | None:
    """Up to when every source has told everything. One that fails is waited for as long as it may
    fail before it counts as blind (``after``), and so is one that was never asked; then the
    others go on without it, at once where it was dead when it was first asked. None: nothing can
    be closed yet."""
    told: list[datetime] = []
    for source in sources:
        until = source.complete_until
        if until is None and source.health == Health.BLIND:
            continue
        if source.answers and until is not None:
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
    own = [
        max(source.covered_from, counts_from(source, brand) or source.covered_from)
        for source in sources
        if source.covered_from is not None
    ]
    if not own:
        return None
    at = bucket_of(min(own))
    return at if at == min(own) else at + BUCKET


def counts_from(source: SourceState, brand: BrandSettings) -> datetime | None:
    """Since when a source that serves every brand counts for this one, if that is stated."""
    return brand.covered_from if source.brand == ANY else None
