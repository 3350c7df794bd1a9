"""A last look, some minutes after a call whose end was not known: is the message there twice?

The outbox waits longer than a call can be in flight before it looks and sends again. Nobody
promises that Slack does not take longer still, so what looks done is looked at once more.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import partial

from alerting.channels.base import Delivery, DeliveryError, RemovesDuplicates
from alerting.messages.codec import unpack
from alerting.model import Receipt
from monitor.app import App
from monitor.jobs.deliver.outcomes import called
from monitor.store.outbox.duplicates import Unconfirmed, confirmed, look_again, unconfirmed
from monitor.store.outbox.keys import on_the_wire
from monitor.store.outbox.write import OPEN

log = logging.getLogger(__name__)

POSTPONED = timedelta(minutes=1)
"""When a message that is not out yet, or a channel that does not answer, is looked at again."""

GIVES_UP = timedelta(days=1)


def remove_duplicates(app: App, wall: datetime) -> None:
    """Leave one of each message that may have been posted twice, as far as that can be done."""
    with app.db.read() as tx:
        found = unconfirmed(tx, wall)
    for doubt in found:
        _look(app, doubt, wall)


def _look(app: App, doubt: Unconfirmed, wall: datetime) -> None:
    row = doubt.row
    channel = app.channels.get(row.channel) if row else None
    over = wall - doubt.since > GIVES_UP or row is None or row.state not in (*OPEN, "sent")
    if over or row is None or not isinstance(channel, RemovesDuplicates):
        with app.db.write() as tx:
            confirmed(tx, doubt.key)
        return
    left: list[Receipt] | None = None
    if row.state == "sent" and row.lease_token is None:  # nobody is updating it
        thread = doubt.root.receipt if doubt.root else None
        key = on_the_wire(row.origin, row.delivery_key)
        delivery = Delivery(key, row.destination, unpack(row.payload), thread)
        try:
            left = called(partial(channel.remove_duplicates, delivery, doubt.since), doubt.key)
        except DeliveryError as error:
            log.warning("whether %s was posted twice is not known yet: %s", doubt.key, error)
    with app.db.write() as tx:
        if left is None:
            look_again(tx, doubt.key, doubt.since, wall + POSTPONED)
        else:
            confirmed(tx, doubt.key, left)
