"""Writing a decision: the incident, its timeline, timers and messages in one short transaction,
which reads nothing and renders nothing."""

from __future__ import annotations

from datetime import datetime

from alerting.decide.reasons import Reason
from monitor.jobs.respond.render import Rendered
from monitor.model import IncidentState
from monitor.store import incidents as store
from monitor.store.engine import Transaction
from monitor.store.outbox import keys
from monitor.store.outbox.held import release_held
from monitor.store.outbox.moves import move_card
from monitor.store.outbox.write import desire, enqueue, withdraw_calls
from monitor.store.pages import add_page
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
        answered = incident.state != IncidentState.OPEN
        withdraw_calls(tx, incident.id, response.reason.value, answered=answered)
    for timer in response.timers:
        add_timer(tx, incident.id, timer.kind, timer.due_at, timer.payload)
    if _waits_no_longer(rendered):
        release_held(tx, incident.id, wall)
    for page in rendered.pages:
        add_page(tx, page)
    for message in rendered.messages:
        enqueue(
            tx,
            key=message.key,
            channel=message.channel,
            destination=message.destination,
            payload=message.payload,
            severity=incident.severity,
            created_at=rendered.now,
            due_at=wall + (rendered.held_until - rendered.now) if rendered.held_until else wall,
            held_until=rendered.held_until,
            incident_id=incident.id,
            thread_of=message.thread_of,
            broadcast=message.broadcast,
        )
    if rendered.move is not None:
        move = rendered.move
        move_card(tx, keys.card(incident.id), move.place, move.payload, move.left, wall)
    elif rendered.card is not None:
        desire(tx, keys.card(incident.id), rendered.card)


def _waits_no_longer(rendered: Rendered) -> bool:
    """What quiet hours hold goes out now: it has become SEV1, or a person escalates it."""
    by_hand = bool(rendered.response.who) and rendered.response.reason is Reason.ESCALATED
    return bool(rendered.messages) and (rendered.incident.severity == "SEV1" or by_hand)


def _save(tx: Transaction, rendered: Rendered) -> None:
    incident, before = rendered.incident, rendered.before
    if before is not None and before.id == incident.id:
        done = store.save_incident(tx, incident, before)
    else:
        done = store.create_incident(tx, incident, before)
    if not done:
        raise ConcurrentUpdate(f"incident {incident.id}")
