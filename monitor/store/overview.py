"""What people look at: who is being learned, what is open, the last digest, the sign of life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select

from monitor.model import ALL, URGENT
from monitor.store.engine import Transaction
from monitor.store.meta import get_meta
from monitor.store.outbox import keys
from monitor.store.tables.listening import BrandRow, DetectorRow
from monitor.store.tables.responding import DigestRow, IncidentRow, NotificationRow


@dataclass(frozen=True, slots=True)
class BrandProgress:
    """How far a brand has been listened to, until when some series is still being learned, and
    whether what the detectors know has been stored yet."""

    slug: str
    closed_until: datetime | None
    learning_until: datetime | None
    watched: bool = False


@dataclass(frozen=True, slots=True)
class ShownIncident:
    """An incident and the notice it was last told with (packed; None where nobody was told)."""

    id: int
    brand: str
    risk_class: str
    subject: str
    state: str
    severity: str
    shadow: bool
    since: datetime
    opened_at: datetime
    last_signal_at: datetime
    snoozed_until: datetime | None
    acknowledged_by: str
    resolved_at: datetime | None
    reason: str
    notice: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message of the outbox. ``created_at`` is domain time; ``payload`` the packed notice."""

    key: str
    channel: str
    destination: str
    state: str
    created_at: datetime
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The daemon's last sign of life (wall time), and what it said of itself then."""

    at: datetime
    status: Mapping[str, Any]


def progress(tx: Transaction) -> dict[str, BrandProgress]:
    """Every brand that was ever listened to. ``learning_until``: the latest of its series over all
    platforms together, since a platform that is hardly used learns for ever."""
    learning: dict[str, datetime] = {}
    rows = select(DetectorRow.brand, func.max(DetectorRow.learning_until)).where(
        DetectorRow.platform == ALL
    )
    watched = set()
    for brand, until in tx.execute(rows.group_by(DetectorRow.brand)):
        watched.add(brand)
        if until is not None:
            learning[brand] = until
    return {
        row.slug: BrandProgress(
            row.slug, row.closed_until, learning.get(row.slug), row.slug in watched
        )
        for row in tx.scalars(select(BrandRow))
    }


def open_incidents(tx: Transaction) -> int:
    """How many incidents are not over, however many of them are shown."""
    query = select(func.count()).select_from(IncidentRow).where(IncidentRow.state != "resolved")
    return tx.scalar(query) or 0


def incidents(tx: Transaction, limit: int = 50) -> list[ShownIncident]:
    """The incidents that are not over, most severe first, then the ones that ended last."""
    row = IncidentRow
    is_over = row.state == "resolved"
    order = (is_over, row.severity, row.opened_at.desc())
    found = tx.scalars(select(row).order_by(*order).limit(limit)).all()
    roots = {keys.card(incident.id): incident.id for incident in found}
    told = tx.scalars(select(NotificationRow).where(NotificationRow.delivery_key.in_(roots)))
    notices = {roots[told.delivery_key]: told.desired or told.payload for told in told}
    return [
        ShownIncident(
            i.id,
            i.brand,
            str(i.facts.get("class") or i.risk_class),
            i.subject,
            i.state,
            i.severity,
            i.shadow,
            i.since,
            i.opened_at,
            i.last_signal_at,
            i.snoozed_until,
            i.acknowledged_by or "",
            i.resolved_at,
            i.reason,
            notices.get(i.id),
        )
        for i in found
    ]


def unreached(tx: Transaction, opened_before: datetime) -> list[int]:
    """The open urgent incidents since before then of which a message was due by then, and none has
    arrived anywhere but on the console. What quiet hours hold is not due."""
    incident, message = IncidentRow, NotificationRow
    of_it = message.incident_id == incident.id
    arrived = exists().where(of_it, message.state == "sent", message.channel != "console")
    wanted = select(incident.id).where(
        incident.state == "open",
        incident.shadow.is_(False),
        incident.severity.in_(URGENT),
        incident.opened_at <= opened_before,
        exists().where(of_it, message.first_due_at <= opened_before),
        ~arrived,
    )
    return list(tx.scalars(wanted.order_by(incident.id)))


def digests(tx: Transaction) -> dict[str, tuple[str, datetime]]:
    """Brand -> its last digest's ISO week, and when that was made."""
    rows = select(DigestRow).order_by(DigestRow.created_at)
    return {row.brand: (row.week, row.created_at) for row in tx.scalars(rows)}


def heartbeat(tx: Transaction) -> Heartbeat | None:
    """The daemon's last sign of life; None where none ever ran on this database."""
    found = get_meta(tx, "heartbeat")
    if found is None:
        return None
    return Heartbeat(datetime.fromisoformat(found.pop("at")), found)


def messages(tx: Transaction) -> list[StoredMessage]:
    """Everything the outbox was ever given, in that order."""
    rows = tx.scalars(select(NotificationRow).order_by(NotificationRow.id))
    return [
        StoredMessage(r.delivery_key, r.channel, r.destination, r.state, r.created_at, r.payload)
        for r in rows
    ]
