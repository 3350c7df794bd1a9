"""Incidents, their timelines, and the signals that are still to be answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, func, or_, select, text, update

from alerting.model import Incident
from monitor.model import ANY, BLINDNESS, Interval, Signal
from monitor.store.bulk import on_sqlite
from monitor.store.engine import Transaction
from monitor.store.meta import drop_meta, get_meta, put_meta
from monitor.store.outbox import keys
from monitor.store.tables.listening import SignalRow
from monitor.store.tables.responding import IncidentEventRow, IncidentRow, NotificationRow, TimerRow

Group = tuple[str, str, str]
"""Brand, risk class, subject."""

_FIELDS = tuple(part.name for part in fields(Incident))


@dataclass(frozen=True, slots=True)
class PendingSignal:
    """A signal that has changed since it was last answered. ``home``: the group of the incident it
    is part of already."""

    id: int
    revision: int
    signal: Signal
    home: Group | None = None


@dataclass(frozen=True, slots=True)
class Unresolved:
    """An incident that is not over, in short."""

    id: int
    brand: str
    risk_class: str
    shadow: bool


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A line of an incident's timeline."""

    at: datetime
    reason: str
    who: str
    detail: Mapping[str, Any]


_WAITING = text("select distinct brand from signal where responded < revision")


def brands_waiting(tx: Transaction) -> set[str]:
    """The brands with signals to be answered."""
    return {brand for (brand,) in tx.execute(_WAITING)}


def acknowledged(
    tx: Transaction, brand: str, start: datetime, end: datetime
) -> list[tuple[datetime, datetime]]:
    """When a person had a crisis of the brand in hand, within ``[start, end)``: from each
    acknowledgement to its end. One that a person resolved without acknowledging it was a crisis
    from its beginning on, which is known once it is resolved: to whoever reads the past again.
    What was called no crisis is none."""
    row = IncidentRow
    resolved = case((row.resolved_by.is_not(None), row.since))
    begun = func.coalesce(row.acknowledged_at, resolved)
    query = select(begun, row.resolved_at).where(
        row.brand == brand,
        row.risk_class != BLINDNESS,
        row.not_a_crisis.is_(False),
        begun < end,
        or_(row.resolved_at.is_(None), row.resolved_at > start),
    )
    rows = tx.execute(query.order_by(begun, row.id))
    return [(since, until or end) for since, until in rows]


def pending_signals(tx: Transaction, brand: str) -> list[PendingSignal]:
    """A brand's signals to be answered, in order of their beginning."""
    row, home = SignalRow, IncidentRow
    rows = tx.execute(
        select(row, home.brand, home.risk_class, home.subject)
        .outerjoin(home, home.id == row.incident_id)
        .where(row.brand == brand, row.responded < row.revision)
        .order_by(row.start, row.id)
    )
    found = []
    for signal, of, kind, subject in rows:
        group = (of, kind, subject) if of is not None else None
        found.append(PendingSignal(signal.id, signal.revision, signal_of(signal), group))
    return found


def recent_incidents(tx: Transaction, risk_class: str, since: datetime) -> list[Incident]:
    """The incidents of a class that are not over, or ended since then, in order."""
    row = IncidentRow
    wanted = select(row).where(
        row.risk_class == risk_class, or_(row.state != "resolved", row.resolved_at >= since)
    )
    return [_incident(found) for found in tx.scalars(wanted.order_by(row.id))]


def unresolved(tx: Transaction) -> list[Unresolved]:
    """Every incident that is not over."""
    row = IncidentRow
    found = select(row.id, row.brand, row.risk_class, row.shadow).where(row.state != "resolved")
    return [Unresolved(*one) for one in tx.execute(found.order_by(row.id))]


def answered(tx: Transaction, signals: Sequence[PendingSignal], incident_id: int) -> bool:
    """These revisions have been answered, as part of this incident. False: one of them has been
    answered by somebody else; the transaction must not be committed."""
    for pending in signals:
        done = tx.execute(
            update(SignalRow)
            .where(SignalRow.id == pending.id, SignalRow.responded < pending.revision)
            .values(responded=pending.revision, incident_id=incident_id)
        )
        if not done.rowcount:  # type: ignore[attr-defined]
            return False
    return True


