"""The digest comes once a recipient and week, by the brand's own calendar, whatever crashes."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from fakes.digesting import (
    MONDAY,
    TO,
    brand,
    digesting,
)
from fakes.smtp_relay import mail_relay
from sqlalchemy import func, select

from alerting.channels.email.channel import EmailChannel
from monitor.jobs.deliver.deliver import deliver
from monitor.jobs.upkeep.digest import due_at, instant, last_due, render, run_digests
from monitor.settings.model import DigestSettings
from monitor.store.tables.listening import BrandRow
from monitor.store.tables.responding import DigestRow, NotificationRow

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def app(database_url):
    with digesting(database_url) as made:
        yield made


def promised(app):
    with app.db.read() as tx:
        return sorted(
            (row.destination, row.delivery_key.split(":")[2])
            for row in tx.scalars(select(NotificationRow))
        )


def test_it_is_promised_once_to_each_recipient_when_it_is_due(app):
    assert run_digests(app, MONDAY - timedelta(minutes=1)) == 2  # of the week before
    assert run_digests(app, MONDAY) == 2
    assert run_digests(app, MONDAY) == 0
    assert run_digests(app, MONDAY + timedelta(days=6)) == 0
    assert promised(app) == sorted((to, week) for to in TO for week in ("2026-W10", "2026-W11"))


def test_a_new_recipient_gets_the_week_that_is_due(app):
    run_digests(app, MONDAY)
    app.brands["senja"] = brand(digest={"to": (*TO, "new@example.com")})
    assert run_digests(app, MONDAY + timedelta(hours=3)) == 1


def test_after_a_downtime_the_last_week_comes_and_no_backlog(app):
    assert run_digests(app, MONDAY + timedelta(days=23)) == 2
    assert {week for _, week in promised(app)} == {"2026-W14"}


def test_a_brand_that_began_later_has_no_week_to_tell(app):
    with app.db.write() as tx:
        tx.get(BrandRow, "senja").first_bucket = MONDAY - timedelta(hours=2)
    assert run_digests(app, MONDAY) == 0


@pytest.mark.parametrize(
    "changes", [{"mode": "shadow"}, {"digest": {"to": ()}}], ids=["shadow", "nobody"]
)
def test_nobody_is_written_to_who_should_not_be(app, changes):
    app.brands["senja"] = brand(**changes)
    assert run_digests(app, MONDAY) == 0


def test_the_ledger_and_the_promise_are_one_transaction(app, monkeypatch):
    monkeypatch.setattr("monitor.jobs.upkeep.digest.enqueue", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run_digests(app, MONDAY)
    with app.db.read() as tx:
        assert tx.scalar(select(func.count()).select_from(DigestRow)) == 0
    monkeypatch.undo()
    assert run_digests(app, MONDAY) == 2


def test_it_counts_the_brands_own_days(app):
    made = render(app, "senja", "2026-W11")
    assert "Mentions: 40" in made.summary
    assert "Wed 11 Mar: 40, negative 50%" in made.summary
    assert render(app, "senja", "2026-W10").summary.count(": 0, ") == 7


def test_it_arrives_and_a_lost_answer_does_not_send_it_again(app):
    with mail_relay() as relay:
        app.channels["email"] = EmailChannel(relay.settings())
        relay.answers["DATA"] = ["451 later", "", "drop"]
        run_digests(app, MONDAY)
        wall = MONDAY
        for _ in range(40):
            deliver(app, wall)
            wall += timedelta(seconds=30)
    assert sorted(relay.to) == sorted(TO)
    with app.db.read() as tx:
        states = sorted(tx.scalars(select(NotificationRow.state)))
    assert states == ["sent", "uncertain"]


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        (date(2026, 3, 28), time(2, 30), "2026-03-28T01:30+00:00"),
        (date(2026, 3, 29), time(2, 30), "2026-03-29T01:00+00:00"),  # skipped: 02:00 is 03:00
        (date(2026, 10, 25), time(2, 30), "2026-10-25T00:30+00:00"),  # twice: the first
        (date(2026, 3, 30), time(8, 0), "2026-03-30T06:00+00:00"),
    ],
)
def test_clocks_that_change_neither_skip_nor_repeat_a_time(day, at, expected):
    assert instant(day, at, BERLIN).isoformat(timespec="minutes") == expected


def test_the_hour_stays_when_summer_begins():
    digest = DigestSettings(to=TO, day="mon", at="08:00")
    shown = [
        due_at(week, digest, BERLIN).astimezone(BERLIN).isoformat(timespec="minutes")
        for week in ("2026-W12", "2026-W13")
    ]
    assert shown == ["2026-03-23T08:00+01:00", "2026-03-30T08:00+02:00"]


@pytest.mark.parametrize(
    ("now", "week"),
    [
        ("2026-03-30T05:59:00+00:00", "2026-W12"),
        ("2026-03-30T06:00:00+00:00", "2026-W13"),
        ("2026-01-05T06:59:00+00:00", "2025-W52"),
        ("2026-01-05T07:00:00+00:00", "2026-W01"),
    ],
)
def test_the_last_week_that_is_due_is_known_across_years(now, week):
    digest = DigestSettings(to=TO, day="mon", at="08:00")
    assert last_due(digest, BERLIN, datetime.fromisoformat(now)) == week
