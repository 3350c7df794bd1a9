"""What people did in a channel: kept once, done once. Wall times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from monitor.store.bulk import insert_if_new
from monitor.store.tables.responding import InteractionRow


@dataclass(frozen=True, slots=True)
class Interaction:
    """One that is kept. ``press`` as it was packed."""

    id: int
    channel: str
    press: Mapping[str, Any]
    received_at: datetime


def keep(
    tx: Session,
    key: str,
    channel: str,
    who: str,
    action: str,
    press: Mapping[str, Any],
    at: datetime,
) -> bool:
    """Keep it, to be done. False: it is kept already."""
    values = {
        "key": key,
        "channel": channel,
        "who": who,
        "action": action,
        "press": dict(press),
        "received_at": at,
    }
    return insert_if_new(tx, InteractionRow, values)


def pending(tx: Session, limit: int = 50) -> list[Interaction]:
    """What is still to be done, in the order in which it came."""
    row = InteractionRow
    found = select(row).where(row.state == "pending").order_by(row.id).limit(limit)
    return [
        Interaction(one.id, one.channel, one.press, one.received_at) for one in tx.scalars(found)
    ]


def settle(tx: Session, interaction: int, state: str, answer: str, at: datetime) -> bool:
    """It is ``done`` or ``refused``, with what was answered. False: somebody else has done it, and
    this transaction must not be committed."""
    row = InteractionRow
    moved = tx.execute(
        update(row)
        .where(row.id == interaction, row.state == "pending")
        .values(state=state, answer=answer, done_at=at)
    )
    return bool(moved.rowcount)  # type: ignore[attr-defined]


def forget(tx: Session, before: datetime) -> int:
    """Forget what was done before then: who pressed what stays in the incidents' timelines."""
    row = InteractionRow
    gone = tx.execute(delete(row).where(row.received_at < before, row.state != "pending"))
    return int(gone.rowcount)  # type: ignore[attr-defined]
