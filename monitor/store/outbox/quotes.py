"""What messages quote, and taking a quote out of them: of those still to be sent, and of those that
were, by an update like any other."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, or_, select

from monitor.store.engine import Transaction
from monitor.store.outbox.write import OPEN
from monitor.store.tables.responding import NotificationRow

CHUNK = 50
"""Mentions looked for in one statement."""


def unquote(tx: Transaction, names: Sequence[tuple[str, str]]) -> int:
    """Take these mentions (platform, id) out of every message. How many quoted one."""
    changed = 0
    for at in range(0, len(names), CHUNK):
        wanted = {f"{platform}:{name}" for platform, name in names[at : at + CHUNK]}
        for row in tx.scalars(_quoting(wanted).with_for_update()):
            changed += _unquote(row, wanted)
    tx.flush()
    return changed


def quoted_since(tx: Transaction, since: datetime) -> list[tuple[str, str]]:
    """The mentions (platform, id) that are quoted by messages promised since then."""
    rows = select(NotificationRow.payload, NotificationRow.desired).where(
        NotificationRow.created_at >= since, cast(NotificationRow.payload, Text).contains("quotes")
    )
    found = {
        name
        for payload, desired in tx.execute(rows)
        for content in (payload, desired or {})
        for name in _names(content)
    }
    return sorted((name.partition(":")[0], name.partition(":")[2]) for name in found)


def _quoting(names: Collection[str]) -> Any:
    row = NotificationRow
    told = [json.dumps(name)[1:-1] for name in sorted(names)]
    return select(row).where(
        or_(
            *(
                cast(column, Text).contains(name, autoescape=True)
                for column in (row.payload, row.desired)
                for name in told
            )
        )
    )


def _unquote(row: NotificationRow, names: Collection[str]) -> bool:
    """The promise keeps its hash: told again it is still the same promise."""
    shown = row.desired or row.payload
    fresh = _without(shown, names)
    changed = fresh != shown
    row.payload = _without(row.payload, names)
    if changed:
        row.desired = {**fresh, "erased": True}
        if row.state in (*OPEN, "sent") or row.revive_at is not None:
            row.desired_rev += 1
    return changed


def _without(content: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    kept = [quote for quote in content.get("quotes", ()) if quote.get("mention") not in names]
    if len(kept) == len(content.get("quotes", ())):
        return dict(content)
    rest = {name: value for name, value in content.items() if name != "quotes"}
    return {**rest, "quotes": kept} if kept else rest


def _names(content: Mapping[str, Any]) -> list[str]:
    return [quote["mention"] for quote in content.get("quotes", ()) if quote.get("mention")]
