"""The escalation after its first step, decided without a database: what due timers bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from alerting.decide.blindness import gaps, unseen
from alerting.decide.incidents import recovered, resolved
from alerting.decide.reasons import Reason
from alerting.decide.response import (
    BEFORE_THE_FIRST,
    Response,
    Tell,
    Timer,
    announce,
    playbook_of,
    step_of,
    told_again,
)
from alerting.model import Incident
from monitor.model import BLINDNESS, IncidentState


def fire(incident: Incident, timers: Sequence[Timer], now: datetime) -> Response | None:
    """What the incident's due timers bring, taken together; None: nothing any more.

    After a time of being down many may be due: an end ends it, and of several steps only the
    highest is told, never two at once.
    """
    if incident.state == IncidentState.RESOLVED:
        return None
    kinds = {timer.kind for timer in timers}
    if "clear" in kinds and all(signal.over for signal in incident.signals()):
        return _over(incident, min(t.due_at for t in timers if t.kind == "clear"), now)
    if "wake" in kinds and incident.snoozed_until is not None and not incident.snoozed(now):
        return _again(incident, "snooze_ended", now)
    if "ack_timeout" in kinds and incident.state == IncidentState.ACKNOWLEDGED:
        return _again(incident, "ack_timeout", now)
    return _advance(incident, timers, now)


def _over(incident: Incident, ended: datetime, now: datetime) -> Response:
    """Quiet for long enough. It ended then, however late that is noticed."""
    if incident.risk_class == BLINDNESS and incident.facts.get("flapping"):
        settled = {**incident.facts, "flapping": False}
        detail = {"gaps": len(gaps(incident)), "unseen_s": unseen(incident).total_seconds()}
        return recovered(replace(incident, facts=settled), now, detail)
    quiet = playbook_of(incident).clear_after(incident.risk_class).total_seconds()
    over = resolved(incident, Reason.RESOLVED, now, {"quiet": f"{quiet / 60:g}m"})
    return replace(over, incident=replace(over.incident, resolved_at=ended))


def _again(incident: Incident, why: str, now: datetime) -> Response:
    """The escalation starts over: nobody is muted or answerable for it any more."""
    detail = {"why": why, "acknowledged_by": incident.acknowledged_by or ""}
    incident = replace(
        incident,
        state=IncidentState.OPEN.value,
        snoozed_until=None,
        acknowledged_at=None,
        acknowledged_by=None,
        facts={**incident.facts, "acks": {}},
        loop=incident.loop + 1,
        revision=incident.revision + 1,
    )
    return announce(incident, Reason.WOKEN, now, detail)


def _advance(incident: Incident, timers: Sequence[Timer], now: datetime) -> Response | None:
    """The highest step that is due, if somebody is still to be found."""
    due = sorted(
        int(timer.payload["step"])
        for timer in timers
        if timer.kind == "step"
        and timer.payload["loop"] == incident.loop
        and incident.step < int(timer.payload["step"])
        and step_of(incident, int(timer.payload["step"])) is not None
    )
    waiting = incident.state == IncidentState.OPEN and incident.told and not incident.snoozed(now)
    if not due or not waiting:
        return None
    number = due[-1]
    step = step_of(incident, number)
    assert step is not None
    detail = {
        "step": number,
        "notify": [str(who) for who in step.notify],
        "skipped": due[:-1],
        **({"opening": True} if number == 0 else {}),
    }
    begins = incident.step == BEFORE_THE_FIRST
    tell = Tell(Reason.ESCALATED, step=number, broadcast=step.broadcast or begins)
    facts = {**incident.facts, "named_at": now.isoformat()}
    incident = replace(incident, step=number, revision=incident.revision + 1, facts=facts)
    return Response(incident, (tell,), told_again(incident, now), Reason.ESCALATED, detail)
