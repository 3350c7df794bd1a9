"""Single facts by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.store.tables.listening import MetaRow


def get_meta(tx: Session, key: str) -> dict[str, Any] | None:
    """The fact, or None."""
    row = tx.get(MetaRow, key)
    return dict(row.value) if row else None


def put_meta(tx: Session, key: str, value: Mapping[str, Any]) -> None:
    """Set the fact."""
    tx.merge(MetaRow(key=key, value=dict(value)))


def get_metas(tx: Session, keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """Those of the facts that are there."""
    query = select(MetaRow.key, MetaRow.value).where(MetaRow.key.in_(keys))
    return {key: dict(value) for key, value in tx.execute(query)}
