"""What people do: one wins, the other hears of it, and everybody sees who has it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from fakes.crisis import BRAND, detected, loud, minutes, outbox, root_notice, told, watching

from alerting.messages.codec import unpack
from monitor.jobs.respond.act import Action, act
from monitor.jobs.respond.respond import respond
from monitor.store.incidents import read_incident, timeline


def opened(url):
    app = watching(url)
    detected(app, loud())
    respond(app, BRAND.slug, minutes(6))
    return app


@pytest.fixture
def app(tmp_path):
    app = opened(f"sqlite:///{tmp_path / 'siaga.db'}")
    yield app
    app.db.close()


def stored(app):
    with app.db.read() as tx:
        return read_incident(tx, 1)


def test_an_acknowledgement_is_told_in_the_thread_and_shown_on_the_message(app):
    acted = act(app, Action("ack", "rina", 1, reason="on it"), minutes(8))
    assert (acted.done, acted.answer) == (True, "Incident 1 is yours; the ladder stops.")
    assert (stored(app).state, stored(app).acknowledged_by) == ("acknowledged", "rina")
    assert told(app) == ["i1:root", "i1:acknowledged:2"]
    assert unpack(outbox(app)[1].payload).summary == "on it"
    assert ("Status", "acknowledged by rina at 12:08 WIB") in root_notice(app).fields


def test_the_second_to_acknowledge_hears_who_was_first_and_when(app):
    act(app, Action("ack", "rina", 1), minutes(8))
    acted = act(app, Action("ack", "budi", 1), minutes(9))
    assert not acted.done
    assert acted.answer == "Already acknowledged by rina at 12:08 WIB."
    assert len(told(app)) == 2


def test_of_many_at_once_one_wins_on_either_database(database_url):
    app = opened(database_url)
    with ThreadPoolExecutor(8) as pool:
        acted = list(pool.map(lambda n: act(app, Action("ack", f"p{n}", 1), minutes(8)), range(12)))
    assert sum(a.done for a in acted) == 1
    winner = stored(app).acknowledged_by
    assert all(a.done or winner in a.answer for a in acted)
    assert len(told(app)) == 2
    app.db.close()


def test_a_click_on_what_has_changed_meanwhile_is_not_taken(app):
    detected(app, loud(at=10, score=14, observed=500, negative_share=0.8))
    respond(app, BRAND.slug, minutes(11))
    acted = act(app, Action("ack", "rina", 1, revision=1), minutes(12))
    assert not acted.done
    assert "has changed" in acted.answer
    assert act(app, Action("ack", "rina", 1, revision=2), minutes(13)).done


def test_figures_that_moved_do_not_make_a_click_stale(app):
    detected(app, loud(at=30, observed=230))
    respond(app, BRAND.slug, minutes(31))
    assert act(app, Action("ack", "rina", 1, revision=1), minutes(32)).done


def test_a_snooze_takes_a_reason_and_at_most_a_day(app):
    def snooze(**more):
        return act(app, Action("snooze", "rina", 1, **more), minutes(8))

    assert snooze(duration=timedelta(hours=1)).answer == "Snoozing takes a reason."
    assert snooze(duration=timedelta(hours=25), reason="x").answer == "Snooze for at most 1 day."
    assert snooze(duration=timedelta(0), reason="x").answer == "That time is over already."
    acted = snooze(duration=timedelta(hours=2), reason="statement is being approved")
    assert acted.answer == "Incident 1 is snoozed until 14:08 WIB."
    assert unpack(outbox(app)[1].payload).summary == "statement is being approved"


def test_what_is_closed_stays_closed_and_can_be_opened_again(app):
    assert act(app, Action("reopen", "rina", 1), minutes(7)).answer == "It is open already."
    assert act(app, Action("resolve", "rina", 1, reason="done"), minutes(8)).done
    acted = act(app, Action("ack", "budi", 1), minutes(9))
    assert acted.answer == "Already closed by rina at 12:08 WIB."
    assert act(app, Action("reopen", "budi", 1), minutes(10)).done
    assert stored(app).state == "open"
    with app.db.read() as tx:
        events = timeline(tx, 1)
    assert [(e.reason, e.who) for e in events] == [
        ("opened", ""),
        ("resolved", "rina"),
        ("reopened", "budi"),
    ]


def test_a_false_alarm_is_kept_as_one(app):
    act(app, Action("not_a_crisis", "rina", 1), minutes(8))
    assert (stored(app).state, stored(app).not_a_crisis) == ("resolved", True)
    assert ("Status", "closed by rina: not a crisis") in root_notice(app).fields


def test_an_incident_that_is_not_there_is_one_sentence(app):
    assert act(app, Action("ack", "rina", 9), minutes(8)).answer == "There is no incident 9."


def test_the_answer_is_in_the_brands_language(app):
    from dataclasses import replace

    spoken = {BRAND.slug: BRAND.model_copy(update={"language": "id"})}
    acted = act(replace(app, brands=spoken), Action("ack", "rina", 1), minutes(8))
    assert acted.answer == "Insiden 1 Anda tangani; eskalasi dihentikan."
