"""What is read ahead of the store says what the store says once it is stored."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.jobs.poll.ahead import BucketAhead, PageAhead
from monitor.model import BUCKET, Author, Language, Mention, Reading, Sentiment
from monitor.store.ahead import Ahead
from monitor.store.engine import Database
from monitor.store.mentions import storable, store_pages
from monitor.store.past import Spoken, Stored
from monitor.store.schema import prepare
from monitor.store.series import add_changes, apply_changes, changes_of

T0 = datetime(2026, 3, 2, tzinfo=UTC)
START = T0 + 4 * BUCKET
SITES = ("", "https://koran.example/1", "https://news.google.com/rss/articles/1")


def read(dice: random.Random, at: datetime, number: int) -> Reading:
    """Few authors, platforms and moments, so that many of them are the same."""
    author = Author(f"u{dice.randrange(3)}") if dice.random() < 0.7 else None
    platform, kind = dice.choice((("x", "post"), ("instagram", "comment"), ("news", "article")))
    told = Mention(
        platform,
        f"{dice.randrange(10**6)}-{number}",
        at + dice.randrange(3) * BUCKET / 3,
        f"kopi\0 {number}",
        kind=kind,  # type: ignore[arg-type]
        title=dice.choice(("", "judul")),
        url=dice.choice(SITES),
        author=author,
    )
    negative = dice.choice((0.1, 0.45, 0.4504, 0.8))
    mood = Sentiment(negative, 0.1, 0.9 - negative, abstain=False)
    crisis = ("keracunan",) if dice.random() < 0.5 else ()
    brand = dice.choice(("kopi", "kopi", "teh"))
    return Reading(storable(told), brand, ("kopi",), Language.INDONESIAN, mood, "m", crisis)


def page(dice: random.Random, at: datetime, number: int) -> PageAhead:
    readings = [read(dice, at, number * 10 + n) for n in range(dice.randrange(5))]
    return PageAhead(None, readings, readings)  # type: ignore[arg-type]


def store(db: Database, buckets: list[BucketAhead]) -> None:
    told = [(one.readings, bucket.end) for bucket in buckets for one in bucket.pages]
    with db.write() as tx:
        store_pages(tx, told, {})
        readings = [reading for readings, _ in told for reading in readings]
        apply_changes(tx, changes_of(readings), {})


def as_told(said: list[Spoken]) -> list[Any]:
    """Without the numbers that stand for those who are not known."""
    known = [one.who if isinstance(one.who, tuple) else "?" for one in said]
    unknown = [one.who for one in said if isinstance(one.who, int)]
    assert len(set(unknown)) == len(unknown)
    return [
        (who, one.text, one.matched, one.platform, one.publisher, one.accuses)
        for who, one in zip(known, said, strict=True)
    ]


@pytest.mark.parametrize("seed", range(4))
def test_texts_and_hours_are_the_same_before_and_after_they_are_stored(
    tmp_path: Path, seed: int
) -> None:
    dice, db = random.Random(seed), Database(f"sqlite:///{tmp_path}/a.db")
    prepare(db)
    buckets = [
        BucketAhead(at, at + BUCKET, tuple(page(dice, at, 3 * n + m) for m in range(3)))
        for n, at in enumerate(T0 + n * BUCKET for n in range(9))
    ]
    store(db, buckets[:4])
    spans = [(T0 + low * BUCKET, T0 + high * BUCKET) for low, high in ((0, 9), (2, 7), (5, 8))]
    asked = [(low, high, limit) for low, high in spans for limit in (3, 9, 200)]
    with db.read() as tx:
        ahead = Ahead(tx, START)
        for bucket in buckets[4:]:
            readings = list(bucket.fresh)
            ahead.add(add_changes(changes_of(readings)), readings)
        texts = [as_told(list(ahead.spoken("kopi", *one))) for one in asked]
        hours = [ahead.by_hour("kopi", low - timedelta(hours=1), high) for low, high in spans]
    store(db, buckets[4:])
    with db.read() as tx:
        stored = Stored(tx)
        assert texts == [as_told(list(stored.spoken("kopi", *one))) for one in asked]
        assert hours == [stored.by_hour("kopi", lo - timedelta(hours=1), hi) for lo, hi in spans]
    assert any(texts)
    db.close()
