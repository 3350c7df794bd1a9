"""A clock that is wrong and never mended: the hosts that answer say so, people are told once, and
nothing is taken away nor called over by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace

import pytest
from fakes.crisis import BRAND, NOON, watching
from fakes.databases import ON_SQLITE
from sqlalchemy import select

from alerting.channels.slack import caller
from connectors.kit.http import Response
from monitor.clock import Elsewhere
from monitor.jobs.upkeep import clock
from monitor.jobs.upkeep.clock import ClockGuard, is_held
from monitor.jobs.upkeep.upkeep import upkeep
from monitor.jobs.views.overview import overview
from monitor.jobs.views.troubles import troubles
from monitor.runtime import work
from monitor.settings.model import SlackSettings
from monitor.store.tables.listening import BrandRow
from monitor.store.tables.responding import NotificationRow

HOUR = timedelta(hours=1)


class Machine:
    """A machine whose clock is ``ahead`` of the truth."""

    def __init__(self, ahead: timedelta = timedelta(0)) -> None:
        self.s, self.ahead = 100.0, ahead
        self.elsewhere = Elsewhere(self.wall, lambda: self.s)

    def truth(self) -> datetime:
        return NOON + timedelta(seconds=self.s)

    def wall(self) -> datetime:
        return self.truth() + self.ahead

    def answered(self, *hosts: str, late: timedelta = timedelta(0), age: str = "") -> None:
        """``late``: by so much the host's own clock is behind, or its answer old."""
        for host in hosts:
            date = format_datetime((self.truth() - late).astimezone(UTC), usegmt=True)
            self.elsewhere.hear(host, date, age)


def near(told: timedelta | None, wanted: timedelta) -> bool:
    return told is not None and abs(told - wanted) < timedelta(seconds=2)


# -- what time it is elsewhere ----------------------------------------------------------------


@pytest.mark.parametrize("ahead", [timedelta(0), 3 * HOUR, -3 * HOUR, timedelta(days=400)])
def test_two_hosts_say_by_how_much_the_clock_is_wrong(ahead):
    machine = Machine(ahead)
    machine.answered("a.example")
    assert machine.elsewhere.ahead() is None
    machine.answered("a.example", "127.0.0.1", "localhost")
    assert machine.elsewhere.ahead() is None, "one host twice, and those that have our own clock"
    machine.answered("b.example")
    assert near(machine.elsewhere.ahead(), ahead)


def test_one_host_whose_own_clock_is_wrong_is_outvoted():
    for others in (("b.example",), ("b.example", "c.example"), ("b.example", "c.example", "d")):
        machine = Machine()
        machine.answered("a.example", late=9 * HOUR)
        machine.answered(*others)
        assert near(machine.elsewhere.ahead(), timedelta(0))


def test_what_a_cache_kept_is_as_old_as_it_says():
    machine = Machine()
    machine.answered("a.example", "b.example", late=2 * HOUR, age="7200")
    assert near(machine.elsewhere.ahead(), timedelta(0))


def test_what_was_said_to_another_clock_or_long_ago_does_not_count():
    machine = Machine(3 * HOUR)
    machine.answered("a.example", "b.example")
    machine.ahead = timedelta(0)  # NTP has mended it since
    assert machine.elsewhere.ahead() is None
    machine.answered("a.example", "b.example")
    assert near(machine.elsewhere.ahead(), timedelta(0))
    machine.s += 3600
    assert machine.elsewhere.ahead() is None


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Foo 2026", "0", "\x00"])
def test_a_date_that_is_none_says_nothing(date):
    machine = Machine()
    machine.elsewhere.hear("a.example", date, is_sure=True)
    assert machine.elsewhere.ahead() is None


