"""Deliver what the outbox promises: lease it, say so, call, say what came of it. Never waits.

Each step is committed before the next, so that a process may die anywhere: what was leased is
leased again, what was being called is looked up before it is sent again.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from alerting.channels.base import Channel, Delivery, DeliveryError
from alerting.messages.codec import pack, unpack
from alerting.messages.merge import merge
from monitor.app import App
from monitor.clock import monotonic
from monitor.jobs.deliver import duplicates, fallback
from monitor.store.outbox import limits, queue
from monitor.store.outbox.keys import on_the_wire
from monitor.store.outbox.limits import Limits
from monitor.store.outbox.queue import DeliveryLease
from monitor.store.outbox.refusals import forget_refusals, refused_since

log = logging.getLogger(__name__)

BACKOFF_S = (1, 2, 5, 15, 30, 60)
"""Seconds before the next try of what surely was not sent; the last one for ever."""

LOOKUP_EVERY_S = 15
"""Seconds between two look-ups while the other side cannot answer them."""

LOOKUP_GIVES_UP = timedelta(minutes=10)
"""After so long without an answer a SEV1 or SEV2 is sent again, labelled as a possible repeat."""

CREDENTIALS_EVERY = timedelta(minutes=2)
"""How often a channel whose credentials were refused is tried again."""

MERGE_OVER = 8
"""More lines than this queued for one thread are told as one."""

MAX_CALLS, MAX_RUN_S = 50, 60.0


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one run did: messages by outcome, and when there is something to do next."""

    counts: Mapping[str, int]
    next_due: datetime | None


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


def deliver(app: App, wall: datetime) -> Delivered:
    """Work on everything that is due at ``wall``: at most fifty calls, and about a minute."""
    duplicates.remove_duplicates(app, wall)
    with app.db.read() as tx:
        due = queue.next_due(tx)
    if due is None:
        return Delivered({}, None)
    fallback.mail_what_is_stuck(app, wall)
    run = DeliveryRun(app, wall)
    of = {
        name: Limits(channel.info.pace_s, channel.info.max_in_flight_s)
        for name, channel in app.channels.items()
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


def _work(run: DeliveryRun, lease: DeliveryLease) -> None:
    channel = run.app.channels.get(lease.channel)
    if channel is None:
        reason = f"the channel {lease.channel} is not set up"
        if lease.work == "update":
            _release(run, lease, "sent", applied_rev=lease.rev, last_error=reason)
        else:
            _dead_letter(run, lease, reason)
    elif lease.work == "find":
        _find(run, lease, channel)
    elif lease.work == "update":
        _update(run, lease, channel)
    elif not _merged(run, lease):
        _send(run, lease, channel)


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
    )


# -- send ---------------------------------------------------------------------------------------


def _send(run: DeliveryRun, lease: DeliveryLease, channel: Channel, *, plainness: int = 0) -> None:
    started = run.at()
    with run.app.db.write() as tx:
        if not queue.start(tx, lease, started, channel.info.max_in_flight_s):
            return
    delivery = delivery_of(lease, plainness=plainness)
    try:
        receipt = channel.send(delivery)
    except DeliveryError as error:
        _not_sent(run, lease, channel, error, started, plainness)
        return
    except Exception as error:  # a channel's bug: what it did is not known
        log.exception("sending %s failed", lease.key)
        unknown = DeliveryError(f"{type(error).__name__} in the channel", "unknown")
        _not_sent(run, lease, channel, unknown, started, plainness)
        return
    shows = lease.rev - _illustrated_later(channel, delivery)
    with run.app.db.write() as tx:
        if queue.sent(tx, lease, receipt, run.at(), shows):
            run.counts["sent"] += 1
        limits.unpause(tx, lease.channel)
        if lease.attempts:
            forget_refusals(tx, lease.key)


def _illustrated_later(channel: Channel, delivery: Delivery) -> bool:
    """Whether an update is to follow that adds the picture: nobody is paged later for its sake."""
    card = delivery.notice.card
    return channel.info.illustrates and card is not None and card.picture is not None


def _not_sent(
    run: DeliveryRun,
    lease: DeliveryLease,
    channel: Channel,
    error: DeliveryError,
    started: datetime,
    plainness: int,
) -> None:
    if error.permanent and error.scope == "message" and error.plainer:
        log.warning("%s was refused (%s); sent in a plainer form", lease.key, error)
        again = replace(lease, attempts=lease.attempts + 1)
        _send(run, again, channel, plainness=plainness + 1)
    elif error.permanent and error.scope != "credentials":
        _dead_letter(run, lease, str(error))
    elif error.certainty == "unknown" and not error.permanent:
        _unknown(run, lease, channel, error, started)
    elif error.scope in ("message", "destination"):
        _refused(run, lease, error)
    else:
        _later(run, lease, "retry", error)


def _refused(run: DeliveryRun, lease: DeliveryLease, error: DeliveryError) -> None:
    """Not this one, for now: the others on its channel go on."""
    at = run.at()
    with run.app.db.write() as tx:
        refused_for = at - refused_since(tx, lease.key, at)
    wait = fallback.refusal_wait(refused_for, lease.attempts)
    if wait is None:
        hours = refused_for / timedelta(hours=1)
        _dead_letter(run, lease, f"given up after {hours:.0f} h: {error}")
    else:
        _release(run, lease, "retry", due_at=at + wait, last_error=str(error))


