"""Which messages are to be looked at once more, because the end of a call was not known: Slack may
have taken longer than the outbox waited. Wall times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from monitor.store.meta import put_meta
from monitor.store.tables.listening import MetaRow

_PREFIX = "double:"


@dataclass(frozen=True, slots=True)
class Doubtful:
    """The message under ``key`` may be there twice: posted ``since`` then."""

    key: str
    since: datetime


def look_again(tx: Session, key: str, since: datetime, at: datetime) -> None:
    """Look at it (again, and only) ``at`` then."""
    put_meta(tx, f"{_PREFIX}{key}", {"at": at.isoformat(), "since": since.isoformat()})


def doubtful(tx: Session, wall: datetime) -> list[Doubtful]:
    """What is to be looked at by now."""
    rows = tx.scalars(select(MetaRow).where(MetaRow.key.like(f"{_PREFIX}%")))
    return [
        Doubtful(row.key.removeprefix(_PREFIX), datetime.fromisoformat(row.value["since"]))
        for row in rows
        if datetime.fromisoformat(row.value["at"]) <= wall
    ]


def settled(tx: Session, key: str) -> None:
    """There is no doubt any more."""
    tx.execute(delete(MetaRow).where(MetaRow.key == f"{_PREFIX}{key}"))
