"""Told within fifteen minutes of its begin: a source may have gone deaf right after its last good
poll, and it is from there that the time counts. What passes by itself is told to nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fakes.lines import INFO, MINUTE, T0, Script, clock_of, counts, make_app, only_source, poll_due

from connectors.base import ConnectorError, Cursor, Page, RateLimited, SourceSpec, Unavailable
from monitor.app import App
from monitor.jobs.detect.sources import watch_anew, watch_sources
from monitor.jobs.poll.poll import LEASE, abandon, claim_due
from monitor.store.clock import heal
from monitor.store.sources import change, source_states
from monitor.store.tables.listening import SignalRow

HOUR = timedelta(hours=1)
SLOW = Unavailable("It did not answer in time.")
SPENT = RateLimited("The quota is spent.", T0 + 90 * 24 * HOUR)


class Platform:
    """Answers, or fails with ``failure``."""

    def __init__(self) -> None:
        self.failure: ConnectorError | None = None

    def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        if self.failure:
            raise self.failure
        yield Page(cursor={"polled": source.now.isoformat()}, covered_from=source.now - HOUR)


def watch(app: App, until: datetime, *, polls: bool = True) -> None:
    """What the daemon does, a look a minute."""
    while app.now() < until:
        clock_of(app).advance_to(app.now() + MINUTE)
        if polls:
            poll_due(app)
        watch_sources(app, app.now())


def told_at(app: App) -> datetime | None:
    """When it was told, if it was."""
    with app.db.read() as tx:
        signal = tx.query(SignalRow).one_or_none()
    return signal.first_at if signal else None


@pytest.fixture
def asked_every(tmp_path: Path) -> Iterator[Callable[[float], tuple[App, Platform, datetime]]]:
    """A source asked so often (minutes), its platform, and its last good poll: some time ago."""
    made = []

    def make(minutes: float) -> tuple[App, Platform, datetime]:
        platform = Platform()
        script = Script(platform.fetch, replace(INFO, every=minutes * MINUTE))
        made.append(app := make_app(f"sqlite:///{tmp_path / 'siaga.db'}", script))
        watch(app, T0 + 12 * MINUTE)
        last = only_source(app).last_ok_at
        assert last
        return app, platform, last

    yield make
    for app in made:
        app.db.close()


@pytest.mark.parametrize("every", [1, 5, 10, 12])
@pytest.mark.parametrize("failure", [SLOW, RateLimited("Slowly.", T0 + 24 * HOUR)])
def test_a_source_that_fails_is_told_fifteen_minutes_after_its_last_good_poll(
    asked_every, every, failure
):
    app, platform, last = asked_every(every)
    platform.failure = failure
    watch(app, last + 13 * MINUTE)
    assert told_at(app) is None
    watch(app, last + 15 * MINUTE)
    assert told_at(app) is not None


def test_a_source_that_is_asked_rarely_is_told_once_it_was_asked_again(asked_every):
    app, platform, last = asked_every(30)
    platform.failure = SLOW
    watch(app, last + 32 * MINUTE)
    assert (only_source(app).health, told_at(app)) == ("degraded", None)
    watch(app, last + 34 * MINUTE)
    assert told_at(app)


@pytest.mark.parametrize("every", [5, 10, 30])
def test_what_passes_in_two_minutes_is_told_to_nobody(asked_every, every):
    app, platform, last = asked_every(every)
    platform.failure = SLOW
    watch(app, last + (every + 1) * MINUTE)
    assert only_source(app).health == "degraded"
    platform.failure = None
    watch(app, last + 40 * MINUTE)
    assert told_at(app) is None


def test_a_source_that_nobody_gets_round_to_asking_is_told_in_time(asked_every):
    app, _, last = asked_every(10)
    watch(app, last + 15 * MINUTE, polls=False)
    assert told_at(app)
    assert only_source(app).health_kind == "overdue"


def test_a_poll_that_hangs_has_failed_since_it_began(asked_every):
    app, _, last = asked_every(10)
    watch(app, last + 9 * MINUTE)
    clock_of(app).advance_to(last + 10 * MINUTE)
    (hung,) = claim_due(app, app.wall(), 9)
    watch(app, last + 13 * MINUTE, polls=False)
    abandon(app, hung.source_id, app.now(), app.wall())
    assert only_source(app).health_since == last + 10 * MINUTE
    assert LEASE > 3 * MINUTE, "a poll is abandoned before another one may take its source"
    watch(app, last + 15 * MINUTE, polls=False)
    assert told_at(app)


@pytest.mark.parametrize("asleep", [10, 45, 600])
def test_after_a_sleep_the_sources_are_asked_before_they_are_said_to_be_deaf(asked_every, asleep):
    app, _, last = asked_every(5)
    clock_of(app).advance_to(last + (5 + asleep) * MINUTE)
    watch_sources(app, app.now())  # it runs before the polls do
    assert counts(app, SignalRow) == 0
    poll_due(app)
    watch(app, app.now() + 20 * MINUTE)
    assert told_at(app) is None


def test_after_a_sleep_a_source_that_is_not_asked_for_hours_is_told_at_once(asked_every):
    app, platform, last = asked_every(5)
    platform.failure = SPENT
    watch(app, last + 6 * MINUTE)
    clock_of(app).advance_to(last + 20 * MINUTE)
    watch_sources(app, app.now())
    assert told_at(app)


def test_after_a_database_that_took_nothing_the_past_opens_no_card(asked_every):
    app, _, last = asked_every(5)
    watch_anew(app, last + 40 * MINUTE)  # what was told by the last resort
    clock_of(app).advance_to(last + 40 * MINUTE)
    watch(app, app.now() + 2 * MINUTE, polls=False)
    assert told_at(app) is None
    watch(app, app.now() + 20 * MINUTE)
    assert told_at(app) is None


def test_who_looks_rarely_tells_all_the_same(asked_every):
    app, platform, last = asked_every(5)
    platform.failure = SLOW
    for minute in range(5, 45, 5):
        clock_of(app).advance_to(last + minute * MINUTE)
        poll_due(app)
        watch_sources(app, app.now())
    with app.db.read() as tx:
        assert [source.health for source in source_states(tx)] == ["blind"]


@pytest.mark.parametrize("jump", [-6 * HOUR, 3 * MINUTE, HOUR, 24 * HOUR])
@pytest.mark.parametrize("after", [8, 13])
@pytest.mark.parametrize("failure", [None, SLOW, SPENT])
@pytest.mark.parametrize("looked", [False, True], ids=["healed first", "looked first"])
def test_a_clock_that_jumps_is_no_reason_to_count_anew(asked_every, jump, after, failure, looked):
    app, platform, last = asked_every(5)
    platform.failure = failure
    watch(app, last + after * MINUTE, polls=failure is not None)
    jumped(app, jump, looked=looked)
    watch(app, app.now() + (15 - after) * MINUTE, polls=failure is not None)
    assert told_at(app)


def test_who_has_failed_for_minutes_before_a_sleep_is_asked_before_it_is_told(asked_every):
    app, platform, last = asked_every(5)
    platform.failure = SLOW
    watch(app, last + 9 * MINUTE)
    clock_of(app).advance_to(last + 10 * HOUR)
    watch_sources(app, app.now())
    assert told_at(app) is None
    platform.failure = None
    watch(app, app.now() + 20 * MINUTE)
    assert told_at(app) is None


@pytest.mark.parametrize("failing", [False, True])
@pytest.mark.parametrize("jumps", [(HOUR, -HOUR), (HOUR,), (3 * MINUTE,)])
def test_a_clock_that_jumps_again_and_again_keeps_nothing_untold(asked_every, jumps, failing):
    app, platform, _ = asked_every(5)
    platform.failure = SLOW
    awake = 0
    while told_at(app) is None and awake < 60:
        jumped(app, jumps[awake // 2 % len(jumps)])
        for _ in range(2):
            awake += 1
            watch(app, app.now() + MINUTE, polls=failing)
    assert awake <= 16


def jumped(app: App, by: timedelta, *, looked: bool = False) -> None:
    """Let this machine's clock jump, and what was due be what its guard makes of it. ``looked``:
    the sources are looked at before that."""
    before = app.now()
    clock_of(app)._now = before + by
    if looked:
        watch_sources(app, app.now())
    if by < timedelta(0):
        with app.db.write() as tx:
            heal(tx, app.now(), before)
    watch_sources(app, app.now())


@pytest.mark.parametrize("every", [13, 15])
def test_who_is_not_asked_again_for_hours_is_told_at_the_poll_that_found_it(asked_every, every):
    app, platform, last = asked_every(every)
    platform.failure = SPENT
    watch(app, last + 15 * MINUTE)
    assert told_at(app)


def test_a_database_that_took_nothing_for_a_minute_is_no_reason_to_count_anew(asked_every):
    app, platform, last = asked_every(10)
    platform.failure = SLOW
    watch(app, last + 13 * MINUTE)
    with app.db.write() as tx:  # as by some jitter
        change(tx, only_source(app).id, None, {"next_poll_at": last + 16 * MINUTE})
    for second in (50, 60, 70):
        clock_of(app).advance_to(last + 13 * MINUTE + timedelta(seconds=second))
        watch_anew(app, app.now())
    watch(app, last + 15 * MINUTE)
    assert told_at(app)
