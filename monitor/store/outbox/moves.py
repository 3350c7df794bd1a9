"""A card that goes on elsewhere: the config has its brand's messages told in another place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update

from monitor.store.engine import Transaction
from monitor.store.outbox import keys
from monitor.store.outbox.queue import DeliveryLease
from monitor.store.outbox.write import IN_FLIGHT, payload_hash
from monitor.store.tables.responding import NotificationRow

WAITS = ("pending", "retry", "leased")


def may_move(tx: Transaction, card: str) -> bool:
    """Whether nothing of an incident is on its way: what arrives must be known first. ``card``: the
    key of its card."""
    row = NotificationRow
    flies = select(row.id).where(
        or_(row.delivery_key == card, row.thread_of == card), row.state.in_(IN_FLIGHT)
    )
    return tx.scalar(flies.limit(1)) is None


def move_card(
    tx: Transaction,
    card: str,
    place: tuple[str, str],
    payload: Mapping[str, Any],
    left: Mapping[str, Any],
    at: datetime,
) -> None:
    """Tell the card anew, as ``payload``, on this channel and destination, and below it what was
    not told yet. The message it was stays and is to show ``left``: at once where that is on another
    channel, else when the card is out, which may be where it was (a channel has several names)."""
    row, (channel, destination) = NotificationRow, place
    stored = tx.scalars(select(row).where(row.delivery_key == card).with_for_update()).one()
    if stored.channel != channel and stored.receipt is not None:
        _leave(tx, stored, left)
        stored.receipt = None
    stored.channel, stored.destination = channel, destination
    stored.payload, stored.desired = dict(payload), None
    stored.payload_hash = payload_hash(payload)
    stored.state, stored.due_at, stored.attempts = "pending", at, 0
    stored.desired_rev = stored.applied_rev = stored.desired_rev + 1
    stored.lease_token = stored.lease_until = stored.call_started_at = None
    stored.sent_at = stored.revive_at = stored.reapply_at = None
    stored.last_error = ""
    tx.flush()
    waits = or_(row.state.in_(WAITS), row.revive_at.is_not(None))
    tx.execute(
        update(row)
        .where(row.thread_of == card, waits)
        .values(channel=channel, destination=destination, lease_token=None, lease_until=None)
    )


def is_elsewhere(lease: DeliveryLease, receipt: Mapping[str, Any]) -> bool:
    """Whether a message that was there already has been told in another place now."""
    was = lease.receipt
    if not was or not was.get("channel") or keys.kind(lease.key) != "card":
        return False
    return bool(was["channel"] != receipt.get("channel"))


def leave_behind(tx: Transaction, lease: DeliveryLease, left: Mapping[str, Any]) -> None:
    """The message that the card was until it was sent again is to show this."""
    stored = tx.get_one(NotificationRow, lease.id)
    _leave(tx, stored, left, lease.receipt)


def _leave(
    tx: Transaction,
    card: NotificationRow,
    left: Mapping[str, Any],
    receipt: Mapping[str, Any] | None = None,
) -> None:
    row, was = NotificationRow, dict(receipt or card.receipt or {})
    earlier = row.delivery_key.startswith(keys.left(card.delivery_key, 0)[:-1])
    number = tx.scalar(select(func.count()).where(earlier)) or 0
    tx.add(
        NotificationRow(
            delivery_key=keys.left(card.delivery_key, number + 1),
            origin=card.origin,
            channel=card.channel,
            destination=str(was.get("channel") or card.destination),
            incident_id=card.incident_id,
            severity="SEV4",
            payload=dict(left),
            payload_hash=payload_hash(left),
            created_at=card.created_at,
            state="sent",
            due_at=card.due_at,
            first_due_at=card.first_due_at,
            sent_at=card.sent_at,
            receipt=was,
            desired=dict(left),
            desired_rev=1,
        )
    )
    tx.flush()
