"""No button is dead: whatever people did before, what a card offers then can be done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from fakes.crisis import blind, loud, minutes

from alerting.decide.actions import Action, Kind, decide
from alerting.decide.incidents import respond
from alerting.decide.response import Policy, Response, playbook_of
from alerting.i18n import Localizer
from alerting.messages.buttons import buttons
from alerting.messages.card import state
from alerting.messages.context import MessageContext
from alerting.model import Incident
from alerting.playbook.load import load_playbook
from monitor.model import Signal
from monitor.settings.shipped import shipped

DOING: tuple[Kind, ...] = (
    "ack",
    "snooze",
    "escalate",
    "resolve",
    "not_a_crisis",
    "reopen",
    "check",
)
BOOK = load_playbook((shipped("playbooks") / "data-leak.yaml").read_text("utf-8"), "data-leak")


def did(incident: Incident, kind: Kind, label: str, minute: float) -> Response | None:
    half = timedelta(minutes=30)
    action = Action(kind, "Rina", 1, reason="r", label=label, duration=half, roles=("*",))
    done = decide(incident, replace(action, revision=incident.revision), minutes(minute))
    return done if isinstance(done, Response) else None


@pytest.mark.parametrize("signal", [loud(), loud(score=9), blind()], ids=["SEV2", "SEV1", "blind"])
def test_whatever_was_done_before_every_button_of_the_card_does_something(signal: Signal) -> None:
    opened = respond(None, [signal], Policy(BOOK), minutes(6)).incident
    for before in product(DOING, repeat=2):
        incident = replace(opened, id=1)
        for minute, kind in enumerate(before, 7):
            item = playbook_of(incident).policy.checklist[0].id
            done = did(incident, kind, item if kind == "check" else "", minute)
            incident = done.incident if done else incident
        context = MessageContext(incident, "Kopi", Localizer("en", "UTC"), minutes(9))
        for button in buttons(context, state(context)):
            for value, _ in button.options or (("", ""),):
                if button.action != "statement":  # shown, not decided
                    kind = button.action  # type: ignore[assignment]
                    assert did(incident, kind, value, 9), (before, button.action, value)
