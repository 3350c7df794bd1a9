"""Timers: what happens later is a row with a due time (domain time)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

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
    tx: Session, incident_id: int, kind: str, due_at: datetime, payload: Mapping[str, Any]
) -> None:
    """Set a timer."""
    tx.add(TimerRow(kind=kind, incident_id=incident_id, due_at=due_at, payload=dict(payload)))
    tx.flush()


def cancel_timers(tx: Session, incident_id: int, kinds: Sequence[str]) -> None:
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


def due_incidents(tx: Session, now: datetime) -> list[int]:
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


def take_due(tx: Session, incident_id: int, now: datetime) -> list[StoredTimer]:
    """Fire an incident's due timers: each is given to one caller and never again."""
    taken = tx.scalars(
        update(TimerRow)
        .where(
            TimerRow.incident_id == incident_id,
            TimerRow.state == "pending",
            TimerRow.due_at <= now,
        )
        .values(state="fired")
        .returning(TimerRow)
        .execution_options(synchronize_session=False)
    ).all()
    found = [_stored(row) for row in taken]
    return sorted(found, key=lambda timer: (timer.due_at, timer.id))


def pending_timers(tx: Session, incident_id: int) -> list[StoredTimer]:
    """What is still to come for an incident, in order."""
    rows = tx.scalars(
        select(TimerRow)
        .where(TimerRow.incident_id == incident_id, TimerRow.state == "pending")
        .order_by(TimerRow.due_at, TimerRow.id)
    )
    return [_stored(row) for row in rows]


def _stored(row: TimerRow) -> StoredTimer:
    return StoredTimer(row.id, row.kind, row.incident_id or 0, row.due_at, row.payload)
