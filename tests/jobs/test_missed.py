"""What could not be seen is health: a source that loses its entries is asked sooner, then is
degraded, then blind; and never hides what another source saw."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from fakes import feed as shown
from fakes.databases import ON_SQLITE
from fakes.lines import INFO, MINUTE, T0, Script, mention, only_source, poll_due
from sqlalchemy import select

from connectors.base import Cursor, Page, SourceSpec, Unavailable
from monitor.app import App
from monitor.cli.status import in_json
from monitor.detect.factory import detectors_for
from monitor.jobs.detect.close import close_buckets
from monitor.jobs.detect.sources import watch_sources
from monitor.jobs.views.overview import overview
from monitor.model import ALL, Author
from monitor.settings.model import BrandSettings, Rules, SourceSettings
from monitor.store.series import series
from monitor.store.sources import source_states
from monitor.store.tables.listening import SignalRow

pytestmark = ON_SQLITE

Line = Callable[..., App]
HOUR = timedelta(hours=1)


@dataclass
class Feed:
    """Shows its newest ``shows`` entries, of which one is published ``every``. ``nameless``: each
    fetch gives all of them other ids and no dates, so that all look new; of every ``lucky``
    fetches one happens to have lost nothing."""

    shows: int
    every: timedelta
    nameless: bool = False
    broken: bool = False
    lucky: int = 0
    asked: list[datetime] = field(default_factory=list)

    def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        self.asked.append(source.now)
        if self.broken:
            raise Unavailable("It does not answer.")
        last = datetime.fromisoformat(cursor["polled"]) if cursor else None
        newest = (source.now - T0) // self.every
        numbers = range(max(0, newest - self.shows + 1), newest + 1)
        made = [mention(n, T0 + n * self.every, f"kopi {n}") for n in numbers]
        oldest = source.now if self.nameless else made[0].published_at
        lost = last is not None and (self.nameless or oldest > last + self.every)
        lost = lost and not (self.lucky and len(self.asked) % self.lucky == 0)
        yield Page(
            tuple(m for m in made if last is None or m.published_at > last),
            missed=(last, oldest) if lost and last else None,
            cursor={"polled": source.now.isoformat()},
            covered_from=None if cursor else source.now - 5 * MINUTE,
        )


def watch(app: App, until: datetime) -> None:
    """Poll when it is due, as the daemon does, and watch over the sources."""
    while app.now() < until:
        poll_due(app)
        watch_sources(app, app.now())
        with app.db.read() as tx:
            due = min(source.next_poll_at for source in source_states(tx))
        app.now.advance_to(max(due, app.now() + timedelta(seconds=1)))  # type: ignore[attr-defined]


def signals(app: App) -> list[SignalRow]:
    with app.db.read() as tx:
        return list(tx.scalars(select(SignalRow).where(SignalRow.detector == "blindness")))


def test_a_feed_that_rolls_over_is_asked_sooner_and_then_seen_completely(line: Line) -> None:
    feed = Feed(shows=10, every=timedelta(seconds=15))  # 240 an hour
    app = line(Script(feed.fetch, INFO))
    watch(app, T0 + 2 * HOUR)
    source = only_source(app)
    assert source.health == "ok"
    assert signals(app) == []
    waits = [b - a for a, b in zip(feed.asked[4:], feed.asked[5:], strict=False)]
    assert max(waits) <= timedelta(seconds=150)
    assert min(waits) >= MINUTE
    with app.db.read() as tx:
        seen = sum(b.volume for b in series(tx, "kopi", ALL, T0 + HOUR, T0 + 2 * HOUR - 5 * MINUTE))
    assert seen == 55 * 4


def test_a_feed_that_loses_its_entries_even_so_is_degraded_and_then_blind_and_told(
    line: Line,
) -> None:
    feed = Feed(shows=1, every=timedelta(seconds=10))
    app = line(Script(feed.fetch, INFO))
    watch(app, T0 + 12 * MINUTE)
    assert only_source(app).health == "degraded"
    assert signals(app) == []
    watch(app, T0 + 30 * MINUTE)
    source = only_source(app)
    assert (source.health, source.health_kind) == ("blind", "missed")
    assert "It has lost" in source.health_reason
    (signal,) = signals(app)
    assert signal.first_at - signal.start <= timedelta(minutes=15)
    assert max(source.next_poll_at - app.now(), MINUTE) == MINUTE, "it is no longer asked"
    view = overview(app, app.now(), app.now())
    assert 0.5 < view.unseen[source.id] <= 1
    told = json.loads(in_json(view, True, [], []))  # siaga status --json
    assert told["overview"]["unseen"] == {str(source.id): view.unseen[source.id]}


def test_a_feed_whose_entries_have_no_lasting_names_is_told_too(line: Line) -> None:
    app = line(Script(Feed(5, MINUTE, nameless=True).fetch, INFO))
    watch(app, T0 + 30 * MINUTE)
    source = only_source(app)
    assert source.health == "blind"
    assert source.health_since
    (signal,) = signals(app)
    assert signal.facts["since"] == source.health_since.isoformat(timespec="seconds")


def test_a_feed_that_happens_to_lose_nothing_now_and_then_is_told_too(line: Line) -> None:
    app = line(Script(Feed(5, MINUTE, nameless=True, lucky=4).fetch, INFO))
    watch(app, T0 + 40 * MINUTE)
    assert only_source(app).health == "blind"
    assert len(signals(app)) == 1


def test_it_is_seen_again_when_it_tells_everything(line: Line) -> None:
    feed = Feed(shows=1, every=timedelta(seconds=10))
    app = line(Script(feed.fetch, INFO))
    watch(app, T0 + 30 * MINUTE)
    assert only_source(app).health == "blind"
    feed.shows = 100
    watch(app, T0 + 40 * MINUTE)
    assert only_source(app).health == "ok"
    assert [row.over for row in signals(app)] == [True]


def test_one_gap_after_an_outage_of_ours_is_no_state_of_the_source(line: Line) -> None:
    app = line(Script(Feed(shows=100, every=MINUTE).fetch, INFO))
    watch(app, T0 + HOUR)
    app.now.advance_to(T0 + 5 * HOUR)  # type: ignore[attr-defined]
    poll_due(app)
    assert only_source(app).health == "ok"
    watch(app, T0 + 6 * HOUR)
    assert only_source(app).health == "ok"
    assert signals(app) == []


def test_a_failure_after_days_of_losing_a_little_is_not_at_once_blindness(line: Line) -> None:
    feed = Feed(shows=5, every=timedelta(seconds=10))  # 50 s of every 60
    app = line(Script(feed.fetch, INFO))
    watch(app, T0 + 2 * HOUR)  # by now it has lost twenty minutes
    assert only_source(app).health == "degraded"

    feed.broken = True
    poll_due(app)
    assert only_source(app).health == "degraded"


def test_a_feed_that_loses_its_entries_never_hides_what_another_saw(line: Line) -> None:
    lossy, whole = Feed(1, timedelta(seconds=10)), Feed(50, MINUTE)

    def fetch(source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        return (lossy if source.name == "lossy" else whole).fetch(source, cursor)

    brand = BrandSettings(
        slug="kopi",
        name="Kopi",
        query="kopi",
        sources=tuple(SourceSettings(connector="fake", name=n) for n in ("lossy", "whole")),
    )
    app = line(Script(fetch, INFO), brands=[brand])
    watch(app, T0 + 75 * MINUTE)
    close_buckets(app, app.now())
    with app.db.read() as tx:
        buckets = series(tx, "kopi", "x", T0 + 30 * MINUTE, T0 + HOUR)
        health = {s.name: s.health for s in source_states(tx)}
    assert all(bucket.covered and bucket.final for bucket in buckets)
    assert health == {"lossy": "blind", "whole": "ok"}


def test_alone_it_leaves_its_platform_uncovered(line: Line) -> None:
    app = line(Script(Feed(1, timedelta(seconds=10)).fetch, INFO))
    watch(app, T0 + 75 * MINUTE)
    close_buckets(app, app.now())
    with app.db.read() as tx:
        buckets = series(tx, "kopi", "x", T0 + 30 * MINUTE, T0 + HOUR)
    assert not any(bucket.covered for bucket in buckets)


def test_what_a_feed_still_shows_of_a_storm_that_it_could_not_hold_is_a_crisis(line: Line) -> None:
    """Sixty articles in four minutes, of which the newest fifteen are left at the next poll."""
    start = T0 + 2 * HOUR
    calm = [
        mention(n, T0 + n * 20 * MINUTE, "=kopi", author=Author(f"reader {n}"))
        for n in range((start - T0) // (20 * MINUTE))
    ]
    storm = [
        mention(f"s{n}", start + n * timedelta(seconds=4), "-kopi ☠", author=Author(f"author {n}"))
        for n in range(60)
    ]
    feed = shown.Feed(calm + storm[45:])
    script = Script(lambda source, cursor: feed(source, cursor), replace(INFO, lag=HOUR))
    app = line(script, detectors=detectors_for(Rules()))
    shown.run(app, T0, start, HOUR)
    feed.missed = start, storm[45].published_at
    shown.step(app, start + 5 * MINUTE)
    feed.missed = None
    shown.run(app, start + 6 * MINUTE, start + 12 * MINUTE, MINUTE)
    assert [s.detector for s in shown.signals(app, platform=ALL)] == ["first_days"]


def test_what_cannot_be_seen_for_a_reason_is_told_with_it_and_not_asked_any_sooner(
    line: Line,
) -> None:
    def fetch(source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        since = datetime.fromisoformat(cursor["polled"]) if cursor else source.now - MINUTE
        yield Page(
            missed=(since, source.now),
            missed_why="It answers nothing to this word.",
            cursor={"polled": source.now.isoformat()},
        )

    app = line(Script(fetch, INFO))
    watch(app, T0 + HOUR)
    source = only_source(app)
    assert (source.health, source.health_reason) == ("blind", "It answers nothing to this word.")
    assert source.next_poll_at - app.now() <= 5 * MINUTE
    assert source.pace_s == source.every_s
    assert len(signals(app)) == 1


@pytest.mark.parametrize("every", [2, 5, 10, 15])
def test_it_is_told_within_fifteen_minutes_of_the_first_entry_that_was_lost(
    line: Line, every: int
) -> None:
    feed = Feed(shows=100, every=timedelta(seconds=10))
    app = line(Script(feed.fetch, replace(INFO, every=every * MINUTE)))
    watch(app, T0 + HOUR)
    assert only_source(app).health == "ok"
    feed.shows, begun = 1, app.now()
    watch(app, begun + 16 * MINUTE)
    (signal,) = signals(app)
    assert signal.first_at <= begun + max(15, every + 1) * MINUTE
    waits = [b - a for a, b in pairwise(feed.asked)]
    assert min(waits) >= MINUTE, "a host's patience ends somewhere"


def test_one_burst_that_a_feed_could_not_hold_is_told_to_nobody(line: Line) -> None:
    feed = Feed(shows=100, every=timedelta(seconds=10))
    app = line(Script(feed.fetch, INFO))
    watch(app, T0 + 30 * MINUTE)
    feed.shows = 1
    poll_due(app)
    assert only_source(app).health == "degraded"
    feed.shows = 100
    watch(app, T0 + 90 * MINUTE)
    assert only_source(app).health == "ok"
    assert signals(app) == []


def test_what_costs_money_is_not_asked_sooner_and_told_in_time_all_the_same(line: Line) -> None:
    feed = Feed(shows=1, every=timedelta(seconds=10))

    def paid(source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        for page in feed.fetch(source, cursor):
            yield replace(page, cost={"usd": 0.01})

    app = line(Script(paid, replace(INFO, every=10 * MINUTE)))
    watch(app, T0 + 21 * MINUTE)
    assert feed.asked == [T0, T0 + 10 * MINUTE, T0 + 20 * MINUTE]
    (signal,) = signals(app)
    assert signal.first_at - T0 <= 15 * MINUTE


def test_a_feed_that_loses_its_entries_and_is_then_not_asked_at_all_is_told(line: Line) -> None:
    feed = Feed(shows=5, every=timedelta(seconds=10))  # degraded: 50 s of every 60
    app = line(Script(feed.fetch, INFO))
    watch(app, T0 + HOUR)
    for minute in range(61, 90):
        app.now.advance_to(T0 + minute * MINUTE)  # type: ignore[attr-defined]
        watch_sources(app, app.now())
    assert (only_source(app).health, only_source(app).health_kind) == ("blind", "overdue")
