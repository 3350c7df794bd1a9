"""Dead letters that are tried again: the card of an incident whose channel may work later, and the
replies that were to stand below it. Wall times."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from monitor.store.engine import Transaction
from monitor.store.tables.responding import IncidentRow, NotificationRow

GIVES_UP = timedelta(hours=24)
"""So long after it was due the card of an incident that is over is not tried any more."""


def due_cards(tx: Transaction, wall: datetime) -> list[tuple[NotificationRow, str]]:
    """The dead cards that are to be tried again by now, each with its incident's brand."""
    row = NotificationRow
    open_or_fresh = or_(IncidentRow.state != "resolved", row.first_due_at > wall - GIVES_UP)
    found = tx.execute(
        select(row, IncidentRow.brand)
        .join(IncidentRow, IncidentRow.id == row.incident_id)
        .where(
            row.state == "dead_letter",
            row.revive_at <= wall,
            row.thread_of.is_(None),
            open_or_fresh,
        )
        .order_by(row.id)
    )
    return [(card, brand) for card, brand in found]


def revive(tx: Transaction, message_id: int, place: tuple[str, str], wall: datetime) -> None:
    """Send it after all, to this channel and destination."""
    channel, destination = place
    _pending(tx, wall, NotificationRow.id == message_id, channel=channel, destination=destination)


def revive_replies(tx: Transaction, key: str, wall: datetime) -> None:
    """The card under this key is there: what was to stand below it follows."""
    row = NotificationRow
    _pending(tx, wall, row.thread_of == key, row.revive_at.is_not(None))


def hurry(tx: Transaction, channel: str, destination: str, wall: datetime) -> None:
    """The destination takes messages: its dead cards need not wait."""
    row = NotificationRow
    tx.execute(
        update(row)
        .where(
            row.state == "dead_letter",
            row.channel == channel,
            row.destination == destination,
            row.revive_at > wall,
            row.thread_of.is_(None),
        )
        .values(revive_at=wall)
    )


def check_card(tx: Transaction, key: str, wall: datetime) -> None:
    """Something below the card was refused: see by an update whether the card can be reached."""
    row = NotificationRow
    sent = (row.delivery_key == key, row.state == "sent")
    tx.execute(update(row).where(*sent).values(reapply_at=wall))


def sent_card(tx: Transaction, key: str) -> NotificationRow | None:
    """The card under this key, where it was sent."""
    row = NotificationRow
    sent = select(row).where(row.delivery_key == key, row.state == "sent")
    return tx.scalar(sent.with_for_update())


def post_again(tx: Transaction, card: NotificationRow, destination: str, wall: datetime) -> None:
    """Have a card that was sent go to this destination, as it is to be shown by now. Its receipt
    stays: where that is the same place, it is brought up to date there and not posted anew."""
    card.state, card.destination, card.due_at = "pending", destination, wall
    card.payload, card.applied_rev = card.desired or card.payload, card.desired_rev
    card.call_started_at = card.sent_at = card.reapply_at = None
    tx.flush()


def _pending(tx: Transaction, wall: datetime, *which: object, **values: str) -> None:
    row = NotificationRow
    tx.execute(
        update(row)
        .where(row.state == "dead_letter", *which)  # type: ignore[arg-type]
        .values(state="pending", due_at=wall, call_started_at=None, revive_at=None, **values)
    )
