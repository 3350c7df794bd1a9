"""A clock that lies: what it left behind is healed, and what it would take away waits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from fakes.crisis import BRAND, NOON, detected, loud, minutes, watching
from fakes.lines import T0, Script, make_app, mention, poll_due
from fakes.smtp_relay import mail_relay
from sqlalchemy import select

from alerting.channels.email.channel import EmailChannel
from connectors.base import Cursor, Page, SourceSpec
from monitor.jobs.deliver.deliver import deliver
from monitor.jobs.detect.sources import watch_sources
from monitor.jobs.evaluate import evaluate
from monitor.jobs.respond.act import Action, act
from monitor.jobs.respond.escalate import run_timers
from monitor.jobs.respond.respond import respond
from monitor.jobs.upkeep import clock
from monitor.jobs.upkeep.clock import ClockGuard, is_held
from monitor.jobs.upkeep.upkeep import upkeep
from monitor.settings.model import EmailSettings
from monitor.store.meta import get_meta
from monitor.store.outbox.limits import pause, rate_limits
from monitor.store.sources import Wanted, claim, due, source_states, sync
from monitor.store.tables.listening import BrandRow, MentionRow, SourceRow
from monitor.store.tables.responding import NotificationRow, TimerRow

DAY = timedelta(days=1)


@pytest.fixture
def app(database_url):
    made = watching(database_url)
    wanted = Wanted(BRAND.slug, "rss", "news", "news", timedelta(0), timedelta(minutes=5), None)
    with made.db.write() as tx:
        sync(tx, [BRAND.slug], [wanted], NOON, NOON)
    yield made
    made.db.close()


@pytest.fixture
def steady(monkeypatch):
    """The clock that never jumps, in a test's hand."""
    told = {"s": 100.0}
    monkeypatch.setattr(clock, "monotonic", lambda: told["s"])
    return told


def polled(app, at: datetime) -> None:
    """What a poll at that time leaves: asked up to then, due again in five minutes."""
    with app.db.write() as tx:
        source = tx.scalars(select(SourceRow)).one()
        source.polled_until = source.last_ok_at = at
        source.next_poll_at = at + timedelta(minutes=5)
        tx.merge(BrandRow(slug=BRAND.slug, first_bucket=NOON - DAY, closed_until=at))


def due_at(app, wall: datetime) -> list[int]:
    with app.db.read() as tx:
        return due(tx, wall, 10)


@pytest.mark.parametrize("ahead", [timedelta(hours=1), DAY, timedelta(days=400)])
def test_after_a_clock_that_was_ahead_sources_are_polled_at_once(app, steady, ahead):
    guard = ClockGuard()
    guard.look(app, NOON + ahead, {})
    polled(app, NOON + ahead)
    with app.db.write() as tx:
        assert claim(tx, due(tx, NOON + 2 * ahead, 1)[0], "t", NOON + ahead, NOON + ahead + DAY)
    steady["s"] += 10
    guard.look(app, NOON + timedelta(seconds=10), {})
    assert len(due_at(app, minutes(1))) == 1
    with app.db.read() as tx:
        (source,) = source_states(tx)
        assert source.polled_until is not None
        assert source.polled_until <= minutes(1)
        closed = tx.get_one(BrandRow, BRAND.slug).closed_until
    assert closed is not None
    assert closed <= minutes(1)
    assert not is_held(app, minutes(1))


def test_the_next_life_heals_what_the_last_one_left(app, steady):
    ClockGuard().look(app, NOON + DAY, {})
    polled(app, NOON + DAY)
    ClockGuard().look(app, minutes(3), {})
    assert len(due_at(app, minutes(4))) == 1


def test_deafness_is_told_again_after_a_clock_that_was_ahead(app, steady):
    guard = ClockGuard()
    guard.look(app, NOON + DAY, {})
    polled(app, NOON + DAY)
    watch_sources(app, NOON + DAY)
    guard.look(app, NOON, {})
    for at in (1, 40, 60):  # and now nothing polls it
        watch_sources(app, minutes(at))
    with app.db.read() as tx:
        (source,) = source_states(tx)
    assert source.health == "blind"


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(days=400)])
def test_deafness_keeps_its_begin_when_a_clock_goes_back(app, steady, ahead):
    guard = ClockGuard()
    guard.look(app, NOON + ahead, {})
    polled(app, NOON + ahead)
    with app.db.write() as tx:  # and its next poll hung, five minutes later
        source = tx.scalars(select(SourceRow)).one()
        source.health, source.health_kind = "degraded", "hang"
        source.health_since = minutes(5) + ahead
    guard.look(app, minutes(12) + ahead, {})
    guard.look(app, minutes(12), {})
    with app.db.read() as tx:
        (source,) = source_states(tx)
    assert (source.polled_until, source.last_ok_at) == (NOON, NOON)
    assert source.health_since == minutes(5)
    for at in (12, 13, 14, 15):
        watch_sources(app, minutes(at))
    with app.db.read() as tx:
        (source,) = source_states(tx)
    assert source.health == "blind"


