"""Since when the other side has refused one message for now. Wall times."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete

from monitor.store.engine import Transaction
from monitor.store.tables.responding import RefusalRow


def refused_since(tx: Transaction, key: str, at: datetime) -> datetime:
    """When the message under this delivery key was first refused: ``at`` where that is now."""
    found = tx.get(RefusalRow, key)
    if found is None:
        tx.add(RefusalRow(delivery_key=key, since=at))
        return at
    return found.since


def forget_refusals(tx: Transaction, key: str) -> None:
    """It has been taken, or given up."""
    tx.execute(delete(RefusalRow).where(RefusalRow.delivery_key == key))
