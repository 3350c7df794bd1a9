"""What is ordinary for a series at an hour of the week, learned online.

A level (per base bucket) times a ratio for the hour. The ratio of an hour of the week is shrunk to
that of the hour of the day, which is shrunk to 1, so that a young series leans on what it knows.
Everything is a ratio of decayed sums: exact for counts of any size, O(1) a bucket, 386 numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import exp
from typing import Any

DAY = timedelta(days=1)


class Baseline:
    """The expected count of a base bucket. ``learn`` is given winsorised values."""

    def __init__(self, span: timedelta, *, level_days: float, season_days: float) -> None:
        self.per_day = DAY / span
        self._per_hour = self.per_day / 24.0
        self._level_decay = exp(-1.0 / (level_days * self.per_day))
        # a cell is visited during one hour of its period only, and fades by visits
        self._day_decay = exp(-24.0 / (season_days * self.per_day))
        self._week_decay = exp(-168.0 / (2.0 * season_days * self.per_day))
        self._seen = 0.0
        self._weight = 0.0
        self._day = [[0.0, 0.0] for _ in range(24)]
        self._week = [[0.0, 0.0] for _ in range(168)]

    @property
    def level(self) -> float:
        """Mean count of a base bucket, seasons taken out. 0 while nothing was learned."""
        return self._seen / self._weight if self._weight > 0.0 else 0.0

    def ratio(self, at: datetime) -> float:
        """How much more than the level is ordinary at this hour of the week."""
        hour = self.level * self._per_hour
        seen, told = self._day[at.hour]
        prior = hour + 4.0
        of_day = (seen + prior) / (told + prior)
        seen, told = self._week[at.weekday() * 24 + at.hour]
        prior = 2.0 * hour + 8.0
        return (seen + prior * of_day) / (told + prior)

    def expected(self, at: datetime) -> float:
        """The ordinary count of the base bucket that starts at ``at``."""
        return self.level * self.ratio(at)

    def learn(self, at: datetime, value: float, weight: float = 1.0) -> None:
        """Absorb a base bucket."""
        ratio = self.ratio(at)
        level = self.level
        self._seen = self._seen * self._level_decay + weight * value
        self._weight = self._weight * self._level_decay + weight * ratio
        for cell, decay in (
            (self._day[at.hour], self._day_decay),
            (self._week[at.weekday() * 24 + at.hour], self._week_decay),
        ):
            cell[0] = cell[0] * decay + weight * value
            cell[1] = cell[1] * decay + weight * level

    def dump(self) -> dict[str, Any]:
        """The state, exact."""
        return {
            "seen": self._seen,
            "weight": self._weight,
            "day": [list(cell) for cell in self._day],
            "week": [list(cell) for cell in self._week],
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Restore what ``dump`` gave."""
        self._seen = float(state["seen"])
        self._weight = float(state["weight"])
        self._day = [[float(a), float(b)] for a, b in state["day"]]
        self._week = [[float(a), float(b)] for a, b in state["week"]]
