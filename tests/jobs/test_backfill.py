"""The past of a source is read completely, wherever it was interrupted, and teaches without ever
raising an alarm."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fakes.lines import INFO, MINUTE, T0, Script, make_app, mention, only_source, poll_due
from sqlalchemy import func, select

from connectors.base import Cursor, Page, RateLimited, SourceSpec, Unavailable
from monitor.app import App
from monitor.jobs.backfill import backfill, teach
from monitor.jobs.detect.detect import detect
from monitor.jobs.poll.holder import is_dead, new_token
from monitor.jobs.poll.poll import claim_due, poll
from monitor.model import BUCKET, Mention
from monitor.settings.model import SourceSettings
from monitor.store.series import progress, series
from monitor.store.signals import load_states
from monitor.store.sources import change
from monitor.store.tables.listening import MentionRow, ReadingRow, SignalRow

Line = Callable[..., App]
DAY = timedelta(days=1)
HOLD = "from monitor.jobs.poll.holder import new_token; print(new_token(), flush=True); input()"
WIDE = replace(INFO, page_budget=100)
SOURCE = SourceSettings(connector="fake", name="feed")


@dataclass
class Past:
    """``pages`` of two mentions each, one page an hour back. ``forward``: oldest first, a cursor
    with each page; else newest first, the cursor with the last. ``broken_at``: the request of one
    poll that fails."""

    pages: int
    forward: bool = False
    broken_at: int = -1
    error: BaseException = field(default_factory=lambda: Unavailable("It does not answer."))
    requests: int = 0
    burst: bool = False
    each: int = 2

    def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        hours = [n for n in range(self.pages) if T0 - n * timedelta(hours=1) >= source.since]
        if self.forward:
            hours.reverse()
        elif cursor:  # a later poll: only what is new
            hours = hours[:1]
        first = int(cursor["page"]) if cursor else 0
        for place, n in enumerate(hours):
            if self.forward and place < first:
                continue
            self.requests += 1
            if place == self.broken_at:
                raise self.error
            last = place == len(hours) - 1
            yield Page(
                self.mentions(n),
                cursor={"page": place + 1} if self.forward or last else None,
                covered_from=source.since if last else None,
                cost={"units": 1},
            )

    def mentions(self, n: int) -> tuple[Mention, ...]:
        at = T0 - n * timedelta(hours=1)
        count = 40 if self.burst and n == 30 else self.each
        return tuple(mention(f"{n}.{k}", at - MINUTE, f"-kopi {n} {k}") for k in range(count))


def stored(app: App) -> tuple[int, int]:
    with app.db.read() as tx:
        counts = [tx.scalar(select(func.count()).select_from(t)) for t in (MentionRow, ReadingRow)]
    return counts[0] or 0, counts[1] or 0


@pytest.mark.parametrize("forward", [False, True])
def test_fifty_pages_interrupted_at_every_request_end_complete(
    tmp_path: Path, forward: bool
) -> None:
    past = Past(50, forward)
    app = make_app(f"sqlite:///{tmp_path}/a.db", Script(past.fetch, WIDE))
    poll_due(app)
    past.requests = 0
    for broken_at in range(50) if forward else (*range(0, 50, 7), 48, 49):
        past.broken_at = broken_at
        did = backfill(app, "kopi", SOURCE, T0 - 10 * DAY)
        assert did.stopped
    past.broken_at = -1
    did = backfill(app, "kopi", SOURCE, T0 - 10 * DAY)
    assert (did.stopped, did.reached) == ("", T0 - 10 * DAY)
    assert stored(app) == (100, 100)
    again = past.requests
    assert backfill(app, "kopi", SOURCE, T0 - 10 * DAY).reached == T0 - 10 * DAY
    assert past.requests == again, "what is read completely is not read again"
    if forward:
        assert past.requests < 160, "it goes on from the last cursor"
    app.db.close()


def test_what_its_first_read_brought_is_counted_too(tmp_path: Path) -> None:
    """Before the daemon ever ran, the present is read first."""
    app = make_app(f"sqlite:///{tmp_path}/a.db", Script(Past(3).fetch, WIDE))
    did = backfill(app, "kopi", SOURCE, T0 - 10 * DAY)
    assert (did.stopped, did.new, did.pages > 1) == ("", 6, True)
    app.db.close()


@pytest.mark.soak
def test_a_thousand_pages_with_a_hundred_thousand_comments_end_complete(tmp_path: Path) -> None:
    past = Past(1000, forward=True, each=100)
    app = make_app(f"sqlite:///{tmp_path}/a.db", Script(past.fetch, replace(INFO, page_budget=30)))
    poll_due(app)
    stops, since = random.Random(1), T0 - 60 * DAY
    for _ in range(20):
        past.broken_at = stops.randrange(1000)
        backfill(app, "kopi", SOURCE, since)
    past.broken_at = -1
    assert backfill(app, "kopi", SOURCE, since).reached == since
    assert stored(app) == (100_000, 100_000)
    assert teach(app, "kopi", app.now()) == since
    app.db.close()


class Killed(BaseException):
    """The process ends."""


@pytest.mark.parametrize("broken_at", [0, 2, 5])
def test_a_process_that_dies_loses_nothing_and_doubles_nothing(line: Line, broken_at: int) -> None:
    past = Past(6)
    app = line(Script(past.fetch, WIDE))
    poll_due(app)
    before = only_source(app)
    past.broken_at, past.error = broken_at, Killed()
    with pytest.raises(Killed):
        backfill(app, "kopi", SOURCE, T0 - 2 * DAY)
    past.broken_at = -1
    assert backfill(app, "kopi", SOURCE, T0 - 2 * DAY).stopped == ""
    after = only_source(app)
    assert stored(app) == (12, 12)
    assert (after.cursor, after.next_poll_at) == (before.cursor, before.next_poll_at)
    assert after.lease_token is None
    assert after.covered_from == T0 - 2 * DAY


def test_it_keeps_to_the_budget_and_says_when_to_go_on(line: Line) -> None:
    past = Past(6)
    app = line(Script(past.fetch, WIDE))
    poll_due(app)
    past.broken_at, past.error = 3, RateLimited("The quota is spent.", T0 + DAY)
    did = backfill(app, "kopi", SOURCE, T0 - 2 * DAY)
    assert (did.stopped, did.again_at) == ("The quota is spent.", T0 + DAY)
    broke = SOURCE.model_copy(update={"options": {"max_usd_per_day": 0.0}})
    assert "budget of usd is spent" in backfill(app, "kopi", broke, T0 - 2 * DAY).stopped


def test_a_source_that_is_being_asked_is_left_alone(line: Line) -> None:
    app = line(Script(Past(3).fetch, WIDE))
    held = {"lease_token": "daemon", "lease_until": T0 + 5 * MINUTE}
    with app.db.write() as tx:
        change(tx, only_source(app).id, None, held)
    stopped = backfill(app, "kopi", SOURCE, T0 - DAY).stopped
    assert stopped == (
        "Another process is asking this source just now, until 2026-03-02 08:05:00 UTC at the "
        "latest."
    )


def test_a_process_that_was_killed_holds_a_source_no_longer(line: Line) -> None:
    app = line(Script(Past(3).fetch, WIDE))
    piped = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", HOLD], **piped) as other:  # type: ignore[call-overload]
        assert other.stdout is not None
        token = other.stdout.readline().strip()
        held = {"lease_token": token, "lease_until": T0 + 5 * MINUTE}
        with app.db.write() as tx:
            change(tx, only_source(app).id, None, held)
        assert f"Process {other.pid} is asking" in backfill(app, "kopi", SOURCE, T0 - DAY).stopped
        assert claim_due(app, T0, 1) == [], "it lives, and asks"
        other.kill()
        while not is_dead(token):
            os.sched_yield()  # the system is still at it
        (lease,) = claim_due(app, T0, 1)
        assert claim_due(app, T0, 1) == [], "it is ours now"
    assert poll(app, lease.source_id, token, T0, T0).error == "the lease is lost"
    assert backfill(app, "kopi", SOURCE, T0 - DAY).stopped.startswith(f"Process {os.getpid()} ")
    assert poll(app, lease.source_id, lease.token, T0, T0).new == 6
    assert backfill(app, "kopi", SOURCE, T0 - DAY).stopped == ""


def test_who_may_be_alive_is_left_alone() -> None:
    ours, elsewhere = new_token(), f"a another-machine/1 {os.getpid()} 1"
    assert [is_dead(token) for token in ("of-an-older-version", elsewhere, ours)] == [False] * 3
    *who, begun = ours.split(" ")
    assert is_dead(" ".join([*who, f"{int(begun) - 1}"])), "its number was given to us"


def evaluate(app: App, until: datetime) -> None:
    while app.now() < until:
        app.now.advance_to(app.now() + BUCKET)  # type: ignore[attr-defined]
        poll_due(app)
        detect(app, "kopi", app.now())


@pytest.mark.parametrize("watched_before", [False, True])
def test_the_past_teaches_and_never_raises_an_alarm(line: Line, watched_before: bool) -> None:
    past = Past(48, burst=True)
    app = line(Script(past.fetch, WIDE))
    poll_due(app)
    if watched_before:
        evaluate(app, T0 + timedelta(minutes=30))
    assert backfill(app, "kopi", SOURCE, T0 - 2 * DAY).stopped == ""
    assert teach(app, "kopi", app.now()) == T0 - 2 * DAY
    evaluate(app, T0 + timedelta(hours=1))
    with app.db.read() as tx:
        upto = progress(tx, "kopi")
        assert upto is not None
        assert upto.first_bucket == T0 - 2 * DAY
        told = series(tx, "kopi", "x", T0 - 2 * DAY, T0, at_close=True)
        assert sum(bucket.volume for bucket in told) == 47 * 2 + 40
        assert all(bucket.covered and bucket.final for bucket in told)
        assert list(tx.scalars(select(SignalRow.detector))) == []
        learned = load_states(tx, "kopi")
    assert not learned or all(state.folded_until > T0 for state in learned.values())


def test_a_source_without_a_past_leaves_its_platform_uncovered(line: Line) -> None:
    def fetch(source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        yield Page((mention(1, T0 - MINUTE),), cursor={"a": 1})

    app = line(Script(fetch, INFO))
    evaluate(app, T0 + timedelta(hours=1))
    with app.db.read() as tx:
        before = progress(tx, "kopi")
    did = backfill(app, "kopi", SOURCE, T0 - 2 * DAY)
    assert (did.reached, did.stopped) == (None, "")
    teach(app, "kopi", app.now())
    with app.db.read() as tx:
        assert progress(tx, "kopi") == before


def test_it_is_all_or_nothing_where_a_poll_may_leave_a_part_for_later(line: Line) -> None:
    past, whole = Past(3), list[bool]()

    def fetch(source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        whole.append(source.whole)
        return past.fetch(source, cursor)

    app = line(Script(fetch, WIDE))
    poll_due(app)
    assert backfill(app, "kopi", SOURCE, T0 - 2 * DAY).stopped == ""
    assert whole == [False, True]
