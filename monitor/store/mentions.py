"""Mentions, their authors and their readings: storing pages, and finding evidence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
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
    Stamp,
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
Identity = tuple[datetime, str, str]

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


def identity(mention: Mention) -> Identity:
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
    pages = store_pages(tx, [(readings, now)], closed, uncounted=uncounted, heard_from=heard_from)
    return pages[0]


def store_pages(
    tx: Session,
    pages: Sequence[tuple[Sequence[Reading], datetime]],
    closed: Mapping[str, datetime | None],
    *,
    uncounted: bool = False,
    heard_from: datetime | None = None,
) -> list[list[Reading]]:
    """As ``store_readings`` of each of the pages (readings, now) one after the other, in no more
    statements than for one."""
    told = [(once(readings), now) for readings, now in pages]
    mentions = [
        (page, now, mention)
        for page, (readings, now) in enumerate(told)
        for mention in {identity(r.mention): r.mention for r in readings}.values()
    ]
    if not mentions:
        return [[] for _ in pages]
    ids = _ensured(tx, mentions)
    at = stamp(tx)
    rows: dict[tuple[int, str], Row] = {}
    of: dict[tuple[int, str], tuple[int, Reading]] = {}
    for page, (readings, now) in enumerate(told):
        for reading in readings:
            mention = reading.mention
            late = is_late(reading, closed)
            of_now = heard_from is not None and mention.published_at >= heard_from
            row = _reading_row(at, ids[identity(mention)], reading, late)
            if row[:2] not in rows:
                rows[row[:2]] = *row, uncounted, at(now) if late and of_now else None
                of[row[:2]] = page, reading
    found: list[list[Reading]] = [[] for _ in pages]
    stored = _insert_readings(tx, rows)
    for key, (page, reading) in of.items():
        if key in stored:
            found[page].append(reading)
    return found


def _insert_readings(
    tx: Session, rows: Mapping[tuple[int, str], Row]
) -> Collection[tuple[Any, ...]]:
    """Insert readings by their keys; the keys of those that are new."""
    table, keys = table_of(ReadingRow), list(rows)
    if on_sqlite(tx):
        known = lookup(tx, table, _READING[:2], keys, ("brand",))
        fresh = [key for n, key in enumerate(keys) if n not in known]
        insert(tx, table, _READING, [rows[key] for key in fresh])
        return set(fresh)
    return set(insert_new(tx, table, _READING, [rows[key] for key in sorted(keys)], _READING[:2]))


def store_mentions(tx: Session, mentions: Sequence[Mention], now: datetime) -> list[int]:
    """Store mentions, each once, without a reading of them (the brand's own are not read); their
    numbers, in order. One that is known stays as it is."""
    ids = _ensured(tx, [(0, now, mention) for mention in mentions])
    return [ids[identity(mention)] for mention in mentions]


def _ensured(tx: Session, told: Sequence[tuple[int, datetime, Mention]]) -> dict[Identity, int]:
    """Store mentions (number of their page, now) as page after page; the number of each."""
    at = stamp(tx)
    authors = _store_authors(tx, [(page, mention) for page, _, mention in told])
    first: dict[Identity, tuple[int, datetime, Mention]] = {}
    for one in told:
        first.setdefault(identity(one[2]), one)
    rows = [
        (
            at(key[0]),
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
        for key, (_, now, m) in first.items()
    ]
    turns = [page for page, _, _ in first.values()]
    ids, _ = ensure(tx, table_of(MentionRow), _KEY, _MENTION, rows, (), turns)
    return dict(zip(first, ids, strict=True))


def _store_authors(
    tx: Session, told: Sequence[tuple[int, Mention]]
) -> Mapping[tuple[str, str], int]:
    """Store the authors of mentions (with the number of their page), each as told last."""
    latest: dict[tuple[str, str], Author] = {}
    turns: dict[tuple[str, str], int] = {}
    for page, mention in told:
        if mention.author:
            key = (mention.platform, mention.author.handle)
            latest[key] = mention.author
            turns.setdefault(key, page)
    if not latest:
        return {}
    columns = ("platform", "handle", "name", "followers", "verified")
    rows: list[Row] = [(*key, a.name, a.followers, a.verified) for key, a in latest.items()]
    table = table_of(AuthorRow)
    ids, known = ensure(tx, table, columns[:2], columns, rows, columns[2:], [*turns.values()])
    changed = [(*rows[n][2:], ids[n]) for n, row in known.items() if tuple(row) != rows[n][2:]]
    update(tx, table, columns[2:], changed)
    return dict(zip(latest, ids, strict=True))


def is_late(reading: Reading, closed: Mapping[str, datetime | None]) -> bool:
    """Whether the reading comes when its bucket is closed already."""
    until = closed.get(reading.brand)
    return until is not None and reading.mention.published_at < until


def _reading_row(at: Stamp, mention_id: int, reading: Reading, late: bool) -> Row:
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
        if words in seen or any(alike(words, other) for other in seen):
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
