"""Voices: who spoke, each once an hour. A storm of one author is not one of many.

While an hour may still be told of, a row says how much an author (as a number that nobody is found
by) wrote in each bucket. When a bucket is closed its voices become sums of the rollup: authors who
had not spoken earlier in their hour, how many of them could be read, and the sum of each one's mean
p_neg. So a bucket's sums hang on nothing later than itself, and on no order of arrival. The rows
go after a day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from urllib.parse import urlsplit

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from monitor.model import BUCKET, Mention, Reading
from monitor.store.bulk import insert, stamp, table_of
from monitor.store.tables.listening import RollupRow, VoiceRow

MEASURES = ("voices", "voices_scored", "voices_negative")
"""In rollups: authors, those that could be read, thousandths of their p_neg."""

HOUR = timedelta(hours=1)
KEPT = timedelta(days=1)
"""Longest after its hour that a row is kept."""

Voices = dict[tuple[str, str, datetime], dict[str, int]]
"""brand, platform, bucket -> measure -> sum."""

Heard = dict[tuple[str, str, datetime, int, datetime], list[int]]
"""brand, platform, hour, author, bucket -> readings that were scored, the sum of their p_neg."""


AGGREGATORS = frozenset({"news.google.com"})
"""Hosts that link others' articles under addresses of their own; their author is the publisher."""


def host_of(url: str) -> str:
    """The host of an article's address, which names its publisher; "" where an aggregator's does
    not."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return "" if host in AGGREGATORS else host


def speaker(mention: Mention) -> int:
    """A number for who speaks: the author, or the publisher of an article, or nobody else."""
    host = host_of(mention.url) if mention.kind == "article" else ""
    if host:
        name = host
    elif mention.author is not None:
        name = f"@{mention.author.handle}"
    else:
        name = f"#{mention.external_id}"
    digest = blake2b(f"{mention.platform}\0{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def heard_in(readings: Iterable[Reading]) -> Heard:
    """Who spoke in these readings, in which bucket, and how much."""
    heard: Heard = defaultdict(lambda: [0, 0])
    for reading in readings:
        mention = reading.mention
        start = _floor(mention.published_at, BUCKET)
        key = (reading.brand, mention.platform, hour_of(start), speaker(mention), start)
        cell = heard[key]
        if reading.is_scored:
            cell[0] += 1
            cell[1] += min(1000, max(0, round(reading.sentiment.negative * 1000)))
    return heard


def hear(tx: Session, readings: Iterable[Reading]) -> None:
    """Keep who spoke. ``readings``: the new ones."""
    at, heard = stamp(tx), heard_in(readings)
    rows = [
        (brand, platform, at(hour), who, at(start), *heard[brand, platform, hour, who, start])
        for brand, platform, hour, who, start in sorted(heard)
    ]
    insert(
        tx,
        table_of(VoiceRow),
        ("brand", "platform", "hour", "author", "start", "scored", "negative"),
        rows,
        "on conflict (brand, platform, hour, author, start) do update set"
        " scored = voice.scored + excluded.scored, negative = voice.negative + excluded.negative",
    )


def _floor(at: datetime, step: timedelta) -> datetime:
    seconds = int(step.total_seconds())
    return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, UTC)


def hour_of(at: datetime) -> datetime:
    """The hour in which an author counts once."""
    return _floor(at, HOUR)


_KEPT = (
    select(
        VoiceRow.brand, VoiceRow.platform, VoiceRow.hour, VoiceRow.author,
        VoiceRow.start, VoiceRow.scored, VoiceRow.negative,
    )
    .where(
        VoiceRow.brand.in_(bindparam("brands", expanding=True)),
        VoiceRow.hour >= bindparam("low"),
        VoiceRow.start < bindparam("high"),
    )
    .order_by(VoiceRow.start)
)  # fmt: skip


def kept(tx: Session, brands: Collection[str], start: datetime, end: datetime) -> Heard:
    """The rows that say who spoke first in the hours of the buckets in ``[start, end)``."""
    asked = {"brands": sorted(brands), "low": hour_of(start), "high": end}
    return {tuple(row[:5]): list(row[5:]) for row in tx.connection().execute(_KEPT, asked)}  # type: ignore[misc]


def count_voices(heard: Heard, start: datetime) -> Voices:
    """The voices of the buckets from ``start`` on: each author in the first bucket of an hour."""
    spoken: set[tuple[str, str, datetime, int]] = set()
    found: Voices = defaultdict(lambda: dict.fromkeys(MEASURES, 0))
    for brand, platform, hour, author, at in sorted(heard, key=lambda key: key[4]):
        if (brand, platform, hour, author) in spoken:
            continue
        spoken.add((brand, platform, hour, author))
        if at >= start:
            scored, negative = heard[brand, platform, hour, author, at]
            cell = found[brand, platform, at]
            cell["voices"] += 1
            if scored:
                cell["voices_scored"] += 1
                cell["voices_negative"] += negative // scored
    return dict(found)


def voices(tx: Session, brands: Collection[str], start: datetime, end: datetime) -> Voices:
    """The voices of the buckets in ``[start, end)``, as far as rows are kept."""
    return count_voices(kept(tx, brands, start, end), start)


def close_voices(tx: Session, brands: Collection[str], start: datetime, end: datetime) -> None:
    """Make the voices of ``[start, end)`` part of the rollups, and forget who they were."""
    at = stamp(tx)
    found: Mapping[tuple[str, str, datetime], Mapping[str, int]] = voices(tx, brands, start, end)
    insert(
        tx,
        table_of(RollupRow),
        ("brand", "platform", "measure", "start", "value", "at_close"),
        [
            (brand, platform, measure, at(when), amount, amount)
            for (brand, platform, when), cell in sorted(found.items())
            for measure, amount in cell.items()
            if amount
        ],
        "on conflict (brand, platform, measure, start) do nothing",
    )
    tx.execute(
        delete(VoiceRow).where(VoiceRow.brand.in_(sorted(brands)), VoiceRow.hour < end - KEPT)
    )
