"""Silence is not zero: where a source could not tell us, and what that leaves uncovered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from monitor.model import ALL, ANY, Health
from monitor.store.tables.listening import UncoveredRow

if TYPE_CHECKING:
    from monitor.store.sources import SourceState

Hole = tuple[datetime, datetime, str]
"""Start, end and reason of a stretch that a source did not tell us about."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of an interval the brand's sources told us: "saw 5 of 6 sources".

    ``silent``  sources that are missing somewhere in it, with since when
    ``share``   part of the sources' time that was seen, 0 to 1 (1 without any source)
    """

    sources: int
    seen: int
    silent: tuple[tuple[str, datetime], ...]
    share: float


def holes(
    source: SourceState,
    known: Sequence[Hole],
    start: datetime,
    end: datetime,
    *,
    begun: datetime | None = None,
    closing: bool = False,
) -> list[Hole]:
    """Where in ``[start, end)`` a source has told nothing: before its collection began, in its
    ``known`` gaps, and since it is blind. ``begun``: the brand's own beginning, if it states one.

    ``closing``: the interval is being made final, so what has not been told by now is a hole even
    where nothing failed; else a source that is well and will still be asked has none there.
    """
    since = source.covered_from
    if since is None:
        since = source.polled_until or end
    if begun is not None:
        since = max(since, begun)
    found: list[Hole] = []
    if since > start:
        found.append((start, min(since, end), "not collected yet"))
    found += [hole for hole in known if hole[0] < end and hole[1] > start]
    if closing or source.health == Health.BLIND:
        told = max(source.told_until or start, start)
        if told < end:
            found.append((told, end, source.health_kind or "not asked yet"))
    return found


def close_uncovered(tx: Session, brand: str, found: Sequence[tuple[str, Hole]]) -> None:
    """Write down what a brand's platforms (or ANY) left uncovered; a stretch that goes on is
    one row."""
    for platform, (start, end, reason) in found:
        query = select(UncoveredRow).where(
            UncoveredRow.brand == brand,
            UncoveredRow.platform == platform,
            UncoveredRow.reason == reason,
            UncoveredRow.end == start,
        )
        row = tx.scalars(query.limit(1)).one_or_none()
        if row:
            row.end = end
        else:
            row = UncoveredRow(brand=brand, platform=platform, start=start, end=end, reason=reason)
            tx.add(row)
        tx.flush()


_UNCOVERED = select(
    UncoveredRow.platform, UncoveredRow.start, UncoveredRow.end, UncoveredRow.reason
).where(
    UncoveredRow.brand == bindparam("brand"),
    UncoveredRow.start < bindparam("high"),
    UncoveredRow.end > bindparam("low"),
)


def uncovered(tx: Session, brand: str, start: datetime, end: datetime) -> list[tuple[str, Hole]]:
    """What was closed without being covered in ``[start, end)``, as (platform or ANY, hole)."""
    asked = {"brand": brand, "low": start, "high": end}
    found = tx.connection().execute(_UNCOVERED, asked)
    return [(platform, (low, high, reason)) for platform, low, high, reason in found]


def touches(
    found: Sequence[tuple[str, Hole]], platform: str, start: datetime, end: datetime
) -> bool:
    """Whether a hole touches this platform's ``[start, end)``. ALL is touched by any."""
    return any(
        hole[0] < end and hole[1] > start and (platform == ALL or of in (platform, ANY))
        for of, hole in found
    )


def length(found: Sequence[Hole], start: datetime, end: datetime) -> timedelta:
    """Length of the holes' union within ``[start, end)``."""
    total, reached = timedelta(), start
    for hole in sorted(found):
        low, high = max(hole[0], reached), min(hole[1], end)
        if high > low:
            total += high - low
            reached = high
    return total
