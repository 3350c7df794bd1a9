"""Drills: which there were, which run, and their traces taken away again."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update

from monitor.model import DRILL
from monitor.store.engine import Transaction
from monitor.store.tables.listening import (
    AuthorRow,
    BrandRow,
    CorrectionRow,
    DetectorRow,
    MentionRow,
    MetaRow,
    ReadingRow,
    RollupRow,
    SignalRow,
    SourceRow,
    UncoveredRow,
    VoiceRow,
)
from monitor.store.tables.own_content import MetricRow, OwnPostRow, StandingRow
from monitor.store.tables.responding import DrillRow

_BY_BRAND: tuple[Any, ...] = (
    ReadingRow,
    RollupRow,
    VoiceRow,
    UncoveredRow,
    DetectorRow,
    SignalRow,
    SourceRow,
    CorrectionRow,
    OwnPostRow,
    MetricRow,
    StandingRow,
)
"""Everything that is heard of a brand. What follows from it, incidents and messages, is kept."""


@dataclass(frozen=True, slots=True)
class Drill:
    """A drill, as its row. ``brand``: the one whose people are drilled."""

    id: int
    brand: str
    scenario: str
    who: str
    started_at: datetime
    storm_at: datetime
    until: datetime
    ended_at: datetime | None = None
    ended_by: str = ""
    why: str = ""

    @property
    def slug(self) -> str:
        """The brand that it plays."""
        return f"{self.brand}{DRILL}{self.id}"


_FIELDS = tuple(field.name for field in fields(Drill))


def add_drill(
    tx: Transaction,
    brand: str,
    scenario: str,
    who: str,
    *,
    now: datetime,
    storm_at: datetime,
    until: datetime,
) -> Drill:
    """Begin one; whoever plays finds it by its row."""
    row = DrillRow(
        brand=brand, scenario=scenario, who=who, started_at=now, storm_at=storm_at, until=until
    )
    tx.add(row)
    tx.flush()
    return _drill(row)


def running(tx: Transaction) -> tuple[Drill, ...]:
    """The drills that have not ended, in order."""
    rows = select(DrillRow).where(DrillRow.ended_at.is_(None)).order_by(DrillRow.id)
    return tuple(_drill(row) for row in tx.scalars(rows))


def not_long_over(tx: Transaction, now: datetime, lately: timedelta) -> tuple[Drill, ...]:
    """Those that ended within ``lately``."""
    rows = select(DrillRow).where(DrillRow.ended_at > now - lately).order_by(DrillRow.id)
    return tuple(_drill(row) for row in tx.scalars(rows))


def find_drill(tx: Transaction, number: int | None = None) -> Drill | None:
    """A drill by its number; None: the latest."""
    rows = select(DrillRow).order_by(DrillRow.id.desc()).limit(1)
    row = tx.scalar(rows if number is None else rows.where(DrillRow.id == number))
    return _drill(row) if row else None


def end_drill(tx: Transaction, number: int, now: datetime, who: str, why: str) -> bool:
    """End it. False: it had ended."""
    done = tx.execute(
        update(DrillRow)
        .where(DrillRow.id == number, DrillRow.ended_at.is_(None))
        .values(ended_at=now, ended_by=who, why=why)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def has_traces(tx: Transaction, slug: str) -> bool:
    """Whether anything heard of a drill's brand is still here."""
    sources = select(SourceRow.id).where(SourceRow.brand == slug)
    found = select(BrandRow.slug).where(or_(BrandRow.slug == slug, sources.exists()))
    return tx.execute(found.limit(1)).first() is not None


def forget_drill(tx: Transaction, slug: str) -> None:
    """Delete everything that was heard of a drill's brand, as if it had never been played."""
    heard = select(ReadingRow.mention_id).where(ReadingRow.brand == slug)
    authors = select(MentionRow.author_id).where(MentionRow.id.in_(heard)).distinct()
    alone = [number for number in tx.scalars(authors) if number is not None]
    once = {"synchronize_session": False}
    tx.execute(delete(MentionRow).where(MentionRow.id.in_(heard)).execution_options(**once))
    for at in range(0, len(alone), 500):
        some = AuthorRow.id.in_(alone[at : at + 500])
        tx.execute(delete(AuthorRow).where(some).execution_options(**once))
    for table in _BY_BRAND:
        tx.execute(delete(table).where(table.brand == slug).execution_options(**once))
    tx.execute(delete(BrandRow).where(BrandRow.slug == slug).execution_options(**once))
    named = MetaRow.key.contains(slug, autoescape=True)
    tx.execute(delete(MetaRow).where(named).execution_options(**once))


def _drill(row: DrillRow) -> Drill:
    return Drill(**{name: getattr(row, name) for name in _FIELDS})
