"""Whether a surge lasts: the smallest of the latest windows in a row, not their sum.

A burst of half an hour lifts the sum of a whole day; a crisis lifts every quarter of an hour of
it. What counts at each of four rhythms (every five minutes of the last hour, every half hour of
the last two …) is the least surge among its windows, against what this series' own past has seen.
Where bursts are daily bread, this tells a crisis from one more of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from monitor.detect.calibrate import COARSE, OwnTail
from monitor.detect.scales import MEMORY_DAYS, surge_of
from monitor.detect.season import DAY
from monitor.detect.windows import Windows

RHYTHMS = ((5, 12), (10, 6), (15, 8), (30, 4))
"""Minutes of a window, and how many of them in a row."""


class Persistence:
    """The evidence that a surge of counts lasts. O(1) a bucket."""

    def __init__(self, span: timedelta) -> None:
        minutes = span / timedelta(minutes=1)
        rhythms: list[tuple[int, int]] = []
        for window, times in RHYTHMS:
            # a file of hourly counts has fewer rhythms than one of minutes
            width = max(1, round(window / minutes))
            rhythm = (width, max(1, round(window * times / (width * minutes))))
            if rhythm not in rhythms:
                rhythms.append(rhythm)
        self._rhythms = tuple(rhythms)
        widths = sorted({width for width, _ in rhythms})
        self._place = {width: n for n, width in enumerate(widths)}
        self._windows = Windows(widths, 2)
        self._size = max(width * (times - 1) for width, times in rhythms) or 1
        self._past = [[0.0] * self._size for _ in widths]
        """The latest surges at each width, in a ring."""
        self._at = 0
        memory, hour = MEMORY_DAYS * DAY / span, max(1, round(timedelta(hours=1) / span))
        self._tails = [
            OwnTail(memory, max(width * times, hour), fine=COARSE) for width, times in rhythms
        ]

    def measure(self, count: float, mean: float) -> tuple[float, list[float]]:
        """The score (mean of −log10 p over the rhythms) of a bucket with this count where
        ``mean`` is ordinary, if it came next; and the least surge at each rhythm."""
        counts = self._windows.sums_with_next(0, count)
        means = self._windows.sums_with_next(1, mean)
        surges = [surge_of(c, m) for c, m in zip(counts, means, strict=True)]
        least, total = [], 0.0
        for (width, times), tail in zip(self._rhythms, self._tails, strict=True):
            place = self._place[width]
            low = surges[place]
            if low > 0.0:
                ring = self._past[place]
                for back in range(1, times):
                    low = min(low, ring[self._at - back * width])
            least.append(low)
            if low > 0.0:
                total += tail.score(low)
        return total / len(least), least

    def learn(self, count: float, mean: float, least: Sequence[float], *, teach: bool) -> None:
        """Take a bucket in. ``teach``: it is part of the past to compare with."""
        if teach:
            for tail, low in zip(self._tails, least, strict=True):
                tail.learn(low)
        self._windows.push((count, mean))
        for place, ring in enumerate(self._past):
            ring[self._at] = surge_of(
                self._windows.total(0, place), max(0.0, self._windows.total(1, place))
            )
        self._at = (self._at + 1) % self._size

    def blind(self) -> None:
        """A bucket that was not seen."""
        self.learn(0.0, 0.0, (), teach=False)

    def dump(self) -> dict[str, Any]:
        """The state, exact."""
        return {
            "windows": self._windows.dump(),
            "past": [list(ring) for ring in self._past],
            "at": self._at,
            "tails": [tail.dump() for tail in self._tails],
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Restore what ``dump`` gave. Raises ValueError where the rhythms differ."""
        self._windows.load(state["windows"])
        self._past = [[float(v) for v in ring] for ring in state["past"]]
        self._at = int(state["at"])
        for tail, stored in zip(self._tails, state["tails"], strict=True):
            tail.load(stored)
