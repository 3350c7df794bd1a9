"""Which past episode set the bar: the highest of a series' own past, by window.

``OwnTail`` knows how high the bar is; a person asks because of what. A few numbers, kept beside it
and read only where something is told.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

KEPT = 4
"""Episodes remembered."""

APART = timedelta(days=1)
"""What is nearer to an episode's height belongs to it."""


class Highest:
    """The highest values of a stream, one an episode. ``memory``: what is older is forgotten."""

    def __init__(self, memory: timedelta) -> None:
        self._memory = memory
        self._episodes: list[tuple[float, datetime]] = []
        self._least = 0.0

    def learn(self, value: float, at: datetime) -> None:
        """Take a value in. O(1), and next to nothing for an ordinary one."""
        if value <= self._least:
            return
        near = [old for old in self._episodes if abs(at - old[1]) < APART]
        if any(old[0] >= value for old in near):
            return
        kept = [old for old in self._episodes if old not in near and at - old[1] <= self._memory]
        self._episodes = sorted([*kept, (value, at)], reverse=True)[:KEPT]
        self._least = self._episodes[-1][0] if len(self._episodes) == KEPT else 0.0

    def before(self, at: datetime) -> datetime | None:
        """When the highest one before ``at`` was at its height; None: there was none."""
        return next((when for _, when in self._episodes if when < at), None)

    def dump(self) -> list[Any]:
        """The state, exact."""
        return [[value, at.isoformat()] for value, at in self._episodes]

    def load(self, state: list[Any]) -> None:
        """Restore what ``dump`` gave."""
        self._episodes = [(float(value), datetime.fromisoformat(at)) for value, at in state]
        self._least = self._episodes[-1][0] if len(self._episodes) == KEPT else 0.0
