"""How many mentions a bucket had, and nothing else of it: what a card's picture needs."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from monitor.model import ALL
from monitor.store.tables.listening import RollupRow

_VOLUMES = (
    select(RollupRow.platform, RollupRow.start, func.max(RollupRow.value))
    .where(
        RollupRow.brand == bindparam("brand"),
        RollupRow.measure.in_(("mentions", "reported")),
        RollupRow.start >= bindparam("low"),
        RollupRow.start < bindparam("high"),
    )
    .group_by(RollupRow.platform, RollupRow.start)
)
_PLATFORM_VOLUMES = _VOLUMES.where(RollupRow.platform == bindparam("platform"))


def volumes(
    tx: Session, brand: str, platform: str, start: datetime, end: datetime
) -> dict[datetime, int]:
    """Mentions of a brand's platform (or ALL) in the buckets that begin in ``[start, end)``, as is
    known now; those without any are left out. What ``series`` says, without all else."""
    asked = {"brand": brand, "low": start, "high": end}
    if platform != ALL:
        asked["platform"] = platform
    statement = _VOLUMES if platform == ALL else _PLATFORM_VOLUMES
    found: dict[datetime, int] = defaultdict(int)
    for _, at, value in tx.connection().execute(statement, asked):
        found[at] += max(value, 0)
    return dict(found)
