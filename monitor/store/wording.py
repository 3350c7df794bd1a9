"""What was written of a brand in a stretch of time: its words, without who wrote them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from monitor.model import ALL
from monitor.store.engine import Transaction
from monitor.store.tables.listening import MentionRow, ReadingRow


@dataclass(frozen=True, slots=True)
class Written:
    """A text (hostile), what of the query it matched, and which of its words tell of a crisis."""

    text: str
    matched: tuple[str, ...]
    crisis_terms: tuple[str, ...]


def written(
    tx: Transaction, brand: str, platform: str, start: datetime, end: datetime, limit: int
) -> list[Written]:
    """The latest ``limit`` texts of ``[start, end)``, the latest first."""
    query = (
        select(MentionRow.title, MentionRow.text, ReadingRow.matched, ReadingRow.crisis_terms)
        .join(ReadingRow, ReadingRow.mention_id == MentionRow.id)
        .where(
            ReadingRow.brand == brand,
            ReadingRow.published_at >= start,
            ReadingRow.published_at < end,
            ~MentionRow.removed,
            ~ReadingRow.uncounted,
        )
        .order_by(ReadingRow.published_at.desc(), ReadingRow.mention_id.desc())
        .limit(limit)
    )
    if platform != ALL:
        query = query.where(ReadingRow.platform == platform)
    return [
        Written(f"{title} {text}".strip(), tuple(matched), tuple(terms or ()))
        for title, text, matched, terms in tx.execute(query)
    ]
