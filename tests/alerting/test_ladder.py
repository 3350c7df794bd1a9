"""A ladder of several rounds, and one that two roles must acknowledge."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerting.decide.actions import Action, Refusal, decide
from alerting.decide.escalation import fire
from alerting.decide.incidents import respond
from alerting.decide.reasons import Reason
from alerting.decide.response import Policy, Response, awaited, next_step
from alerting.i18n import Localizer
from alerting.messages.card import standing
from alerting.messages.context import MessageContext
from alerting.model import Incident
from alerting.playbook.load import load_playbook
from monitor.model import Signal

T0 = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

TEXT = """\
version: 1
otherwise: SEV1
levels:
  SEV1:
    steps: [{at: 0m, notify: [social]}, {at: 10m, notify: [legal]}]
    loops: 2
    every: 20m
    ack_by: [legal, comms]
    ack_timeout: 2h
  SEV2: {steps: []}
  SEV3: {steps: []}
  SEV4: {steps: []}
checklist: [{id: verify, do: Verify it, owner: comms, within: 30m}]
"""


def opened() -> Response:
    signal = Signal("kopi", "all", "volume", "reputation", T0, T0, 9.0, 90.0)
    made = respond(None, [signal], Policy(load_playbook(TEXT, "p")), T0)
    return replace(made, incident=replace(made.incident, id=1))


def test_the_rounds_follow_each_other_until_the_last_and_no_further() -> None:
    response = opened()
    due = [(timer.payload["step"], (timer.due_at - T0) // MINUTE) for timer in response.timers]
    assert due == [(1, 10), (2, 30), (3, 40), (4, 60), (5, 70)]
    incident, told = response.incident, []
    for timer in response.timers:
        fired = fire(incident, [timer], timer.due_at)
        assert fired is not None
        incident = fired.incident
        told.append(fired.detail["notify"])
    assert told == [["legal"], ["social"], ["legal"], ["social"], ["legal"]]
    assert next_step(incident, T0 + 80 * MINUTE) is None


def test_what_repeats_says_when_it_is_told_again_and_escalating_by_hand_does_not_end_it() -> None:
    text = TEXT.replace("    loops: 2\n    every: 20m\n", "    repeat: 30m\n")
    signal = Signal("kopi", "all", "volume", "reputation", T0, T0, 9.0, 90.0)
    made = respond(None, [signal], Policy(load_playbook(text, "p")), T0)
    incident = replace(made.incident, id=1)
    for at in (5, 12, 20):
        by_hand = decide(incident, Action("escalate", "Sari", 1), T0 + at * MINUTE)
        assert isinstance(by_hand, Response)
        incident, [later] = by_hand.incident, by_hand.timers
        assert later.due_at == T0 + (at + 30) * MINUTE
        following = next_step(incident, T0 + at * MINUTE)
        assert following
        assert following[0] == later.due_at
        assert [str(who) for who in following[1]] == ["legal"]
    fired = fire(incident, [later], later.due_at)
    assert fired is not None
    assert [timer.due_at - later.due_at for timer in fired.timers] == [30 * MINUTE]


def ack(incident: Incident, who: str, *roles: str) -> Response | Refusal:
    return decide(incident, Action("ack", who, 1, roles=roles), T0 + MINUTE)


def test_both_roles_must_acknowledge_and_until_then_the_ladder_goes_on() -> None:
    incident = opened().incident
    refused = ack(incident, "rina", "social")
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.who) == ("not_yours", "legal, comms")
    first = ack(incident, "ayu", "legal")
    assert isinstance(first, Response)
    assert (first.reason, first.cancel) == (Reason.ACKNOWLEDGED_IN_PART, ())
    assert first.detail["awaited"] == ["comms"]
    assert first.incident.state == "open"
    assert next_step(first.incident, T0 + MINUTE) is not None
    second = ack(first.incident, "budi", "comms", "social")
    assert isinstance(second, Response)
    assert (second.reason, second.incident.state) == (Reason.ACKNOWLEDGED, "acknowledged")
    assert "step" in second.cancel
    assert awaited(second.incident) == ()


def test_somebody_who_holds_both_roles_acknowledges_alone_and_so_does_anybody_without_roles() -> (
    None
):
    for roles in (("legal", "comms"), ("*",)):
        done = ack(opened().incident, "ayu", *roles)
        assert isinstance(done, Response)
        assert done.incident.state == "acknowledged"


@pytest.mark.parametrize(
    "doing",
    [
        Action("note", "ayu", 1, reason="The kitchen is asked."),
        Action("check", "ayu", 1, label="verify"),
        Action("escalate", "ayu", 1),
    ],
    ids=lambda action: action.kind,
)
def test_who_works_on_what_they_have_acknowledged_is_not_paged_for_it(doing: Action) -> None:
    held = ack(opened().incident, "ayu", "*")
    assert isinstance(held, Response)
    at = T0 + 90 * MINUTE
    done = decide(held.incident, doing, at)
    assert isinstance(done, Response)
    assert "ack_timeout" in done.cancel
    (timer,) = [one for one in done.timers if one.kind == "ack_timeout"]
    assert timer.due_at == at + timedelta(hours=2)
    context = MessageContext(done.incident, "Kopi", Localizer("en", "UTC"), at)
    assert timer.due_at in standing(context)
    back = fire(done.incident, [timer], timer.due_at)
    assert back is not None
    again = decide(back.incident, Action("ack", "lea", 1, roles=("*",)), timer.due_at)
    assert isinstance(again, Response)
    context = MessageContext(again.incident, "Kopi", Localizer("en", "UTC"), timer.due_at)
    assert timer.due_at + timedelta(hours=2) in standing(context)


def test_what_begins_again_must_be_acknowledged_by_both_again() -> None:
    done = ack(opened().incident, "ayu", "*")
    assert isinstance(done, Response)
    again = fire(done.incident, list(done.timers), T0 + timedelta(hours=3))
    assert again is not None
    assert awaited(again.incident) == ("legal", "comms")


def test_what_a_person_opens_again_must_be_acknowledged_by_both_again() -> None:
    first = ack(opened().incident, "ayu", "legal")
    assert isinstance(first, Response)
    closed = decide(first.incident, Action("resolve", "ayu", 1), T0 + 2 * MINUTE)
    assert isinstance(closed, Response)
    again = decide(closed.incident, Action("reopen", "ayu", 1), T0 + 3 * MINUTE)
    assert isinstance(again, Response)
    assert awaited(again.incident) == ("legal", "comms")
