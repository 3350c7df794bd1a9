"""Windows from a bucket to half a day, each calibrated on its own past, joined to one score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, islice
from math import exp, sqrt
from typing import Any

from monitor.detect.calibrate import FINE, OwnTail
from monitor.detect.scan import Stretch, steepest
from monitor.detect.season import DAY
from monitor.detect.windows import Windows

SCALES = ((1 / 12, "5m", 0.2), (0.5, "30m", 0.1), (3.0, "3h", 0.05), (9.0, "9h", 0.04))
"""Window lengths in hours, their names, and the over-dispersion a young series is given there."""

POWER = 1.5
"""How the scales' scores are joined: 1 is their mean, large is their maximum. A storm shows at
several scales, a fluke at one."""

MEMORY_DAYS = 182.0
"""How long a series' own past counts: the last crisis is to be remembered as one."""


@dataclass(slots=True)
class Measured:
    """How strange a bucket is before anything is learned from it. ``which``: the scale that
    finds it strangest. Not frozen: that costs two microseconds a bucket."""

    mean: float
    counts: tuple[float, ...]
    means: tuple[float, ...]
    surges: list[float]
    scores: list[float]
    score: float
    which: int


def surge_of(count: float, mean: float) -> float:
    """How far a count lies over its mean, in standard deviations of a Poisson count: the square
    root makes their spread the same at any level."""
    return 2.0 * (sqrt(count + 0.4) - sqrt(mean + 0.4))


def count_of(surge: float, mean: float) -> float:
    """The count that lies so far over its mean: ``surge_of`` undone."""
    return max(0.0, surge / 2.0 + sqrt(mean + 0.4)) ** 2 - 0.4


CLEAR = 3.0
"""An alarm needs at some scale so many standard deviations beyond 1.2 times the ordinary."""


def is_clear(count: float, mean: float) -> bool:
    """Whether a count is more than chance and an ordinary one a fifth too low explain."""
    return surge_of(count, 1.2 * mean) >= CLEAR


def any_clear(measured: Measured) -> bool:
    """Whether it is so at any scale."""
    if max(measured.surges) < CLEAR:
        return False  # nor beyond 1.2 times the ordinary; most buckets are none
    return any(map(is_clear, measured.counts, measured.means))


