"""Sending a message: said before it is done, and what came of it written down at once."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from alerting.channels.base import Channel, Delivery, DeliveryError
from alerting.messages.codec import pack, unpack
from alerting.messages.merge import merge
from monitor.jobs.deliver import fallback
from monitor.jobs.deliver.arrived import goes_on_there
from monitor.jobs.deliver.outcomes import (
    DeliveryRun,
    called,
    dead_letter,
    delivery_of,
    later,
    release,
)
from monitor.jobs.deliver.revive import card_anew
from monitor.store.outbox import dead_letters, limits, queue
from monitor.store.outbox.duplicates import look_again
from monitor.store.outbox.keys import kind
from monitor.store.outbox.queue import DeliveryLease
from monitor.store.outbox.refusals import forget_refusals, refused_since

log = logging.getLogger(__name__)

AFTER_ITS_CARD = timedelta(seconds=5)
"""How long a reply that was refused waits for its card to be looked at."""

MERGE_OVER = 8
"""More lines than this queued for one thread are told as one."""


def send(run: DeliveryRun, lease: DeliveryLease, channel: Channel, *, plainness: int = 0) -> None:
    started = run.at()
    with run.app.db.write() as tx:
        if not queue.start(tx, lease, started, channel.info.max_in_flight_s):
            return
    delivery = delivery_of(lease, plainness=plainness)
    try:
        receipt = called(lambda: channel.send(delivery), lease.key)
    except DeliveryError as error:
        _not_sent(run, lease, channel, error, started, plainness)
        return
    shows = lease.rev - _illustrated_later(channel, delivery)
    with run.app.db.write() as tx:
        if queue.sent(tx, lease, receipt, run.at(), shows):
            run.counts["sent"] += 1
            goes_on_there(run.app, tx, lease, receipt)
            _tell_log(lease, delivery)
        else:  # this process slept over its lease: another one may have sent it meanwhile
            look_again(tx, lease.key, started, run.at() + queue.LOOK_AGAIN)
        limits.unpause(tx, lease.channel, lease.work)
        dead_letters.hurry(tx, lease.channel, lease.destination, run.at())
        if lease.attempts:
            forget_refusals(tx, lease.key)
            dead_letters.revive_replies(tx, lease.key, run.at())


def _tell_log(lease: DeliveryLease, delivery: Delivery) -> None:
    """A message went out. ``page``: it names somebody."""
    told: dict[str, object] = {
        "event": "page.sent" if delivery.notice.targets else "message.sent",
        "channel": lease.channel,
        "destination": lease.destination,
        "severity": lease.severity,
        "key": lease.key,
    }
    if lease.incident_id is not None:
        told["incident"] = lease.incident_id
    if delivery.notice.targets:
        told["targets"] = " ".join(map(str, delivery.notice.targets))
    log.info("%s is out", lease.key, extra=told)


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
        send(run, again, channel, plainness=plainness + 1)
    elif error.permanent and error.scope == "destination":
        _refused_place(run, lease, error)
    elif error.permanent and error.scope != "credentials":
        dead_letter(run, lease, str(error))
    elif error.certainty == "unknown" and not error.permanent:
        _unknown(run, lease, channel, error, started)
    elif error.scope in ("message", "destination"):
        _refused(run, lease, error)
    else:
        later(run, lease, "retry", error)


def _refused_place(run: DeliveryRun, lease: DeliveryLease, error: DeliveryError) -> None:
    """Nothing can be posted there. A card is tried again now and then. A reply is tried once more,
    when it is known whether its card can still be reached, and again, when its card was sent to
    where the config has it now: what lies in an archive may take updates and no replies."""
    if lease.thread_of is None:
        dead_letter(run, lease, str(error), revive=kind(lease.key) in ("card", "step"))
    elif lease.attempts > 1:
        dead_letter(run, lease, str(error), revive=True)
    else:
        at = run.at()
        with run.app.db.write() as tx:
            if lease.attempts:
                card_anew(run.app, tx, lease, at)
            else:
                dead_letters.check_card(tx, lease.thread_of, at)
            due = at + AFTER_ITS_CARD
            queue.release(tx, lease, "retry", due_at=due, last_error=str(error))


def _refused(run: DeliveryRun, lease: DeliveryLease, error: DeliveryError) -> None:
    """Not this one, for now: the others on its channel go on."""
    at = run.at()
    with run.app.db.write() as tx:
        refused_for = at - refused_since(tx, lease.key, at)
    wait = fallback.refusal_wait(refused_for, lease.attempts)
    if wait is None:
        hours = refused_for / timedelta(hours=1)
        dead_letter(run, lease, f"given up after {hours:.0f} h: {error}")
    else:
        release(run, lease, "retry", due_at=at + wait, last_error=str(error))


def _unknown(
    run: DeliveryRun,
    lease: DeliveryLease,
    channel: Channel,
    error: DeliveryError,
    started: datetime,
) -> None:
    run.skip.add(lease.channel)
    if channel.info.repeatable:
        later(run, lease, "retry", error)
    elif not channel.info.can_find:
        release(run, lease, "uncertain", last_error=str(error))
    else:
        due = max(started + timedelta(seconds=channel.info.max_in_flight_s), run.at())
        first = lease.first_ambiguous_at or started
        release(
            run, lease, "ambiguous", due_at=due, first_ambiguous_at=first, last_error=str(error)
        )


def merged(run: DeliveryRun, lease: DeliveryLease) -> bool:
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
