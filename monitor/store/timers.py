"""Timers: what happens later is a row with a due time (domain time)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from monitor.store.engine import Transaction
from monitor.store.tables.responding import TimerRow


@dataclass(frozen=True, slots=True)
class StoredTimer:
    """A timer as it is kept."""

    id: int
    kind: str
    incident_id: int
    due_at: datetime
    payload: Mapping[str, Any]


def add_timer(
    tx: Transaction, incident_id: int, kind: str, due_at: datetime, payload: Mapping[str, Any]
) -> None:
    """Set a timer."""
    tx.add(TimerRow(kind=kind, incident_id=incident_id, due_at=due_at, payload=dict(payload)))
    tx.flush()


def cancel_timers(tx: Transaction, incident_id: int, kinds: Sequence[str]) -> None:
    """Take back an incident's pending timers of these kinds."""
    if kinds:
        tx.execute(
            update(TimerRow)
            .where(
                TimerRow.incident_id == incident_id,
                TimerRow.state == "pending",
                TimerRow.kind.in_(kinds),
            )
            .values(state="cancelled")
        )


def due_incidents(tx: Transaction, now: datetime) -> list[int]:
    """The incidents with a timer that is due, the longest due first."""
    rows = tx.scalars(
        select(TimerRow.incident_id)
        .where(
            TimerRow.state == "pending",
            TimerRow.due_at <= now,
            TimerRow.incident_id.is_not(None),
        )
        .order_by(TimerRow.due_at, TimerRow.id)
    )
    return list(dict.fromkeys(id_ for id_ in rows if id_ is not None))


def next_timer(tx: Transaction) -> datetime | None:
    """When the next timer of an incident is due; None: there is none to come."""
    return tx.scalar(
        select(func.min(TimerRow.due_at)).where(
            TimerRow.state == "pending", TimerRow.incident_id.is_not(None)
        )
    )


def due_timers(tx: Transaction, incident_id: int, now: datetime) -> list[StoredTimer]:
    """An incident's due timers, in order."""
    return [timer for timer in pending_timers(tx, incident_id) if timer.due_at <= now]


def fire_timers(tx: Transaction, timers: Sequence[StoredTimer]) -> bool:
    """They have fired: each does so once. False: one was fired or cancelled by somebody else; the
    transaction must not be committed."""
    fired = tx.execute(
        update(TimerRow)
        .where(TimerRow.id.in_([timer.id for timer in timers]), TimerRow.state == "pending")
        .values(state="fired")
        .execution_options(synchronize_session=False)
    )
    return int(fired.rowcount) == len(timers)  # type: ignore[attr-defined]


def pending_timers(tx: Transaction, incident_id: int) -> list[StoredTimer]:
    """What is still to come for an incident, in order."""
    rows = tx.scalars(
        select(TimerRow)
        .where(TimerRow.incident_id == incident_id, TimerRow.state == "pending")
        .order_by(TimerRow.due_at, TimerRow.id)
    )
    return [_stored(row) for row in rows]


def _stored(row: TimerRow) -> StoredTimer:
    return StoredTimer(row.id, row.kind, row.incident_id or 0, row.due_at, row.payload)
