"""What platforms tell by webhook: kept once, read by every source of its account, forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from monitor.store.bulk import insert_if_new
from monitor.store.tables.hooks import HookRow
from monitor.store.tables.listening import SourceRow


@dataclass(frozen=True, slots=True)
class StoredHook:
    """One that is kept. ``id`` grows with the order in which they came."""

    id: int
    key: str
    platform: str
    account: str
    field: str
    value: Mapping[str, Any]
    at: datetime


def keep_hooks(tx: Session, rows: Sequence[Mapping[str, Any]], received_at: datetime) -> int:
    """Keep those that are not known yet; how many these were."""
    return sum(insert_if_new(tx, HookRow, {**row, "received_at": received_at}) for row in rows)


def hooks_after(
    tx: Session, platform: str, account: str, after: int, limit: int
) -> list[StoredHook]:
    """What came for an account ("": for any of the platform) behind that number, in order."""
    row = HookRow
    asked = select(row).where(row.platform == platform, row.id > after)
    if account:
        asked = asked.where(row.account == account)
    return [
        StoredHook(one.id, one.key, one.platform, one.account, one.field, one.value, one.at)
        for one in tx.scalars(asked.order_by(row.id).limit(limit))
    ]


def forget_hooks(tx: Session, before: datetime) -> int:
    """Forget what every source of the platform has read, and what came before that time."""
    row, source = HookRow, SourceRow
    read = (
        select(func.min(source.hook_after))
        .where(source.active, source.platform == row.platform)
        .correlate(row)
        .scalar_subquery()
    )
    gone = tx.execute(delete(row).where(or_(row.received_at < before, row.id <= read)))
    return int(gone.rowcount)  # type: ignore[attr-defined]
