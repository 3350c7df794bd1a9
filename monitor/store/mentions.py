"""Mentions, their authors and their readings: storing pages, and finding evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy import Row as Found
from sqlalchemy.orm import Session

from monitor.model import ALL, Author, Mention, Reading
from monitor.store.bulk import (
    Row,
    ensure,
    insert,
    insert_new,
    lookup,
    on_sqlite,
    stamp,
    table_of,
    update,
)
from monitor.store.series import thousandths
from monitor.store.similar import alike, words_of
from monitor.store.tables.listening import AuthorRow, MentionRow, ReadingRow
from monitor.store.text import clean, clean_key

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_KEY = ("dedup_at", "platform", "external_id")
_MENTION = (
    *_KEY,
    "published_at",
    "stored_at",
    "text",
    "title",
    "url",
    "kind",
    "reply_to",
    "root_id",
    "own",
    "media",
    "reach",
    "likes",
    "replies",
    "author_id",
    "removed",
    "undated",
)
_READING = (
    "mention_id",
    "brand",
    "published_at",
    "platform",
    "language",
    "negative",
    "neutral",
    "positive",
    "abstain",
    "matched",
    "crisis_terms",
    "model_version",
    "late",
    "uncounted",
    "late_at",
)


@dataclass(frozen=True, slots=True)
class StoredMention:
    """A mention as evidence. ``text``, ``title`` and ``author`` are hostile input; they are empty
    once retention has taken them. Probabilities 0 to 1. ``undated``: ``published_at``
    is when it was first seen, not what the platform stated."""

    id: int
    platform: str
    external_id: str
    published_at: datetime
    text: str
    title: str
    url: str
    author: str
    author_name: str
    followers: int | None
    language: str
    negative: float
    neutral: float
    positive: float
    matched: tuple[str, ...]
    undated: bool = False


QUOTED = 1000
"""Characters of a text that a message quotes."""


def quotable(mention: StoredMention | Mention) -> str:
    """What a message quotes of a mention: its title and its text."""
    return titled(mention.title, mention.text)[:QUOTED]


def titled(title: str, text: str) -> str:
    """A mention in one line: its title, if it has one, and its text."""
    return f"{title} – {text}" if title else text


def storable(mention: Mention) -> Mention:
    """The mention with texts that every database takes; its identity has a bounded length."""
    author = mention.author
    if author is not None:
        handle = clean_key(author.handle)
        author = replace(author, handle=handle, name=clean(author.name)) if handle else None
    return replace(
        mention,
        platform=clean_key(mention.platform),
        external_id=clean_key(mention.external_id),
        text=clean(mention.text),
        title=clean(mention.title),
        url=clean(mention.url),
        reply_to=mention.reply_to and clean_key(mention.reply_to),
        root_id=mention.root_id and clean_key(mention.root_id),
        author=author,
    )


def identity(mention: Mention) -> tuple[datetime, str, str]:
    """What makes two mentions one. Begins with time, which grows (see ``MentionRow``)."""
    at = mention.published_at if mention.stable_time else EPOCH
    return at.astimezone(UTC), mention.platform, mention.external_id


def read_brands(tx: Session, mentions: Sequence[Mention]) -> list[frozenset[str]]:
    """For which brands each of the mentions has been read already."""
    at = stamp(tx)
    keys = [(at(when), *rest) for when, *rest in map(identity, mentions)]
    ids = {n: row[0] for n, row in lookup(tx, table_of(MentionRow), _KEY, keys, ("id",)).items()}
    brands: dict[int, set[str]] = {}
    if ids:
        query = select(ReadingRow.mention_id, ReadingRow.brand).where(
            ReadingRow.mention_id.in_(sorted(set(ids.values())))
        )
        for mention_id, brand in tx.execute(query):
            brands.setdefault(mention_id, set()).add(brand)
    return [frozenset(brands.get(ids.get(n, 0), ())) for n in range(len(mentions))]


def once(readings: Iterable[Reading]) -> list[Reading]:
    """Each reading of a mention for a brand once: the last one told."""
    return list({(*identity(r.mention), r.brand): r for r in readings}.values())


def store_readings(
    tx: Session,
    readings: Sequence[Reading],
    now: datetime,
    closed: Mapping[str, datetime | None],
    *,
    uncounted: bool = False,
    heard_from: datetime | None = None,
) -> list[Reading]:
    """Store mentions with what was read in them; the readings that are new. A mention that is
    known stays as it is, and so does a reading of it that is there. ``closed``: how far each
    brand is; ``uncounted``: the readings are to be found, and add to no rollup ever;
    ``heard_from``: since when the source is listened to, so that what is of later and comes when
    its bucket is closed was told late (None: it tells of the past)."""
    if not readings:
        return []
    readings = once(readings)
    mentions = list({identity(r.mention): r.mention for r in readings}.values())
    ids = dict(zip(map(identity, mentions), store_mentions(tx, mentions, now), strict=True))
    told = stamp(tx)(now)

    def row(reading: Reading) -> Row:
        late = is_late(reading, closed)
        of_now = heard_from is not None and reading.mention.published_at >= heard_from
        first = _reading_row(tx, ids[identity(reading.mention)], reading, late)
        return *first, uncounted, told if late and of_now else None

    rows = [row(reading) for reading in readings]
    table = table_of(ReadingRow)
    if on_sqlite(tx):
        known = lookup(tx, table, _READING[:2], [row[:2] for row in rows], ("brand",))
        fresh = [n for n in range(len(rows)) if n not in known]
        insert(tx, table, _READING, [rows[n] for n in fresh])
        return [readings[n] for n in fresh]
    order = sorted(range(len(rows)), key=lambda n: rows[n][:2])
    stored = set(insert_new(tx, table, _READING, [rows[n] for n in order], _READING[:2]))
    return [readings[n] for n in range(len(rows)) if rows[n][:2] in stored]


def store_mentions(tx: Session, mentions: Sequence[Mention], now: datetime) -> list[int]:
    """Store mentions, each once, without a reading of them (the brand's own are not read); their
    numbers, in order. One that is known stays as it is."""
    at = stamp(tx)
    authors = _store_authors(tx, mentions)
    rows = [
        (
            at(identity(m)[0]),
            m.platform,
            m.external_id,
            at(m.published_at),
            at(now),
            m.text,
            m.title,
            m.url,
            m.kind,
            m.reply_to,
            m.root_id,
            m.own,
            m.media,
            m.reach,
            m.likes,
            m.replies,
            authors.get((m.platform, m.author.handle)) if m.author else None,
            False,
            m.time_is != "stated",
        )
        for m in mentions
    ]
    return ensure(tx, table_of(MentionRow), _KEY, _MENTION, rows, ())[0]


def _store_authors(tx: Session, mentions: Sequence[Mention]) -> Mapping[tuple[str, str], int]:
    latest: dict[tuple[str, str], Author] = {
        (m.platform, m.author.handle): m.author for m in mentions if m.author
    }
    if not latest:
        return {}
    columns = ("platform", "handle", "name", "followers", "verified")
    rows: list[Row] = [(*key, a.name, a.followers, a.verified) for key, a in latest.items()]
    ids, known = ensure(tx, table_of(AuthorRow), columns[:2], columns, rows, columns[2:])
    changed = [(*rows[n][2:], ids[n]) for n, row in known.items() if tuple(row) != rows[n][2:]]
    update(tx, table_of(AuthorRow), columns[2:], changed)
    return dict(zip(latest, ids, strict=True))


def is_late(reading: Reading, closed: Mapping[str, datetime | None]) -> bool:
    """Whether the reading comes when its bucket is closed already."""
    until = closed.get(reading.brand)
    return until is not None and reading.mention.published_at < until


def _reading_row(tx: Session, mention_id: int, reading: Reading, late: bool) -> Row:
    at = stamp(tx)
    return (
        mention_id,
        reading.brand,
        at(reading.mention.published_at),
        reading.mention.platform,
        reading.language.value,
        *thousandths(reading),
        reading.sentiment.abstain,
        orjson.dumps([clean(term) for term in reading.matched]).decode(),
        orjson.dumps([clean(term) for term in reading.crisis_terms]).decode(),
        reading.model_version,
        late,
    )


def evidence(
    tx: Session,
    brand: str,
    platform: str,
    start: datetime,
    end: datetime,
    limit: int,
    prefer: str = "negative",
    *,
    late: bool = False,
) -> list[StoredMention]:
    """Mentions of ``[start, end)`` that show what it is about, no two of nearly the same text.

    ``prefer``: ``negative`` or ``positive`` first, or the ``latest``; then those seen by more.
    ``late``: only what was told late.
    """
    orders: dict[str, ColumnElement[Any]] = {
        "negative": ReadingRow.negative.desc(),
        "positive": ReadingRow.positive.desc(),
        "latest": ReadingRow.published_at.desc(),
    }
    query = (
        _stored()
        .where(
            ReadingRow.brand == brand,
            ReadingRow.published_at >= start,
            ReadingRow.published_at < end,
            ~MentionRow.removed,
            ~ReadingRow.uncounted,
            MentionRow.text != "",
        )
        .order_by(orders[prefer], AuthorRow.followers.desc().nulls_last(), ReadingRow.mention_id)
    )
    if late:
        query = query.where(ReadingRow.late_at.is_not(None))
    if platform != ALL:
        query = query.where(ReadingRow.platform == platform)
    rows = tx.execute(query.limit(max(50, limit * 20)))
    return _distinct((_as_stored(row) for row in rows), limit)


def _distinct(mentions: Iterable[StoredMention], limit: int) -> list[StoredMention]:
    """The first ``limit`` of them that say something the ones before do not."""
    found: list[StoredMention] = []
    seen: list[frozenset[str]] = []
    for mention in mentions:
        words = words_of(mention.text)
        if any(alike(words, other) for other in seen):
            continue
        seen.append(words)
        found.append(mention)
        if len(found) >= limit:
            break
    return found


def _stored() -> Select[MentionRow, ReadingRow, AuthorRow]:
    return (
        select(MentionRow, ReadingRow, AuthorRow)
        .join(ReadingRow, ReadingRow.mention_id == MentionRow.id)
        .join(AuthorRow, AuthorRow.id == MentionRow.author_id, isouter=True)
    )


def _as_stored(row: Found[MentionRow, ReadingRow, AuthorRow]) -> StoredMention:
    mention, reading = row[0], row[1]
    author: AuthorRow | None = row[2]  # an outer join
    return StoredMention(
        id=mention.id,
        platform=mention.platform,
        external_id=mention.external_id,
        published_at=mention.published_at,
        text=mention.text,
        title=mention.title,
        url=mention.url,
        author=author.handle if author else "",
        author_name=author.name if author else "",
        followers=author.followers if author else None,
        language=reading.language,
        negative=reading.negative / 1000,
        neutral=reading.neutral / 1000,
        positive=reading.positive / 1000,
        matched=tuple(reading.matched),
        undated=mention.undated,
    )
