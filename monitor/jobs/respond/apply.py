"""Carrying a decision out: the incident, its timeline, timers and messages in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from alerting.decide.reasons import Reason
from alerting.decide.response import Incident, Response, Tell
from alerting.messages.codec import pack
from alerting.messages.context import MessageContext
from alerting.messages.incident import root
from alerting.messages.thread import line
from alerting.model import Notice, Target
from alerting.playbook.load import Step
from monitor.app import App
from monitor.jobs.respond.context import message_context
from monitor.jobs.respond.routing import destinations
from monitor.store import incidents as store
from monitor.store.outbox.write import desire, enqueue, withdraw_pages
from monitor.store.timers import add_timer, cancel_timers


class Outrun(Exception):
    """Somebody else changed the incident first; nothing was done, the next turn decides anew."""


def incident_of(stored: dict[str, Any]) -> Incident:
    """The incident a row holds."""
    return Incident(**{part.name: stored[part.name] for part in fields(Incident)})


def carry_out(
    app: App, tx: Session, before: Incident | None, response: Response, now: datetime
) -> Incident:
    """Do what was decided. Raises Outrun, and the transaction must then not be committed."""
    incident = _save(tx, before, response)
    if response.recorded:
        store.add_event(tx, incident.id, now, response.reason.value, response.who, response.detail)
    cancel_timers(tx, incident.id, response.cancel)
    if "step" in response.cancel:
        withdraw_pages(tx, incident.id, response.reason.value)
    for timer in response.timers:
        add_timer(tx, incident.id, timer.kind, timer.due_at, timer.payload)
    if response.recorded and incident.told:
        _tell(app, tx, incident, response, now)
    return incident


def _save(tx: Session, before: Incident | None, response: Response) -> Incident:
    incident = response.incident
    if response.recorded and response.reason not in (Reason.STILL_GOING, Reason.SUPPRESSED):
        incident = replace(incident, reason=response.reason.value)
    values = {part.name: getattr(incident, part.name) for part in fields(Incident)}
    if not incident.id:
        return replace(incident, id=store.create_incident(tx, values))
    if not store.save_incident(tx, values, before.revision if before else incident.revision):
        raise Outrun(f"incident {incident.id}")
    return incident


def _tell(app: App, tx: Session, incident: Incident, response: Response, now: datetime) -> None:
    context = message_context(app, tx, incident, now, who=response.who, detail=response.detail)
    steps = incident.rules.level(incident.severity).steps
    for tell in response.notices:
        step = steps[tell.step] if tell.step is not None else None
        if tell.root:
            _enqueue_root(app, tx, context, step)
        else:
            _enqueue_line(app, tx, context, tell, step)
    if not any(tell.root for tell in response.notices):
        refreshed = root(context, steps[0].notify if steps else ())
        desire(tx, f"i{incident.id}:root", pack(refreshed))


def _enqueue_root(app: App, tx: Session, context: MessageContext, step: Step | None) -> None:
    channel, destination = destinations(app, context.incident.brand, step.channel if step else "")
    notice = root(context, step.notify if step else ())
    _put(app, tx, context, f"i{context.incident.id}:root", (channel, destination), notice)


def _enqueue_line(
    app: App, tx: Session, context: MessageContext, tell: Tell, step: Step | None
) -> None:
    incident = context.incident
    notify: Sequence[Target] = step.notify if step else ()
    place = home = store.root_of(tx, incident.id)
    if place is None or (step and step.channel):
        place = destinations(app, incident.brand, step.channel if step else "")
    key = f"i{incident.id}:{tell.reason.value}:{incident.revision}"
    if tell.reason is Reason.ESCALATED:
        key = f"i{incident.id}:step{tell.step}:loop{incident.loop}:{place[1]}"
    same = home is not None and place == home
    notice = line(context, tell.reason, notify) if same else root(context, notify)
    _put(app, tx, context, key, place, notice, threaded=same, broadcast=tell.broadcast and same)


def _put(
    app: App,
    tx: Session,
    context: MessageContext,
    key: str,
    place: tuple[str, str],
    notice: Notice,
    *,
    threaded: bool = False,
    broadcast: bool = False,
) -> None:
    incident = context.incident
    enqueue(
        tx,
        key=key,
        channel=place[0],
        destination=place[1],
        payload=pack(notice),
        severity=incident.severity,
        created_at=context.now,
        due_at=app.wall(),
        incident_id=incident.id,
        thread_of=f"i{incident.id}:root" if threaded else None,
        broadcast=broadcast,
    )
