"""How high a series has to rise to be no more frequent than a budget, by the episodes of its past.

What counts is how often a level was reached anew, not for how long: a burst fills a hundred windows
of nine hours and is one episode. Old episodes fade, so that no bar stands for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp
from typing import Any

LOWEST, STEP, LEVELS = 1.5, 0.05, 60
"""Levels that are counted: from what is not remarkable up to what always is."""

REFIT = 24
"""Buckets between two looks for the bar."""


class Episodes:
    """Counts how often a stream of scores has reached each level.

    ``memory``: buckets after which an episode has faded to a third. ``apart``: buckets that a level
    must not have been reached for the next to be another. ``budget``: episodes a bucket; ``grace``:
    buckets of a past without any that a young series is given.
    """

    def __init__(self, memory: float, apart: int, budget: float, grace: float) -> None:
        self._fade, self._apart, self._budget = exp(-REFIT / memory), apart, budget
        self._grace = grace
        self._count, self._seen = 0, 0.0
        self._episodes = [0.0] * LEVELS
        self._latest = [-1e9] * LEVELS
        self.bar = 0.0
        """The lowest level that has been reached no more often than the budget."""

    def learn(self, score: float) -> None:
        """Absorb the score of a bucket."""
        self._count += 1
        if score >= LOWEST:
            for level in range(min(LEVELS, int((score - LOWEST) / STEP) + 1)):
                if self._count - self._latest[level] > self._apart:
                    self._episodes[level] += 1.0
                self._latest[level] = self._count
        if self._count % REFIT == 0:
            self._episodes = [number * self._fade for number in self._episodes]
            self._seen = self._seen * self._fade + REFIT
            allowed = self._budget * (self._seen + self._grace)
            within = (n for n, number in enumerate(self._episodes) if number <= allowed)
            lowest = next(within, LEVELS)
            self.bar = LOWEST + STEP * lowest if lowest else 0.0

    def dump(self) -> dict[str, Any]:
        """The state, exact."""
        used = [
            [level, self._episodes[level], self._latest[level]]
            for level in range(LEVELS)
            if self._episodes[level]
        ]
        return {"count": self._count, "seen": self._seen, "bar": self.bar, "levels": used}

    def load(self, state: Mapping[str, Any]) -> None:
        """Restore what ``dump`` gave."""
        self._count, self._seen = int(state["count"]), float(state["seen"])
        self.bar = float(state["bar"])
        self._episodes, self._latest = [0.0] * LEVELS, [-1e9] * LEVELS
        for level, episodes, latest in state["levels"]:
            self._episodes[level], self._latest[level] = float(episodes), float(latest)
