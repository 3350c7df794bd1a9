"""The outbox's writing side: promises are put in here, in the transaction that makes them true.

``queue`` takes them out again. States: see ``NotificationRow``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import and_, func, or_, select

from monitor.store.bulk import insert_if_new
from monitor.store.engine import Transaction
from monitor.store.installation import current
from monitor.store.outbox import keys
from monitor.store.outbox.limits import Pause, pauses
from monitor.store.tables.responding import IncidentRow, NotificationRow

IN_FLIGHT = ("sending", "ambiguous")
"""States of a message that may be arriving where it was promised."""

OPEN = ("pending", "leased", "sending", "retry", "ambiguous")
"""States of a message that is still to be told (or may be)."""

FAILED = ("dead_letter", "uncertain")
"""States of a message that a person should know did not, or may not, have arrived."""


def payload_hash(payload: Mapping[str, Any]) -> str:
    """What tells two contents apart, whatever the order of their keys."""
    return sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()


def promised(tx: Transaction, key: str) -> bool:
    """Whether a message was promised under this key, whatever became of it."""
    query = select(NotificationRow.id).where(NotificationRow.delivery_key == key).limit(1)
    return tx.scalar(query) is not None


def states(tx: Transaction, delivery_keys: Collection[str]) -> dict[str, str]:
    """How it stands with the messages promised under these keys."""
    query = select(NotificationRow.delivery_key, NotificationRow.state)
    rows = tx.execute(query.where(NotificationRow.delivery_key.in_(delivery_keys)))
    return {row.delivery_key: row.state for row in rows}


def enqueue(
    tx: Transaction,
    *,
    key: str,
    channel: str,
    destination: str,
    payload: Mapping[str, Any],
    severity: str,
    created_at: datetime,
    due_at: datetime,
    incident_id: int | None = None,
    thread_of: str | None = None,
    broadcast: bool = False,
    held_until: datetime | None = None,
) -> bool:
    """Promise a message. ``created_at`` is domain time, ``due_at`` wall time; ``held_until``
    (domain time): quiet hours hold it until then, which is when it is due.
    False: this key is promised already. Raises ValueError if that promise had another content.
    """
    digest = payload_hash(payload)
    values = {
        "delivery_key": key,
        "channel": channel,
        "destination": destination,
        "incident_id": incident_id,
        "severity": severity or "SEV4",
        "thread_of": thread_of,
        "broadcast": broadcast,
        "payload": dict(payload),
        "payload_hash": digest,
        "created_at": created_at,
        "due_at": due_at,
        "first_due_at": due_at,
        "origin": current(),
        "held_until": held_until,
    }
    new = insert_if_new(tx, NotificationRow, values)
    if not new:
        _check_same_content(tx, key, digest)
    return new


def _check_same_content(tx: Transaction, key: str, digest: str) -> None:
    stored = tx.scalar(
        select(NotificationRow.payload_hash).where(NotificationRow.delivery_key == key)
    )
    if stored != digest:
        raise ValueError(f"delivery key {key!r} is promised already, with another content")


def desire(tx: Transaction, key: str, payload: Mapping[str, Any]) -> bool:
    """Bring the message under ``key`` to this content: by an update where it was sent, by sending
    this instead where it was not. Only the last wish counts; what is not out yet and calls nobody
    does not begin to. False: it is so already, or there is no such message to change."""
    row = tx.scalar(
        select(NotificationRow).where(NotificationRow.delivery_key == key).with_for_update()
    )
    if row is None or (row.state not in (*OPEN, "sent") and row.revive_at is None):
        return False
    wanted, content = dict(payload), row.desired or row.payload
    if row.state != "sent" and not content.get("targets"):
        wanted.pop("targets", None)
    if payload_hash(content) == payload_hash(wanted):
        return False
    row.desired = wanted
    row.desired_rev += 1
    tx.flush()
    return True


def promised_to(tx: Transaction, channel: str) -> set[str]:
    """The destinations on a channel to which something was promised and not given up."""
    row = NotificationRow
    found = select(row.destination).where(row.channel == channel, row.state.in_((*OPEN, "sent")))
    return set(tx.scalars(found))


def withdraw_calls(tx: Transaction, incident_id: int, why: str, *, answered: bool = False) -> int:
    """What is not out yet calls nobody any more: somebody has acknowledged (``answered``), or a
    newer message calls in its place. Steps are taken back; cards and lines are told without naming
    anybody; of an answered incident nothing is told by mail, or another next way, any more. What
    may have been sent is not sent again, should it turn out not to have arrived. How many steps
    were taken back."""
    row = NotificationRow
    revivable = and_(row.state == "dead_letter", row.revive_at.is_not(None))
    on_its_way = (row.incident_id == incident_id, or_(row.state.in_(OPEN), revivable))
    taken = 0
    for found in tx.scalars(select(row).where(*on_its_way).order_by(row.id).with_for_update()):
        kind = keys.kind(found.delivery_key)
        if kind == "step" or (kind == "next_way" and answered):
            taken += _take_back(found, why) and kind == "step"
        elif kind in ("card", "line"):
            _call_nobody(found)
    tx.flush()
    return taken


def _take_back(row: NotificationRow, why: str) -> bool:
    if row.state in IN_FLIGHT:
        row.unwanted = why
        return False
    row.state, row.last_error = "withdrawn", why
    row.revive_at = row.lease_token = None
    return True


def _call_nobody(row: NotificationRow) -> None:
    content = row.desired or row.payload
    if content.get("targets"):
        row.desired = {name: value for name, value in content.items() if name != "targets"}
        row.desired_rev += 1


@dataclass(frozen=True, slots=True)
class Failure:
    """A message that did not arrive, or of which that cannot be known."""

    key: str
    channel: str
    destination: str
    state: str
    error: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Outbox:
    """The outbox as people should see it. ``waiting_since``: wall time at which the oldest message
    that is not out yet was due."""

    counts: Mapping[str, int]
    waiting_since: datetime | None
    last_error: str
    pauses: tuple[Pause, ...]
    failures: tuple[Failure, ...]


def summary(tx: Transaction, wall: datetime, limit: int = 10) -> Outbox:
    """How the outbox stands at ``wall``, with the latest failures first."""
    row = NotificationRow
    by_state = tx.execute(select(row.state, func.count()).group_by(row.state))
    counts: dict[str, int] = dict(by_state.all())
    waiting = select(row.first_due_at, row.last_error).where(
        row.state.in_(OPEN), row.first_due_at <= wall
    )
    oldest = tx.execute(waiting.order_by(row.first_due_at).limit(1)).first()
    failed = select(row).where(row.state.in_(FAILED)).order_by(row.id.desc()).limit(limit)
    return Outbox(
        counts=counts,
        waiting_since=oldest[0] if oldest else None,
        last_error=oldest[1] if oldest else "",
        pauses=tuple(p for p in pauses(tx) if p.until > wall or p.kind == "credentials"),
        failures=tuple(
            Failure(f.delivery_key, f.channel, f.destination, f.state, f.last_error, f.first_due_at)
            for f in tx.scalars(failed)
        ),
    )


def read_key(tx: Transaction, key: str) -> NotificationRow:
    """The message under a delivery key, which must be there."""
    return tx.scalars(select(NotificationRow).where(NotificationRow.delivery_key == key)).one()


def read_message(tx: Transaction, message_id: int) -> NotificationRow:
    """A message as it stands."""
    return tx.get_one(NotificationRow, message_id)


def brand_of(tx: Transaction, incident_id: int | None) -> str | None:
    """The brand of an incident's messages; None: there is no such incident any more."""
    return tx.scalar(select(IncidentRow.brand).where(IncidentRow.id == incident_id))


def overdue(
    tx: Transaction, channel: str, severities: tuple[str, ...], due_before: datetime
) -> list[tuple[NotificationRow, str]]:
    """The open root messages and pages of these severities that were due on this channel before
    then and still call somebody, each with its incident's brand."""
    row = NotificationRow
    wanted = (
        select(row, IncidentRow.brand, IncidentRow.state)
        .join(IncidentRow, IncidentRow.id == row.incident_id)
        .where(
            row.state.in_(OPEN),
            row.channel == channel,
            row.severity.in_(severities),
            row.first_due_at <= due_before,
            or_(row.thread_of.is_(None), row.broadcast),
        )
    )
    return [
        (found, brand)
        for found, brand, state in tx.execute(wanted.order_by(row.id))
        if state == "open" or (found.desired or found.payload).get("targets")
    ]
