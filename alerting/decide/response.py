"""What the deciding half of alerting gives: the incident, what to tell, what comes later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from alerting.decide.reasons import Reason
from alerting.model import Incident, Target
from alerting.playbook.ladder import Step
from alerting.playbook.load import Playbook, from_snapshot
from monitor.model import SEVERITIES, IncidentState

BEFORE_THE_FIRST = -1
"""The step of a ladder that waits to begin."""

TimerKind = Literal["step", "clear", "wake", "ack_timeout"]


@dataclass(frozen=True, slots=True)
class Policy:
    """What decides for a brand: the playbook (an open incident keeps its own), its mode, whether
    the config still names what the incident is about, and the class of risk that a new one is
    ``about`` ("": its signals' own)."""

    playbook: Playbook
    shadow: bool = False
    watched: bool = True
    about: str = ""


@dataclass(frozen=True, slots=True)
class Tell:
    """Something to be told. ``root``: the incident's own message, else a reply in its thread.
    ``step``: the step of the escalation whose people it names, at its place; None names nobody.
    ``names``: a step whose people a reply names that belongs to none."""

    reason: Reason
    root: bool = False
    step: int | None = None
    broadcast: bool = False
    names: int | None = None


@dataclass(frozen=True, slots=True)
class Timer:
    """Something that happens later, in domain time."""

    kind: TimerKind
    due_at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Response:
    """A decision. ``recorded``: it belongs in the timeline and the message shows it; otherwise only
    figures moved. ``cancel``: kinds of the incident's timers that no longer hold."""

    incident: Incident
    notices: tuple[Tell, ...]
    timers: tuple[Timer, ...]
    reason: Reason
    detail: Mapping[str, Any] = field(default_factory=dict)
    cancel: tuple[TimerKind, ...] = ()
    recorded: bool = True
    who: str = ""


def playbook_of(incident: Incident) -> Playbook:
    """The playbook it was opened under."""
    return from_snapshot(incident.playbook)


def worse(severity: str, than: str) -> bool:
    """Whether one severity is more severe than another."""
    return SEVERITIES.index(severity) < SEVERITIES.index(than)


def announce(
    incident: Incident,
    reason: Reason,
    now: datetime,
    detail: Mapping[str, Any],
    who: str = "",
    *,
    names: bool = True,
) -> Response:
    """Tell it from the beginning of the escalation: opened, worse, again. Arms the later steps.

    In shadow nobody is told, and the reason says so; a level without steps tells nobody either.
    What comes back soon after people were named is told without naming them again (a source that
    comes and goes): they hear of it at the next step, if it lasts until then. Where the first step
    waits for the office to open, it is told at once and names its people then. ``names`` False: it
    is over, nobody is named now or later.
    """
    steps = playbook_of(incident).level(incident.severity).steps
    detail = {"severity": incident.severity, **detail}
    everything: tuple[TimerKind, ...] = ("step", "wake", "ack_timeout")
    lately = reason in (Reason.REOPENED, Reason.FLAPPING) and _named_lately(incident, now)
    facts = {**incident.facts, "told_at": now.isoformat(), "armed_at": now.isoformat()}
    incident = replace(incident, step=0, facts=facts)
    if incident.shadow:
        pages = [[str(who) for who in step.notify] for step in steps]
        detail = {**detail, "would": reason.value, "pages": pages}
        return Response(incident, (), (), Reason.SHADOWED, detail, everything, who=who)
    if not steps:
        detail = {**detail, "told": False}
        return Response(incident, (), (), reason, detail, everything, who=who)
    waits = names and not lately and bool(steps[0].notify) and _due(incident, now)[0] > now
    named_first = names and not lately and not waits
    first = Tell(reason, not incident.told, 0 if named_first else None, broadcast=incident.told)
    named = {"named_at": now.isoformat()} if named_first and steps[0].notify else {}
    step = BEFORE_THE_FIRST if waits else 0
    incident = replace(incident, step=step, facts={**facts, "root": True, **named})
    later = _later_steps(incident, now) if names else ()
    return Response(incident, (first,), later, reason, detail, everything, who=who)


def _later_steps(incident: Incident, now: datetime) -> tuple[Timer, ...]:
    ladder = (
        Timer("step", at, {"step": number, "loop": incident.loop})
        for number, at in enumerate(_due(incident, now))
        if number > incident.step
    )
    return (*ladder, *told_again(incident, now))


def told_again(incident: Incident, now: datetime) -> tuple[Timer, ...]:
    """The timer that tells the last step once more, of a ladder that has come to it and goes on
    until somebody acknowledges."""
    level = playbook_of(incident).level(incident.severity)
    if not level.repeat or not level.steps or incident.step < level.rungs - 1:
        return ()
    again = {"step": incident.step + 1, "loop": incident.loop}
    return (Timer("step", now + level.repeat, again),)


def _due(incident: Incident, armed: datetime) -> list[datetime]:
    return playbook_of(incident).due(incident.severity, armed)


def _named_lately(incident: Incident, now: datetime) -> bool:
    named_at = incident.facts.get("named_at")
    quiet = playbook_of(incident).policy.clear.quiet
    return named_at is not None and now - datetime.fromisoformat(named_at) < quiet


def thread(incident: Incident, reason: Reason) -> tuple[Tell, ...]:
    """A line in the thread that names nobody, where there is a thread."""
    return (Tell(reason),) if incident.told and not incident.shadow else ()


def next_step(incident: Incident, now: datetime) -> tuple[datetime, Sequence[Target]] | None:
    """When the escalation goes on if nobody acknowledges, and whom it then names."""
    step, armed_at = step_after(incident), incident.facts.get("armed_at")
    waiting = incident.state == IncidentState.OPEN and incident.told and not incident.shadow
    if not waiting or not armed_at or incident.snoozed(now) or step is None:
        return None
    ladder = _due(incident, datetime.fromisoformat(armed_at))
    if incident.step + 1 < len(ladder):
        return ladder[incident.step + 1], step.notify
    told = datetime.fromisoformat(incident.facts.get("named_at") or armed_at)
    again = told_again(incident, told)
    return (again[0].due_at, step.notify) if again else None


def step_after(incident: Incident) -> Step | None:
    """The next step of the ladder, whether it comes by itself or not; None: there is none."""
    return step_of(incident, incident.step + 1)


def step_of(incident: Incident, number: int | None) -> Step | None:
    """The step of that number, in whatever round; None where there is none."""
    level = playbook_of(incident).level(incident.severity)
    return level.rung(number) if number is not None else None


def awaited(incident: Incident) -> tuple[str, ...]:
    """The roles that must still acknowledge before it counts as acknowledged."""
    wanted = playbook_of(incident).level(incident.severity).ack_by
    given = incident.facts.get("acks", {})
    return tuple(role for role in wanted if role not in given)
