"""Quiet hours and page budgets hold what is told, never what is watched; SEV1 waits for nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.crisis import (
    BRAND,
    NOON,
    blind,
    detected,
    loud,
    minutes,
    outbox,
    root_notice,
    told,
    watching,
)

from alerting.messages.codec import unpack
from alerting.model import Press, Target
from alerting.playbook.load import load_playbook
from monitor.jobs.interactions.commands import command
from monitor.jobs.interactions.home import home
from monitor.jobs.respond.act import Action, act
from monitor.jobs.respond.escalate import audit, run_timers
from monitor.jobs.respond.held import release_messages, release_pages
from monitor.jobs.respond.respond import respond
from monitor.settings.hours import PageBudget, QuietHours
from monitor.settings.model import Settings, SlackSettings
from monitor.settings.people import PersonSettings, RoleSettings
from monitor.store.incidents import read_incident, timeline
from monitor.store.outbox.held import held
from monitor.store.pages import held_pages
from monitor.store.timers import cancel_timers

BOOK = load_playbook(
    """\
version: 1
severity: [{if: "score >= 9", then: SEV1}]
levels:
  SEV1: {steps: [{at: 0m, notify: [social]}, {at: 5m, notify: [legal], broadcast: true}]}
  SEV2:
    steps: [{at: 0m, notify: [social]}, {at: 15m, notify: [legal], broadcast: true}]
    ack_timeout: 2h
  SEV3: {}
  SEV4: {}
