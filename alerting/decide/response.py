"""What the deciding half of alerting takes and gives: incidents, what to tell, what comes later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from alerting.decide.reasons import Reason
from alerting.decide.signals import ranked, unpack_signal
from alerting.model import Target
from alerting.playbook.load import Playbook, from_snapshot
from monitor.model import SEVERITIES, IncidentState, Signal

TimerKind = Literal["step", "clear", "wake", "ack_timeout"]


@dataclass(frozen=True, slots=True)
class Incident:
    """Signals grouped for one brand, class and subject; the fields of its row. Times are domain.

    ``id`` is 0 until it is stored. ``facts``: ``signals`` by key (packed), ``peaks`` the same at
    their height, ``rule`` the one its severity is by, ``root`` whether its message was told,
    ``told_at`` when its figures were, ``armed_at`` when the ladder began, ``named_at`` when people
    were last named, ``suppressed`` the keys of signals it has silenced. ``revision`` moves with
    every change that a person could act upon, not with its figures.
    """

    id: int
    brand: str
    risk_class: str
    subject: str
    severity: str
    since: datetime
    opened_at: datetime
    last_signal_at: datetime
    playbook: Mapping[str, Any]
    state: str = IncidentState.OPEN.value
    step: int = 0
    loop: int = 0
    shadow: bool = False
    snoozed_until: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    not_a_crisis: bool = False
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    revision: int = 1

    @property
    def told(self) -> bool:
        """Whether its message was promised to anybody."""
        return bool(self.facts.get("root"))

    @property
    def rules(self) -> Playbook:
        """The playbook it was opened under."""
        return from_snapshot(self.playbook)

    def signals(self) -> list[Signal]:
        """Every signal it has heard, as last heard, the most telling first."""
        return ranked([unpack_signal(kept) for kept in self.facts.get("signals", {}).values()])

    def spoken(self) -> list[Signal]:
        """The signals a message speaks of: those that go on, or, where it is over, all of them at
        their height."""
        heard = self.signals()
        live = [signal for signal in heard if not signal.over]
        if live and self.state != IncidentState.RESOLVED:
            return live
        return ranked([unpack_signal(kept) for kept in self.facts.get("peaks", {}).values()])

    def snoozed(self, now: datetime) -> bool:
        """Whether it is muted."""
        return self.snoozed_until is not None and self.snoozed_until > now


@dataclass(frozen=True, slots=True)
class Policy:
    """What decides for a brand: the playbook (an open incident keeps its own) and its mode."""

    playbook: Playbook
    shadow: bool = False


@dataclass(frozen=True, slots=True)
class Tell:
    """Something to be told. ``root``: the incident's own message, else a reply in its thread.
    ``step``: the step of the ladder whose people it names; None names nobody."""

    reason: Reason
    root: bool = False
    step: int | None = None
    broadcast: bool = False


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


def worse(severity: str, than: str) -> bool:
    """Whether one severity is more severe than another."""
    return SEVERITIES.index(severity) < SEVERITIES.index(than)


def announce(
    incident: Incident, reason: Reason, now: datetime, detail: Mapping[str, Any], who: str = ""
) -> Response:
    """Tell it from the beginning of the ladder: opened, worse, again. Arms the later steps.

    In shadow nobody is told, and the reason says so; a level without steps tells nobody either.
    What comes back soon after people were named is told without naming them again (a source that
    comes and goes): they hear of it at the next step, if it lasts until then.
    """
    steps = incident.rules.level(incident.severity).steps
    detail = {"severity": incident.severity, **detail}
    everything: tuple[TimerKind, ...] = ("step", "wake", "ack_timeout")
    names = reason is not Reason.REOPENED or not _named_lately(incident, now)
    facts = {**incident.facts, "told_at": now.isoformat(), "armed_at": now.isoformat()}
    incident = replace(incident, step=0, facts=facts)
    if incident.shadow:
        detail = {
            **detail,
            "would": reason.value,
            "pages": [[str(who) for who in step.notify] for step in steps],
        }
        return Response(incident, (), (), Reason.SHADOWED, detail, everything, who=who)
    if not steps:
        detail = {**detail, "told": False}
        return Response(incident, (), (), reason, detail, everything, who=who)
    first = Tell(reason, not incident.told, 0 if names else None, broadcast=incident.told)
    named = {"named_at": now.isoformat()} if names and steps[0].notify else {}
    incident = replace(incident, facts={**facts, "root": True, **named})
    later = tuple(
        Timer("step", now + step.at, {"step": number, "loop": incident.loop})
        for number, step in enumerate(steps)
        if number
    )
    return Response(incident, (first,), later, reason, detail, everything, who=who)


def _named_lately(incident: Incident, now: datetime) -> bool:
    named_at = incident.facts.get("named_at")
    quiet = incident.rules.policy.clear.quiet
    return named_at is not None and now - datetime.fromisoformat(named_at) < quiet


def thread(incident: Incident, reason: Reason) -> tuple[Tell, ...]:
    """A line in the thread that names nobody, where there is a thread."""
    return (Tell(reason),) if incident.told and not incident.shadow else ()


def next_step(incident: Incident, now: datetime) -> tuple[datetime, Sequence[Target]] | None:
    """When the ladder goes on if nobody acknowledges, and whom it then names."""
    steps = incident.rules.level(incident.severity).steps
    armed_at = incident.facts.get("armed_at")
    waiting = incident.state == IncidentState.OPEN and incident.told and not incident.shadow
    number = incident.step + 1
    if not waiting or not armed_at or incident.snoozed(now) or number >= len(steps):
        return None
    step = steps[number]
    return datetime.fromisoformat(armed_at) + step.at, step.notify