def test_polls_and_slack_tell_it(monkeypatch):
    machine = Machine(3 * HOUR)
    date = format_datetime(machine.truth(), usegmt=True)
    monkeypatch.setattr(work, "ELSEWHERE", machine.elsewhere)
    monkeypatch.setattr(caller, "ELSEWHERE", machine.elsewhere)
    work._hear_time(Response(200, {"date": date}, b"", "news.example"))
    assert machine.elsewhere.ahead() is None
    slack = caller.Caller(SlackSettings(enabled=True), "xoxb-1")
    slack.call(lambda _: SimpleNamespace(headers={"Date": date}, data={"ok": True}))
    assert near(machine.elsewhere.ahead(), 3 * HOUR)


# -- what comes of it -------------------------------------------------------------------------


@pytest.fixture
def app(database_url):
    made = watching(database_url)
    with made.db.write() as tx:
        tx.merge(BrandRow(slug=BRAND.slug, first_bucket=NOON - HOUR, closed_until=NOON))
    yield made
    made.db.close()


class Life:
    """A daemon's looks at a clock that others say is ``off``."""

    def __init__(self, app, monkeypatch, off):
        self.app, self.off, self.s = app, off, 0.0
        self.done: list[str] = []
        monkeypatch.setattr(clock, "monotonic", lambda: self.s)
        for name in ("run_digests", "prune"):
            there = f"monitor.jobs.upkeep.upkeep.{name}"
            monkeypatch.setattr(there, lambda *_, name=name: self.done.append(name))
        self.guard = ClockGuard(ahead=lambda: self.off)

    def goes_on(self, seconds: float, step: float = 30.0) -> None:
        until = self.s + seconds
        while self.s < until:
            self.s += step
            at = NOON + timedelta(seconds=self.s)
            self.guard.look(self.app, at, {})
            upkeep(self.app, at, at)

    def told(self):
        with self.app.db.read() as tx:
            return [row.payload["headline"] for row in tx.scalars(select(NotificationRow))]

    def attention(self):
        at = NOON + timedelta(seconds=self.s)
        return troubles(overview(self.app, at, at), {})[1]


@ON_SQLITE
def test_a_clock_far_ahead_that_nobody_mends_takes_nothing_away_and_is_told_once(app, monkeypatch):
    life = Life(app, monkeypatch, 2 * HOUR)
    life.goes_on(240)
    assert life.told() == []
    life.goes_on(6 * 3600, step=300.0)
    assert life.told() == ["The clock of Siaga's machine is 2 h ahead"]
    assert "the clock of Siaga's machine is 2 h ahead" in life.attention()
    assert life.done == []
    assert is_held(app, NOON + timedelta(seconds=life.s))
    life.off = timedelta(0)
    life.goes_on(60)
    assert set(life.done) == {"run_digests", "prune"}
    assert life.attention() == []
    life.off = 2 * HOUR
    life.goes_on(600)
    assert len(life.told()) == 2


@pytest.mark.parametrize("off", [timedelta(minutes=6), timedelta(minutes=50), -3 * HOUR])
def test_a_clock_somewhat_ahead_or_behind_is_told_and_takes_its_time(app, monkeypatch, off):
    life = Life(app, monkeypatch, off)
    life.goes_on(600)
    assert len(life.told()) == 1
    assert life.told()[0].endswith("behind" if off < timedelta(0) else "ahead")
    assert "run_digests" in life.done


@ON_SQLITE
def test_a_clock_that_is_right_or_that_nobody_speaks_of_is_not_told(app, monkeypatch):
    for off in (timedelta(minutes=4), None):
        life = Life(app, monkeypatch, off)
        life.goes_on(900)
        assert life.told() == []
        assert life.attention() == []
        assert "run_digests" in life.done


@ON_SQLITE
def test_where_nobody_can_say_any_more_it_is_as_it_was_said_for_an_hour(app, monkeypatch):
    life = Life(app, monkeypatch, 2 * HOUR)
    life.goes_on(60)
    life.off = None
    life.guard = ClockGuard(ahead=lambda: life.off)  # and a new life of the daemon
    life.goes_on(3500)
    assert life.done == []
    life.goes_on(600)
    assert "run_digests" in life.done