""",
    "book",
)
ANA, BO, LEA = (
    Target("person", "U0000ANA"),
    Target("person", "U0000BO"),
    Target("person", "U0000LEA"),
)
NIGHT = QuietHours.model_validate({"from": "11:00", "to": "18:00"})
"""It is noon in Jakarta: six hours until it ends."""
SIX = 6 * 60


def person(slug: str, **more: object) -> PersonSettings:
    known = {"slug": slug, "name": slug.title(), "slack": f"U0000{slug.upper()}", **more}
    return PersonSettings.model_validate(known)


ROLES = {
    "social": RoleSettings(people=("ana",)),
    "legal": RoleSettings(people=("lea",)),
}


@pytest.fixture
def made(tmp_path):
    opened = []

    def make(quiet=None, people=(), roles=ROLES, **more):
        brand = BRAND.model_copy(update={"quiet_hours": quiet})
        slack = SlackSettings(enabled=True, channel="#crisis")
        people = people or (person("ana"), person("bo"), person("lea"))
        settings = Settings(brands=(brand,), people=people, roles=roles, slack=slack, **more)
        opened.append(
            watching(
                f"sqlite:///{tmp_path / 'siaga.db'}",
                brand,
                playbook=BOOK,
                settings=settings,
                channels={"slack": object()},
            )
        )
        return opened[-1]

    yield make
    for app in opened:
        app.db.close()


def opened_at(app, minute=6, **signal):
    detected(app, loud(**signal))
    respond(app, BRAND.slug, minutes(minute))


def last(app):
    return unpack(outbox(app)[-1].payload)


def states(app):
    return {row.delivery_key: row.state for row in outbox(app)}


def test_what_a_quiet_brand_is_told_waits_while_its_ladder_goes_on(made):
    app = made(NIGHT)
    opened_at(app)
    run_timers(app, minutes(21))
    card, step = outbox(app)
    assert (card.held_until, step.held_until) == (minutes(SIX), minutes(SIX))
    assert (card.due_at - NOON, step.due_at - NOON) == (
        timedelta(minutes=SIX - 6),
        timedelta(minutes=SIX - 21),
    )
    with app.db.read() as tx:
        incident = read_incident(tx, 1)
        assert incident
        assert incident.step == 1, "it was evaluated as ever"
        kept = held(tx)
        assert kept
        assert kept.count == 2
    assert audit(app, minutes(60)) == []
    assert release_messages(app, minutes(SIX - 1)) == []


def test_at_the_end_it_is_told_once_as_the_highest_due_with_what_happened_meanwhile(made):
    app = made(NIGHT)
    opened_at(app)
    run_timers(app, minutes(21))
    assert release_messages(app, minutes(SIX)) == [1]
    assert told(app) == ["i1:root", "i1:step1:loop0:#crisis", "i1:quiet_over:3"]
    assert states(app) == {
        "i1:root": "pending",
        "i1:step1:loop0:#crisis": "merged",
        "i1:quiet_over:3": "pending",
    }
    assert [row.held_until for row in outbox(app)] == [None, None, None]
    line = last(app)
    assert line.targets == (LEA,), "whom the highest due step names, and nobody else"
    assert line.headline == "Quiet hours are over: SEV2, Kopi Senja, nobody has acknowledged it"
    assert "• SEV2 · Kopi Senja" in line.summary
    assert "• Nobody has acknowledged for 15 min" in line.summary
    assert root_notice(app).targets == ()
    assert release_messages(app, minutes(SIX + 1)) == []
    with app.db.read() as tx:
        assert [e.reason for e in timeline(tx, 1)] == ["opened", "escalated", "quiet_over"]


def test_where_only_the_card_waited_it_names_its_people_itself(made):
    app = made(NIGHT)
    opened_at(app)
    with app.db.write() as tx:
        cancel_timers(tx, 1, ["step"])
    release_messages(app, minutes(SIX))
    assert told(app) == ["i1:root"]
    assert root_notice(app).targets == (ANA,)


def test_who_acknowledges_at_night_keeps_the_others_asleep(made):
    app = made(NIGHT)
    opened_at(app)
    act(app, Action("ack", "rina", 1), minutes(30))
    release_messages(app, minutes(SIX))
    assert states(app)["i1:root"] == "pending"
    assert all(not unpack(row.desired or row.payload).targets for row in outbox(app))


def test_what_was_over_before_the_morning_is_told_and_names_nobody(made):
    app = made(NIGHT)
    opened_at(app)
    detected(app, loud(at=15, over=True))
    respond(app, BRAND.slug, minutes(15))
    run_timers(app, minutes(60))
    release_messages(app, minutes(SIX))
    assert last(app).headline.startswith("Quiet hours are over: SEV2, Kopi Senja, ")
    assert last(app).targets == ()


def test_sev1_waits_for_nobody_and_brings_what_was_held_along(made):
    app = made(NIGHT)
    opened_at(app)
    assert outbox(app)[0].held_until is not None
    detected(app, loud(at=30, score=12, observed=900))
    respond(app, BRAND.slug, minutes(31))
    assert [row.held_until for row in outbox(app)] == [None, None]
    assert {row.due_at for row in outbox(app)} == {NOON}
    assert last(app).targets == (ANA,)


def test_that_nothing_can_be_seen_is_told_at_night_too(made):
    """While nothing is heard, the SEV1 that would not wait is not heard either."""
    app = made(quiet=NIGHT)
    detected(app, blind())
    respond(app, BRAND.slug, minutes(6))
    (row,) = outbox(app)
    assert (row.held_until, unpack(row.payload).targets) == (None, (ANA,))


def test_a_person_who_escalates_at_night_is_heard_at_once(made):
    app = made(NIGHT)
    opened_at(app)
    act(app, Action("escalate", "rina", 1), minutes(30))
    assert [row.held_until for row in outbox(app)] == [None, None]
    assert last(app).targets == (LEA,)


def test_a_page_for_somebody_who_sleeps_goes_to_the_backup_and_waits_for_them(made):
    roles = {**ROLES, "social": RoleSettings(people=("ana",), backup=("bo",))}
    app = made(people=(person("ana", quiet_hours=NIGHT), person("bo"), person("lea")), roles=roles)
    opened_at(app)
    card = root_notice(app)
    assert card.targets == (BO,)
    assert ("Waits", "Ana until 18:00 WIB (quiet hours)") in card.fields
    assert release_pages(app, minutes(SIX - 1)) == 0
    assert release_pages(app, minutes(SIX)) == 1
    assert release_pages(app, minutes(SIX)) == 0
    page = last(app)
    assert page.targets == (ANA,)
    assert page.headline == "One page waited for Ana"
    assert page.summary == "• #1 SEV2 Kopi Senja: nobody has acknowledged it"


def test_where_everybody_of_a_step_sleeps_it_waits_and_the_next_step_pages_the_next(made):
    app = made(people=(person("ana", quiet_hours=NIGHT), person("bo"), person("lea")))
    opened_at(app)
    assert root_notice(app).targets == (), "not the whole channel either"
    run_timers(app, minutes(21))
    assert last(app).targets == (LEA,)


def test_what_somebody_has_taken_meanwhile_is_told_and_pages_nobody(made):
    app = made(people=(person("ana", quiet_hours=NIGHT), person("bo"), person("lea")))
    opened_at(app)
    act(app, Action("ack", "lea", 1), minutes(30))
    release_pages(app, minutes(SIX))
    assert last(app).targets == ()
    assert "acknowledged by lea" in last(app).summary


@pytest.mark.parametrize(
    ("twin", "called"), [("Bo", "Lea"), ("Lea", "Lea (lea)")], ids=["alone", "two of one name"]
)
def test_people_are_called_by_their_names_on_card_home_and_in_commands(made, twin, called):
    app = made(people=(person("ana"), person("bo", name=twin), person("lea")))
    opened_at(app)
    with app.db.read() as tx:
        on_home = home(app, tx, "U0000ANA", minutes(7)).parts[0].card
    for card in (unpack(outbox(app)[-1].payload).card, on_home):
        assert card is not None
        assert f"{called} is paged." in "".join(p for p in card.standing if isinstance(p, str))
        asked = [button.confirm[1] for button in card.buttons if button.confirm]
        assert f"{called} is paged now, with these words" in asked[0]
    said = command(app, Press("1", "U0000ANA", "command", value="who"), minutes(7)).lines
    assert f"{called} is paged." in said[0]


def test_sev1_wakes_who_sleeps(made):
    app = made(people=(person("ana", quiet_hours=NIGHT), person("bo"), person("lea")))
    opened_at(app, score=12)
    assert root_notice(app).targets == (ANA,)
    with app.db.read() as tx:
        assert held_pages(tx) == []


def storm(app, *at, **facts):
    """An incident each, opened then."""
    for minute in at:
        signal = replace(loud(start=minute, at=minute, **facts), subject=f"at {minute}")
        detected(app, signal)
        respond(app, BRAND.slug, minutes(minute))


def test_pages_beyond_the_budget_come_as_one_when_the_hour_is_over(made):
    app = made(page_budget=PageBudget(per_hour=2, per_day=None))
    storm(app, 0, 5, 10, 20)
    named = [unpack(row.payload).targets for row in outbox(app)]
    assert named == [(ANA,), (ANA,), (), ()]
    assert ("Waits", "Ana until 13:00 WIB (page budget)") in root_notice(app, 3).fields
    assert release_pages(app, minutes(59)) == 0
    assert release_pages(app, minutes(60)) == 1
    page = last(app)
    assert page.targets == (ANA,)
    assert page.headline == "2 pages waited for Ana"
    assert [line.split(":")[0] for line in page.summary.splitlines()] == [
        "• #3 SEV2 Kopi Senja",
        "• #4 SEV2 Kopi Senja",
    ]
    assert "page budget" in page.why


def test_the_daily_ceiling_holds_what_the_hour_would_let_through_but_never_sev1(made):
    app = made(page_budget=PageBudget(per_hour=None, per_day=2))
    storm(app, 0, 100, 300)
    assert root_notice(app, 3).targets == ()
    storm(app, 400, score=12)
    assert last(app).targets == (ANA,), "SEV1"
    assert release_pages(app, minutes(24 * 60)) == 0, "the SEV1 counts, too"
    assert release_pages(app, minutes(24 * 60 + 100)) == 1


def test_who_was_named_since_for_the_same_incident_is_not_paged_for_it_again(made):
    app = made(people=(person("ana", quiet_hours=NIGHT), person("bo"), person("lea")))
    opened_at(app)
    detected(app, loud(at=30, score=12, observed=900))
    respond(app, BRAND.slug, minutes(31))
    assert last(app).targets == (ANA,)
    release_pages(app, minutes(SIX))
    assert last(app).targets == ()


def test_somebody_reached_by_mail_alone_gets_what_waited_by_mail(made):
    by_mail = person("ana", slack="", email="ana@example.com", quiet_hours=NIGHT)
    app = made(people=(by_mail, person("lea")))
    app.channels["email"] = object()
    opened_at(app)
    assert [row.channel for row in outbox(app)] == ["slack"]
    release_pages(app, minutes(SIX))
    assert (outbox(app)[-1].channel, outbox(app)[-1].destination) == ("email", "ana@example.com")


def test_a_replay_waits_for_nobody(tmp_path):
    brand = BRAND.model_copy(update={"quiet_hours": NIGHT})
    app = watching(f"sqlite:///{tmp_path / 'siaga.db'}", brand, playbook=BOOK, replay=True)
    opened_at(app)
    assert outbox(app)[0].held_until is None
    app.db.close()
