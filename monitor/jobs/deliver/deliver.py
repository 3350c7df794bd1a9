"""Deliver what the outbox promises: claim, say so, call, say what came of it. Never waits.

Each step is committed before the next, so that a process may die anywhere: what was claimed is
claimed again, what was being called is looked up before it is sent again (alerting.md 2.3, 4.1).
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from alerting.channels.base import Channel, Delivery, DeliveryError
from alerting.messages.codec import pack, unpack
from alerting.messages.merge import merge
from monitor.app import App
from monitor.clock import monotonic
from monitor.jobs.deliver import duplicates, fallback
from monitor.store.outbox import queue as outbox_queue
from monitor.store.outbox.queue import Claim, Limits
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

MAX_CALLS, MAX_TURN_S = 50, 60.0


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one turn did: messages by outcome, and when there is something to do next."""

    counts: Mapping[str, int]
    next_due: datetime | None


@dataclass(slots=True)
class Turn:
    """One turn. Wall time goes on during it: ``at()``. ``skip``: channels that just failed."""

    app: App
    wall: datetime
    counts: Counter[str] = field(default_factory=Counter)
    skip: set[str] = field(default_factory=set)
    began: float = field(default_factory=monotonic)

    def at(self) -> datetime:
        return self.wall + timedelta(seconds=monotonic() - self.began)

    def spent(self) -> bool:
        return monotonic() - self.began > MAX_TURN_S


def deliver(app: App, wall: datetime) -> Delivered:
    """Work on everything that is due at ``wall``: at most fifty calls, and about a minute."""
    duplicates.remove_duplicates(app, wall)
    with app.db.read() as tx:
        due = outbox_queue.next_due(tx)
    if due is None:
        return Delivered({}, None)
    fallback.mail_what_is_stuck(app, wall)
    turn = Turn(app, wall)
    limits = {
        name: Limits(channel.info.pace_s, channel.info.max_in_flight_s)
        for name, channel in app.channels.items()
    }
    for _ in range(MAX_CALLS):
        if turn.spent():
            break
        with app.db.write() as tx:
            claim = outbox_queue.claim(tx, turn.at(), limits, turn.skip)
        if claim is None:
            break
        _work(turn, claim)
    with app.db.read() as tx:
        return Delivered(turn.counts, outbox_queue.next_due(tx))


def _work(turn: Turn, claim: Claim) -> None:
    channel = turn.app.channels.get(claim.channel)
    if channel is None:
        reason = f"the channel {claim.channel} is not set up"
        if claim.work == "update":
            _settle(turn, claim, "sent", applied_rev=claim.rev, last_error=reason)
        else:
            _bury(turn, claim, reason)
    elif claim.work == "find":
        _find(turn, claim, channel)
    elif claim.work == "update":
        _update(turn, claim, channel)
    elif not _merged(turn, claim):
        _send(turn, claim, channel)


def delivery_of(claim: Claim, *, plain: bool = False) -> Delivery:
    """What is handed to the channel."""
    return Delivery(
        key=claim.key,
        destination=claim.destination,
        notice=unpack(claim.content),
        thread=claim.thread,
        broadcast=claim.broadcast,
        possible_repeat=claim.possible_repeat,
        plain=plain,
    )


# -- send ---------------------------------------------------------------------------------------


def _send(turn: Turn, claim: Claim, channel: Channel, *, plain: bool = False) -> None:
    started = turn.at()
    with turn.app.db.write() as tx:
        if not outbox_queue.start(tx, claim, started, channel.info.max_in_flight_s):
            return
    try:
        receipt = channel.send(delivery_of(claim, plain=plain))
    except DeliveryError as error:
        _not_sent(turn, claim, channel, error, started, plain)
        return
    except Exception as error:  # a channel's bug: what it did is not known
        log.exception("sending %s failed", claim.key)
        unknown = DeliveryError(f"{type(error).__name__} in the channel", "unknown")
        _not_sent(turn, claim, channel, unknown, started, plain)
        return
    with turn.app.db.write() as tx:
        if outbox_queue.sent(tx, claim, receipt, turn.at(), claim.rev):
            turn.counts["sent"] += 1
        outbox_queue.unpause(tx, claim.channel)
        if claim.attempts:
            forget_refusals(tx, claim.key)


def _not_sent(
    turn: Turn, claim: Claim, channel: Channel, error: DeliveryError, started: datetime, plain: bool
) -> None:
    if error.permanent and error.scope == "message" and not plain:
        log.warning("%s was refused (%s); sent as plain text", claim.key, error)
        _send(turn, replace(claim, attempts=claim.attempts + 1), channel, plain=True)
    elif error.permanent and error.scope != "credentials":
        _bury(turn, claim, str(error))
    elif error.certainty == "unknown" and not error.permanent:
        _unknown(turn, claim, channel, error, started)
    elif error.scope in ("message", "destination"):
        _refused(turn, claim, error)
    else:
        _later(turn, claim, "retry", error)


def _refused(turn: Turn, claim: Claim, error: DeliveryError) -> None:
    """Not this one, for now: the others on its channel go on."""
    at = turn.at()
    with turn.app.db.write() as tx:
        refused_for = at - refused_since(tx, claim.key, at)
    wait = fallback.refusal_wait(refused_for, claim.attempts)
    if wait is None:
        hours = refused_for / timedelta(hours=1)
        _bury(turn, claim, f"given up after {hours:.0f} h: {error}")
    else:
        _settle(turn, claim, "retry", due_at=at + wait, last_error=str(error))


