"""How many opinions were read, and how negative they are."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from monitor.model import ALL
from monitor.store.tables.listening import RollupRow

_OPINIONS = (
    select(RollupRow.measure, func.sum(RollupRow.value))
    .where(
        RollupRow.brand == bindparam("brand"),
        RollupRow.measure.in_(("scored", "negative")),
        RollupRow.start >= bindparam("low"),
        RollupRow.start < bindparam("high"),
    )
    .group_by(RollupRow.measure)
)
_PLATFORM_OPINIONS = _OPINIONS.where(RollupRow.platform == bindparam("platform"))


def opinions(
    tx: Session, brand: str, platform: str, start: datetime, end: datetime
) -> tuple[int, int]:
    """Readings with a sentiment in ``[start, end)`` (of whole buckets), and the thousandths of
    their p_neg."""
    asked = {"brand": brand, "low": start, "high": end}
    statement = _OPINIONS
    if platform != ALL:
        statement, asked["platform"] = _PLATFORM_OPINIONS, platform
    found: dict[str, int] = dict(tx.connection().execute(statement, asked).all())
    return int(found.get("scored") or 0), int(found.get("negative") or 0)
