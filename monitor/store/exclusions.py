"""Words that people have said are not about a brand, and what was left out by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from monitor.store.bulk import insert, table_of
from monitor.store.tables.listening import ExcludedRow, ExclusionRow, MentionRow
from monitor.store.text import clean


@dataclass(frozen=True, slots=True)
class Exclusion:
    """``words`` as queries see them. ``at`` and ``ended_at`` (None: it holds) are wall times;
    ``incident`` is the one it was said of. ``id`` is 0 before it is stored."""

    brand: str
    words: str
    who: str
    at: datetime
    incident: int | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    id: int = 0


def exclude(tx: Session, exclusion: Exclusion) -> int | None:
    """Store it; its number. None where the brand leaves these words out already."""
    held = select(ExclusionRow.id).where(
        ExclusionRow.brand == exclusion.brand,
        ExclusionRow.words == exclusion.words,
        ExclusionRow.ended_at.is_(None),
    )
    if tx.scalar(held) is not None:
        return None
    row = ExclusionRow(
        brand=exclusion.brand,
        words=exclusion.words,
        who=clean(exclusion.who),
        at=exclusion.at,
        incident_id=exclusion.incident,
    )
    tx.add(row)
    tx.flush()
    return row.id


def end(tx: Session, number: int, who: str, at: datetime) -> bool:
    """Take it back from now on. False: there is none of this number, or it has ended."""
    ended = (
        update(ExclusionRow)
        .where(ExclusionRow.id == number, ExclusionRow.ended_at.is_(None))
        .values(ended_at=at, ended_by=clean(who))
        .returning(ExclusionRow.id)
    )
    return tx.scalar(ended) is not None


def exclusions(tx: Session, brands: Sequence[str], *, ended: bool = False) -> list[Exclusion]:
    """Those of these brands that hold, oldest first; with ``ended`` the others too."""
    query = select(ExclusionRow).where(ExclusionRow.brand.in_(brands)).order_by(ExclusionRow.id)
    if not ended:
        query = query.where(ExclusionRow.ended_at.is_(None))
    return [
        Exclusion(
            row.brand,
            row.words,
            row.who,
            row.at,
            row.incident_id,
            row.ended_at,
            row.ended_by,
            row.id,
        )
        for row in tx.scalars(query)
    ]


def left_out(tx: Session, pairs: Iterable[tuple[int, int]]) -> None:
    """Keep which mention (by number) was left out by which exclusion; each pair once."""
    columns = ("exclusion_id", "mention_id")
    insert(tx, table_of(ExcludedRow), columns, sorted(set(pairs)), "on conflict do nothing")


def counts(tx: Session, since: datetime) -> Mapping[int, int]:
    """By exclusion: how many mentions published since then it has left out."""
    query = (
        select(ExcludedRow.exclusion_id, func.count())
        .join(MentionRow, MentionRow.id == ExcludedRow.mention_id)
        .where(MentionRow.published_at >= since)
        .group_by(ExcludedRow.exclusion_id)
    )
    return {row[0]: row[1] for row in tx.execute(query)}


def examples(tx: Session, number: int, limit: int) -> list[tuple[datetime, str, str]]:
    """The latest mentions it has left out: when, on which platform, what they say (hostile)."""
    query = (
        select(MentionRow.published_at, MentionRow.platform, MentionRow.title, MentionRow.text)
        .join(ExcludedRow, ExcludedRow.mention_id == MentionRow.id)
        .where(ExcludedRow.exclusion_id == number, ~MentionRow.removed)
        .order_by(MentionRow.published_at.desc(), MentionRow.id.desc())
        .limit(limit)
    )
    return [(at, platform, title or text) for at, platform, title, text in tx.execute(query)]
