"""The digest tells only what was seen, and corrects itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fakes.crisis import loud
from fakes.digesting import (
    BEGIN,
    END,
    MONDAY,
    WEDNESDAY,
    WELL,
    a_source,
    blind_since,
    digesting,
    negative_mentions,
    uncovered,
    weeks_before,
    written,
)
from sqlalchemy import select

from alerting.model import pack_signal
from alerting.register import read_register
from monitor.jobs.upkeep.digest import render, run_digests
from monitor.model import ANY
from monitor.settings.model import Settings
from monitor.settings.shipped import shipped
from monitor.store.tables.listening import BrandRow, GapRow, RollupRow, SourceRow
from monitor.store.tables.responding import IncidentRow, NotificationRow


@pytest.fixture
def app(database_url):
    with digesting(database_url) as made:
        yield made


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


def test_one_source_that_was_blind_all_week_takes_no_more_than_its_own_part(app):
    for n in (3, 4):
        a_source(app, WELL, id=n, name=f"other-{n}")
    blind_since(app, BEGIN)
    a_source(app, WELL)
    weeks_before(app)
    told = render(app, "senja", "2026-W11").summary
    assert "75% of the sources' time was seen" in told
    assert "x/own is missing in parts, last since 9 Mar" in told
    assert "Wed 11 Mar: 40, negative 50% [1 day seen in part]" in told
    assert "not every source was heard: it cannot be compared" in told
    assert "Less than half" not in told


def instagram(app, count, *weeks_ago, negative=8_000):
    with app.db.write() as tx:
        for weeks in weeks_ago:
            at = WEDNESDAY - timedelta(weeks=weeks)
            written(tx, at, count, negative=negative, platform="instagram")


def test_a_platform_that_has_been_dead_for_weeks_is_left_out_of_the_comparison(app):
    """Its 400 of three weeks ago were its own: without them this week is as usual."""
    instagram(app, 400, 3)
    blind_since(app, BEGIN - timedelta(days=12), "instagram")
    a_source(app, WELL)
    with app.db.write() as tx:
        for weeks in (1, 2, 3):
            written(tx, WEDNESDAY - timedelta(weeks=weeks), 40, negative=20_000)
    told = render(app, "senja", "2026-W11").summary
    assert "A calm week. Compared without Instagram: not heard" in told
    assert "usual: 40" in told
    assert "compared without Instagram: 40" in told


def test_what_the_others_tell_is_loud_still_while_one_platform_is_dead(app):
    blind_since(app, BEGIN - timedelta(days=12), "instagram")
    a_source(app, WELL)
    with app.db.write() as tx:
        for weeks in (1, 2, 3):
            written(tx, WEDNESDAY - timedelta(weeks=weeks), 20, negative=10_000)
    assert "Louder than usual, in a usual mood." in render(app, "senja", "2026-W11").summary


def test_a_platform_that_is_heard_again_is_set_against_no_week_it_was_dead_in(app):
    weeks_before(app)
    a_source(app, WELL)
    a_source(app, WELL, id=2, name="own", platform="instagram")
    gone = BEGIN - timedelta(days=40), BEGIN - timedelta(hours=1)
    with app.db.write() as tx:
        tx.add(GapRow(source_id=2, start=gone[0], end=gone[1], reason="network"))
    uncovered(app, *gone, "instagram")
    instagram(app, 500, 0, negative=490_000)
    told = render(app, "senja", "2026-W11").summary
    assert "Mentions: 540" in told
    assert "compared without Instagram: 40" in told
    assert "Louder" not in told
    assert "mood was worse than" in told  # x's own: 50 % where it was 20 %


def test_where_a_file_of_any_platform_is_dead_nothing_can_be_compared(app):
    weeks_before(app)
    a_source(app, WELL)
    a_source(app, WELL, id=3, name="third", platform="instagram")
    blind_since(app, BEGIN, ANY)
    told = render(app, "senja", "2026-W11").summary
    assert "not every source was heard: it cannot be compared" in told


def test_what_one_source_missed_is_not_made_up_from_what_the_others_told(app):
    """The blind one may have had little to tell: the week is not half as loud again without it."""
    weeks_before(app)
    with app.db.write() as tx:  # as ever, but in the days when one source is blind
        row = tx.scalars(
            select(RollupRow).where(RollupRow.measure == "mentions", RollupRow.start > BEGIN)
        ).one()
        row.start = END - timedelta(days=1)
        tx.add(RollupRow(brand="senja", platform="x", measure="mentions", value=22, start=BEGIN))
    blind_since(app, END - timedelta(days=3))
    a_source(app, WELL)
    told = render(app, "senja", "2026-W11").summary
    assert "Louder" not in told
    assert "79% of the sources' time was seen" in told


def test_an_outage_that_was_read_back_is_seen(app):
    weeks_before(app)
    a_source(app, WELL)
    uncovered(app, BEGIN + timedelta(days=1), END - timedelta(days=1))
    told = render(app, "senja", "2026-W11").summary
    assert "100% of the sources' time was seen" in told
    assert "not seen" not in told


def test_a_source_that_was_added_in_the_week_is_missing_nowhere_before(app):
    weeks_before(app)
    a_source(app, WELL)
    a_source(app, WELL, id=2, name="new", covered_from=BEGIN + timedelta(days=3, hours=2))
    told = render(app, "senja", "2026-W11").summary
    assert "100% of the sources' time was seen" in told
    assert "x/new is listened to since 12 Mar" in told
    assert "missing" not in told
    assert "usual: 40" in told


def test_a_blind_source_that_was_removed_in_the_week_leaves_its_days_unseen(app):
    weeks_before(app)
    a_source(app, WELL)
    blind_since(app, BEGIN + timedelta(days=1))
    with app.db.write() as tx:
        tx.get_one(SourceRow, 2).active = False
    told = render(app, "senja", "2026-W11").summary
    assert "it cannot be compared" in told


def test_what_was_before_the_brand_began_is_not_seen(app):
    with app.db.write() as tx:
        tx.get_one(BrandRow, "senja").first_bucket = BEGIN + timedelta(days=2, hours=10)
    a_source(app, WELL, covered_from=BEGIN + timedelta(days=2, hours=10))
    told = render(app, "senja", "2026-W11").summary
    assert "Mon 9 Mar: 0, negative – [1 day not seen]" in told
    assert "65% of the sources' time was seen" in told
    assert "The first week" in told
