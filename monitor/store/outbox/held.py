"""Messages that quiet hours hold: promised as ever, sent when they end. ``held_until`` is domain
time, as quiet hours are; ``due_at`` is the same instant by the wall clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update

from monitor.store.engine import Transaction
from monitor.store.tables.responding import NotificationRow

row = NotificationRow


@dataclass(frozen=True, slots=True)
class Held:
    """How many messages quiet hours hold, and when the first of them goes out."""

    count: int
    until: datetime


def held_incidents(tx: Transaction, now: datetime) -> list[int]:
    """The incidents of which something is held whose quiet hours are over."""
    found = select(row.incident_id).where(*_waiting(), row.held_until <= now).distinct()
    return sorted(id_ for id_ in tx.scalars(found) if id_ is not None)


def held_messages(tx: Transaction, incident_id: int) -> list[NotificationRow]:
    """What is held of an incident, in order."""
    found = select(row).where(*_waiting(), row.incident_id == incident_id)
    return list(tx.scalars(found.order_by(row.id)))


def release_held(tx: Transaction, incident_id: int, wall: datetime) -> None:
    """Send what is held of an incident now."""
    tx.execute(
        update(row)
        .where(*_waiting(), row.incident_id == incident_id)
        .values(held_until=None, due_at=wall, first_due_at=wall)
    )


def told_instead(tx: Transaction, messages: list[int], key: str) -> None:
    """These held messages are told in another one."""
    tx.execute(
        update(row)
        .where(row.id.in_(messages), *_waiting())
        .values(state="merged", held_until=None, last_error=f"told in {key}")
    )


def held(tx: Transaction) -> Held | None:
    """How much is held; None: nothing."""
    count, until = tx.execute(
        select(func.count(), func.min(row.held_until)).where(*_waiting())
    ).one()
    return None if until is None else Held(count, until)


def _waiting() -> tuple[ColumnElement[bool], ...]:
    return (row.held_until.is_not(None), row.state.in_(("pending", "retry")))
