"""A source's day: which it is, and what may still be spent of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime


def day_of(wall: datetime) -> str:
    """The UTC day that spending counts for."""
    return wall.astimezone(UTC).date().isoformat()


def remaining_budget(options: object, spent: Mapping[str, float]) -> dict[str, float]:
    """What may still be spent today, by unit: a connector's options ``max_<unit>_per_day``."""
    found = {}
    for name in getattr(type(options), "model_fields", {}):
        limit = getattr(options, name, None)
        if name.startswith("max_") and name.endswith("_per_day") and limit is not None:
            unit = name.removeprefix("max_").removesuffix("_per_day")
            found[unit] = max(0.0, float(limit) - spent.get(unit, 0.0))
    return found
