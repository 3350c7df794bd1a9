"""What a person does to an incident, decided without a database: a Response, or a refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from alerting.decide.incidents import resolved
from alerting.decide.reasons import Reason
from alerting.decide.response import (
    Response,
    Tell,
    Timer,
    announce,
    awaited,
    playbook_of,
    step_after,
    thread,
    told_again,
)
from alerting.model import Incident, signal_key
from monitor.model import IncidentState

Kind = Literal[
    "ack",
    "resolve",
    "snooze",
    "reopen",
    "not_a_crisis",
    "escalate",
    "note",
    "check",
    "hold",
    "release",
]


@dataclass(frozen=True, slots=True)
class Action:
    """What ``who`` wants done. ``revision``: of the incident as it was shown to them (None: as it
    is now). ``roles``: those that ``who`` holds now ("*": any; None: not looked up yet).
    ``label``: why it is no crisis, of a few that can be counted. ``until`` or ``duration`` belong
    to snoozing and holding, domain time."""

    kind: Kind
    who: str
    incident: int
    revision: int | None = None
    reason: str = ""
    label: str = ""
    until: datetime | None = None
    duration: timedelta | None = None
    roles: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an action was not done: ``code`` for programs, what it says for a person is made from
    ``who`` and ``at``."""

    code: Literal[
        "acknowledged",
        "resolved",
        "changed",
        "open",
        "reason",
        "too_long",
        "no_time",
        "no_step",
        "no_text",
        "no_item",
        "done",
        "needs",
        "not_yours",
        "hold_reason",
        "not_held",
    ]
    who: str = ""
    at: datetime | None = None
    limit: timedelta | None = None


def decide(incident: Incident, action: Action, now: datetime) -> Response | Refusal:
    """Do it, or say why not. Of two people doing the same, the second hears of the first."""
    decided = _DECIDE[action.kind](incident, action, now)
    if isinstance(decided, Response) and action.kind in _AT_WORK:
        return _at_work(decided, now)
    return decided


_AT_WORK: frozenset[Kind] = frozenset({"note", "check", "escalate"})
"""What shows that somebody is at work on what they have acknowledged."""


def _at_work(response: Response, now: datetime) -> Response:
    """The time in which it must be resolved begins anew: who works on it is not paged for it."""
    incident = response.incident
    timeout = playbook_of(incident).level(incident.severity).ack_timeout
    if incident.state != IncidentState.ACKNOWLEDGED or incident.snoozed(now) or not timeout:
        return response
    return replace(
        response,
        incident=replace(incident, facts={**incident.facts, "active_at": now.isoformat()}),
        timers=(*response.timers, Timer("ack_timeout", now + timeout)),
        cancel=(*response.cancel, "ack_timeout"),
    )


def _stale(incident: Incident, action: Action) -> Refusal | None:
    if incident.state == IncidentState.RESOLVED:
        return Refusal("resolved", incident.resolved_by or "", incident.resolved_at)
    if action.revision is not None and action.revision != incident.revision:
        return Refusal("changed")
    return None


def _ack(incident: Incident, action: Action, now: datetime) -> Response | Refusal:
    if incident.state == IncidentState.ACKNOWLEDGED and not incident.snoozed(now):
        return Refusal("acknowledged", incident.acknowledged_by or "", incident.acknowledged_at)
    if refusal := _stale(incident, action):
        return refusal
    if wanted := awaited(incident):
        return _ack_for(incident, action, wanted, now)
    return _acknowledged(incident, action, now)


def _ack_for(
    incident: Incident, action: Action, wanted: Sequence[str], now: datetime
) -> Response | Refusal:
    """One of several roles acknowledges: the ladder goes on until all of them have."""
    held = action.roles or ()
    mine = [role for role in wanted if role in held or "*" in held]
    if not mine:
        return Refusal("not_yours", ", ".join(wanted))
    acks = {**incident.facts.get("acks", {}), **dict.fromkeys(mine, action.who)}
    incident = replace(incident, facts={**incident.facts, "acks": acks})
    left = awaited(incident)
    if not left:
        return _acknowledged(incident, action, now)
    incident = replace(incident, revision=incident.revision + 1)
    detail = {**_because(action), "for": mine, "awaited": list(left)}
    reason = Reason.ACKNOWLEDGED_IN_PART
    return Response(incident, thread(incident, reason), (), reason, detail, who=action.who)


def _acknowledged(incident: Incident, action: Action, now: datetime) -> Response:
    incident = replace(
        incident,
        state=IncidentState.ACKNOWLEDGED.value,
        acknowledged_at=now,
        acknowledged_by=action.who,
        snoozed_until=None,
        revision=incident.revision + 1,
    )
    timeout = playbook_of(incident).level(incident.severity).ack_timeout
    timers = (Timer("ack_timeout", now + timeout),) if timeout and incident.told else ()
    return Response(
        incident,
        thread(incident, Reason.ACKNOWLEDGED),
        timers,
        Reason.ACKNOWLEDGED,
        _because(action),
        ("step", "wake", "ack_timeout"),
        who=action.who,
    )


