"""Silence is not zero: where a source could not tell us, and what that leaves uncovered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from monitor.model import ALL, ANY, Health
from monitor.store.source_state import SourceState
from monitor.store.tables.listening import UncoveredRow

Gap = tuple[datetime, datetime, str]
"""Start, end and reason of a stretch that a source did not tell us about."""

NOT_YET = "not collected yet"
"""Reason of the time before a source was listened to."""

MISSED = "not given any more"
"""Reason of a gap of a source that answered, but had lost what was there in between."""

PARTLY = "told by another source of the platform"
"""Reason of a gap that leaves a platform uncovered in part: another source of it told everything
meanwhile. What that one tells may be too little, but is no calm."""


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


def source_gaps(
    source: SourceState,
    known: Sequence[Gap],
    start: datetime,
    end: datetime,
    *,
    counts_from: datetime | None = None,
    final: bool = False,
) -> list[Gap]:
    """Where in ``[start, end)`` a source has told nothing: before its collection began, in its
    ``known`` gaps, and since it is blind. ``counts_from``: the brand's
    own beginning, if it states one.

    ``final``: the interval is being made final, so what has not been told by now is a gap even
    where nothing failed; else a source that is well and will still be asked has none there.
    """
    since = source.covered_from
    if since is None:
        since = source.polled_until or end
    if counts_from is not None:
        since = max(since, counts_from)
    found: list[Gap] = []
    if since > start:
        found.append((start, min(since, end), NOT_YET))
    found += [gap for gap in known if gap[0] < end and gap[1] > start]
    if final or source.health == Health.BLIND:
        complete = max(source.complete_until or start, start)
        if complete < end:
            found.append((complete, end, source.health_kind or "not asked yet"))
    return found


def uncovering(found: Sequence[tuple[str, Sequence[Gap]]]) -> list[tuple[str, Gap]]:
    """Of the gaps of a brand's sources, each with its platform, those that leave the platform
    uncovered. What one source has lost (``MISSED``) does not, where another of the platform told
    everything meanwhile: then too little is counted, which neither invents a crisis nor hides the
    one that the other saw. What is otherwise not told beside such another leaves it uncovered in
    part (``PARTLY``): a crisis is seen in the rest, and its smaller numbers become no habit."""
    kept = []
    for number, (platform, gaps) in enumerate(found):
        others = [g for n, (of, g) in enumerate(found) if n != number and of == platform]
        for gap in gaps:
            seen = any(
                not any(start < gap[1] and end > gap[0] for start, end, _ in other)
                for other in others
            )
            if not seen:
                kept.append((platform, gap))
            elif gap[2] != MISSED:
                kept.append((platform, (gap[0], gap[1], PARTLY)))
    return kept


def close_uncovered(tx: Session, brand: str, found: Sequence[tuple[str, Gap]]) -> None:
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


def uncovered(tx: Session, brand: str, start: datetime, end: datetime) -> list[tuple[str, Gap]]:
    """What was closed without being covered in ``[start, end)``, as (platform or ANY, gap)."""
    asked = {"brand": brand, "low": start, "high": end}
    found = tx.connection().execute(_UNCOVERED, asked)
    return [(platform, (low, high, reason)) for platform, low, high, reason in found]


def touches(
    found: Sequence[tuple[str, Gap]], platform: str, start: datetime, end: datetime
) -> bool:
    """Whether a gap touches this platform's ``[start, end)``. ALL is touched by any."""
    return any(True for _ in _touching(found, platform, start, end))


def covers(
    found: Sequence[tuple[str, Gap]], platform: str, start: datetime, end: datetime
) -> dict[str, bool]:
    """Of a bucket of this platform ``[start, end)`` whether it is ``covered``, or else at least
    ``partial``: where nothing is missing but what sources beside others would have told, or what
    one had lost that answered. What it still had is too little, but may be a crisis."""
    reasons = set(_touching(found, platform, start, end)) if found else set()
    return {"covered": not reasons, "partial": bool(reasons) and reasons <= {PARTLY, MISSED}}


def _touching(
    found: Sequence[tuple[str, Gap]], platform: str, start: datetime, end: datetime
) -> Iterator[str]:
    """The reasons of the gaps that touch a platform's ``[start, end)``."""
    for of, (low, high, reason) in found:
        if low < end and high > start and (platform == ALL or of in (platform, ANY)):
            yield reason


def length(found: Sequence[Gap], start: datetime, end: datetime) -> timedelta:
    """Length of the gaps' union within ``[start, end)``."""
    total, reached = timedelta(), start
    for gap in sorted(found):
        low, high = max(gap[0], reached), min(gap[1], end)
        if high > low:
            total += high - low
            reached = high
    return total
