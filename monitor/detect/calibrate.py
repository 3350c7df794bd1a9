"""A score made honest by the series' own past.

Whatever a model says of a bucket, what counts is how often this series has said so before. A
decaying histogram of past scores gives the level that one score in a hundred exceeds and the mean
excess over it; beyond that level the tail is taken as exponential. A young series leans on what a
perfect model would show: level 2, mean excess log10(e).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp
from typing import Any

STEP = 0.1
BINS = 400
MEAN_EXCESS = 0.4342944819032518
"""Mean excess of −log10 p over any level, where p is uniform."""


class OwnTail:
    """The upper tail of a stream of scores (−log10 p of some model), −log10 again."""

    def __init__(self, memory: float, tail: float = 2.0, prior: float = 8.0) -> None:
        self._decay = exp(-1.0 / memory)
        self.tail, self.prior = tail, prior
        self._weight = 0.0
        self._bins: dict[int, float] = {}
        self._scale = 1.0
        self._level, self._excess = tail, MEAN_EXCESS
        self._since = 0

    def score(self, value: float) -> float:
        """−log10 of how often a score this high is seen here."""
        if value <= self._level:
            return self.tail * max(0.0, value) / self._level
        return self.tail + MEAN_EXCESS * (value - self._level) / self._excess

    def learn(self, value: float) -> None:
        """Absorb a score. The level and excess are made anew every 32 scores."""
        # instead of fading every bin, the newcomer weighs more
        self._scale /= self._decay
        index = min(BINS, int(max(0.0, value) / STEP))
        self._bins[index] = self._bins.get(index, 0.0) + self._scale
        self._weight += self._scale
        self._since += 1
        if self._since >= 32:
            self._since = 0
            self._refit()

    def _refit(self) -> None:
        factor = 1.0 / self._scale
        self._bins = {i: w * factor for i, w in self._bins.items() if w * factor > 1e-9}
        self._weight *= factor
        self._scale = 1.0
        wanted = self._weight * 10.0**-self.tail
        above = excess = 0.0
        level = self.tail
        for index in sorted(self._bins, reverse=True):
            if above + self._bins[index] > wanted:
                level = max(STEP, (index + 1) * STEP)
                break
            above += self._bins[index]
        for index, weight in self._bins.items():
            if (index + 0.5) * STEP > level:
                excess += weight * ((index + 0.5) * STEP - level)
        trust = wanted / (wanted + self.prior)
        self._level = trust * level + (1.0 - trust) * max(self.tail, level)
        mean = (excess + self.prior * MEAN_EXCESS) / (above + self.prior)
        self._excess = max(MEAN_EXCESS * 0.5, mean)

    def dump(self) -> dict[str, Any]:
        """The state, exact."""
        return {
            "weight": self._weight,
            "bins": sorted(self._bins.items()),
            "scale": self._scale,
            "level": self._level,
            "excess": self._excess,
            "since": self._since,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Restore what ``dump`` gave."""
        self._weight = float(state["weight"])
        self._bins = {int(index): float(weight) for index, weight in state["bins"]}
        self._scale = float(state["scale"])
        self._level = float(state["level"])
        self._excess = float(state["excess"])
        self._since = int(state["since"])
