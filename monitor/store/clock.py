"""What a clock that ran ahead has left behind: times to come that were only ever the clock's."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update

from monitor.model import BUCKET
from monitor.store.engine import Transaction
from monitor.store.meta import get_meta, put_meta
from monitor.store.series import bucket_of
from monitor.store.tables.listening import (
    BrandRow,
    DetectorRow,
    GapRow,
    ReadingRow,
    ReportedRow,
    SignalRow,
    SourceRow,
    UncoveredRow,
)
from monitor.store.tables.responding import (
    ChannelPauseRow,
    DestinationPaceRow,
    DuplicateCheckRow,
    IncidentRow,
    NotificationRow,
    RefusalRow,
    TimerRow,
)
from monitor.store.tables.tokens import TokenRow

MARGIN = timedelta(hours=1)
"""Timers due from so long before the false present were set while it was believed."""


def heal(tx: Transaction, present: datetime, believed: datetime) -> None:
    """Bring back to ``present`` what was written while the clock showed up to ``believed``.

    What is due later than now is due now: asking or sending once too early does no harm, and not
    at all does. What has been moves by the difference, and so do timers and snoozes: a source that
    was last heard ten minutes before that clock's end has been deaf for ten minutes. Buckets that
    were closed in a time that has not been are open again.
    """
    _listening(tx, present, believed)
    _series(tx, present)
    _sending(tx, present, believed)
    _incidents(tx, present, believed)
    pruned = get_meta(tx, "pruned")
    if pruned and datetime.fromisoformat(pruned["at"]) > present:
        put_meta(tx, "pruned", {"at": present.isoformat()})


def _no_later(tx: Transaction, column: Any, than: datetime, value: datetime | None) -> None:
    """Set a column to ``value`` in the rows where it is later ``than``."""
    tx.execute(update(column.class_).where(column > than).values({column.key: value}))


def _moved(tx: Transaction, column: Any, present: datetime, ahead: timedelta) -> None:
    """Bring back what was written by a clock so much ``ahead`` to when it was."""
    for found in tx.scalars(select(column.class_).where(column > present)):
        setattr(found, column.key, min(present, getattr(found, column.key) - ahead))


def _listening(tx: Transaction, present: datetime, believed: datetime) -> None:
    _no_later(tx, SourceRow.next_poll_at, present, present)
    row = SourceRow
    for column in (
        row.polled_until,
        row.covered_from,
        row.last_ok_at,
        row.health_since,
        row.empty_since,
    ):
        _moved(tx, column, present, believed - present)
    tx.flush()
    held = update(SourceRow).where(SourceRow.lease_until > present)
    tx.execute(held.values(lease_until=present, next_poll_at=present))
    tx.execute(delete(GapRow).where(GapRow.start > present))
    _no_later(tx, GapRow.end, present, present)
    _no_later(tx, TokenRow.claimed_until, present, None)
    _no_later(tx, TokenRow.failed_at, present, present)


def _series(tx: Transaction, present: datetime) -> None:
    """Detectors that have learned a time to come run again from a state before it, in silence."""
    closed = bucket_of(present)
    for brand in tx.scalars(select(BrandRow.slug).where(BrandRow.closed_until > closed)).all():
        tx.execute(update(BrandRow).where(BrandRow.slug == brand).values(closed_until=closed))
        tx.execute(delete(DetectorRow).where(DetectorRow.brand == brand))
        told = get_meta(tx, f"folded:{brand}")
        if told and datetime.fromisoformat(told["until"]) > closed:
            put_meta(tx, f"folded:{brand}", {"until": closed.isoformat()})
    _no_later(tx, BrandRow.first_bucket, closed, closed)
    tx.execute(delete(UncoveredRow).where(UncoveredRow.start >= closed))
    _no_later(tx, UncoveredRow.end, closed, closed)
    tx.execute(delete(ReportedRow).where(ReportedRow.start > closed + BUCKET))
    future = update(SignalRow).where(SignalRow.start > present)
    tx.execute(future.values(over=True, revision=SignalRow.revision + 1))
    for column in (SignalRow.at, SignalRow.first_at, ReadingRow.late_at):
        _no_later(tx, column, present, present)


def _sending(tx: Transaction, present: datetime, believed: datetime) -> None:
    row, ahead = NotificationRow, believed - present
    for column in (
        row.due_at, row.first_due_at, row.lease_until, row.revive_at, row.reapply_at,
        row.sent_at, row.created_at,
    ):  # fmt: skip
        _no_later(tx, column, present, present)
    for column in (row.call_started_at, row.first_ambiguous_at, DuplicateCheckRow.since):
        _moved(tx, column, present, ahead)  # what was called is looked for from when it was
    _no_later(tx, ChannelPauseRow.until, present, present)
    tx.execute(delete(DestinationPaceRow).where(DestinationPaceRow.next_at > present))
    _no_later(tx, RefusalRow.since, present, present)
    _no_later(tx, DuplicateCheckRow.at, present, present)


def _incidents(tx: Transaction, present: datetime, believed: datetime) -> None:
    ahead = believed - present
    row = IncidentRow
    for column in (
        row.since, row.opened_at, row.last_signal_at, row.acknowledged_at, row.resolved_at,
    ):  # fmt: skip
        _no_later(tx, column, present, present)
    for timer in tx.scalars(
        select(TimerRow).where(TimerRow.state == "pending", TimerRow.due_at > believed - MARGIN)
    ):
        timer.due_at = max(present, timer.due_at - ahead)
    for incident in tx.scalars(select(row).where(row.snoozed_until > believed - MARGIN)):
        if incident.snoozed_until is not None:
            incident.snoozed_until = max(present, incident.snoozed_until - ahead)


def latest_written(tx: Transaction) -> datetime | None:
    """The latest moment at which something is known to have been written."""
    heartbeat = get_meta(tx, "heartbeat")
    told = tx.scalar(select(func.max(SourceRow.last_ok_at)))
    times = [told] if told else []
    times += [datetime.fromisoformat(heartbeat["at"])] if heartbeat else []
    return max(times, default=None)
