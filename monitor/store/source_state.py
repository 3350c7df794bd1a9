"""How a source is doing, as it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from monitor.model import Health

MISSED_KIND = "missed"
"""Why a source is not well that answers, but has lost part of what it had when it is asked."""

PART_KIND = "part"
"""Why a source is not well that answers, but is refused a part of what it should read."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source and how it is doing. Domain times, but ``next_poll_at`` is wall time.

    ``health_since``: since when it is as it is; for one that fails, since the first failure.
    """

    id: int
    brand: str
    connector: str
    name: str
    platform: str
    active: bool
    cursor: Mapping[str, Any] | None
    lag_s: int
    every_s: int
    next_poll_at: datetime
    covered_from: datetime | None
    polled_until: datetime | None
    health: str
    health_since: datetime | None
    health_kind: str
    health_reason: str
    last_ok_at: datetime | None
    failures: int
    skipped: int
    undated: int
    late: int
    recheck_after: int
    missed_polls: int
    pace_s: int | None
    recorded: bool
    hook_after: int
    empty: str
    empty_since: datetime | None
    lease_token: str | None
    lease_until: datetime | None

    @property
    def title(self) -> str:
        """How people and signals call it: ``connector/name``."""
        return f"{self.connector}/{self.name}"

    @property
    def complete_until(self) -> datetime | None:
        """Up to when the platform has surely told everything: the lag allowance taken off."""
        return self.polled_until and self.polled_until - timedelta(seconds=self.lag_s)

    @property
    def ok(self) -> bool:
        return self.health == Health.OK

    @property
    def answers(self) -> bool:
        """Whether it is read at each poll, be it that it does not tell everything."""
        return self.ok or self.health_kind in (MISSED_KIND, PART_KIND)
