"""The digest comes once a recipient and week, by the brand's own calendar, whatever crashes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from fakes.crisis import loud
from fakes.smtp_relay import mail_relay
from sqlalchemy import func, select

from alerting.channels.email.channel import EmailChannel
from alerting.model import pack_signal
from alerting.register import read_register
from monitor.jobs.deliver.deliver import deliver
from monitor.jobs.upkeep.digest import due_at, instant, last_due, render, run_digests
from monitor.settings.model import BrandSettings, DigestSettings, Settings
from monitor.settings.shipped import shipped
from monitor.store.engine import Database
from monitor.store.tables.listening import BrandRow, GapRow, RollupRow, SourceRow
from monitor.store.tables.responding import DigestRow, IncidentRow, NotificationRow

MONDAY = datetime(2026, 3, 16, 1, 0, tzinfo=UTC)  # 08:00 in Jakarta
TO = ("rina@example.com", "budi@example.com")
BERLIN = ZoneInfo("Europe/Berlin")


def brand(**values):
    return BrandSettings.model_validate(
        {"slug": "senja", "name": "Kopi Senja", "query": "senja", "digest": {"to": TO}, **values}
    )


@pytest.fixture
def app(database_url):
    db = Database(database_url)
    with db.write() as tx:
        tx.add(BrandRow(slug="senja", first_bucket=datetime(2026, 2, 1, tzinfo=UTC)))
        for measure, value in (("mentions", 40), ("scored", 40), ("negative", 20_000)):
            tx.add(
                RollupRow(
                    brand="senja",
                    platform="x",
                    measure=measure,
                    value=value,
                    start=datetime(2026, 3, 11, 5, 0, tzinfo=UTC),
                )
            )
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


# -- only what was seen -------------------------------------------------------------------------

END = datetime(2026, 3, 15, 17, 0, tzinfo=UTC)  # of 2026-W11 in Jakarta


def a_source(app, polled_until, **values):
    """A source of the brand, asked up to then."""
    with app.db.write() as tx:
        tx.merge(
            SourceRow(
                id=1,
                brand="senja",
                connector="x",
                name="search",
                platform="x",
                lag_s=0,
                next_poll_at=MONDAY,
                covered_from=datetime(2026, 2, 1, tzinfo=UTC),
                polled_until=polled_until,
                **values,
            )
        )
        tx.get_one(BrandRow, "senja").closed_until = polled_until


def negative_mentions(app, count):
    """So many late ones on Saturday, all of them angry."""
    with app.db.write() as tx:
        for measure, value in (
            ("mentions", count), ("scored", count), ("negative", count * 1000),
        ):  # fmt: skip
            tx.add(
                RollupRow(
                    brand="senja",
                    platform="x",
                    measure=measure,
                    value=value,
                    start=datetime(2026, 3, 14, 5, 0, tzinfo=UTC),
                )
            )


def weeks_before(app):
    """Three ordinary weeks, to compare with."""
    with app.db.write() as tx:
        for days in (7, 14, 21):
            for measure, value in (("mentions", 40), ("scored", 40), ("negative", 8_000)):
                tx.add(
                    RollupRow(
                        brand="senja",
                        platform="x",
                        measure=measure,
                        value=value,
                        start=datetime(2026, 3, 11, 5, 0, tzinfo=UTC) - timedelta(days=days),
                    )
                )


def test_after_a_restart_it_waits_until_the_sources_have_told_the_week_to_its_end(app):
    a_source(app, END - timedelta(days=2))
    assert run_digests(app, MONDAY) == 0
    a_source(app, END + timedelta(minutes=5))
    assert run_digests(app, MONDAY + timedelta(minutes=10)) == 2


def test_after_its_grace_it_comes_and_says_what_is_missing(app):
    a_source(app, END - timedelta(days=5))
    assert run_digests(app, MONDAY + timedelta(hours=11)) == 0
    assert run_digests(app, MONDAY + timedelta(hours=12)) == 2
    with app.db.read() as tx:
        told = tx.scalars(select(NotificationRow)).first().payload["summary"]
    assert "Less than half of this week was seen" in told
    assert "x/search is missing in parts" in told


def test_a_source_known_to_be_blind_is_not_waited_for(app):
    a_source(app, END - timedelta(days=1), health="blind", health_since=END - timedelta(days=1))
    assert run_digests(app, MONDAY) == 2


def test_a_week_nobody_watched_is_not_as_usual(app):
    a_source(app, datetime(2026, 3, 1, tzinfo=UTC))
    told = render(app, "senja", "2026-W11").summary
    assert "Less than half of this week was seen" in told
    assert "100% of the sources' time" not in told


def test_it_counts_a_source_only_up_to_where_it_was_read(app):
    a_source(app, END - timedelta(days=1))
    told = render(app, "senja", "2026-W11").summary
    assert "86% of the sources' time was seen" in told


def test_what_comes_in_late_and_changes_the_verdict_is_mailed_as_a_correction_once(app):
    weeks_before(app)
    a_source(app, END + timedelta(minutes=5))
    with app.db.write() as tx:
        row = tx.scalars(
            select(RollupRow).where(
                RollupRow.measure == "negative", RollupRow.start > END - timedelta(days=7)
            )
        ).one()
        row.value = 8_000
    assert run_digests(app, MONDAY) == 2
    assert run_digests(app, MONDAY + timedelta(hours=1)) == 0
    negative_mentions(app, 60)
    assert run_digests(app, MONDAY + timedelta(hours=2)) == 2
    assert run_digests(app, MONDAY + timedelta(hours=3)) == 0
    with app.db.read() as tx:
        rows = list(tx.scalars(select(NotificationRow).order_by(NotificationRow.id)))
    assert len(rows) == 4
    assert rows[-1].payload["headline"].startswith("Correction: Kopi Senja: week of")
    assert "We had written: “A calm week.”" in rows[-1].payload["summary"]
    assert "The mood was worse than in the weeks before." in rows[-1].payload["summary"]


def test_a_few_late_mentions_correct_nothing(app):
    weeks_before(app)
    a_source(app, END + timedelta(minutes=5))
    assert run_digests(app, MONDAY) == 2
    negative_mentions(app, 1)
    assert run_digests(app, MONDAY + timedelta(hours=2)) == 0


def test_it_says_what_would_keep_a_page_from_its_person_and_which_risks_are_due(app):
    assert "siaga oncall check" not in render(app, "senja", "2026-W11").summary
    app.settings = Settings.model_validate(
        {"people": [{"slug": "rina", "name": "Rina"}], "roles": {"social": {"people": ["rina"]}}}
    )
    app.risks = lambda: read_register(shipped("risks.yaml").read_text("utf-8"), "risks.yaml")
    app.wall = lambda: datetime(2030, 1, 7, tzinfo=UTC)
    told = render(app, "senja", "2026-W11")
    for said in (told.summary, told.html):
        assert "1 thing would keep a page from its person" in said
        plain = said.replace("<code>", "").replace("</code>", "")
        assert "22 entries of the risk register are due for review: siaga risks" in plain


def test_a_watch_is_listed_and_counts_as_no_incident(app):
    at = datetime(2026, 3, 11, 5, 0, tzinfo=UTC)
    for number, level in ((1, "watch"), (2, "page")):
        with app.db.write() as tx:
            tx.add(an_incident(number, at, {"signals": {"k": pack_signal(loud(level=level))}}))
        told = render(app, "senja", "2026-W11").summary
        assert f"Incidents: {number - 1} (" in told
        assert "1 watch, which named nobody" in told
    lines = [line for line in told.splitlines() if line.startswith("  #")]
    assert [line.split()[0] for line in lines] == ["#2", "#1"]
    assert "a watch: nobody was named" in lines[1]


def an_incident(number, at, facts):
    return IncidentRow(
        id=number,
        brand="senja",
        risk_class="reputation",
        severity="SEV3",
        since=at,
        opened_at=at,
        last_signal_at=at,
        playbook={},
        facts=facts,
    )


def test_weeks_that_nobody_watched_make_no_week_loud(app):
    weeks_before(app)
    a_source(app, END + timedelta(minutes=5))
    with app.db.write() as tx:  # down for the three weeks of before that have a Monday in them
        for row in tx.scalars(select(RollupRow).where(RollupRow.start < END - timedelta(days=8))):
            row.value = 0
        start = END - timedelta(days=35)
        end = END - timedelta(days=7, hours=1)
        tx.add(GapRow(source_id=1, start=start, end=end, reason="nobody was there"))
    told = render(app, "senja", "2026-W11").summary
    assert "The weeks before were hardly seen" in told
    assert "Louder" not in told
