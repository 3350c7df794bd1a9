"""Incidents, their timelines, and the signals that are still to be answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from monitor.model import ALL, Interval, Signal
from monitor.store.bulk import on_sqlite
from monitor.store.tables.listening import RollupRow, SignalRow
from monitor.store.tables.responding import IncidentEventRow, IncidentRow, NotificationRow, TimerRow

Group = tuple[str, str, str]
"""Brand, risk class, subject."""

FIELDS = tuple(column.key for column in IncidentRow.__table__.columns)


@dataclass(frozen=True, slots=True)
class PendingSignal:
    """A signal that has changed since it was last answered."""

    id: int
    revision: int
    signal: Signal


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A line of an incident's timeline."""

    at: datetime
    reason: str
    who: str
    detail: Mapping[str, Any]


_WAITING = text("select distinct brand from signal where responded < revision")


def brands_waiting(tx: Session) -> set[str]:
    """The brands with signals to be answered."""
    return {brand for (brand,) in tx.execute(_WAITING)}


def pending_groups(tx: Session, brand: str) -> list[Group]:
    """The groups of a brand with signals to be answered, the oldest signal first."""
    rows = tx.execute(
        select(SignalRow.brand, SignalRow.risk_class, SignalRow.subject)
        .where(SignalRow.brand == brand, SignalRow.responded < SignalRow.revision)
        .order_by(SignalRow.start, SignalRow.id)
    )
    return list(dict.fromkeys((b, c, s) for b, c, s in rows))


def lock_group(tx: Session, group: Group) -> None:
    """Let nobody else answer this group until the transaction ends (SQLite has one writer)."""
    if not on_sqlite(tx):
        name = "\x1f".join(group)
        tx.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def pending_signals(tx: Session, group: Group) -> list[PendingSignal]:
    """A group's signals to be answered, in order of their beginning."""
    brand, risk_class, subject = group
    rows = tx.scalars(
        select(SignalRow)
        .where(
            SignalRow.brand == brand,
            SignalRow.risk_class == risk_class,
            SignalRow.subject == subject,
            SignalRow.responded < SignalRow.revision,
        )
        .order_by(SignalRow.start, SignalRow.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return [PendingSignal(row.id, row.revision, _signal(row)) for row in rows]


def answered(tx: Session, signals: Sequence[PendingSignal], incident_id: int) -> None:
    """These revisions have been answered, as part of this incident."""
    for pending in signals:
        tx.execute(
            update(SignalRow)
            .where(SignalRow.id == pending.id)
            .values(responded=pending.revision, incident_id=incident_id)
        )


def latest_incident(tx: Session, group: Group) -> dict[str, Any] | None:
    """The fields of the group's open incident, else of the one that ended last."""
    brand, risk_class, subject = group
    row = tx.scalar(
        select(IncidentRow)
        .where(
            IncidentRow.brand == brand,
            IncidentRow.risk_class == risk_class,
            IncidentRow.subject == subject,
        )
        .order_by(IncidentRow.state == "resolved", IncidentRow.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    return _fields(row) if row else None


def read_incident(tx: Session, incident_id: int) -> dict[str, Any] | None:
    """The fields of an incident by its number."""
    row = tx.get(IncidentRow, incident_id, populate_existing=True)
    return _fields(row) if row else None


def list_incidents(
    tx: Session, *, brand: str | None = None, every: bool = False, limit: int = 200
) -> list[dict[str, Any]]:
    """Incidents that are not over (``every``: those too), most severe first, then the latest."""
    query = select(IncidentRow)
    if brand is not None:
        query = query.where(IncidentRow.brand == brand)
    if not every:
        query = query.where(IncidentRow.state != "resolved")
    order = (IncidentRow.state == "resolved", IncidentRow.severity, IncidentRow.id.desc())
    return [_fields(row) for row in tx.scalars(query.order_by(*order).limit(limit))]


def create_incident(tx: Session, values: Mapping[str, Any]) -> int:
    """Store a new incident; its number."""
    row = IncidentRow(**{name: value for name, value in values.items() if name != "id"})
    tx.add(row)
    tx.flush()
    return row.id


def save_incident(tx: Session, values: Mapping[str, Any], expected: int) -> bool:
    """Store a changed incident if its revision is still ``expected``. False: somebody was faster,
    nothing was changed."""
    changed = {name: value for name, value in values.items() if name != "id"}
    done = tx.execute(
        update(IncidentRow)
        .where(IncidentRow.id == values["id"], IncidentRow.revision == expected)
        .values(changed)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def add_event(
    tx: Session,
    incident_id: int,
    at: datetime,
    reason: str,
    who: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add a line to the timeline."""
    tx.add(
        IncidentEventRow(
            incident_id=incident_id, at=at, reason=reason, who=who, detail=dict(detail or {})
        )
    )
    tx.flush()


def timeline(tx: Session, incident_id: int) -> list[StoredEvent]:
    """What was decided about an incident, in order."""
    rows = tx.scalars(
        select(IncidentEventRow)
        .where(IncidentEventRow.incident_id == incident_id)
        .order_by(IncidentEventRow.at, IncidentEventRow.id)
    )
    return [StoredEvent(row.at, row.reason, row.who, row.detail) for row in rows]


def notifications(tx: Session, incident_id: int) -> list[NotificationRow]:
    """Everything promised about an incident, in order."""
    rows = select(NotificationRow).where(NotificationRow.incident_id == incident_id)
    return list(tx.scalars(rows.order_by(NotificationRow.id)))


def root_of(tx: Session, incident_id: int) -> tuple[str, str] | None:
    """Channel and destination of an incident's own message."""
    row = tx.execute(
        select(NotificationRow.channel, NotificationRow.destination).where(
            NotificationRow.delivery_key == f"i{incident_id}:root"
        )
    ).first()
    return (row[0], row[1]) if row else None


def unattended(tx: Session) -> list[int]:
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


def sentiment_sums(
    tx: Session, brand: str, platform: str, start: datetime, end: datetime
) -> tuple[float, float]:
    """Readings with a sentiment in ``[start, end)``, and the sum of their p_neg."""
    query = select(RollupRow.measure, func.sum(RollupRow.value)).where(
        RollupRow.brand == brand,
        RollupRow.start >= start,
        RollupRow.start < end,
        RollupRow.measure.in_(("scored", "negative")),
    )
    if platform != ALL:
        query = query.where(RollupRow.platform == platform)
    found: dict[str, int] = dict(tx.execute(query.group_by(RollupRow.measure)).all())
    return float(found.get("scored") or 0), float(found.get("negative") or 0) / 1000


def _fields(row: IncidentRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FIELDS}


def _signal(row: SignalRow) -> Signal:
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
