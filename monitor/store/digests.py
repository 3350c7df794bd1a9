"""The digest ledger."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.store.bulk import insert_if_new
from monitor.store.tables.responding import DigestRow


def told_already(tx: Session, brand: str, week: str, recipients: Collection[str]) -> set[str]:
    """Which of the recipients have this brand's week."""
    rows = select(DigestRow.recipient).where(
        DigestRow.brand == brand, DigestRow.week == week, DigestRow.recipient.in_(recipients)
    )
    return set(tx.scalars(rows))


def enter(tx: Session, brand: str, week: str, recipient: str, at: datetime) -> bool:
    """Note that this recipient gets this week; False: that is noted already."""
    values = {"brand": brand, "week": week, "recipient": recipient, "created_at": at}
    return insert_if_new(tx, DigestRow, values)
