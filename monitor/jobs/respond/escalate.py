"""Escalate: timers that are due, and the audit that nothing open was forgotten."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from alerting.decide.escalation import fire
from alerting.decide.reasons import Reason
from alerting.decide.response import Timer, announce, playbook_of
from monitor.app import App
from monitor.jobs.respond.apply import ConcurrentUpdate, apply
from monitor.jobs.respond.journal import tell_log
from monitor.jobs.respond.render import render
from monitor.store import incidents as store
from monitor.store.outbox import keys
from monitor.store.outbox.write import OPEN
from monitor.store.timers import add_timer, due_incidents, due_timers, fire_timers

log = logging.getLogger(__name__)


def run_timers(app: App, now: datetime) -> int:
    """Fire what is due at ``now``, an incident at a time, each in one transaction. How many
    incidents changed."""
    with app.db.read() as tx:
        due = due_incidents(tx, now)
    changed, failed = 0, []
    for incident_id in due:
        try:
            changed += _fire(app, incident_id, now)
        except ConcurrentUpdate:
            log.info(
                "incident %d was changed meanwhile; its timers fire in the next turn", incident_id
            )
        except Exception as error:  # one incident must not keep the others waiting
            failed.append(error)
    if changed:
        app.wake()
    if failed:
        raise failed[0]
    return changed


def _fire(app: App, incident_id: int, now: datetime) -> bool:
    with app.db.read() as tx:
        timers = due_timers(tx, incident_id, now)
        incident = store.read_incident(tx, incident_id)
    if not timers or incident is None:
        return False
    due = [Timer(t.kind, t.due_at, t.payload) for t in timers]  # type: ignore[arg-type]
    response = fire(incident, due, now)
    rendered = render(app, incident, response, now) if response else None
    with app.db.write() as tx:
        if not fire_timers(tx, timers):
            raise ConcurrentUpdate(f"the timers of incident {incident_id}")
        if rendered is not None:
            apply(tx, rendered, app.wall())
    if rendered is not None:
        tell_log(rendered)
    return rendered is not None


def audit(app: App, now: datetime) -> list[int]:
    """Every open incident nobody has acknowledged must have a timer to come, a message on its way
    or the last step of its escalation told. One that has none is mended: it begins again. The
    incidents that were mended."""
    with app.db.read() as tx:
        suspects = store.unattended(tx)
    mended = [incident_id for incident_id in suspects if _mend(app, incident_id, now)]
    if mended:
        app.wake()
    return mended


def _mend(app: App, incident_id: int, now: datetime) -> bool:
    with app.db.read() as tx:
        incident = store.read_incident(tx, incident_id)
        told = {row.delivery_key: row.state for row in store.notifications(tx, incident_id)}
    if incident is None or (incident.facts.get("past") and not incident.told):
        return False
    if incident.snoozed_until is not None and incident.snoozed(now):
        return _wake_later(app, incident_id, incident.snoozed_until)
    level = playbook_of(incident).level(incident.severity)
    finished = incident.told and incident.step >= level.rungs - 1 and not level.repeat
    finished = finished and incident.snoozed_until is None
    alive = any(state in OPEN for state in told.values())
    if not level.steps or alive or (finished and told):
        return False
    log.warning("incident %d had no timer and no message on its way; mended", incident_id)
    again = replace(
        incident,
        loop=incident.loop + 1,
        revision=incident.revision + 1,
        facts={**incident.facts, "root": keys.card(incident_id) in told},
        snoozed_until=None,
    )
    response = announce(again, Reason.WOKEN, now, {"why": "audit"})
    rendered = render(app, incident, response, now)
    try:
        with app.db.write() as tx:
            apply(tx, rendered, app.wall())
    except ConcurrentUpdate:
        return False
    tell_log(rendered)
    return True


def _wake_later(app: App, incident_id: int, until: datetime) -> bool:
    """A snooze whose end was lost ends when it was to."""
    log.warning("the end of incident %d's snooze was lost; mended", incident_id)
    with app.db.write() as tx:
        add_timer(tx, incident_id, "wake", until, {})
    return True
