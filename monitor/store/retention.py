"""Retention: what is personal goes when its time is up; what was counted stays."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select, union, update
from sqlalchemy.orm import Session

from monitor.store.tables.listening import AuthorRow, MentionRow, ReadingRow
from monitor.store.tables.own_content import MetricRow, OwnPostRow, StandingRow
from monitor.store.tables.responding import IncidentRow

_HAS_TEXT = or_(OwnPostRow.text != "", OwnPostRow.title != "")

_ONCE = {"synchronize_session": False}


def kept_platforms(tx: Session) -> list[str]:
    """The platforms of which something is kept whose time may come."""
    texts = select(MentionRow.platform).where(~MentionRow.removed)
    posts = select(OwnPostRow.platform).where(_HAS_TEXT)
    rest = (select(table.platform) for table in (MetricRow, StandingRow))
    return sorted(set(tx.scalars(union(texts, posts, *rest))))


def due(tx: Session, platform: str, before: datetime, now: datetime) -> int:
    """How many mentions published before that time still have their text and are not held."""
    query = select(func.count()).where(*_due(tx, platform, before, now))
    return tx.scalar(query) or 0


def _due(tx: Session, platform: str, before: datetime, now: datetime) -> list[ColumnElement[bool]]:
    """What retention is for: everything so old, but what an incident's legal hold keeps."""
    old = [~MentionRow.removed, MentionRow.published_at < before, MentionRow.platform == platform]
    if not held_brands(tx, now):
        return old
    incident = IncidentRow
    held = (
        select(ReadingRow.mention_id)
        .join(incident, incident.brand == ReadingRow.brand)
        .where(
            ReadingRow.mention_id == MentionRow.id,
            incident.held_until > now,
            MentionRow.published_at >= incident.since,
            or_(incident.resolved_at.is_(None), MentionRow.published_at <= incident.resolved_at),
        )
    )
    return [*old, ~held.exists()]


def held_brands(tx: Session, now: datetime) -> set[str]:
    """The brands with an incident under a legal hold."""
    return set(tx.scalars(select(IncidentRow.brand).where(IncidentRow.held_until > now)))


def redact(tx: Session, platform: str, before: datetime, limit: int, now: datetime) -> int:
    """Take text, title, address, author and what it answered from up to ``limit`` mentions
    published before that time and not held; id, times, counts and scores stay. How many there
    were."""
    oldest = select(MentionRow.id).where(*_due(tx, platform, before, now)).limit(limit)
    ids = list(tx.scalars(oldest))
    gone = {"text": "", "title": "", "url": "", "reply_to": None, "root_id": None}
    gone |= {"author_id": None}
    if ids:
        statement = update(MentionRow).where(MentionRow.id.in_(ids)).values(removed=True, **gone)
        tx.execute(statement.execution_options(**_ONCE))
    return len(ids)


def forget_own_content(
    tx: Session, platform: str, before: datetime, limit: int, now: datetime
) -> int:
    """Of what was last told before that time, take the texts of up to ``limit`` own posts, and
    drop as many metrics and standings; not of a brand with an incident under a legal hold. How
    many there were."""
    held = held_brands(tx, now)
    old = select(OwnPostRow.id).where(
        OwnPostRow.platform == platform,
        OwnPostRow.seen_at < before,
        _HAS_TEXT,
        OwnPostRow.brand.not_in(held),
    )
    posts = list(tx.scalars(old.limit(limit)))
    if posts:
        emptied = update(OwnPostRow).where(OwnPostRow.id.in_(posts)).values(text="", title="")
        tx.execute(emptied.execution_options(**_ONCE))
    count = len(posts)
    for table, told in ((MetricRow, MetricRow.measured_at), (StandingRow, StandingRow.seen_at)):
        query = select(table.id).where(
            table.platform == platform, told < before, table.brand.not_in(held)
        )
        query = query.limit(limit)
        if ids := list(tx.scalars(query)):
            doomed = delete(table).where(table.id.in_(ids)).execution_options(**_ONCE)
            tx.execute(doomed)
            count += len(ids)
    return count


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