def _snooze(incident: Incident, action: Action, now: datetime) -> Response | Refusal:
    if refusal := _stale(incident, action):
        return refusal
    until = action.until or (now + action.duration if action.duration else now)
    longest = playbook_of(incident).policy.snooze.max
    if not action.reason.strip():
        return Refusal("reason")
    if until <= now:
        return Refusal("no_time")
    if until > now + longest:
        return Refusal("too_long", limit=longest)
    muted = {signal_key(signal): signal.observed for signal in incident.signals()}
    incident = replace(
        incident,
        snoozed_until=until,
        revision=incident.revision + 1,
        facts={**incident.facts, "muted": muted},
    )
    detail = {**_because(action), "until": until.isoformat()}
    return Response(
        incident,
        thread(incident, Reason.SNOOZED),
        (Timer("wake", until),),
        Reason.SNOOZED,
        detail,
        ("step", "wake", "ack_timeout"),
        who=action.who,
    )


def _resolve(incident: Incident, action: Action, now: datetime) -> Response | Refusal:
    reason = Reason.NOT_A_CRISIS if action.kind == "not_a_crisis" else Reason.RESOLVED
    if refusal := _stale(incident, action):
        return refusal
    return resolved(incident, reason, now, _because(action), action.who)


def _reopen(incident: Incident, action: Action, now: datetime) -> Response | Refusal:
    if incident.state != IncidentState.RESOLVED:
        return Refusal("open")
    if action.revision is not None and action.revision != incident.revision:
        return Refusal("changed")
    incident = replace(
        incident,
        state=IncidentState.OPEN.value,
        acknowledged_at=None,
        acknowledged_by=None,
        resolved_at=None,
        resolved_by=None,
        not_a_crisis=False,
        loop=incident.loop + 1,
        revision=incident.revision + 1,
        facts={**incident.facts, "suppressed": [], "acks": {}},
    )
    return announce(incident, Reason.REOPENED, now, _because(action), action.who)


def _escalate(incident: Incident, action: Action, now: datetime) -> Response | Refusal:
    """The next step of the ladder now. Who has acknowledged keeps it; its timer finds it done."""
    if refusal := _stale(incident, action):
        return refusal
    step = step_after(incident)
    if step is None or not incident.told or incident.shadow:
        return Refusal("no_step")
    number = incident.step + 1
    detail = {"step": number, "notify": [str(who) for who in step.notify], **_because(action)}
    facts = {**incident.facts, "named_at": now.isoformat()}
    incident = replace(incident, step=number, revision=incident.revision + 1, facts=facts)
    tell = Tell(Reason.ESCALATED, step=number, broadcast=step.broadcast)
    later = told_again(incident, now) if incident.state == IncidentState.OPEN else ()
    return Response(incident, (tell,), later, Reason.ESCALATED, detail, who=action.who)


def _note(incident: Incident, action: Action, _now: datetime) -> Response | Refusal:
    """Something to remember, also of what is over. It changes nothing that is decided."""
    if not action.reason.strip():
        return Refusal("no_text")
    incident = replace(incident, revision=incident.revision + 1)
    return Response(
        incident,
        thread(incident, Reason.NOTED),
        (),
        Reason.NOTED,
        _because(action),
        who=action.who,
    )


def _hold(incident: Incident, action: Action, now: datetime) -> Response | Refusal:
    """What was said of it outlives its retention until then, also where it is over."""
    until = action.until or (now + action.duration if action.duration else now)
    if not action.reason.strip():
        return Refusal("hold_reason")
    if until <= now:
        return Refusal("no_time")
    hold = {"who": action.who, "reason": action.reason.strip(), "at": now.isoformat()}
    facts = {**incident.facts, "hold": hold}
    incident = replace(incident, held_until=until, facts=facts, revision=incident.revision + 1)
    detail = {**_because(action), "until": until.isoformat()}
    told = thread(incident, Reason.HELD)
    return Response(incident, told, (), Reason.HELD, detail, who=action.who)


def _release(incident: Incident, action: Action, now: datetime) -> Response | Refusal:
    if incident.held_until is None or incident.held_until <= now:
        return Refusal("not_held")
    facts = {name: fact for name, fact in incident.facts.items() if name != "hold"}
    incident = replace(incident, held_until=None, facts=facts, revision=incident.revision + 1)
    told = thread(incident, Reason.RELEASED)
    return Response(incident, told, (), Reason.RELEASED, _because(action), who=action.who)


def _check(incident: Incident, action: Action, now: datetime) -> Response | Refusal:
    """An item of the checklist is done; what needs others first waits for them."""
    items = {item.id: item for item in playbook_of(incident).policy.checklist}
    done = dict(incident.facts.get("done", {}))
    item = items.get(action.label)
    if item is None:
        return Refusal("no_item")
    if item.id in done:
        return Refusal("done", done[item.id][0], datetime.fromisoformat(done[item.id][1]))
    if not set(item.needs) <= set(done):
        return Refusal("needs")
    facts = {**incident.facts, "done": {**done, item.id: [action.who, now.isoformat()]}}
    incident = replace(incident, facts=facts, revision=incident.revision + 1)
    told = thread(incident, Reason.CHECKED)
    return Response(incident, told, (), Reason.CHECKED, {"item": item.do}, who=action.who)


def _because(action: Action) -> dict[str, str]:
    found = {"because": action.reason.strip()} if action.reason.strip() else {}
    return {**found, "label": action.label} if action.label else found


_DECIDE: Mapping[Kind, Callable[[Incident, Action, datetime], Response | Refusal]] = {
    "ack": _ack,
    "resolve": _resolve,
    "not_a_crisis": _resolve,
    "snooze": _snooze,
    "reopen": _reopen,
    "escalate": _escalate,
    "note": _note,
    "check": _check,
    "hold": _hold,
    "release": _release,
}