def test_a_message_promised_a_day_ahead_is_sent_now(app, steady):
    guard = ClockGuard()
    guard.look(app, NOON + DAY, {})
    detected(app, loud(start=1440, at=1445))
    respond(app, BRAND.slug, NOON + DAY + timedelta(minutes=6))
    with app.db.write() as tx:
        tx.scalars(select(NotificationRow)).one().due_at = NOON + DAY
        pause(tx, "slack", NOON + DAY, "rate_limit", "slow down")
    guard.look(app, minutes(0), {})
    with app.db.read() as tx:
        assert tx.scalars(select(NotificationRow)).one().due_at <= minutes(0)
        assert all(until <= minutes(0) for until in rate_limits(tx).pauses.values())
        for timer in tx.scalars(select(TimerRow).where(TimerRow.state == "pending")):
            assert timer.due_at <= minutes(30)
    run_timers(app, minutes(31))
    assert act(app, Action("ack", "rina", 1), minutes(32)).done


def test_a_timer_that_was_set_before_the_clock_ran_ahead_keeps_its_time(app, steady):
    guard = ClockGuard()
    detected(app, loud())
    respond(app, BRAND.slug, minutes(6))
    act(app, Action("snooze", "rina", 1, reason="x", duration=timedelta(hours=3)), minutes(7))
    with app.db.read() as tx:
        kept = {timer.id: timer.due_at for timer in tx.scalars(select(TimerRow))}
    guard.look(app, minutes(8) + DAY, {})
    guard.look(app, minutes(9), {})
    with app.db.read() as tx:
        assert {timer.id: timer.due_at for timer in tx.scalars(select(TimerRow))} == kept


def test_a_few_seconds_back_are_no_reason_for_anything(app, steady):
    guard = ClockGuard()
    guard.look(app, NOON, {})
    polled(app, NOON)
    steady["s"] += 10
    guard.look(app, NOON - timedelta(seconds=20), {})
    assert due_at(app, minutes(1)) == []


# -- what a clock ahead would take away ---------------------------------------------------------


def with_text(app) -> None:
    with app.db.write() as tx:
        tx.add(
            MentionRow(
                dedup_at=NOON,
                platform="news",
                external_id="1",
                published_at=NOON,
                stored_at=NOON,
                text="kopi senja",
                kind="post",
            )
        )


def texts(app) -> list[str]:
    with app.db.read() as tx:
        return list(tx.scalars(select(MentionRow.text)))


def kept_up(app, at: datetime) -> None:
    upkeep(app, at, at)


def test_a_clock_400_days_ahead_takes_no_text_until_it_has_agreed_with_itself(app, steady):
    with_text(app)
    guard = ClockGuard()
    guard.look(app, NOON, {})
    far = NOON + timedelta(days=400)
    steady["s"] += 10
    kept_up(app, far)  # before anybody has looked at the clock
    assert texts(app) == ["kopi senja"]
    guard.look(app, far, {})
    kept_up(app, far)
    assert texts(app) == ["kopi senja"]
    for life in range(3):  # restarts do not make it more believable
        guard = ClockGuard()
        steady["s"] += 10
        guard.look(app, far + timedelta(seconds=10 * life), {})
    kept_up(app, far)
    assert texts(app) == ["kopi senja"]
    guard.look(app, minutes(1), {})
    kept_up(app, minutes(1))
    assert texts(app) == ["kopi senja"]
    assert not is_held(app, minutes(1))


def test_a_boot_400_days_ahead_takes_no_text_either_and_a_day_of_agreement_ends_the_wait(
    app, steady
):
    with_text(app)
    ClockGuard().look(app, NOON, {})
    far, guard = NOON + timedelta(days=400), ClockGuard()
    guard.look(app, far, {})
    kept_up(app, far)
    assert texts(app) == ["kopi senja"]
    for _ in range(145):
        steady["s"] += 600
        far += timedelta(seconds=600)
        guard.look(app, far, {})
    kept_up(app, far)
    assert texts(app) == [""]