def _unknown(
    turn: Turn, claim: Claim, channel: Channel, error: DeliveryError, started: datetime
) -> None:
    turn.skip.add(claim.channel)
    if channel.info.repeatable:
        _later(turn, claim, "retry", error)
    elif not channel.info.can_find:
        _settle(turn, claim, "uncertain", last_error=str(error))
    else:
        due = max(started + timedelta(seconds=channel.info.max_in_flight_s), turn.at())
        first = claim.first_ambiguous_at or started
        _settle(
            turn, claim, "ambiguous", due_at=due, first_ambiguous_at=first, last_error=str(error)
        )


def _later(turn: Turn, claim: Claim, state: str, error: DeliveryError, least: float = 0) -> None:
    """Try again after the backoff, or when the other side said, or has new credentials."""
    turn.skip.add(claim.channel)
    at = turn.at()
    backoff = BACKOFF_S[min(claim.attempts, len(BACKOFF_S) - 1)]
    due = at + timedelta(seconds=max(backoff, least, error.retry_after or 0))
    with turn.app.db.write() as tx:
        if error.scope == "credentials":
            due = at + CREDENTIALS_EVERY
            outbox_queue.pause(tx, claim.channel, due, "credentials", str(error))
        elif error.retry_after is not None:
            due = at + timedelta(seconds=max(error.retry_after, least))
            outbox_queue.pause(tx, claim.channel, due, "rate_limit", str(error))
        values = {"due_at": due, "last_error": str(error)}
        if claim.work == "update":
            values["attempts"] = claim.attempts + 1
        if outbox_queue.settle(tx, claim, state, **values):
            turn.counts[state] += 1
    log.warning("%s is told later: %s", claim.key, error)


def _bury(turn: Turn, claim: Claim, reason: str) -> None:
    """It will not arrive there. It goes to the console instead, and a loud one by e-mail too."""
    log.error("%s cannot be delivered to %s: %s", claim.key, claim.destination, reason)
    with turn.app.db.write() as tx:
        if not outbox_queue.settle(tx, claim, "dead", last_error=reason):
            return
        forget_refusals(tx, claim.key)
        fallback.to_console(tx, claim, turn.at())
        fallback.mail_what_died(turn.app, tx, claim, turn.at())
    turn.counts["dead"] += 1


def _settle(turn: Turn, claim: Claim, state: str, **values: object) -> None:
    with turn.app.db.write() as tx:
        if outbox_queue.settle(tx, claim, state, **values):
            turn.counts[state] += 1


def _merged(turn: Turn, claim: Claim) -> bool:
    """Many lines queued for one thread are told as one. True: the claim is given back."""
    with turn.app.db.write() as tx:
        rows = outbox_queue.queued_lines(tx, claim)
        if len(rows) <= MERGE_OVER:
            return False
        notices = [unpack(row.desired or row.payload) for row in rows]
        outbox_queue.merge(tx, rows, pack(merge(notices)), turn.at())
    turn.counts["folded"] += len(rows) - 1
    return True


# -- look up, update ----------------------------------------------------------------------------


def _find(turn: Turn, claim: Claim, channel: Channel) -> None:
    """Did a call whose end nobody has seen arrive?"""
    if not channel.info.can_find:
        if channel.info.repeatable:
            _again(turn, claim)
        else:
            _settle(turn, claim, "uncertain", last_error="ended while it was being sent")
        return
    first = claim.first_ambiguous_at or claim.call_started_at or turn.at()
    try:
        receipt = channel.find(delivery_of(claim), first)
    except DeliveryError as error:
        if claim.severity in fallback.LOUD and turn.at() - first > LOOKUP_GIVES_UP:
            _again(turn, claim, possible_repeat=True)
        else:
            _later(turn, claim, "ambiguous", error, least=LOOKUP_EVERY_S)
        return
    if receipt is None:
        _again(turn, claim)
        return
    with turn.app.db.write() as tx:
        if outbox_queue.sent(tx, claim, receipt, turn.at()):
            turn.counts["adopted"] += 1


def _again(turn: Turn, claim: Claim, *, possible_repeat: bool = False) -> None:
    with turn.app.db.write() as tx:
        if outbox_queue.again(tx, claim, possible_repeat=possible_repeat):
            turn.counts["again"] += 1


def _update(turn: Turn, claim: Claim, channel: Channel) -> None:
    """Bring a sent message to what is now true. Doing so twice does no harm."""
    error: DeliveryError | None = None
    receipt = claim.receipt or {}
    if channel.info.can_update:
        try:
            receipt = dict(channel.update(receipt, delivery_of(claim)))
        except DeliveryError as failed:
            error = failed
    if error is None or (error.permanent and error.scope in ("message", "destination", "")):
        shown = str(error) if error else ""
        with turn.app.db.write() as tx:
            if outbox_queue.settle(
                tx, claim, "sent", receipt=receipt, applied_rev=claim.rev, last_error=shown
            ):
                turn.counts["updated"] += 1
    elif error.scope == "gone":
        with turn.app.db.write() as tx:
            outbox_queue.repost(tx, claim)
    else:
        _later(turn, claim, "sent", error)