def latest_incident(tx: Transaction, group: Group) -> Incident | None:
    """The group's open incident, else the one that ended last."""
    row = tx.scalar(_latest(group))
    return _incident(row) if row else None


def read_incident(tx: Transaction, incident_id: int) -> Incident | None:
    """An incident by its number."""
    row = tx.get(IncidentRow, incident_id)
    return _incident(row) if row else None


def list_incidents(
    tx: Transaction, *, brand: str | None = None, every: bool = False, limit: int | None = 200
) -> list[Incident]:
    """Incidents that are not over (``every``: those too), most severe first, then the latest."""
    query = select(IncidentRow)
    if brand is not None:
        query = query.where(IncidentRow.brand == brand)
    if not every:
        query = query.where(IncidentRow.state != "resolved")
    order = (IncidentRow.state == "resolved", IncidentRow.severity, IncidentRow.id.desc())
    return [_incident(row) for row in tx.scalars(query.order_by(*order).limit(limit))]


def incidents_in(tx: Transaction, brand: str, start: datetime, end: datetime) -> list[Incident]:
    """A brand's incidents that were open at some time in ``[start, end)``, the earliest first; also
    those of sources that serve every brand."""
    row = IncidentRow
    wanted = select(row).where(
        row.brand.in_((brand, ANY)),
        row.opened_at < end,
        or_(row.resolved_at.is_(None), row.resolved_at >= start),
    )
    return [_incident(found) for found in tx.scalars(wanted.order_by(row.opened_at, row.id))]


def reserve_incident(tx: Transaction, group: Group) -> int:
    """The number of the group's next incident: nobody else gets it, and the group gets the same
    again until the incident is there."""
    _lock(tx, group)
    reserved = get_meta(tx, _reserved(group))
    if reserved is not None:
        return int(reserved["number"])
    number = _next_number(tx)
    put_meta(tx, _reserved(group), {"number": number})
    return number


def _next_number(tx: Transaction) -> int:
    if not on_sqlite(tx):
        sequence = text("select nextval(pg_get_serial_sequence('incident', 'id'))")
        return int(tx.execute(sequence).scalar_one())
    last = (get_meta(tx, _NUMBER) or {"last": 0})["last"]
    number = max(int(last), tx.scalar(select(func.max(IncidentRow.id))) or 0) + 1
    put_meta(tx, _NUMBER, {"last": number})
    return number


_NUMBER = "incident_number"


def _reserved(group: Group) -> str:
    return "incident_number:" + "\x1f".join(group)


def _lock(tx: Transaction, group: Group) -> None:
    """Nobody else opens an incident of this group meanwhile. SQLite has one writer anyway."""
    if not on_sqlite(tx):
        name = "\x1f".join(group)
        tx.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def create_incident(tx: Transaction, incident: Incident, before: Incident | None) -> bool:
    """Store a new incident under its reserved number, if ``before`` is still its group's latest.
    False: somebody was faster, nothing was changed."""
    group = (incident.brand, incident.risk_class, incident.subject)
    _lock(tx, group)
    latest = tx.scalar(_latest(group))
    now = (latest.id, latest.version) if latest else None
    if now != ((before.id, before.version) if before else None):
        return False
    tx.add(IncidentRow(**_values(incident)))
    tx.flush()
    drop_meta(tx, _reserved(group))
    return True


