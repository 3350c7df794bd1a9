"""A platform that is asked for what is new, and the daemon's turn over it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from fakes.lines import MINUTE, T0, clock_of, mention, poll_due
from sqlalchemy import select

from connectors.base import ConnectorError, Cursor, Page, SourceSpec
from monitor.app import App
from monitor.jobs.detect.detect import detect, watch_sources
from monitor.model import Mention
from monitor.store.tables.listening import SignalRow

HOUR = timedelta(hours=1)


class Feed:
    """A platform that is asked for what is new: it tells everything since the cursor."""

    def __init__(self, mentions: Sequence[Mention]) -> None:
        self.mentions = sorted(mentions, key=lambda m: m.published_at)
        self.error: ConnectorError | None = None
        self.missed: tuple[datetime, datetime] | None = None

    def __call__(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        if self.error:
            raise self.error
        since = cursor["n"] if cursor else 0
        new = [m for m in self.mentions[since:] if m.published_at < source.now]
        yield Page(tuple(new), cursor={"n": since + len(new)}, covered_from=T0, missed=self.missed)


def calm(until: datetime, every: timedelta = 2 * MINUTE) -> list[Mention]:
    """A mention every two minutes."""
    return [mention(n, T0 + n * every, "=kopi") for n in range(int((until - T0) / every))]


def burst(at: datetime, n: int = 40) -> list[Mention]:
    """A crisis of some minutes."""
    return [mention(f"b{i}", at + timedelta(seconds=5 * i), "-kopi") for i in range(n)]


def signals(app: App, **where: object) -> list[SignalRow]:
    with app.db.read() as tx:
        query = select(SignalRow).filter_by(**where).order_by(SignalRow.start, SignalRow.platform)
        return list(tx.scalars(query.order_by(SignalRow.detector)))


def facts(rows: Sequence[SignalRow]) -> list[tuple[Any, ...]]:
    return [
        (r.platform, r.detector, r.start, r.at, r.score, r.peak_score, r.observed, r.middle, r.over)
        for r in rows
    ]


def step(app: App, at: datetime) -> None:
    """The daemon's turn at a moment."""
    clock_of(app).advance_to(at)
    poll_due(app)
    watch_sources(app, app.now())
    for brand in app.brands:
        detect(app, brand, app.now())


def run(app: App, start: datetime, end: datetime, every: timedelta = 5 * MINUTE) -> None:
    while start <= end:
        step(app, start)
        start += every