class Scales:
    """Counts against what is ordinary, at every length at once. O(1) a bucket."""

    def __init__(
        self,
        span: timedelta,
        scales: Sequence[tuple[float, str, float]] = SCALES,
        fine: int = FINE,
    ) -> None:
        hour = timedelta(hours=1) / span
        lengths = [max(1, round(hours * hour)) for hours, _, _ in scales]
        # a file of hourly counts has fewer scales than one of minutes
        kept = [n for n, length in enumerate(lengths) if length not in lengths[:n]]
        self.names = [scales[n][1] for n in kept]
        self._priors = [scales[n][2] for n in kept]
        self._windows = Windows([lengths[n] for n in kept], 2)
        memory, apart = MEMORY_DAYS * DAY / span, max(1, round(hour))
        self._tails = [OwnTail(memory, max(length, apart), fine=fine) for length in self.lengths]
        self._dispersions = [[0.0, 0.0] for _ in kept]
        self._fade = exp(-len(kept) / (28.0 * DAY / span))
        self._day = DAY / span
        self._next_interval = 0

    @property
    def lengths(self) -> tuple[int, ...]:
        """The scales in buckets, ascending."""
        return self._windows.lengths

    def measure(self, count: float, mean: float) -> Measured:
        """A bucket with this count where ``mean`` is ordinary, if it came next."""
        counts = self._windows.sums_with_next(0, count)
        means = self._windows.sums_with_next(1, mean)
        surges = [
            2.0 * (sqrt(seen + 0.4) - sqrt(ordinary + 0.4))  # ``surge_of``; a call costs as much
            for seen, ordinary in zip(counts, means)  # noqa: B905 (it costs)
        ]
        if max(surges) <= 0.0:  # most buckets are no surge at any scale
            return Measured(mean, counts, means, surges, [0.0] * len(surges), 0.0, 0)
        scores, joint = self._scored(surges)
        return Measured(mean, counts, means, surges, scores, joint, scores.index(max(scores)))

    def surplus(self, counts: Sequence[float], means: Sequence[float]) -> float:
        """The score of other counts of the same windows, as if they were all that came."""
        return self._scored(list(map(surge_of, counts, means)))[1]

    def _scored(self, surges: Sequence[float]) -> tuple[list[float], float]:
        """How rare each scale's surge is here, and all of them joined."""
        tails = zip(self._tails, surges)  # noqa: B905 (it costs)
        scores = [tail.score(surge) if surge > 0.0 else 0.0 for tail, surge in tails]
        joint = 0.0
        for score in scores:
            joint += score**POWER
        return scores, (joint / len(scores)) ** (1.0 / POWER)

    def tightest(self, count: float, measured: Measured, least: float) -> Stretch:
        """The stretch up to this bucket, if it came next, that is most alarming: what figures and
        rules speak of. Where nothing of ``least`` mentions runs above the ordinary, the scale that
        finds it strangest."""
        past = ((seen, ordinary) for seen, ordinary in self._windows.backwards())
        found = steepest(islice(chain([(count, measured.mean)], past), self.lengths[-1]), least)
        which = measured.which
        return found or Stretch(self.lengths[which], measured.counts[which], measured.means[which])

    def spread(self, stretch: Stretch) -> float:
        """The over-dispersion at the scale nearest above a stretch."""
        longer = (n for n, length in enumerate(self.lengths) if length >= stretch.length)
        return self.dispersion(next(longer, len(self.lengths) - 1), stretch.mean)

    def bar(self, which: int, mean: float, score: float) -> float | None:
        """The count that would have this score at a scale where ``mean`` is ordinary."""
        surge = self._tails[which].at_score(score)
        return None if surge is None else count_of(surge, mean)

    def learn(self, count: float, mean: float, measured: Measured, *, teach: bool) -> None:
        """Take a bucket in. ``teach``: its surges are part of the past to compare with."""
        if teach:
            for tail, surge in zip(self._tails, measured.surges, strict=True):
                tail.learn(surge)
        # one scale a bucket: this only shapes the interval that is shown
        which = self._next_interval = (self._next_interval + 1) % len(self._tails)
        expected = measured.means[which]
        limit = 4.0 * sqrt(expected + self.dispersion(which, expected) * expected * expected)
        off = min(abs(measured.counts[which] - expected), limit)
        cell = self._dispersions[which]
        cell[0] = cell[0] * self._fade + off * off - expected
        cell[1] = cell[1] * self._fade + expected * expected
        self._windows.push((count, mean))

    def blind(self) -> None:
        """A bucket that was not seen: every window covers that much less."""
        self._windows.push((0.0, 0.0))

    def dispersion(self, which: int, mean: float) -> float:
        """How much wider than Poisson counts scatter at a scale: variance = mean + this·mean²."""
        over, weight = self._dispersions[which]
        prior = self._day * mean * mean / len(self._tails)
        young = self._priors[which]
        return max(0.005, (over + young * prior) / (weight + prior)) if prior > 0.0 else young

    def dump(self) -> dict[str, Any]:
        """The state, exact."""
        return {
            "windows": self._windows.dump(),
            "tails": [tail.dump() for tail in self._tails],
            "dispersions": [list(cell) for cell in self._dispersions],
            "next_interval": self._next_interval,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Restore what ``dump`` gave. Raises ValueError where the scales differ."""
        self._windows.load(state["windows"])
        for tail, stored in zip(self._tails, state["tails"], strict=True):
            tail.load(stored)
        self._dispersions = [[float(a), float(b)] for a, b in state["dispersions"]]
        self._next_interval = int(state["next_interval"])
