"""Writing a decision: the incident, its timeline, timers and messages in one short transaction,
which reads nothing and renders nothing."""

from __future__ import annotations

from datetime import datetime

from alerting.decide.reasons import Reason
from monitor.jobs.respond.render import Rendered
from monitor.store import incidents as store
from monitor.store.engine import Transaction
from monitor.store.outbox import keys
from monitor.store.outbox.write import desire, enqueue, withdraw_calls
from monitor.store.timers import add_timer, cancel_timers


class ConcurrentUpdate(Exception):
    """Somebody else changed the incident first; nothing was done, the next turn decides anew."""


def apply(tx: Transaction, rendered: Rendered, wall: datetime) -> None:
    """Do what was decided; the messages are due at ``wall``. Raises ConcurrentUpdate, and the
    transaction must then not be committed."""
    incident, response = rendered.incident, rendered.response
    _save(tx, rendered)
    if response.recorded:
        reason = response.reason.value
        store.add_event(tx, incident.id, rendered.now, reason, response.who, response.detail)
    cancel_timers(tx, incident.id, response.cancel)
    if "step" in response.cancel or response.reason is Reason.ESCALATED:
        withdraw_calls(tx, incident.id, response.reason.value)
    for timer in response.timers:
        add_timer(tx, incident.id, timer.kind, timer.due_at, timer.payload)
    for message in rendered.messages:
        enqueue(
            tx,
            key=message.key,
            channel=message.channel,
            destination=message.destination,
            payload=message.payload,
            severity=incident.severity,
            created_at=rendered.now,
            due_at=wall,
            incident_id=incident.id,
            thread_of=message.thread_of,
            broadcast=message.broadcast,
        )
    if rendered.card is not None:
        desire(tx, keys.card(incident.id), rendered.card)


def _save(tx: Transaction, rendered: Rendered) -> None:
    incident, before = rendered.incident, rendered.before
    if before is not None and before.id == incident.id:
        done = store.save_incident(tx, incident, before)
    else:
        done = store.create_incident(tx, incident, before)
    if not done:
        raise ConcurrentUpdate(f"incident {incident.id}")
