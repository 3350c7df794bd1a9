"""A message has arrived: what follows from where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alerting.messages.codec import pack, unpack
from alerting.messages.moved import left_behind
from monitor.app import App
from monitor.jobs.respond.routing import localizer_for
from monitor.store.engine import Transaction
from monitor.store.outbox import moves
from monitor.store.outbox.queue import DeliveryLease
from monitor.store.outbox.write import brand_of


def goes_on_there(
    app: App, tx: Transaction, lease: DeliveryLease, receipt: Mapping[str, Any]
) -> None:
    """A card that has been told in another place than before says there where it goes on."""
    if not moves.is_elsewhere(lease, receipt):
        return
    say = localizer_for(app, brand_of(tx, lease.incident_id) or "")
    there = str(receipt.get("channel", ""))
    left = left_behind(say, unpack(lease.content), lease.destination, there)
    moves.leave_behind(tx, lease, pack(left))
