"""Single facts by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from monitor.tables import MetaRow


def get_meta(tx: Session, key: str) -> dict[str, Any] | None:
    """The fact, or None."""
    row = tx.get(MetaRow, key)
    return dict(row.value) if row else None


def put_meta(tx: Session, key: str, value: Mapping[str, Any]) -> None:
    """Set the fact."""
    tx.merge(MetaRow(key=key, value=dict(value)))
