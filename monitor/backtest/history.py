"""Stored history and stored incidents, as a backtest wants them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerting.model import Incident
from monitor.backtest.run import History
from monitor.detect.registry import MEASURES
from monitor.model import ALL, BLINDNESS, SeriesKey
from monitor.store.engine import Transaction
from monitor.store.incidents import list_incidents
from monitor.store.series import platforms, progress, series

Cases = Sequence[tuple[datetime, datetime]]


def histories(
    tx: Transaction, brand: str, *, start: datetime | None, end: datetime | None, by_platform: bool
) -> list[History]:
    """A brand's closed buckets as the detectors saw them, with its incidents as labelled cases.

    Over all platforms together, or those one by one. Each measure is a series of its own.
    """
    known = progress(tx, brand)
    if known is None or known.first_bucket is None or known.closed_until is None:
        return []
    first = max(known.first_bucket, start) if start else known.first_bucket
    last = min(known.closed_until, end) if end else known.closed_until
    cases = stored_cases(tx, brand)
    found = []
    for platform in platforms(tx, brand) if by_platform else [ALL]:
        buckets = series(tx, brand, platform, first, last, at_close=True)
        for measure in MEASURES:
            found.append(History(SeriesKey(brand, platform, measure), buckets, cases))
    return found


def stored_cases(tx: Transaction, brand: str) -> tuple[tuple[datetime, datetime], ...]:
    """When an alarm was right: the brand's incidents but those a person called no crisis (which
    are labels too: an alarm there counts as false)."""
    rows = list_incidents(tx, brand=brand, every=True, limit=100_000)
    return tuple(
        (row.since, row.last_signal_at)
        for row in sorted(rows, key=lambda row: row.since)
        if row.risk_class != BLINDNESS and not row.not_a_crisis
    )


def shadowed(
    tx: Transaction, *, until: datetime, days: float, brand: str | None = None
) -> list[Incident]:
    """The incidents of brands in shadow mode that opened in the last ``days``, oldest first."""
    rows = list_incidents(tx, brand=brand, every=True, limit=100_000)
    since = until - timedelta(days=days)
    found = [row for row in rows if row.shadow and since <= row.opened_at <= until]
    return sorted(found, key=lambda row: row.opened_at)