def save_incident(tx: Transaction, incident: Incident, before: Incident) -> bool:
    """Store a changed incident if it is still as ``before``. False: somebody was faster, nothing
    was changed."""
    done = tx.execute(
        update(IncidentRow)
        .where(IncidentRow.id == before.id, IncidentRow.version == before.version)
        .values(_values(incident))
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def add_event(
    tx: Transaction,
    incident_id: int,
    at: datetime,
    reason: str,
    who: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add a line to the timeline."""
    add_events(tx, [(incident_id, StoredEvent(at, reason, who, detail or {}))])


def add_events(tx: Transaction, events: Sequence[tuple[int, StoredEvent]]) -> None:
    """Add lines to timelines, each by its incident's number, in this order."""
    tx.add_all(
        IncidentEventRow(
            incident_id=incident_id,
            at=said.at,
            reason=said.reason,
            who=said.who,
            detail=dict(said.detail),
        )
        for incident_id, said in events
    )
    tx.flush()


def timeline(tx: Transaction, incident_id: int) -> list[StoredEvent]:
    """What was decided about an incident, in order."""
    rows = tx.scalars(
        select(IncidentEventRow)
        .where(IncidentEventRow.incident_id == incident_id)
        .order_by(IncidentEventRow.at, IncidentEventRow.id)
    )
    return [StoredEvent(row.at, row.reason, row.who, row.detail) for row in rows]


def notifications(tx: Transaction, incident_id: int) -> list[NotificationRow]:
    """Everything promised about an incident, in order."""
    rows = select(NotificationRow).where(NotificationRow.incident_id == incident_id)
    return list(tx.scalars(rows.order_by(NotificationRow.id)))


def card_place(tx: Transaction, incident_id: int) -> tuple[str, str] | None:
    """Channel and destination of an incident's own message."""
    return card_places(tx, [incident_id]).get(incident_id)


def card_places(tx: Transaction, incidents: Iterable[int]) -> dict[int, tuple[str, str]]:
    """The same of each of these that has one."""
    cards, row = {keys.card(number): number for number in incidents}, NotificationRow
    found = select(row.delivery_key, row.channel, row.destination)
    told = tx.execute(found.where(row.delivery_key.in_(cards)))
    return {cards[key]: (channel, destination) for key, channel, destination in told}


def incident_of_message(tx: Transaction, channel: str, ts: str) -> int | None:
    """The incident whose card is this message of Slack's; None: it is nobody's."""
    row = NotificationRow
    cards = select(row.incident_id, row.receipt).where(
        row.channel == "slack", row.thread_of.is_(None), row.incident_id.is_not(None)
    )
    for incident_id, receipt in tx.execute(cards.order_by(row.id.desc()).limit(500)):
        if receipt and receipt.get("ts") == ts and receipt.get("channel") == channel:
            return int(incident_id)
    return None


def unattended(tx: Transaction) -> list[int]:
    """Open incidents that nobody has acknowledged, with no timer to come."""
    waiting = select(TimerRow.incident_id).where(TimerRow.state == "pending")
    rows = tx.scalars(
        select(IncidentRow.id)
        .where(
            IncidentRow.state == "open",
            ~IncidentRow.shadow,
            IncidentRow.id.not_in(waiting.where(TimerRow.incident_id.is_not(None))),
        )
        .order_by(IncidentRow.id)
    )
    return list(rows)


def _latest(group: Group) -> Select[IncidentRow]:
    brand, risk_class, subject = group
    return (
        select(IncidentRow)
        .where(
            IncidentRow.brand == brand,
            IncidentRow.risk_class == risk_class,
            IncidentRow.subject == subject,
        )
        .order_by(IncidentRow.state == "resolved", IncidentRow.id.desc())
        .limit(1)
    )


def _incident(row: IncidentRow) -> Incident:
    return Incident(**{name: getattr(row, name) for name in _FIELDS})


def _values(incident: Incident) -> dict[str, Any]:
    return {name: getattr(incident, name) for name in _FIELDS}


def signal_of(row: SignalRow) -> Signal:
    """With the highest score it ever had: an event is as bad as it was at its height."""
    known = row.low is not None and row.middle is not None and row.high is not None
    return Signal(
        brand=row.brand,
        platform=row.platform,
        detector=row.detector,
        risk_class=row.risk_class,
        start=row.start,
        at=row.at,
        score=row.peak_score,
        observed=row.observed,
        expected=Interval(row.low, row.middle, row.high) if known else None,  # type: ignore[arg-type]
        window=timedelta(seconds=row.window_s),
        subject=row.subject,
        final=row.final,
        over=row.over,
        facts=row.facts,
        mention_ids=tuple(row.mention_ids),
    )
