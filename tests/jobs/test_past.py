"""The past does not page: a first read and a backfill teach, are listed and said to be over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.crisis import (
    BRAND,
    default_playbook,
    detected,
    loud,
    minutes,
    outbox,
    root_notice,
    told,
    watching,
)
from fakes.databases import ON_SQLITE
from fakes.feed import HOUR, Feed, burst, calm
from fakes.lines import MINUTE, T0, Script, clock_of, make_app, poll_due

from alerting.messages.codec import targets_of
from monitor.jobs.evaluate import evaluate
from monitor.jobs.respond.escalate import audit, run_timers
from monitor.jobs.respond.respond import respond
from monitor.store.incidents import list_incidents, timeline

pytestmark = ON_SQLITE

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


def first_read(database_url, *storms):
    """A brand's app at its first read, three days after its collection begins; since then there
    were calm days, and bursts at these times."""
    at = T0 + timedelta(days=3)
    told = calm(at + HOUR) + [m for when in storms for m in storm(when)]
    made = make_app(database_url, Script(Feed(told)), now=at)
    return replace(made, playbooks={"default": default_playbook()}), at


def storm(at):
    return [replace(m, external_id=f"{at:%d%H}-{m.external_id}") for m in burst(at)]


def turn(app, at):
    clock_of(app).advance_to(at)
    poll_due(app)
    evaluate(app, at, strict=True)


def names(app):
    return [row for row in outbox(app) if targets_of(row.desired or row.payload)]


def test_a_first_read_of_three_days_with_a_storm_in_it_names_nobody(database_url):
    app, at = first_read(database_url, T0 + timedelta(hours=5))
    turn(app, at)
    turn(app, at + timedelta(seconds=5))
    assert [one.state for one in incidents(app).values()] == ["resolved"]
    assert not names(app)
    app.db.close()


def test_a_burst_forty_seconds_after_the_first_read_is_an_incident_of_its_own(database_url):
    at = T0 + timedelta(days=3)
    app, _ = first_read(database_url, T0 + timedelta(hours=5), at + timedelta(seconds=40))
    turn(app, at)
    for minute in (5, 6, 11):
        turn(app, at + minute * MINUTE)
    assert {one.id: one.state for one in incidents(app).values()} == {1: "resolved", 2: "open"}
    assert incidents(app)[2].since >= at
    assert [row.delivery_key for row in names(app)] == ["i2:root"]
    app.db.close()
