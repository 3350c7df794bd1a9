"""The last day of a brand beside what is usual at each time of day: what a card's picture shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median

from alerting.messages.context import History
from alerting.model import Incident
from monitor.model import BUCKET, IncidentState, Signal
from monitor.store.coverage import Gap, touches, uncovered
from monitor.store.engine import Transaction
from monitor.store.series import starts
from monitor.store.volumes import volumes

STEP = timedelta(minutes=30)
SHOWN = timedelta(hours=24)
DAYS, MIN_DAYS = 14, 3
"""The usual is the median of so many days before, at the same time of day; of fewer than three it
would be chance."""


MIN_COVERED = 0.9
"""Of a day that counts."""


def history(tx: Transaction, incident: Incident, lead: Signal, now: datetime) -> History | None:
    """Mentions per half hour up to ``now``, or up to its end where the incident is over. None where
    nothing was read in that time."""
    end = incident.resolved_at if incident.state == IncidentState.RESOLVED else None
    until = min(now, (end or now) + timedelta(hours=1))
    until = datetime.fromtimestamp(-(-until.timestamp() // _S) * _S, until.tzinfo)
    start = until - SHOWN
    first = start - timedelta(days=DAYS)
    counted = volumes(tx, lead.brand, lead.platform, first, until)
    gaps = uncovered(tx, lead.brand, first, until)
    if not _seen(gaps, lead.platform, start, until):
        return None
    days = []
    for back in range(1, DAYS + 1):
        low, high = start - timedelta(days=back), until - timedelta(days=back)
        if _seen(gaps, lead.platform, low, high) >= MIN_COVERED:
            days.append(_sums(counted, low, high))
    return History(start, STEP, _sums(counted, start, until), _usual(days))


_S = STEP.total_seconds()


def _seen(gaps: Sequence[tuple[str, Gap]], platform: str, low: datetime, high: datetime) -> float:
    """The share of a platform's buckets that was read."""
    if not any(gap[0] < high and gap[1] > low for _, gap in gaps):
        return 1.0
    read = [not touches(gaps, platform, at, at + BUCKET) for at in starts(low, high)]
    return sum(read) / len(read)


def _sums(counted: Mapping[datetime, int], start: datetime, until: datetime) -> tuple[float, ...]:
    sums = [0.0] * round((until - start) / STEP)
    for at, volume in counted.items():
        if start <= at < until:
            sums[int((at - start) / STEP)] += volume
    return tuple(sums)


def _usual(days: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    """The median of the days before at each time of day."""
    if len(days) < MIN_DAYS:
        return ()
    return tuple(float(median(column)) for column in zip(*days, strict=True))
