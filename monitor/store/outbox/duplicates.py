"""Which messages are to be looked at once more, because the end of a call was not known: Slack may
have taken longer than the outbox waited. Wall times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from monitor.store.engine import Transaction
from monitor.store.tables.responding import DuplicateCheckRow, NotificationRow


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """The message under ``key`` may be there twice: posted ``since`` then. ``row`` and ``root``:
    as the outbox has it, and the message it replies to."""

    key: str
    since: datetime
    row: NotificationRow | None
    root: NotificationRow | None


def look_again(tx: Transaction, key: str, since: datetime, at: datetime) -> None:
    """Look at it (again, and only) ``at`` then."""
    tx.merge(DuplicateCheckRow(delivery_key=key, since=since, at=at))


def unconfirmed(tx: Transaction, wall: datetime) -> list[Unconfirmed]:
    """What is to be looked at by now."""
    due = select(DuplicateCheckRow).where(DuplicateCheckRow.at <= wall)
    found = []
    for check in tx.scalars(due.order_by(DuplicateCheckRow.at, DuplicateCheckRow.delivery_key)):
        row = _row(tx, check.delivery_key)
        root = _row(tx, row.thread_of) if row and row.thread_of else None
        found.append(Unconfirmed(check.delivery_key, check.since, row, root))
    return found


def confirmed(tx: Transaction, key: str, left: Sequence[Mapping[str, Any]] = ()) -> None:
    """There is no doubt any more. ``left``: the receipts of what is there, the oldest first;
    updates and replies go to one of those."""
    tx.execute(delete(DuplicateCheckRow).where(DuplicateCheckRow.delivery_key == key))
    row = _row(tx, key)
    if row is not None and left and dict(row.receipt or {}) not in [dict(one) for one in left]:
        row.receipt = dict(left[0])


def _row(tx: Transaction, key: str | None) -> NotificationRow | None:
    return tx.scalar(select(NotificationRow).where(NotificationRow.delivery_key == key))
