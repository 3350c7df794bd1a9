"""What was written of a brand in a stretch of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from monitor.model import ALL
from monitor.store.engine import Transaction
from monitor.store.tables.listening import AuthorRow, MentionRow, ReadingRow

_SAID = (
    MentionRow.title,
    MentionRow.text,
    MentionRow.platform,
    ReadingRow.matched,
    ReadingRow.crisis_terms,
    AuthorRow.name,
    AuthorRow.handle,
)


@dataclass(frozen=True, slots=True)
class Written:
    """A text (hostile), what of the query it matched, which of its words tell of a crisis, and
    what its author is called (hostile)."""

    text: str
    matched: tuple[str, ...]
    crisis_terms: tuple[str, ...]
    platform: str
    author: str


def written(
    tx: Transaction, brand: str, platform: str, start: datetime, end: datetime, limit: int
) -> list[Written]:
    """The latest ``limit`` texts of ``[start, end)``, the latest first."""
    query = _latest(select(*_SAID), brand, platform, start, end, limit)
    query = query.join(AuthorRow, AuthorRow.id == MentionRow.author_id, isouter=True)
    return [
        Written(
            f"{title} {text}".strip(),
            tuple(matched),
            tuple(terms or ()),
            of,
            f"{name or ''} {handle or ''}".strip(),
        )
        for title, text, of, matched, terms, name, handle in tx.execute(query)
    ]


def texts(
    tx: Transaction, brand: str, platform: str, start: datetime, end: datetime, limit: int
) -> list[str]:
    """The same texts, and nothing else of them."""
    query = _latest(select(MentionRow.title, MentionRow.text), brand, platform, start, end, limit)
    return [f"{title} {text}".strip() for title, text in tx.execute(query)]


def _latest(
    query: Select[*tuple[Any, ...]],
    brand: str,
    platform: str,
    start: datetime,
    end: datetime,
    limit: int,
) -> Select[*tuple[Any, ...]]:
    query = (
        query.join(ReadingRow, ReadingRow.mention_id == MentionRow.id)
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
    return query if platform == ALL else query.where(ReadingRow.platform == platform)
