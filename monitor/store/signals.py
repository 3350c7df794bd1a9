"""Signals and detectors' states: what was said, and the detectors' states it comes from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from monitor.model import Interval, Signal
from monitor.store.bulk import put
from monitor.store.tables.listening import DetectorRow, SignalRow


@dataclass(frozen=True, slots=True)
class SignalRecord:
    """An event as it stands: the detector's last word, its highest score, when it first spoke."""

    signal: Signal
    peak: float
    first_at: datetime

    def moved(self, signal: Signal) -> SignalRecord:
        """The same event, a bucket further."""
        return SignalRecord(signal, max(self.peak, signal.score), self.first_at)


def upsert(tx: Session, record: SignalRecord) -> bool:
    """Store a signal, or what is new about it; whether there was anything. What is told again (by a
    run after a restart) or was told better already changes nothing."""
    signal = record.signal
    row = find(tx, signal)
    values = _values(record)
    if row is None:
        key = {name: getattr(signal, name) for name in _KEY}
        tx.add(SignalRow(**key, **values, responded=0, revision=1))
        tx.flush()
        return True
    older = signal.at < row.at or (signal.at == row.at and row.over)
    if older and row.final and not signal.over:
        return False
    values["first_at"] = min(row.first_at, values["first_at"])
    if all(getattr(row, name) == value for name, value in values.items()):
        return False
    for name, value in values.items():
        setattr(row, name, value)
    row.revision += 1
    return True


_KEY = ("brand", "platform", "subject", "detector", "start")


_FIND = select(SignalRow).where(*(getattr(SignalRow, name) == bindparam(name) for name in _KEY))


def find(tx: Session, signal: Signal) -> SignalRow | None:
    """The stored signal of the same identity."""
    return tx.scalars(_FIND, {name: getattr(signal, name) for name in _KEY}).one_or_none()


def _values(record: SignalRecord) -> dict[str, Any]:
    signal, expected = record.signal, record.signal.expected
    return {
        "risk_class": signal.risk_class,
        "at": signal.at,
        "first_at": record.first_at,
        "score": float(signal.score),
        "peak_score": float(record.peak),
        "observed": float(signal.observed),
        "low": float(expected.low) if expected else None,
        "middle": float(expected.middle) if expected else None,
        "high": float(expected.high) if expected else None,
        "window_s": round(signal.window.total_seconds()),
        "final": signal.final,
        "over": signal.over,
        "facts": dict(signal.facts),
        "mention_ids": list(signal.mention_ids),
    }


def as_read(record: SignalRecord) -> Signal:
    """The signal of a record as it will be read when it is stored: with the highest score it ever
    had."""
    values = _values(record)
    return replace(
        record.signal,
        score=values["peak_score"],
        observed=values["observed"],
        expected=Interval(values["low"], values["middle"], values["high"])
        if record.signal.expected
        else None,
        window=timedelta(seconds=values["window_s"]),
        facts=values["facts"],
    )


def put_answered(tx: Session, row_id: int, record: SignalRecord, revision: int) -> None:
    """Store how an event stands, and that its ``revision`` has been answered."""
    row = tx.get_one(SignalRow, row_id)
    for name, value in _values(record).items():
        setattr(row, name, value)
    row.revision = row.responded = revision


def going_on(tx: Session, brand: str | None, detectors: Collection[str]) -> list[SignalRow]:
    """The events by these detectors that are not over yet, of a brand or (None) of all."""
    query = select(SignalRow).where(~SignalRow.over, SignalRow.detector.in_(sorted(detectors)))
    if brand is not None:
        query = query.where(SignalRow.brand == brand)
    return list(tx.scalars(query.order_by(SignalRow.start, SignalRow.id)))


def end(tx: Session, brand: str, keys: Collection[tuple[str, str, datetime]]) -> None:
    """These events (platform, detector, start) of a brand are over."""
    for platform, detector, start in keys:
        query = select(SignalRow).where(
            SignalRow.brand == brand,
            SignalRow.platform == platform,
            SignalRow.detector == detector,
            SignalRow.start == start,
            ~SignalRow.over,
        )
        for row in tx.scalars(query):
            row.over = True
            row.revision += 1


def end_rows(tx: Session, ids: Collection[int], at: datetime) -> None:
    """These events are over, as seen at ``at``."""
    for row in tx.scalars(select(SignalRow).where(SignalRow.id.in_(ids), ~SignalRow.over)):
        row.over, row.at = True, max(row.at, at)
        row.revision += 1


@dataclass(frozen=True, slots=True)
class DetectorState:
    """A detector's state after all final buckets before ``folded_until``, and its open event."""

    platform: str
    name: str
    folded_until: datetime
    learning_until: datetime | None
    state: Mapping[str, Any]
    open: SignalRecord | None


def save_states(tx: Session, brand: str, states: Collection[DetectorState]) -> None:
    """Keep states in place of earlier ones."""
    rows = [
        {
            "brand": brand,
            "platform": held.platform,
            "name": held.name,
            "folded_until": held.folded_until,
            "learning_until": held.learning_until,
            "state": {"detector": dict(held.state), "open": pack(held.open)},
        }
        for held in states
    ]
    put(tx, DetectorRow, rows)


def load_states(tx: Session, brand: str) -> dict[tuple[str, str], DetectorState]:
    """A brand's states, by platform and detector."""
    rows = tx.scalars(select(DetectorRow).where(DetectorRow.brand == brand))
    return {
        (row.platform, row.name): DetectorState(
            row.platform,
            row.name,
            row.folded_until,
            row.learning_until,
            row.state["detector"],
            unpack(row.state["open"]),
        )
        for row in rows
    }


def drop_states(tx: Session, brand: str, names: Collection[str]) -> None:
    """Forget the states of these detectors: they run anew from the beginning."""
    tx.execute(
        delete(DetectorRow).where(DetectorRow.brand == brand, DetectorRow.name.in_(sorted(names)))
    )


def drop_all_states(tx: Session, brand: str) -> None:
    """Forget what every detector of a brand has learned: its past is another now."""
    doomed = delete(DetectorRow).where(DetectorRow.brand == brand)
    tx.execute(doomed.execution_options(synchronize_session=False))


def pack(record: SignalRecord | None) -> dict[str, Any] | None:
    """A signal record as JSON."""
    if record is None:
        return None
    signal, expected = record.signal, record.signal.expected
    return {
        **{name: getattr(signal, name) for name in _PLAIN},
        "start": signal.start.isoformat(),
        "at": signal.at.isoformat(),
        "expected": [expected.low, expected.middle, expected.high] if expected else None,
        "window_s": signal.window.total_seconds(),
        "facts": dict(signal.facts),
        "mention_ids": list(signal.mention_ids),
        "peak": record.peak,
        "first_at": record.first_at.isoformat(),
    }


_PLAIN = (
    "brand",
    "platform",
    "detector",
    "risk_class",
    "score",
    "observed",
    "subject",
    "final",
    "over",
)


def unpack(packed: Mapping[str, Any] | None) -> SignalRecord | None:
    """What ``pack`` made."""
    if packed is None:
        return None
    signal = Signal(
        **{name: packed[name] for name in _PLAIN},
        start=datetime.fromisoformat(packed["start"]),
        at=datetime.fromisoformat(packed["at"]),
        expected=Interval(*packed["expected"]) if packed["expected"] else None,
        window=timedelta(seconds=packed["window_s"]),
        facts=packed["facts"],
        mention_ids=tuple(packed["mention_ids"]),
    )
    return SignalRecord(signal, packed["peak"], datetime.fromisoformat(packed["first_at"]))
