"""What platforms told late: readings that came when their buckets were closed already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, and_, case, cast, func, or_, select

from monitor.model import TOLD_LATE
from monitor.store.engine import Transaction
from monitor.store.tables.listening import MentionRow, ReadingRow, SignalRow

READ = 5000
"""Readings of a brand that are looked at, the latest."""

NEGATIVE = 500
"""Thousandths of p_neg from which a reading is negative."""


@dataclass(frozen=True, slots=True)
class LateReading:
    """When it was published and came, who wrote it (a number that says only whether two are of one
    author), whether it is negative, and whether it names a crisis."""

    published_at: datetime
    told_at: datetime
    who: int
    negative: bool
    crisis: bool


def came_late(tx: Transaction, since: datetime) -> dict[str, int]:
    """How many readings came late since then, by brand."""
    query = (
        select(ReadingRow.brand, func.count())
        .where(ReadingRow.late_at > since, ~ReadingRow.uncounted)
        .group_by(ReadingRow.brand)
    )
    return dict(tx.execute(query).all())


def late_readings(tx: Transaction, brand: str, since: datetime) -> list[LateReading]:
    """A brand's readings that came late since then, in the order in which they came."""
    query = (
        select(
            ReadingRow.mention_id,
            ReadingRow.published_at,
            ReadingRow.late_at,
            ReadingRow.negative,
            ReadingRow.crisis_terms,
            MentionRow.author_id,
        )
        .join(MentionRow, MentionRow.id == ReadingRow.mention_id)
        .where(
            ReadingRow.brand == brand,
            ReadingRow.late_at > since,
            ~ReadingRow.uncounted,
            ~MentionRow.removed,
        )
        .order_by(ReadingRow.late_at.desc(), ReadingRow.mention_id.desc())
        .limit(READ)
    )
    found = [
        LateReading(at, told, -number if who is None else who, neg >= NEGATIVE, bool(terms))
        for number, at, told, neg, terms, who in tx.execute(query)
        if told is not None
    ]
    return found[::-1]


def late_polls(
    tx: Transaction, brand: str, since: datetime, until: datetime
) -> Mapping[datetime, int]:
    """How many bad ones (negative, or naming a crisis) each poll of ``(since, until]`` brought
    late."""
    terms = cast(ReadingRow.crisis_terms, Text)
    bad = or_(ReadingRow.negative >= NEGATIVE, and_(terms != "[]", terms != "null"))
    query = (
        select(ReadingRow.late_at, func.sum(case((bad, 1), else_=0)))
        .where(
            ReadingRow.brand == brand,
            ReadingRow.late_at > since,
            ReadingRow.late_at <= until,
            ~ReadingRow.uncounted,
        )
        .group_by(ReadingRow.late_at)
    )
    return {at: int(n) for at, n in tx.execute(query) if at is not None}


def late_by_platform(
    tx: Transaction, brand: str, start: datetime, end: datetime
) -> list[tuple[str, float]]:
    """What came late of ``[start, end]``, by platform, most first."""
    query = (
        select(ReadingRow.platform, func.count())
        .where(
            ReadingRow.brand == brand,
            ReadingRow.published_at >= start,
            ReadingRow.published_at <= end,
            ReadingRow.late_at.is_not(None),
            ~ReadingRow.uncounted,
        )
        .group_by(ReadingRow.platform)
    )
    found: list[tuple[str, Any]] = [(name, float(n)) for name, n in tx.execute(query)]
    return sorted(found, key=lambda one: (-one[1], one[0]))


def told_late(tx: Transaction, since: datetime) -> list[SignalRow]:
    """The signals of what was told late that are not over, or were first told since then; the
    latest first."""
    query = (
        select(SignalRow)
        .where(SignalRow.detector == TOLD_LATE, or_(~SignalRow.over, SignalRow.first_at > since))
        .order_by(SignalRow.first_at.desc(), SignalRow.id.desc())
    )
    return list(tx.scalars(query))
