"""One run of delivering, and what may come of a message in it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from alerting.channels.base import Delivery, DeliveryError
from alerting.messages.codec import unpack
from monitor.app import App
from monitor.clock import monotonic
from monitor.jobs.deliver import fallback
from monitor.jobs.deliver.revive import wait_before_reviving
from monitor.store.outbox import limits, queue
from monitor.store.outbox.keys import on_the_wire
from monitor.store.outbox.queue import DeliveryLease
from monitor.store.outbox.refusals import forget_refusals, refused_since

log = logging.getLogger(__name__)

T = TypeVar("T")

BACKOFF_S = (1, 2, 5, 15, 30, 60)
"""Seconds before the next try of what surely was not sent; the last one for ever."""

CREDENTIALS_EVERY = timedelta(minutes=2)
"""How often a channel whose credentials were refused is tried again."""

MAX_RUN_S = 60.0


@dataclass(slots=True)
class DeliveryRun:
    """One run. Wall time goes on during it: ``at()``. ``skip``: channels that just failed."""

    app: App
    wall: datetime
    counts: Counter[str] = field(default_factory=Counter)
    skip: set[str] = field(default_factory=set)
    started_at: float = field(default_factory=monotonic)

    def at(self) -> datetime:
        return self.wall + timedelta(seconds=monotonic() - self.started_at)

    def spent(self) -> bool:
        return monotonic() - self.started_at > MAX_RUN_S


def delivery_of(lease: DeliveryLease, *, plainness: int = 0) -> Delivery:
    """What is handed to the channel."""
    return Delivery(
        key=on_the_wire(lease.origin, lease.key),
        destination=lease.destination,
        notice=unpack(lease.content),
        thread=lease.thread,
        broadcast=lease.broadcast,
        possible_repeat=lease.possible_repeat,
        plainness=plainness,
        earlier=lease.receipt if lease.work == "send" else None,
    )


def called(ask: Callable[[], T], key: str) -> T:
    """What a channel answers. Raises DeliveryError alone: what a channel's own bug did is not
    known, and must keep nothing else from being sent."""
    try:
        return ask()
    except DeliveryError:
        raise
    except Exception as error:
        log.exception("a call about %s failed", key)
        raise DeliveryError(f"{type(error).__name__} in the channel", "unknown") from error


def later(
    run: DeliveryRun,
    lease: DeliveryLease,
    state: str,
    error: DeliveryError,
    least: float = 0,
    **values: Any,
) -> None:
    """Try again after the backoff, or when the other side said, or has new credentials."""
    run.skip.add(lease.channel)
    at = run.at()
    backoff = BACKOFF_S[min(lease.attempts, len(BACKOFF_S) - 1)]
    due = at + timedelta(seconds=max(backoff, least, error.retry_after or 0))
    with run.app.db.write() as tx:
        if error.scope == "credentials":
            due = at + CREDENTIALS_EVERY
            limits.pause(tx, lease.channel, due, "credentials", str(error))
        elif error.retry_after is not None:
            due = at + timedelta(seconds=max(error.retry_after, least))
            limits.pause(tx, lease.channel, due, "rate_limit", str(error), lease.work)
        values |= {"due_at": due, "last_error": str(error)}
        if lease.work == "update":
            values["attempts"] = lease.attempts + 1
        if queue.release(tx, lease, state, **values):
            run.counts[state] += 1
    log.warning("%s is told later: %s", lease.key, error)


def dead_letter(
    run: DeliveryRun, lease: DeliveryLease, reason: str, *, revive: bool = False
) -> None:
    """It does not arrive there. It goes to the console instead, and an urgent one by e-mail too.
    ``revive``: it is tried again now and then, and told elsewhere only this once."""
    at = run.at()
    with run.app.db.write() as tx:
        refused_for = at - refused_since(tx, lease.key, at)
        again = at + wait_before_reviving(refused_for) if revive else None
        if not queue.release(tx, lease, "dead_letter", last_error=reason, revive_at=again):
            return
        if not revive:
            forget_refusals(tx, lease.key)
        if refused_for and revive:
            return
        fallback.to_console(tx, lease, at)
        fallback.mail_dead_letter(run.app, tx, lease, at)
    told = {"event": "message.undelivered", "channel": lease.channel, "key": lease.key}
    log.error("%s cannot be delivered to %s: %s", lease.key, lease.destination, reason, extra=told)
    run.counts["dead_letter"] += 1


def release(run: DeliveryRun, lease: DeliveryLease, state: str, **values: object) -> None:
    with run.app.db.write() as tx:
        if queue.release(tx, lease, state, **values):
            run.counts[state] += 1
