"""Looking a message up, and bringing a sent one to what is now true."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from alerting.channels.base import Channel, DeliveryError
from monitor.jobs.deliver.arrived import goes_on_there
from monitor.jobs.deliver.outcomes import DeliveryRun, called, delivery_of, later, release
from monitor.jobs.deliver.revive import place_of
from monitor.model import URGENT
from monitor.store.outbox import queue
from monitor.store.outbox.keys import kind
from monitor.store.outbox.queue import DeliveryLease
from monitor.store.outbox.write import brand_of

log = logging.getLogger(__name__)

LOOKUP_EVERY_S = 15
"""Seconds between two look-ups while the other side cannot answer them."""

LOOKUP_GIVES_UP = timedelta(minutes=10)
"""After so long without an answer a SEV1 or SEV2 is sent again, labelled as a possible repeat."""


def find(run: DeliveryRun, lease: DeliveryLease, channel: Channel) -> None:
    """Did a call whose end nobody has seen arrive?"""
    if not channel.info.can_find:
        if channel.info.repeatable:
            _resend(run, lease)
        else:
            release(run, lease, "uncertain", last_error="ended while it was being sent")
        return
    first = lease.first_ambiguous_at or lease.call_started_at or run.at()
    try:
        receipt = called(lambda: channel.find(delivery_of(lease), first), lease.key)
    except DeliveryError as error:
        if lease.severity in URGENT and run.at() - first > LOOKUP_GIVES_UP:
            _resend(run, lease, possible_repeat=True)
        else:
            later(run, lease, "ambiguous", _of_the_look_up(error), least=LOOKUP_EVERY_S)
        return
    if receipt is None:
        _resend(run, lease)
        return
    with run.app.db.write() as tx:
        if queue.sent(tx, lease, receipt, run.at()):
            run.counts["adopted"] += 1
            goes_on_there(run.app, tx, lease, receipt)


def _of_the_look_up(error: DeliveryError) -> DeliveryError:
    """A look-up that is not allowed says nothing of what may be sent: the channel goes on."""
    return DeliveryError(str(error), error.certainty, retry_after=error.retry_after)


def _resend(run: DeliveryRun, lease: DeliveryLease, *, possible_repeat: bool = False) -> None:
    with run.app.db.write() as tx:
        if queue.resend(tx, lease, possible_repeat=possible_repeat):
            run.counts["again"] += 1


def update(run: DeliveryRun, lease: DeliveryLease, channel: Channel) -> None:
    """Bring a sent message to what is now true. Doing so twice does no harm."""
    receipt, error, started = lease.receipt or {}, None, run.at()
    if channel.info.can_update:
        receipt, error = _updated(lease, channel, receipt)
    if error is None or (error.permanent and error.scope in ("message", "")):
        shown: dict[str, Any] = {
            "receipt": receipt,
            "applied_rev": lease.rev,
            "last_error": str(error) if error else "",
        }
        if lease.reapply_at is not None:  # else whoever slept may have set it meanwhile
            shown["reapply_at"] = _still_in_flight(lease, started)
        with run.app.db.write() as tx:
            if queue.release(tx, lease, "sent", **shown):
                run.counts["updated"] += 1
            else:  # this process slept over its lease, and may have shown what is not true any more
                queue.apply_again(tx, lease.id, run.at())
    elif error.scope == "gone" and lease.content.get("erased"):
        with run.app.db.write() as tx:  # it was to lose a quote, and has lost everything
            queue.release(tx, lease, "sent", applied_rev=lease.rev)
    elif error.scope == "gone" or (error.permanent and error.scope == "destination"):
        if kind(lease.key) == "copy":  # left behind by its card: nobody looks for it there
            release(run, lease, "sent", applied_rev=lease.rev, last_error=str(error))
            return
        _repost(run, lease, is_gone=error.scope == "gone")
    elif error.certainty == "unknown":
        until = started + timedelta(seconds=channel.info.max_in_flight_s)
        later(run, lease, "sent", error, reapply_at=until)
    else:
        later(run, lease, "sent", error)


def _repost(run: DeliveryRun, lease: DeliveryLease, *, is_gone: bool) -> None:
    """What is gone comes again where it was; what cannot be reached, where the config says."""
    place = lease.channel, lease.destination
    with run.app.db.write() as tx:
        if not is_gone:
            place = place_of(run.app, lease.key, brand_of(tx, lease.incident_id), place)
        queue.repost(tx, lease, place[1], is_gone=is_gone)


def _still_in_flight(lease: DeliveryLease, started: datetime) -> datetime | None:
    """Until when an earlier update may still take effect, whose outcome is unknown: what was
    applied now is applied once more then."""
    until = lease.reapply_at
    return until if until is not None and started < until else None


def _updated(
    lease: DeliveryLease, channel: Channel, receipt: dict[str, Any], plainness: int = 0
) -> tuple[dict[str, Any], DeliveryError | None]:
    """The receipt after the update, in the richest form that is taken; or why there was none."""
    try:
        wanted = delivery_of(lease, plainness=plainness)
        return dict(called(lambda: channel.update(receipt, wanted), lease.key)), None
    except DeliveryError as error:
        if not (error.permanent and error.scope == "message" and error.plainer):
            return receipt, error
        log.warning("an update of %s was refused (%s); done in a plainer form", lease.key, error)
        return _updated(lease, channel, receipt, plainness + 1)
