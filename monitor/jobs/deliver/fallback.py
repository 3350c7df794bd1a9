"""Where a message goes that its channel does not take: a crisis must not be silent."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy.orm import Session

from monitor.app import App
from monitor.store.outbox import write as outbox
from monitor.store.outbox.queue import Claim
from monitor.store.tables.responding import IncidentRow, NotificationRow

LOUD = ("SEV1", "SEV2")
"""What must not wait for one channel to come back."""

SILENT_FOR = timedelta(seconds=60)
"""A LOUD message that is not out after so long also goes by e-mail."""

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


def recipient_tag(address: str) -> str:
    """An address in a delivery key: recognisable to us, not readable to others."""
    return sha256(address.strip().lower().encode()).hexdigest()[:12]


def to_console(tx: Session, claim: Claim, at: datetime) -> None:
    """Show a dead message on the console, unless that is where it died."""
    if claim.channel == "console":
        return
    outbox.enqueue(
        tx,
        key=f"{claim.key}:fallback:{claim.rev}",
        channel="console",
        destination="console",
        payload=claim.content,
        severity=claim.severity,
        created_at=claim.created_at,
        due_at=at,
        incident_id=claim.incident_id,
    )


def mail_what_is_stuck(app: App, wall: datetime) -> None:
    """Tell by e-mail, in parallel and under a key of its own, what Slack does not take."""
    if "email" not in app.channels:
        return
    with app.db.read() as tx:
        stuck = outbox.overdue(tx, "slack", LOUD, wall - SILENT_FOR)
    if not stuck:
        return
    with app.db.write() as tx:
        for row, slug in stuck:
            for recipient in _people(app, slug):
                with suppress(ValueError):  # mailed already, when it said something else
                    _mail(tx, row, recipient, wall)


def mail_what_died(app: App, tx: Session, claim: Claim, at: datetime) -> None:
    """Tell by e-mail the loud message or page that Slack will never take."""
    page = claim.thread_of is None or claim.broadcast
    incident = tx.get(IncidentRow, claim.incident_id) if claim.incident_id else None
    if claim.channel != "slack" or claim.severity not in LOUD or not page or incident is None:
        return
    row = tx.get_one(NotificationRow, claim.id)
    for recipient in _people(app, incident.brand):
        with suppress(ValueError):  # mailed already, while it was only late
            _mail(tx, row, recipient, at)


def _people(app: App, slug: str) -> tuple[str, ...]:
    brand = app.brands.get(slug)
    return tuple(brand.digest.to) if brand and "email" in app.channels else ()


def _mail(tx: Session, row: NotificationRow, recipient: str, wall: datetime) -> None:
    outbox.enqueue(
        tx,
        key=f"{row.delivery_key}:email:{recipient_tag(recipient)}",
        channel="email",
        destination=recipient,
        payload=row.desired or row.payload,
        severity=row.severity,
        created_at=row.created_at,
        due_at=wall,
        incident_id=row.incident_id,
    )
