"""Covers of shifts, and pages that were sent to try a way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from monitor.store.engine import Transaction
from monitor.store.tables.oncall import CoverRow, TestPageRow


@dataclass(frozen=True, slots=True)
class Cover:
    """``person`` is on call in ``schedule`` from ``start`` to ``end`` (UTC), whatever the rota
    says; of two the later made counts."""

    id: int
    schedule: str
    person: str
    start: datetime
    end: datetime
    made_at: datetime
    made_by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TriedPage:
    """A page sent to try a way to a person, and what came of it."""

    id: int
    person: str
    way: str
    delivery_key: str
    sent_at: datetime
    answered_at: datetime | None
    outcome: str


def covers(tx: Transaction, since: datetime) -> list[Cover]:
    """Those that end after then and were not withdrawn."""
    query = select(CoverRow).where(CoverRow.end_at > since, CoverRow.withdrawn_at.is_(None))
    return [_cover(row) for row in tx.scalars(query.order_by(CoverRow.id))]


def add_cover(
    tx: Transaction,
    *,
    schedule: str,
    person: str,
    start: datetime,
    end: datetime,
    made_at: datetime,
    made_by: str,
    reason: str = "",
) -> Cover:
    """Write one down."""
    row = CoverRow(
        schedule=schedule,
        person=person,
        start_at=start,
        end_at=end,
        made_at=made_at,
        made_by=made_by,
        reason=reason,
    )
    tx.add(row)
    tx.flush()
    return _cover(row)


def withdraw_covers(
    tx: Transaction, schedule: str, person: str, at: datetime, now: datetime
) -> int:
    """End a person's covers that are running at ``at``. How many there were."""
    query = select(CoverRow).where(
        CoverRow.schedule == schedule,
        CoverRow.person == person,
        CoverRow.start_at <= at,
        CoverRow.end_at > at,
        CoverRow.withdrawn_at.is_(None),
    )
    rows = list(tx.scalars(query))
    for row in rows:
        row.withdrawn_at = now
    return len(rows)


def add_tried(tx: Transaction, person: str, way: str, key: str, at: datetime) -> int:
    """A page was sent to try a way. Its number."""
    row = TestPageRow(person=person, way=way, delivery_key=key, sent_at=at, outcome="waiting")
    tx.add(row)
    tx.flush()
    return row.id


def settle_tried(tx: Transaction, number: int, outcome: str, at: datetime | None = None) -> None:
    """What came of it."""
    change = update(TestPageRow).where(TestPageRow.id == number)
    tx.execute(change.values(outcome=outcome, answered_at=at))


def tried_pages(tx: Transaction, since: datetime) -> list[TriedPage]:
    """Those sent since then, the latest first."""
    query = select(TestPageRow).where(TestPageRow.sent_at >= since)
    rows = tx.scalars(query.order_by(TestPageRow.sent_at.desc(), TestPageRow.id.desc()))
    return [
        TriedPage(r.id, r.person, r.way, r.delivery_key, r.sent_at, r.answered_at, r.outcome)
        for r in rows
    ]


def _cover(row: CoverRow) -> Cover:
    return Cover(
        row.id,
        row.schedule,
        row.person,
        row.start_at,
        row.end_at,
        row.made_at,
        row.made_by,
        row.reason,
    )
