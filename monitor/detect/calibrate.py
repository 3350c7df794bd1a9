"""A measure made into a probability by the series' own past.

Whatever a model says of a bucket, what counts is how often this series has looked so before. A
fading histogram of the past gives the level exceeded once in ``10^tail`` buckets; beyond it the
tail is exponential with the mean excess seen so far, and as that mean is known from a few episodes
only, the tail predicted is the Bayesian one (Lomax), heavier the fewer they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from math import exp, expm1, log1p, log10
from typing import Any

FINE, COARSE = 40, 12
"""Bins a unit of log(1 + value): each 2.5 % or 8 % wide, whatever the series' size."""

MAX_LOG = 10
"""Values up to exp(10) have a bin of their own."""

EDGES = {
    fine: [expm1(index / fine) for index in range(fine * MAX_LOG + 1)] for fine in (FINE, COARSE)
}
REFIT = 24
"""Buckets between two fits of level and excess."""


class OwnTail:
    """The upper tail of a stream of values (0 or less: ordinary) as −log10 of a probability.

    ``memory`` and ``apart`` are in buckets: how long the past counts, and how far two exceedances
    must lie apart to be two episodes.
    """

    def __init__(self, memory: float, apart: int, tail: float = 2.7, fine: int = FINE) -> None:
        self._grow = exp(1.0 / memory)
        self._apart, self.tail = apart, tail
        self._scale = 1.0
        self._count = 0
        self._total = 0.0
        self._fine, self._edges, self._bins = fine, EDGES[fine], fine * MAX_LOG
        self._weights = [0.0] * self._bins
        self._sums = [0.0] * self._bins
        self._episodes = [0.0] * self._bins
        self._latest = [-1e9] * self._bins
        self._top = 0
        self._level, self._excess, self._seen = 0.0, 1.0, 1.0

    def score(self, value: float) -> float:
        """−log10 of how often a value this high is seen here."""
        level = self._level
        if value <= 0.0 or level <= 0.0:
            return 0.0
        if value <= level:
            return self.tail * value / level
        return self.tail + self._seen * log10(1.0 + (value - level) / self._excess / self._seen)

    def at_score(self, score: float) -> float | None:
        """The value that would have this score; None while nothing is known."""
        if self._level <= 0.0:
            return None
        if score <= self.tail:
            return self._level * score / self.tail
        beyond: float = 10.0 ** ((score - self.tail) / self._seen) - 1.0
        return self._level + self._excess * self._seen * beyond

    def learn(self, value: float) -> None:
        """Absorb a value."""
        self._count += 1
        # instead of fading every bin, the newcomer weighs more
        self._scale *= self._grow
        self._total += self._scale
        if value > 0.0:
            index = min(self._bins - 1, int(self._fine * log1p(value)))
            self._weights[index] += self._scale
            self._sums[index] += self._scale * value
            if value >= 0.7 * self._level:
                self._episode(index)
        if self._count % REFIT == 0:
            self._fit()

    def _episode(self, index: int) -> None:
        """A value reached this bin: a new episode for every high bin below it that has rested."""
        self._top = max(self._top, index)
        lowest = int(self._fine * log1p(0.5 * self._level))
        for lower in range(lowest, index + 1):
            if self._count - self._latest[lower] > self._apart:
                self._episodes[lower] += self._scale
            self._latest[lower] = self._count

    def _fit(self) -> None:
        if self._scale > 1e6:
            self._shrink()
        wanted = self._total * 10.0**-self.tail
        above = total = 0.0
        index, weight = self._top, 0.0
        while index > 0:
            weight = self._weights[index]
            if above + weight > wanted:
                break
            above += weight
            total += self._sums[index]
            index -= 1
        low, high = self._edges[index], self._edges[index + 1]
        share = min(1.0, (wanted - above) / weight) if weight > 0.0 and index > 0 else 0.0
        self._level = high - share * (high - low)
        above += weight * share
        total += weight * share * (self._level + high) / 2.0
        mean = total / above - self._level if above > 0.0 else 0.0
        self._excess = max(mean, 0.02 * self._level)
        self._seen = max(1.0, self._episodes[index] / self._scale)

    def _shrink(self) -> None:
        factor = 1.0 / self._scale
        self._scale = 1.0
        self._total *= factor
        self._weights = [weight * factor for weight in self._weights]
        self._sums = [value * factor for value in self._sums]
        self._episodes = [number * factor for number in self._episodes]

    def dump(self) -> dict[str, Any]:
        """The state, exact."""
        # a coarse one is small enough to be of one size from the beginning; a bin without a weight
        # and an episode holds nothing, and no bin above the highest value has either
        whole = self._fine == COARSE
        bins = zip(self._weights, self._sums, self._episodes, self._latest, strict=True)
        used = [
            [n, weight, value, episodes, at]
            for n, (weight, value, episodes, at) in enumerate(
                islice(bins, None if whole else self._top + 1)
            )
            if whole or weight or at > -1e9
        ]
        return {
            "scale": self._scale,
            "count": self._count,
            "total": self._total,
            "top": self._top,
            "bins": used,
            "fit": [self._level, self._excess, self._seen],
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Restore what ``dump`` gave."""
        self._scale = float(state["scale"])
        self._count = int(state["count"])
        self._total = float(state["total"])
        self._top = int(state["top"])
        self._weights, self._sums = [0.0] * self._bins, [0.0] * self._bins
        self._episodes, self._latest = [0.0] * self._bins, [-1e9] * self._bins
        for n, weight, value, episodes, latest in state["bins"]:
            self._weights[n], self._sums[n] = float(weight), float(value)
            self._episodes[n], self._latest[n] = float(episodes), float(latest)
        self._level, self._excess, self._seen = (float(v) for v in state["fit"])
