"""Telling people something that is no incident: once, where a brand's messages go, or all do."""

from __future__ import annotations

from datetime import datetime

from alerting.messages.codec import pack
from alerting.model import Notice, Target
from monitor.app import App
from monitor.jobs.respond.routing import destinations, localizer_for
from monitor.model import ANY
from monitor.store.engine import Transaction
from monitor.store.outbox.write import enqueue, promised


def live_brands(app: App) -> set[str]:
    """The brands that people are told of; the others are only watched."""
    return {slug for slug, brand in app.brands.items() if brand.mode == "live"}


def announce(
    app: App,
    tx: Transaction,
    key: str,
    headline: str,
    summary: str,
    now: datetime,
    *,
    brand: str = ANY,
    targets: tuple[Target, ...] = (),
    severity: str = "SEV4",
) -> bool:
    """Promise a message under a key of its own, to ``brand``'s channel; False where it was promised
    before, in whatever words (a time is worded anew every day)."""
    if promised(tx, key):
        return False
    say = localizer_for(app, brand)
    notice = Notice(
        "update", headline[:150], summary, targets=targets, locale=say.locale, zone=say.zone
    )
    channel, destination = destinations(app, brand)
    return enqueue(
        tx,
        key=key,
        channel=channel,
        destination=destination,
        payload=pack(notice),
        severity=severity,
        created_at=now,
        due_at=app.wall(),
    )