def _unknown(
    run: DeliveryRun,
    lease: DeliveryLease,
    channel: Channel,
    error: DeliveryError,
    started: datetime,
) -> None:
    run.skip.add(lease.channel)
    if channel.info.repeatable:
        _later(run, lease, "retry", error)
    elif not channel.info.can_find:
        _release(run, lease, "uncertain", last_error=str(error))
    else:
        due = max(started + timedelta(seconds=channel.info.max_in_flight_s), run.at())
        first = lease.first_ambiguous_at or started
        _release(
            run, lease, "ambiguous", due_at=due, first_ambiguous_at=first, last_error=str(error)
        )


def _later(
    run: DeliveryRun, lease: DeliveryLease, state: str, error: DeliveryError, least: float = 0
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
            limits.pause(tx, lease.channel, due, "rate_limit", str(error))
        values = {"due_at": due, "last_error": str(error)}
        if lease.work == "update":
            values["attempts"] = lease.attempts + 1
        if queue.release(tx, lease, state, **values):
            run.counts[state] += 1
    log.warning("%s is told later: %s", lease.key, error)


def _dead_letter(run: DeliveryRun, lease: DeliveryLease, reason: str) -> None:
    """It will not arrive there. It goes to the console instead, and an urgent one by e-mail too."""
    log.error("%s cannot be delivered to %s: %s", lease.key, lease.destination, reason)
    with run.app.db.write() as tx:
        if not queue.release(tx, lease, "dead_letter", last_error=reason):
            return
        forget_refusals(tx, lease.key)
        fallback.to_console(tx, lease, run.at())
        fallback.mail_dead_letter(run.app, tx, lease, run.at())
    run.counts["dead_letter"] += 1


def _release(run: DeliveryRun, lease: DeliveryLease, state: str, **values: object) -> None:
    with run.app.db.write() as tx:
        if queue.release(tx, lease, state, **values):
            run.counts[state] += 1


def _merged(run: DeliveryRun, lease: DeliveryLease) -> bool:
    """Many lines queued for one thread are told as one. True: the lease is given back."""
    with run.app.db.read() as tx:
        lines = queue.queued_lines(tx, lease)
    if len(lines) <= MERGE_OVER:
        return False
    content = pack(merge([unpack(line.desired or line.payload) for line in lines]))
    with run.app.db.write() as tx:
        if queue.merge(tx, lease, lines, content, run.at()):
            run.counts["merged"] += len(lines) - 1
    return True


# -- look up, update ----------------------------------------------------------------------------


def _find(run: DeliveryRun, lease: DeliveryLease, channel: Channel) -> None:
    """Did a call whose end nobody has seen arrive?"""
    if not channel.info.can_find:
        if channel.info.repeatable:
            _resend(run, lease)
        else:
            _release(run, lease, "uncertain", last_error="ended while it was being sent")
        return
    first = lease.first_ambiguous_at or lease.call_started_at or run.at()
    try:
        receipt = channel.find(delivery_of(lease), first)
    except DeliveryError as error:
        if lease.severity in fallback.URGENT and run.at() - first > LOOKUP_GIVES_UP:
            _resend(run, lease, possible_repeat=True)
        else:
            _later(run, lease, "ambiguous", error, least=LOOKUP_EVERY_S)
        return
    if receipt is None:
        _resend(run, lease)
        return
    with run.app.db.write() as tx:
        if queue.sent(tx, lease, receipt, run.at()):
            run.counts["adopted"] += 1


def _resend(run: DeliveryRun, lease: DeliveryLease, *, possible_repeat: bool = False) -> None:
    with run.app.db.write() as tx:
        if queue.resend(tx, lease, possible_repeat=possible_repeat):
            run.counts["again"] += 1


def _update(run: DeliveryRun, lease: DeliveryLease, channel: Channel) -> None:
    """Bring a sent message to what is now true. Doing so twice does no harm."""
    receipt, error = lease.receipt or {}, None
    if channel.info.can_update:
        receipt, error = _updated(lease, channel, receipt)
    if error is None or (error.permanent and error.scope in ("message", "destination", "")):
        shown = str(error) if error else ""
        with run.app.db.write() as tx:
            if queue.release(
                tx, lease, "sent", receipt=receipt, applied_rev=lease.rev, last_error=shown
            ):
                run.counts["updated"] += 1
    elif error.scope == "gone":
        with run.app.db.write() as tx:
            queue.repost(tx, lease)
    else:
        _later(run, lease, "sent", error)


def _updated(
    lease: DeliveryLease, channel: Channel, receipt: dict[str, Any], plainness: int = 0
) -> tuple[dict[str, Any], DeliveryError | None]:
    """The receipt after the update, in the richest form that is taken; or why there was none."""
    try:
        return dict(channel.update(receipt, delivery_of(lease, plainness=plainness))), None
    except DeliveryError as error:
        if not (error.permanent and error.scope == "message" and error.plainer):
            return receipt, error
        log.warning("an update of %s was refused (%s); done in a plainer form", lease.key, error)
        return _updated(lease, channel, receipt, plainness + 1)
