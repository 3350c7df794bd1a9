"""The past does not page: a first read and a backfill teach, are listed and said to be over."""

from __future__ import annotations

import pytest
from fakes.crisis import BRAND, detected, loud, minutes, outbox, root_notice, told, watching

from alerting.messages.codec import targets_of
from monitor.jobs.respond.escalate import audit, run_timers
from monitor.jobs.respond.respond import respond
from monitor.store.incidents import list_incidents, timeline

DAY = 24 * 60


@pytest.fixture
def app(database_url):
    app = watching(database_url)
    yield app
    app.db.close()


def answer(app, at, *signals):
    detected(app, *signals)
    respond(app, BRAND.slug, minutes(at))
    run_timers(app, minutes(at))


def incidents(app):
    with app.db.read() as tx:
        return {one.id: one for one in list_incidents(tx, every=True)}


def test_a_storm_three_days_old_is_said_to_be_over_and_names_nobody(app):
    answer(app, 3 * DAY, loud(at=60, over=True, score=14, observed=500, negative_share=0.8))
    assert incidents(app)[1].state == "resolved"
    assert root_notice(app).headline.startswith("Over · SEV1")
    assert not any(targets_of(row.desired or row.payload) for row in outbox(app))
    answer(app, 3 * DAY + 60)
    assert not any(key.startswith("i1:step") for key in told(app))


def test_a_storm_whose_backlog_is_still_being_read_is_not_told_before_its_end_is_known(app):
    answer(app, 3 * DAY, loud(at=20, score=9))
    answer(app, 3 * DAY, loud(at=40, score=14, observed=500, negative_share=0.8))
    assert told(app) == []
    assert audit(app, minutes(3 * DAY + 5)) == []
    answer(app, 3 * DAY + 6, loud(at=60, score=14, over=True))
    assert incidents(app)[1].state == "resolved"
    assert not any(targets_of(row.desired or row.payload) for row in outbox(app))


def test_a_storm_that_lasts_until_now_is_told_as_any_other_once_the_backlog_is_read(app):
    answer(app, DAY, loud(at=20))
    assert told(app) == []
    answer(app, DAY + 1, loud(at=DAY))
    assert told(app) == ["i1:root"]
    assert root_notice(app).targets
    with app.db.read() as tx:
        assert [event.reason for event in timeline(tx, 1)] == ["past", "opened"]


def test_a_burst_of_now_is_new_and_not_the_return_of_what_was_long_over(app):
    answer(app, 3 * DAY, loud(at=60, over=True))
    answer(app, 3 * DAY + 1, loud(start=3 * DAY, at=3 * DAY + 1))
    assert {one.id: one.state for one in incidents(app).values()} == {1: "resolved", 2: "open"}
    assert incidents(app)[2].since == minutes(3 * DAY)
    assert root_notice(app, 2).targets


def test_what_was_over_long_ago_is_listed_and_not_told(app):
    answer(app, 30 * DAY, loud(at=60, over=True))
    assert told(app) == []
    assert incidents(app)[1].state == "resolved"
    assert incidents(app)[1].resolved_at == minutes(90)


def test_two_storms_of_the_past_are_two_and_neither_is_the_others_return(app):
    answer(app, 3 * DAY, loud(at=60, over=True))
    answer(app, 3 * DAY + 1, loud(start=DAY, at=DAY + 60, over=True))
    assert [one.state for one in incidents(app).values()] == ["resolved", "resolved"]
    assert not any(targets_of(row.desired or row.payload) for row in outbox(app))


def test_a_storm_that_ended_while_siaga_was_down_for_some_hours_is_told_without_names(app):
    answer(app, 200, loud(at=20, over=True))
    assert told(app)[0] == "i1:root"
    assert not any(targets_of(row.desired or row.payload) for row in outbox(app))
