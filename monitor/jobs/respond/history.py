"""The last day of a brand beside what is usual at each time of day: what a card's picture shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median

from alerting.messages.context import History
from alerting.model import Incident
from monitor.model import Bucket, IncidentState, Signal
from monitor.store.engine import Transaction
from monitor.store.series import series

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
    found = series(tx, lead.brand, lead.platform, start - timedelta(days=DAYS), until)
    if not any(bucket.covered for bucket in found if bucket.start >= start):
        return None
    counts = _sums(found, start, until)
    return History(start, STEP, counts, _usual(found, start, until))


_S = STEP.total_seconds()


def _sums(found: Sequence[Bucket], start: datetime, until: datetime) -> tuple[float, ...]:
    sums = [0.0] * round((until - start) / STEP)
    for bucket in found:
        if start <= bucket.start < until:
            sums[int((bucket.start - start) / STEP)] += bucket.volume
    return tuple(sums)


def _usual(found: Sequence[Bucket], start: datetime, until: datetime) -> tuple[float, ...]:
    """The median of the days before at each time of day; one that was not read does not count."""
    days = []
    for back in range(1, DAYS + 1):
        shift = timedelta(days=back)
        day = [b for b in found if start - shift <= b.start < until - shift]
        if day and sum(bucket.covered for bucket in day) >= MIN_COVERED * len(day):
            days.append(_sums(day, start - shift, until - shift))
    if len(days) < MIN_DAYS:
        return ()
    return tuple(float(median(column)) for column in zip(*days, strict=True))
