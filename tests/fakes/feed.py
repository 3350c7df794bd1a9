"""A platform that is asked for what is new, and the daemon's turn over it."""

from __future__ import annotations

from datetime import timedelta

from fakes.lines import MINUTE, T0, mention, poll_due
from sqlalchemy import select

from connectors.base import Page
from monitor.jobs.detect.detect import detect, watch_sources
from monitor.store.tables.listening import SignalRow

HOUR = timedelta(hours=1)


class Feed:
    """A platform that is asked for what is new: it tells everything since the cursor."""

    def __init__(self, mentions):
        self.mentions = sorted(mentions, key=lambda m: m.published_at)
        self.error = None
        self.missed = None

    def __call__(self, source, cursor):
        if self.error:
            raise self.error
        since = cursor["n"] if cursor else 0
        new = [m for m in self.mentions[since:] if m.published_at < source.now]
        yield Page(tuple(new), cursor={"n": since + len(new)}, covered_from=T0, missed=self.missed)


def calm(until, every=2 * MINUTE):
    """A mention every two minutes."""
    return [mention(n, T0 + n * every, "=kopi") for n in range(int((until - T0) / every))]


def burst(at, n=40):
    """A crisis of some minutes."""
    return [mention(f"b{i}", at + timedelta(seconds=5 * i), "-kopi") for i in range(n)]


def signals(app, **where):
    with app.db.read() as tx:
        query = select(SignalRow).filter_by(**where).order_by(SignalRow.start, SignalRow.platform)
        return list(tx.scalars(query.order_by(SignalRow.detector)))


def facts(rows):
    return [
        (r.platform, r.detector, r.start, r.at, r.score, r.peak_score, r.observed, r.middle, r.over)
        for r in rows
    ]


def step(app, at):
    """The daemon's turn at a moment."""
    app.now.advance_to(at)
    poll_due(app)
    watch_sources(app, app.now())
    for brand in app.brands:
        detect(app, brand, app.now())


def run(app, start, end, every=5 * MINUTE):
    while start <= end:
        step(app, start)
        start += every