def test_no_digest_of_a_week_to_come_is_mailed_by_a_clock_ahead(app, steady):
    with mail_relay() as relay:
        email = EmailSettings(enabled=True, host="127.0.0.1", port=relay.port, security="none")
        app.channels["email"] = EmailChannel(email, "")
        digest = BRAND.digest.model_copy(update={"to": ("rina@example.com",)})
        app.brands[BRAND.slug] = BRAND.model_copy(update={"digest": digest})
        polled(app, NOON)
        guard = ClockGuard()
        guard.look(app, NOON, {})
        far = NOON + timedelta(days=30)
        guard.look(app, far, {})
        kept_up(app, far)
        deliver(app, far)
        assert relay.to == []


@pytest.mark.parametrize("ahead", [timedelta(minutes=6), timedelta(hours=30), timedelta(hours=47)])
def test_no_week_is_called_over_by_a_clock_that_was_set_ahead_while_nothing_ran(
    app, steady, monkeypatch, ahead
):
    """A boot looks like a rest: NTP has an hour to mend the clock."""
    done = []
    monkeypatch.setattr("monitor.jobs.upkeep.upkeep.run_digests", lambda *_: done.append("digest"))
    monkeypatch.setattr("monitor.jobs.upkeep.upkeep.prune", lambda *_: done.append("retention"))
    ClockGuard().look(app, NOON, {})
    guard, at = ClockGuard(), NOON + ahead
    for _ in range(6):
        guard.look(app, at, {})
        kept_up(app, at)
        steady["s"] += 599
        at += timedelta(seconds=599)
    guard.look(app, at, {})
    ClockGuard().look(app, at, {})  # and a restart begins no other hour
    assert done == []
    steady["s"] += 10
    guard.look(app, at, {})
    kept_up(app, at)
    assert done == ["digest", "retention"]


def test_an_ordinary_day_is_no_jump(app, steady):
    guard = ClockGuard()
    at = NOON
    for _ in range(100):
        guard.look(app, at, {"x": 1})
        steady["s"] += 864
        at += timedelta(seconds=864)
    assert not is_held(app, at - timedelta(seconds=864))
    with app.db.read() as tx:
        assert (get_meta(tx, "heartbeat") or {})["x"] == 1


# -- a week of it -------------------------------------------------------------------------------


def lived(database_url, days: float, seed: int) -> tuple[timedelta, int, list[str], list[str]]:
    """So many days by a clock that lies now and then, five minutes a step. The longest time without
    a poll, mentions told, texts kept, destinations written to."""
    chance, lie, left = Random(seed), timedelta(0), 0
    true, told, longest, polled_at = T0, 0, timedelta(0), T0
    guard, at = ClockGuard(), {"wall": T0}

    def fetch(source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        yield Page((mention(f"m{told}", true, "kopi"),), cursor={"n": told})

    app = make_app(database_url, Script(fetch))
    app = replace(app, now=lambda: at["wall"], wall=lambda: at["wall"])
    for _step in range(int(days * 288)):
        true += timedelta(minutes=5)
        left -= 1
        if left <= 0:
            lies = [timedelta(0)] * 6 + [HOUR, -HOUR, DAY, -DAY, timedelta(days=400)]
            lie, left = chance.choice(lies), chance.randrange(1, 11)
        at["wall"] = true + lie
        clock_is["s"] += 300.0
        if chance.random() < 0.05:  # and now and then a new life of the daemon
            guard = ClockGuard()
        guard.look(app, at["wall"], {})
        if any(done.pages for done in poll_due(app)):
            longest, polled_at, told = max(longest, true - polled_at), true, told + 1
        longest = max(longest, true - polled_at)
        evaluate(app, at["wall"])
        upkeep(app, at["wall"], at["wall"])
    with app.db.read() as tx:
        kept = list(tx.scalars(select(MentionRow.text)))
        written = list(tx.scalars(select(NotificationRow.destination)))
    app.db.close()
    return longest, told, kept, written


clock_is = {"s": 0.0}
HOUR = timedelta(hours=1)


def check_life(database_url, monkeypatch, days, seed):
    monkeypatch.setattr(clock, "monotonic", lambda: clock_is["s"])
    longest, told, kept, written = lived(database_url, days, seed)
    assert longest <= timedelta(minutes=15)
    assert told > days * 200
    assert kept
    assert all(text == "kopi" for text in kept)
    assert "rina@example.com" not in written


def test_a_few_hours_by_a_lying_clock_leave_nobody_deaf(tmp_path, monkeypatch):
    check_life(f"sqlite:///{tmp_path / 'siaga.db'}", monkeypatch, 0.2, 1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
def test_a_week_by_a_lying_clock_leaves_nobody_deaf(database_url, monkeypatch, seed):
    check_life(database_url, monkeypatch, 7, seed)
