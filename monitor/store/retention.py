"""Retention: what is personal goes when its time is up; what was counted stays."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from monitor.store.tables.listening import AuthorRow, MentionRow

_ONCE = {"synchronize_session": False}


def kept_platforms(tx: Session) -> list[str]:
    """The platforms whose texts are still kept."""
    query = select(MentionRow.platform).where(~MentionRow.removed).distinct()
    return sorted(tx.scalars(query))


def due(tx: Session, platform: str, before: datetime) -> int:
    """How many mentions published before that time still have their text."""
    query = select(func.count()).where(
        ~MentionRow.removed, MentionRow.published_at < before, MentionRow.platform == platform
    )
    return tx.scalar(query) or 0


def redact(tx: Session, platform: str, before: datetime, limit: int) -> int:
    """Take text, title, address, author and what it answered from up to ``limit`` mentions
    published before that time; id, times, counts and scores stay. How many there were."""
    oldest = (
        select(MentionRow.id)
        .where(~MentionRow.removed, MentionRow.published_at < before)
        .where(MentionRow.platform == platform)
        .limit(limit)
    )
    ids = list(tx.scalars(oldest))
    gone = {"text": "", "title": "", "url": "", "reply_to": None, "author_id": None}
    if ids:
        statement = update(MentionRow).where(MentionRow.id.in_(ids)).values(removed=True, **gone)
        tx.execute(statement.execution_options(**_ONCE))
    return len(ids)


def drop_authors(tx: Session, after: int, limit: int) -> tuple[int, int | None]:
    """Delete authors without a mention among the next ``limit`` ids beyond ``after``. How many
    went, and the last id looked at (None: that was the end)."""
    ids = list(
        tx.scalars(
            select(AuthorRow.id).where(AuthorRow.id > after).order_by(AuthorRow.id).limit(limit)
        )
    )
    if not ids:
        return 0, None
    still = select(MentionRow.author_id).where(MentionRow.author_id == AuthorRow.id).exists()
    idle: Collection[int] = list(
        tx.scalars(select(AuthorRow.id).where(AuthorRow.id.in_(ids), ~still))
    )
    if idle:
        doomed = delete(AuthorRow).where(AuthorRow.id.in_(idle))
        tx.execute(doomed.execution_options(**_ONCE))
    return len(idle), ids[-1]
