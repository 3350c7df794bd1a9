"""Deliver what the outbox promises: lease it, say so, call, say what came of it. Never waits.

Each step is committed before the next, so that a process may die anywhere: what was leased is
leased again, what was being called is looked up before it is sent again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.app import App
from monitor.jobs.deliver import duplicates, fallback
from monitor.jobs.deliver.outcomes import DeliveryRun, dead_letter, release
from monitor.jobs.deliver.revive import elsewhere, revive_cards
from monitor.jobs.deliver.send import merged, send
from monitor.jobs.deliver.update import find, update
from monitor.jobs.respond.held import release_messages
from monitor.store.outbox import queue
from monitor.store.outbox.limits import Limits
from monitor.store.outbox.queue import DeliveryLease

log = logging.getLogger(__name__)

MAX_CALLS = 50


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one run did: messages by outcome, and when there is something to do next."""

    counts: Mapping[str, int]
    next_due: datetime | None


def look_up_before_sending(app: App, wall: datetime) -> None:
    """At the start on a copied database: what it would send may have been sent by the original."""
    askable = [name for name, channel in app.channels.items() if channel.info.can_find]
    with app.db.write() as tx:
        doubted = queue.doubt(tx, askable, wall)
    if doubted:
        log.warning("%d messages may have been sent since it was copied: looked up first", doubted)


def deliver(app: App, wall: datetime) -> Delivered:
    """Work on everything that is due at ``wall``: at most fifty calls, and about a minute."""
    duplicates.remove_duplicates(app, wall)
    revive_cards(app, wall)
    _end_quiet(app)
    with app.db.read() as tx:
        due = queue.next_due(tx)
    if due is None:
        return Delivered({}, None)
    fallback.mail_what_is_stuck(app, wall)
    run = DeliveryRun(app, wall)
    of = {
        name: Limits(info.pace_s, info.max_in_flight_s, info.update_pace_s)
        for name, info in ((name, channel.info) for name, channel in app.channels.items())
    }
    for _ in range(MAX_CALLS):
        if run.spent():
            break
        with app.db.write() as tx:
            lease = queue.lease(tx, run.at(), of, run.skip)
        if lease is None:
            break
        _work(run, lease)
    with app.db.read() as tx:
        return Delivered(run.counts, queue.next_due(tx))


def _end_quiet(app: App) -> None:
    """Make one message of what quiet hours held. Where that fails, each goes out as promised."""
    try:
        release_messages(app, app.now())
    except Exception:
        log.exception("what quiet hours held is told message by message")


def _work(run: DeliveryRun, lease: DeliveryLease) -> None:
    channel = run.app.channels.get(lease.channel)
    if channel is None:
        reason = f"the channel {lease.channel} is not set up"
        if lease.work == "update":
            release(run, lease, "sent", applied_rev=lease.rev, last_error=reason)
        elif place := elsewhere(run.app, lease):
            name, destination = place
            release(run, lease, "pending", channel=name, destination=destination, due_at=run.at())
        else:
            dead_letter(run, lease, reason)
    elif lease.work == "send" and lease.thread_of and lease.thread is None:
        dead_letter(run, lease, "its card is not there", revive=True)
    elif lease.work == "find":
        find(run, lease, channel)
    elif lease.work == "update":
        update(run, lease, channel)
    elif not merged(run, lease):
        send(run, lease, channel)
