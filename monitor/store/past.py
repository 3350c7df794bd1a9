"""The past that an event is held against where it is told: who spoke and what was said, and how
loud each platform was hour by hour. As it was when its buckets were closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select

from monitor.store.engine import Transaction
from monitor.store.tables.listening import AuthorRow, MentionRow, ReadingRow, RollupRow
from monitor.store.voices import host_of, hour_of

Speaker = tuple[str, str] | int
"""Platform and handle of an author, or a number for one who is not known."""

Read = tuple[Sequence[str], str, Sequence[str], int, int]
"""Of a reading: what matched, the platform, the terms of a crisis, negative and positive in
thousandths."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text (hostile), what of the query it matched, where it stands, and who speaks: whether two
    are of one author is all that is asked of it. ``publisher``: of an article its host, or its
    author where that is an aggregator's, else "". ``accuses``: whether it names a crisis, and does
    not read as more glad than not."""

    text: str
    matched: tuple[str, ...]
    platform: str
    publisher: str
    who: Speaker
    accuses: bool


def spoken_so(
    text: tuple[str, str, str, str], who: Speaker | None, read: Read, number: int
) -> Spoken:
    """A text by its title, text, address and kind; ``number`` stands for an author who is not
    known."""
    title, body, url, kind = text
    matched, platform, crisis, negative, positive = read
    return Spoken(
        f"{title} {body}".strip(),
        tuple(matched),
        platform,
        (host_of(url) or f"#{who}") if kind == "article" else "",
        -number if who is None else who,
        bool(crisis) and negative >= positive,
    )


_SPOKEN = (
    select(
        MentionRow.id,
        MentionRow.title,
        MentionRow.text,
        MentionRow.url,
        MentionRow.kind,
        AuthorRow.platform,
        AuthorRow.handle,
        ReadingRow.matched,
        ReadingRow.platform,
        ReadingRow.crisis_terms,
        ReadingRow.negative,
        ReadingRow.positive,
    )
    .join(ReadingRow, ReadingRow.mention_id == MentionRow.id)
    .outerjoin(AuthorRow, AuthorRow.id == MentionRow.author_id)
    .where(
        ReadingRow.brand == bindparam("brand"),
        ReadingRow.published_at >= bindparam("low"),
        ReadingRow.published_at < bindparam("high"),
        ~ReadingRow.late,
        ~MentionRow.removed,
        ~ReadingRow.uncounted,
    )
    .order_by(ReadingRow.published_at.desc(), ReadingRow.mention_id.desc())
    .limit(bindparam("limit"))
)


def spoken(tx: Transaction, brand: str, start: datetime, end: datetime, limit: int) -> list[Spoken]:
    """The latest ``limit`` texts of ``[start, end)``, the latest first."""
    asked = {"brand": brand, "low": start, "high": end, "limit": limit}
    return [
        spoken_so(
            (title, text, url, kind), None if on is None else (on, handle), tuple(read), number
        )
        for number, title, text, url, kind, on, handle, *read in tx.execute(_SPOKEN, asked)
    ]


_LOUD = select(
    RollupRow.start,
    RollupRow.platform,
    func.coalesce(RollupRow.at_close, RollupRow.value),
).where(
    RollupRow.brand == bindparam("brand"),
    RollupRow.measure == "mentions",
    RollupRow.start >= bindparam("low"),
    RollupRow.start < bindparam("high"),
)


def by_hour(
    tx: Transaction, brand: str, start: datetime, end: datetime
) -> Mapping[datetime, Mapping[str, int]]:
    """Mentions of each hour and platform of ``[start, end)``: of what is closed, as it was then."""
    found: dict[datetime, dict[str, int]] = {}
    asked = {"brand": brand, "low": start, "high": end}
    for at, platform, count in tx.connection().execute(_LOUD, asked):
        if not count:
            continue  # it came late
        cell = found.setdefault(hour_of(at), {})
        cell[platform] = cell.get(platform, 0) + count
    return found


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored, asked in a transaction."""

    tx: Transaction

    def spoken(self, brand: str, start: datetime, end: datetime, limit: int) -> Sequence[Spoken]:
        """As ``spoken``."""
        return spoken(self.tx, brand, start, end, limit)

    def by_hour(
        self, brand: str, start: datetime, end: datetime
    ) -> Mapping[datetime, Mapping[str, int]]:
        """As ``by_hour``."""
        return by_hour(self.tx, brand, start, end)
