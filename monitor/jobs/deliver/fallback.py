"""Where a message goes that its channel does not take: a crisis must not be silent."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from alerting.i18n import Localizer
from alerting.messages.codec import pack, unpack
from alerting.messages.incident import headline
from monitor.app import App
from monitor.model import URGENT
from monitor.store.engine import Transaction
from monitor.store.outbox import keys
from monitor.store.outbox import write as outbox
from monitor.store.outbox.queue import DeliveryLease
from monitor.store.tables.responding import NotificationRow

SILENT_FOR = timedelta(seconds=45)
"""A URGENT message that is not out after so long also goes by e-mail: within a minute, the loops'
own seconds counted, which is what is left of a deafness' fifteen (see ``poll.health.AHEAD``)."""

REFUSED_FOR = timedelta(hours=24)
"""What the other side refuses for now for so long counts as refused."""

REFUSED_S = (60, 120, 300, 900, 1800)
"""Seconds between asking again meanwhile; RFC 5321 4.5.4.1 wants half an hour in the long run."""


def refusal_wait(refused_for: timedelta, attempts: int) -> timedelta | None:
    """How long to wait with a message that is refused for now, by a mailbox that is full for
    instance. None: it is given up."""
    if refused_for >= REFUSED_FOR:
        return None
    return timedelta(seconds=REFUSED_S[min(attempts, len(REFUSED_S) - 1)])


def to_console(tx: Transaction, lease: DeliveryLease, at: datetime) -> None:
    """Show a dead letter on the console, unless that is where it could not be shown."""
    if lease.channel == "console":
        return
    outbox.enqueue(
        tx,
        key=keys.fallback(lease.key, lease.rev),
        channel="console",
        destination="console",
        payload=lease.content,
        severity=lease.severity,
        created_at=lease.created_at,
        due_at=at,
        incident_id=lease.incident_id,
    )


def mail_what_is_stuck(app: App, wall: datetime) -> None:
    """Tell by the next ways (mail, and those that the config names), in parallel and under keys of
    their own, what Slack does not take."""
    if "email" not in app.channels and not app.settings.next_ways:
        return
    with app.db.read() as tx:
        stuck = outbox.overdue(tx, "slack", URGENT, wall - SILENT_FOR)
    if not stuck:
        return
    with app.db.write() as tx:
        for row, slug in stuck:
            for way in _ways(app, slug):
                with suppress(ValueError):  # told already, when it said something else
                    _tell(tx, row, way, wall, _name(app, slug))


def mail_dead_letter(app: App, tx: Transaction, lease: DeliveryLease, at: datetime) -> None:
    """Tell by e-mail the urgent message or step that Slack will never take."""
    names = lease.thread_of is None or lease.broadcast
    if lease.channel != "slack" or lease.severity not in URGENT or not names:
        return
    brand, row = outbox.brand_of(tx, lease.incident_id), outbox.read_message(tx, lease.id)
    for way in _ways(app, brand) if brand is not None else ():
        with suppress(ValueError):  # told already, while it was only late
            _tell(tx, row, way, at, _name(app, brand or ""))


def _ways(app: App, slug: str) -> list[tuple[str, str]]:
    """The next ways to a brand's people: (channel, destination)."""
    brand = app.brands.get(slug)
    people = brand.digest.to if brand and "email" in app.channels else ()
    named = [way.partition(":") for way in app.settings.next_ways]
    others = [(name, place or name) for name, _, place in named if name in app.channels]
    return [*(("email", address) for address in people), *others]


def _name(app: App, slug: str) -> str:
    brand = app.brands.get(slug)
    return brand.name if brand else slug


def _by_another_way(row: NotificationRow, brand: str) -> Mapping[str, Any]:
    """What the message says, with the brand in its headline, which is a mail's subject, and with
    why it does not come by Slack. A thread's line stands alone there."""
    notice = unpack(row.desired or row.payload)
    say = Localizer(notice.locale, notice.zone)
    _, error = say._, say.reason(row.last_error)
    why = _("Slack does not take it: {reason}", reason=error) if error else ""
    why = why or _("Slack has not taken it in time.")
    head = notice.headline
    if brand not in head and not head.startswith(f"{row.severity} · "):  # a card of several brands
        head = headline(row.severity, brand, head)
    fields = (*notice.fields, (_("Why it comes this way"), why))
    return pack(replace(notice, headline=head, fields=fields))


def _tell(
    tx: Transaction, row: NotificationRow, way: tuple[str, str], wall: datetime, brand: str
) -> None:
    channel, destination = way
    tag = destination if channel == "email" else f"{channel}:{destination}"
    outbox.enqueue(
        tx,
        key=keys.mailed(row.delivery_key, tag),
        channel=channel,
        destination=destination,
        payload=_by_another_way(row, brand),
        severity=row.severity,
        created_at=row.created_at,
        due_at=wall,
        incident_id=row.incident_id,
    )
