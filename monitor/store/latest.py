"""Mentions as they came in, with their readings: what a person looks through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from monitor.store.engine import Transaction
from monitor.store.mentions import titled
from monitor.store.tables.listening import AuthorRow, MentionRow, ReadingRow


@dataclass(frozen=True, slots=True)
class Heard:
    """A mention read for a brand. ``id``: of the mention, in the order they were stored. ``text``,
    ``title`` and ``author`` are hostile. Probabilities 0 to 1; ``scored`` False: its mood could not
    be read. ``counted`` False: found in the past, and part of no series."""

    id: int
    brand: str
    platform: str
    external_id: str
    kind: str
    published_at: datetime
    stored_at: datetime
    author: str
    title: str
    text: str
    url: str
    language: str
    negative: float
    neutral: float
    positive: float
    scored: bool
    matched: tuple[str, ...]
    crisis_terms: tuple[str, ...]
    counted: bool

    @property
    def said(self) -> str:
        """Its title, if it has one, and its text."""
        return titled(self.title, self.text)


def heard(
    tx: Transaction, brands: Sequence[str], *, after: int = 0, limit: int, newest: bool = False
) -> list[Heard]:
    """Mentions stored after the one numbered ``after`` that concern one of the brands, in the order
    they were stored; ``newest``: the last ``limit`` of them, else the first."""
    order = MentionRow.id.desc() if newest else MentionRow.id
    query = (
        select(MentionRow, ReadingRow, AuthorRow.handle)
        .join(ReadingRow, ReadingRow.mention_id == MentionRow.id)
        .join(AuthorRow, AuthorRow.id == MentionRow.author_id, isouter=True)
        .where(MentionRow.id > after, ~MentionRow.removed, ReadingRow.brand.in_(brands))
        .order_by(order, ReadingRow.brand)
        .limit(limit)
    )
    found = [_heard(mention, reading, handle) for mention, reading, handle in tx.execute(query)]
    return found[::-1] if newest else found


def _heard(mention: MentionRow, reading: ReadingRow, author: str | None) -> Heard:
    return Heard(
        id=mention.id,
        brand=reading.brand,
        platform=mention.platform,
        external_id=mention.external_id,
        kind=mention.kind,
        published_at=mention.published_at,
        stored_at=mention.stored_at,
        author=author or "",
        title=mention.title,
        text=mention.text,
        url=mention.url,
        language=reading.language,
        negative=reading.negative / 1000,
        neutral=reading.neutral / 1000,
        positive=reading.positive / 1000,
        scored=not (reading.language == "other" and reading.abstain),
        matched=tuple(reading.matched),
        crisis_terms=tuple(reading.crisis_terms),
        counted=not reading.uncounted,
    )
