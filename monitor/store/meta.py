"""Single facts by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, select

from monitor.store.engine import Database, Transaction
from monitor.store.tables.listening import MetaRow


def get_meta(tx: Transaction, key: str) -> dict[str, Any] | None:
    """The fact, or None."""
    row = tx.get(MetaRow, key)
    return dict(row.value) if row else None


def put_meta(tx: Transaction, key: str, value: Mapping[str, Any]) -> None:
    """Set the fact."""
    tx.merge(MetaRow(key=key, value=dict(value)))


def drop_meta(tx: Transaction, key: str) -> None:
    """Forget the fact, if it is there."""
    tx.execute(delete(MetaRow).where(MetaRow.key == key))


def get_metas(tx: Transaction, keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """Those of the facts that are there."""
    query = select(MetaRow.key, MetaRow.value).where(MetaRow.key.in_(keys))
    return {key: dict(value) for key, value in tx.execute(query)}


ROOM = 256 * 1024
"""Bytes that must find room: more than a page of mentions takes."""


def try_room(db: Database) -> None:
    """Store something and take it away again. Raises ``DatabaseProblem`` where nothing can be
    stored. A full disk takes what is small for a long time: it writes over what was free."""
    with db.write() as tx:
        put_meta(tx, "room", {"for": "0" * ROOM})
    with db.write() as tx:
        drop_meta(tx, "room")
