"""Since when the other side has refused one message for now. Wall times."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from monitor.store.meta import get_meta, put_meta
from monitor.store.tables.listening import MetaRow


def refused_since(tx: Session, key: str, at: datetime) -> datetime:
    """When the message under this delivery key was first refused: ``at`` where that is now."""
    found = get_meta(tx, f"refused:{key}")
    if found is None:
        put_meta(tx, f"refused:{key}", {"since": at.isoformat()})
        return at
    return datetime.fromisoformat(found["since"])


def forget_refusals(tx: Session, key: str) -> None:
    """It has been taken, or given up."""
    tx.execute(delete(MetaRow).where(MetaRow.key == f"refused:{key}"))
