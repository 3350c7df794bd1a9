"""A brand whose weeks are mailed, and its sources."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from monitor.settings.model import BrandSettings, Settings
from monitor.store.engine import Database, Transaction
from monitor.store.tables.listening import BrandRow, RollupRow, SourceRow, UncoveredRow

MONDAY = datetime(2026, 3, 16, 1, 0, tzinfo=UTC)  # 08:00 in Jakarta
WEDNESDAY = datetime(2026, 3, 11, 5, 0, tzinfo=UTC)  # of the week that is due
TO = ("rina@example.com", "budi@example.com")


def brand(**values: Any) -> BrandSettings:
    return BrandSettings.model_validate(
        {"slug": "senja", "name": "Kopi Senja", "query": "senja", "digest": {"to": TO}, **values}
    )


def written(
    tx: Transaction, at: datetime, count: int, *, negative: int, platform: str = "x"
) -> None:
    """So many mentions of the brand, all read, with so many thousandths of p_neg together."""
    for measure, value in (("mentions", count), ("scored", count), ("negative", negative)):
        tx.add(RollupRow(brand="senja", platform=platform, measure=measure, value=value, start=at))


@contextmanager
def digesting(database_url: str) -> Iterator[SimpleNamespace]:
    """An app with one brand that has written 40 mentions in the week that is due."""
    db = Database(database_url)
    with db.write() as tx:
        tx.add(BrandRow(slug="senja", first_bucket=datetime(2026, 2, 1, tzinfo=UTC)))
        written(tx, WEDNESDAY, 40, negative=20_000)
    yield SimpleNamespace(
        db=db,
        brands={"senja": brand()},
        channels={"email": None},
        settings=Settings(),
        playbooks={},
        risks=tuple,
        wall=lambda: MONDAY,
        wake=lambda: None,
    )
    db.close()


END = datetime(2026, 3, 15, 17, 0, tzinfo=UTC)  # of 2026-W11 in Jakarta


def a_source(app: Any, polled_until: datetime, **values: Any) -> None:
    """A source of the brand, asked up to then."""
    known = {
        "id": 1,
        "name": "search",
        "platform": "x",
        "covered_from": datetime(2026, 2, 1, tzinfo=UTC),
    }
    with app.db.write() as tx:
        tx.merge(
            SourceRow(
                brand="senja",
                connector="x",
                lag_s=0,
                next_poll_at=MONDAY,
                polled_until=polled_until,
                **(known | values),
            )
        )
        tx.get_one(BrandRow, "senja").closed_until = polled_until


def negative_mentions(app: Any, count: int) -> None:
    """So many late ones on Saturday, all of them angry."""
    with app.db.write() as tx:
        written(tx, WEDNESDAY + timedelta(days=3), count, negative=count * 1000)


def weeks_before(app: Any) -> None:
    """Three ordinary weeks, to compare with."""
    with app.db.write() as tx:
        for days in (7, 14, 21):
            written(tx, WEDNESDAY - timedelta(days=days), 40, negative=8_000)


def uncovered(app: Any, start: datetime, end: datetime, platform: str = "x") -> None:
    """A stretch that was closed without it."""
    with app.db.write() as tx:
        tx.add(UncoveredRow(brand="senja", platform=platform, start=start, end=end, reason="down"))


BEGIN = END - timedelta(days=7)
WELL = END + timedelta(minutes=5)


def blind_since(app: Any, since: datetime, platform: str = "x") -> None:
    blind = {"health": "blind", "health_since": since, "health_kind": "network"}
    a_source(app, since, id=2, name="own", platform=platform, **blind)
    uncovered(app, since, WELL, platform)
