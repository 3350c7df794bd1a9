"""What cannot be read counts as a mention, neither calm nor negative; crises are counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import ALL, BUCKET, Bucket, Language, Mention, Reading, Sentiment
from monitor.store.engine import Database
from monitor.store.mentions import store_readings
from monitor.store.rescored import put_scores, stale
from monitor.store.schema import prepare
from monitor.store.series import apply_changes, changes_of, series

AT = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
ANGRY = Sentiment(0.9, 0.05, 0.05)
UNKNOWN = Sentiment(1 / 3, 1 / 3, 1 / 3, abstain=True)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    prepare(opened)
    yield opened
    opened.close()


def reading(n: int, language: Language, sentiment: Sentiment, *terms: str) -> Reading:
    mention = Mention("x", str(n), AT + timedelta(seconds=n), f"text {n}", kind="article")
    return Reading(mention, "kopi", (), language, sentiment, "m1", terms)


def stored(db: Database, *readings: Reading) -> Bucket:
    with db.write() as tx:
        apply_changes(tx, changes_of(store_readings(tx, readings, AT, {})), {})
    return bucket(db)


def bucket(db: Database) -> Bucket:
    with db.read() as tx:
        (found,) = series(tx, "kopi", ALL, AT, AT + BUCKET)
    return found


def test_a_storm_in_a_language_nobody_reads_is_volume_without_a_mood(db: Database) -> None:
    found = stored(
        db,
        reading(1, Language.INDONESIAN, ANGRY),
        reading(2, Language.OTHER, UNKNOWN),
        reading(3, Language.OTHER, UNKNOWN),
        reading(4, Language.OTHER, ANGRY),  # short, and plain all the same
        reading(5, Language.ENGLISH, replace(ANGRY, abstain=True)),  # unsure, and calibrated
    )
    assert (found.volume, found.scored) == (5, 3)
    assert found.negative == pytest.approx(2.7)


def test_mentions_that_name_a_crisis_are_counted(db: Database) -> None:
    found = stored(
        db,
        reading(1, Language.INDONESIAN, ANGRY, "keracunan", "korban"),
        reading(2, Language.OTHER, UNKNOWN, "salmonella"),
        reading(3, Language.INDONESIAN, ANGRY),
    )
    assert (found.volume, found.crisis) == (3, 2)


def test_a_model_that_reads_more_moves_what_was_unknown(db: Database) -> None:
    stored(db, reading(1, Language.OTHER, UNKNOWN), reading(2, Language.INDONESIAN, ANGRY, "basi"))
    with db.write() as tx:
        old = stale(tx, "kopi", "m2", AT, 0, 10)
        assert [row.mention.kind for row in old] == ["article", "article"]
        first, second = (row.mention_id for row in old)
        again = {
            first: replace(reading(1, Language.INDONESIAN, ANGRY, "racun"), model_version="m2"),
            second: replace(reading(2, Language.OTHER, UNKNOWN), model_version="m2"),
        }
        put_scores(tx, "kopi", "m2", again)
    found = bucket(db)
    assert (found.volume, found.scored, found.crisis) == (2, 1, 1)
    assert found.negative == pytest.approx(0.9)
