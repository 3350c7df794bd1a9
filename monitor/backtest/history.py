"""Stored history and stored incidents, as a backtest wants them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerting.model import Incident
from monitor.backtest.run import History, Interval
from monitor.corroboration import Corroborator, names_of
from monitor.detect.registry import MEASURES
from monitor.detect.replay import Corroborate
from monitor.model import ALL, BLINDNESS, Bucket, SeriesKey, Signal
from monitor.settings.model import BrandSettings
from monitor.store.engine import Database, Transaction
from monitor.store.incidents import acknowledged, list_incidents
from monitor.store.series import platforms, progress, series


@dataclass(frozen=True, slots=True)
class Labels:
    """What people have said of a brand's incidents: when an alarm was right (``cases``), how many
    they called no crisis, and the incidents that nobody has looked at."""

    cases: tuple[Interval, ...]
    denied: int
    unknown: tuple[Interval, ...]


def histories(
    tx: Transaction, brand: str, *, start: datetime | None, end: datetime | None, by_platform: bool
) -> list[History]:
    """A brand's closed buckets as the detectors saw them, with its incidents as labelled cases.
    What lies before ``start`` is there to learn from; alarms count from then on.

    Over all platforms together, or those one by one. Each measure is a series of its own.
    """
    known = progress(tx, brand)
    if known is None or known.first_bucket is None or known.closed_until is None:
        return []
    last = min(known.closed_until, end) if end else known.closed_until
    labels = stored_labels(tx, brand)
    taken = acknowledged(tx, brand, known.first_bucket, last)
    found = []
    for platform in platforms(tx, brand) if by_platform else [ALL]:
        buckets = [
            replace(bucket, acknowledged=any(a <= bucket.start < b for a, b in taken))
            for bucket in series(tx, brand, platform, known.first_bucket, last, at_close=True)
        ]
        for measure in MEASURES:
            found.append(
                History(
                    SeriesKey(brand, platform, measure),
                    buckets,
                    labels.cases,
                    unknown=labels.unknown,
                    denied=labels.denied > 0,
                    since=start,
                )
            )
    return found


def corroborating(db: Database, settings: BrandSettings) -> Corroborate:
    """What the daemon asks of a brand where something is told, of what is stored."""
    asked = Corroborator(names_of(settings.name, settings.slug))

    def corroborate(bucket: Bucket, signal: Signal) -> Bucket:
        with db.read() as tx:
            return asked.within(tx)(bucket, signal)

    return corroborate


def stored_labels(
    tx: Transaction, brand: str, *, start: datetime | None = None, end: datetime | None = None
) -> Labels:
    """What is known of a brand's incidents that lie, if only in part, between these. Only what a
    person acknowledged, or closed, is a label: what Siaga opened and nobody has looked at proves
    nothing about itself."""
    rows = list_incidents(tx, brand=brand, every=True, limit=100_000)
    rows = [
        row
        for row in rows
        if row.risk_class != BLINDNESS
        and (start is None or row.last_signal_at >= start)
        and (end is None or row.since < end)
    ]
    cases, unknown, denied = [], [], 0
    for row in sorted(rows, key=lambda row: row.since):
        if row.not_a_crisis:
            denied += 1
        elif row.acknowledged_by or row.resolved_by:
            cases.append((row.since, row.last_signal_at))
        else:
            unknown.append((row.since, row.last_signal_at))
    return Labels(tuple(cases), denied, tuple(unknown))


def shadowed(
    tx: Transaction, *, until: datetime, days: float, brand: str | None = None
) -> list[Incident]:
    """The incidents of brands in shadow mode that opened in the last ``days``, oldest first."""
    rows = list_incidents(tx, brand=brand, every=True, limit=100_000)
    since = until - timedelta(days=days)
    found = [row for row in rows if row.shadow and since <= row.opened_at <= until]
    return sorted(found, key=lambda row: row.opened_at)
