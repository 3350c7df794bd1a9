"""A card that its channel refused comes when it can: the bot is invited, the channel made anew,
another channel switched on in its place."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.app import App
from monitor.jobs.respond.routing import CONSOLE, destinations
from monitor.store.engine import Transaction
from monitor.store.outbox.dead_letters import due_cards, post_again, revive, sent_card
from monitor.store.outbox.keys import kind
from monitor.store.outbox.queue import DeliveryLease
from monitor.store.outbox.write import brand_of

WAITS = (
    (timedelta(minutes=15), timedelta(seconds=30)),
    (timedelta(hours=6), timedelta(minutes=5)),
)
"""Refused for less than the first, it is tried again after the second; later every half hour."""

LAST_WAIT = timedelta(minutes=30)


def revive_cards(app: App, wall: datetime) -> None:
    """Try the dead cards again whose time has come, where the config would have them now."""
    with app.db.read() as tx:
        due = due_cards(tx, wall)
    if not due:
        return
    with app.db.write() as tx:
        for card, brand in due:
            here = card.channel, card.destination
            revive(tx, card.id, place_of(app, card.delivery_key, brand, here), wall)


def place_of(app: App, key: str, brand: str | None, here: tuple[str, str]) -> tuple[str, str]:
    """Where a message that cannot be posted where it is goes on the same channel: a card where the
    config would have it now."""
    if brand is None or kind(key) != "card" or brand not in app.brands:
        return here
    place = destinations(app, brand)
    return place if place[0] == here[0] else here


def card_anew(app: App, tx: Transaction, reply: DeliveryLease, wall: datetime) -> None:
    """Send the card of a reply that was refused to where the config would have it now."""
    card = sent_card(tx, reply.thread_of or "")
    if card is not None:
        here = card.channel, card.destination
        brand = brand_of(tx, reply.incident_id)
        post_again(tx, card, place_of(app, card.delivery_key, brand, here)[1], wall)


def elsewhere(app: App, lease: DeliveryLease) -> tuple[str, str] | None:
    """Where the config has go by now what an incident has still to say by a channel that is off;
    None where that is nowhere. What only tells it once more does not move."""
    if kind(lease.key) not in ("card", "step", "line"):
        return None
    with app.db.read() as tx:
        brand = brand_of(tx, lease.incident_id)
    place = destinations(app, brand) if brand else CONSOLE
    return None if place == CONSOLE else place


def wait_before_reviving(refused_for: timedelta) -> timedelta:
    """How long a card waits that has been refused for so long."""
    return next((wait for limit, wait in WAITS if refused_for < limit), LAST_WAIT)
