"""Sources: what is listened to, how it is doing, who may write for it, what it spent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from monitor.model import ANY, Health
from monitor.store.bulk import insert, table_of
from monitor.store.coverage import NOT_YET, Coverage, Gap, length, source_gaps
from monitor.store.source_state import SourceState
from monitor.store.tables.listening import BrandRow, GapRow, SourceRow, SpendRow


@dataclass(frozen=True, slots=True)
class Wanted:
    """A source as the config has it. ``access``: a hash of where and with which credentials it is
    asked; "": not known now."""

    brand: str
    connector: str
    name: str
    platform: str
    lag: timedelta
    every: timedelta
    covered_from: datetime | None
    recorded: bool = False
    access: str = ""


_SOURCES = select(*(getattr(SourceRow, field.name) for field in fields(SourceState)))
_SOURCE = _SOURCES.where(SourceRow.id == bindparam("source_id"))
_SOURCES = _SOURCES.order_by(SourceRow.id)


def source_states(
    tx: Session, brand: str | None = None, *, inactive: bool = False, recorded: bool = False
) -> list[SourceState]:
    """The sources of a brand, those for every brand (ANY) included; None: all there are. Without
    those that are ``recorded`` unless they are asked for: nothing waits for a file, and nothing is
    covered by it."""
    found = (SourceState(*row) for row in tx.connection().execute(_SOURCES))
    return [
        source
        for source in found
        if (source.active or inactive)
        and (recorded or not source.recorded)
        and (brand is None or source.brand in (brand, ANY))
    ]


def source_state(tx: Session, source_id: int) -> SourceState | None:
    """One source, or None."""
    row = tx.connection().execute(_SOURCE, {"source_id": source_id}).one_or_none()
    return SourceState(*row) if row else None


def sync(
    tx: Session, brands: Sequence[str], wanted: Sequence[Wanted], now: datetime, wall: datetime
) -> None:
    """Make the rows what the config says: new ones due at once, missing ones inactive."""
    known = set(tx.scalars(select(BrandRow.slug)))
    tx.add_all(BrandRow(slug=slug) for slug in brands if slug not in known)
    rows = {(row.brand, row.connector, row.name): row for row in tx.scalars(select(SourceRow))}
    kept = set()
    for source in wanted:
        key = (source.brand, source.connector, source.name)
        kept.add(key)
        row = rows.get(key)
        if row is None or not row.active:
            if row is None:
                row = SourceRow(brand=key[0], connector=key[1], name=key[2])
                tx.add(row)
            row.active, row.next_poll_at = True, wall
            row.health, row.health_since = Health.OK, now
            row.health_kind = row.health_reason = ""
        elif row.access and source.access and row.access != source.access:
            _ask_anew(row, wall)
        elif row.health_kind != "rate_limit":  # the config may have mended what is not well
            wait = source.every if row.health == Health.OK else timedelta(0)
            row.next_poll_at = min(row.next_poll_at, wall + wait)
        row.access = source.access or row.access
        row.platform, row.recorded = source.platform, source.recorded
        row.lag_s = round(source.lag.total_seconds())
        row.every_s = max(1, round(source.every.total_seconds()))
        if source.covered_from is not None:
            row.covered_from = max(row.covered_from or source.covered_from, source.covered_from)
    for key, row in rows.items():
        if key not in kept:
            row.active = False


def _ask_anew(row: SourceRow, wall: datetime) -> None:
    """It is another address or account under the old name: what the old one wanted, lost or never
    showed holds no more, and a poll of it that is under way writes nothing."""
    row.next_poll_at, row.lease_token = wall, None
    row.empty, row.empty_since = "", None
    row.missed_polls, row.pace_s = 0, None


def due(tx: Session, wall: datetime, limit: int, free: Collection[int] = ()) -> list[int]:
    """Ids of the sources whose turn it is and that nobody holds, longest waiting first. ``free``:
    those whose holder is gone."""
    query = select(SourceRow.id).where(
        SourceRow.active,
        SourceRow.next_poll_at <= wall,
        or_(
            SourceRow.lease_token.is_(None),
            SourceRow.lease_until <= wall,
            SourceRow.id.in_(free),
        ),
    )
    return list(tx.scalars(query.order_by(SourceRow.next_poll_at, SourceRow.id).limit(limit)))


def held(tx: Session, wall: datetime) -> dict[int, str]:
    """Of the sources that somebody holds, by number: the token."""
    query = select(SourceRow.id, SourceRow.lease_token).where(
        SourceRow.active, SourceRow.lease_token.is_not(None), SourceRow.lease_until > wall
    )
    return {source_id: token for source_id, token in tx.execute(query) if token}


def claim(
    tx: Session, source_id: int, token: str, wall: datetime, until: datetime, over: str = ""
) -> bool:
    """Take the lease if it is free, or held by ``over``. From then on no older token may write."""
    return _changed(
        tx,
        update(SourceRow)
        .where(
            SourceRow.id == source_id,
            SourceRow.active,
            or_(
                SourceRow.lease_token.is_(None),
                SourceRow.lease_until <= wall,
                SourceRow.lease_token == over,
            ),
        )
        .values(lease_token=token, lease_until=until),
    )


def change(tx: Session, source_id: int, token: str | None, values: Mapping[str, Any]) -> bool:
    """Change a source's columns, if the lease is still ours (``token`` None: whoever holds it).
    False: it is not, and nothing was changed; the caller must write nothing either."""
    statement = update(SourceRow).where(SourceRow.id == source_id)
    if token is not None:
        statement = statement.where(SourceRow.lease_token == token)
    return _changed(tx, statement.values(**values))


def _changed(tx: Session, statement: Any) -> bool:
    statement = statement.execution_options(synchronize_session=False)
    return cast("CursorResult[Any]", tx.execute(statement)).rowcount == 1


def spent(tx: Session, source_id: int, day: str) -> dict[str, float]:
    """What a source has spent on a UTC day (``2026-03-02``), by unit."""
    query = select(SpendRow.unit, SpendRow.amount).where(
        SpendRow.source_id == source_id, SpendRow.day == day
    )
    return dict(tx.execute(query).all())


def spent_by_source(tx: Session, day: str) -> dict[int, dict[str, float]]:
    """What every source has spent on a UTC day, by its number and by unit."""
    query = select(SpendRow.source_id, SpendRow.unit, SpendRow.amount).where(SpendRow.day == day)
    found: dict[int, dict[str, float]] = {}
    for source_id, unit, amount in tx.execute(query):
        found.setdefault(source_id, {})[unit] = amount
    return found


def spend(tx: Session, source_id: int, day: str, cost: Mapping[str, float]) -> None:
    """Add to what a source has spent on a UTC day."""
    insert(
        tx,
        table_of(SpendRow),
        ("source_id", "day", "unit", "amount"),
        [(source_id, day, unit, float(amount)) for unit, amount in sorted(cost.items()) if amount],
        "on conflict (source_id, day, unit) do update set amount = spend.amount + excluded.amount",
    )


def add_gap(tx: Session, source_id: int, start: datetime, end: datetime, reason: str) -> None:
    """An interval the platform no longer gives. Told twice, or touching another, it is one."""
    touching = list(
        tx.scalars(
            select(GapRow).where(
                GapRow.source_id == source_id,
                GapRow.reason == reason,
                GapRow.start <= end,
                GapRow.end >= start,
            )
        )
    )
    start = min([start, *(row.start for row in touching)])
    end = max([end, *(row.end for row in touching if row.end)])
    if len(touching) == 1 and (touching[0].start, touching[0].end) == (start, end):
        return
    tx.execute(delete(GapRow).where(GapRow.id.in_([row.id for row in touching])))
    tx.add(GapRow(source_id=source_id, start=start, end=end, reason=reason))


_GAPS = (
    select(GapRow.source_id, GapRow.start, GapRow.end, GapRow.reason)
    .where(GapRow.start < bindparam("high"))
    .where(or_(GapRow.end.is_(None), GapRow.end > bindparam("low")))
    .order_by(GapRow.start)
)


def gaps(tx: Session, start: datetime | None, end: datetime) -> dict[int, list[Gap]]:
    """The gaps that touch ``[start, end)`` (None: all before ``end``), by source, in order, cut
    to it."""
    low = start or datetime.min.replace(tzinfo=UTC)
    found: dict[int, list[Gap]] = {}
    for source_id, began, over, reason in tx.connection().execute(_GAPS, {"low": low, "high": end}):
        cut = (max(began, low), min(over or end, end), reason)
        found.setdefault(source_id, []).append(cut)
    return found


def coverage(
    tx: Session, brand: str, start: datetime, end: datetime, *, final: bool = False
) -> Coverage:
    """What was seen of ``[start, end)``, as it is known now: an outage that was read back
    afterwards is seen, and before a source was asked at all it was not silent. ``final``: the time
    is over, and what was not read of it was not seen."""
    sources = source_states(tx, brand)
    known = gaps(tx, start, end)
    first_bucket = tx.scalar(select(BrandRow.first_bucket).where(BrandRow.slug == brand))
    silent, lost = [], timedelta()
    for source in sources:
        own = known.get(source.id, ())
        found = source_gaps(source, own, start, end, counts_from=first_bucket, final=final)
        found = [gap for gap in found if gap[2] != NOT_YET or gap[1] >= end]
        missing = length(found, start, end)
        if missing:
            lost += missing
            since = max((gap for gap in found), key=lambda gap: gap[1])[0]
            silent.append((source.title, since))
    total = (end - start) * len(sources)
    share = 1.0 - lost / total if total else 1.0
    return Coverage(len(sources), len(sources) - len(silent), tuple(silent), share)
