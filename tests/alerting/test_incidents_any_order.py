"""Whatever signals, people and time do to an incident, in whatever order: nobody is forgotten, and
nobody is called for nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from fakes.crisis import default_playbook, loud, minutes
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.decide.actions import Action, decide
from alerting.decide.escalation import fire
from alerting.decide.incidents import respond
from alerting.decide.response import Policy, Response, Timer, playbook_of, worse
from alerting.model import Incident

POLICY = Policy(default_playbook())

signals = st.builds(
    loud,
    start=st.integers(0, 3).map(lambda n: n * 60),
    at=st.just(0),
    score=st.floats(3, 20),
    observed=st.floats(1, 1000),
    platform=st.sampled_from(["all", "x", "youtube"]),
    over=st.booleans(),
    negative_share=st.floats(0, 1),
)
moves = st.lists(
    st.tuples(
        st.integers(1, 50),
        st.one_of(
            st.lists(signals, min_size=1, max_size=3),
            st.sampled_from(["ack", "resolve", "not_a_crisis", "reopen", "snooze"]),
        ),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(moves)
def test_whatever_comes_an_open_incident_is_waited_for_and_a_page_has_a_cause(moves):
    """Open and unacknowledged: a later step is armed, or the last is told. Severity never falls
    while it is open. An acknowledged, snoozed or closed incident has no step to come."""
    incident: Incident | None = None
    timers: dict[str, Timer] = {}
    minute = 0
    for step, move in moves:
        minute += step
        now = minutes(minute)
        response = _move(incident, timers, move, now)
        if response is None:
            continue
        before, incident = incident, replace(response.incident, id=response.incident.id or 1)
        same = before is not None and before.state != "resolved" and response.incident.id != 0
        if before and same and incident.state != "resolved":
            assert not worse(before.severity, incident.severity)
        for kind in response.cancel:
            timers.pop(kind, None)
        for timer in response.timers:
            timers[timer.kind] = timer
        _check(incident, timers, now)


def _move(incident, timers, move, now):
    due = [t for t in timers.values() if t.due_at <= now]
    if incident is not None and due:
        for timer in due:
            timers.pop(timer.kind)
        return fire(incident, due, now)
    if isinstance(move, list):
        return respond(incident, [replace(s, at=now) for s in move], POLICY, now)
    if incident is None:
        return None
    action = Action(move, "ana", 1, reason="why", duration=timedelta(hours=1))
    decided = decide(incident, action, now)
    return decided if isinstance(decided, Response) else None


def _check(incident, timers, now):
    steps = playbook_of(incident).level(incident.severity).steps
    if incident.state == "open" and incident.told and not incident.snoozed(now):
        assert incident.step == len(steps) - 1 or "step" in timers or "wake" in timers
    if incident.state in ("acknowledged", "resolved") or incident.snoozed(now):
        assert "step" not in timers
    if incident.state == "resolved":
        assert not timers
