"""Whether what comes in is more negative than is ordinary here: evidence beside the volume.

Two questions, each answered by the series' own past. How much *more negative* is it: the surplus
of p_neg over the ordinary share of the mentions that came, in standard deviations, over half an
hour, an hour and three. And how *many negative* ones are there, whatever else is said: cheerful
posts around a storm lower its share and not its number.

A voice is an author in an hour (``Bucket.voices``); where authors are known, voices are counted,
because sixty posts of one person are one complaint. What could not be read is neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import exp, log10, sqrt
from typing import Any

from monitor.detect.calibrate import COARSE, OwnTail
from monitor.detect.scales import MEMORY_DAYS, Measured, Scales
from monitor.detect.season import DAY
from monitor.detect.share import MEASURED, Classifier
from monitor.detect.tails import normal_score
from monitor.detect.windows import Windows
from monitor.model import Bucket

HOURS = (0.5, 1.0, 3.0)
COUNTED = ((0.5, "30m", 0.1), (3.0, "3h", 0.05))
"""Over which lengths negative ones are counted."""

MEMORY = 28.0
"""Days after which an ordinary share has faded to a third."""

PRIOR_SHARE, PRIOR_VARIANCE, PRIOR_MENTIONS = 0.3, 0.1, 10.0

SEVERAL = log10(2.0)
"""What looking at three overlapping lengths costs."""

KNOWN = 0.5
"""So much of what came within the hour must have been read for its opinion to be known."""


@dataclass(slots=True)
class Opinion:
    """What a bucket's opinions look like before anything is learned from them.

    ``known``   whether enough of the last hour could be read
    ``share``   −log10 p of so negative a mixture; ``count``: of so many negative ones
    """

    known: bool
    share: float
    count: float
    off: list[float]
    counted: Measured
    scored: float
    negative: float


class Opinions:
    """The evidence of a series' negative mentions. O(1) a bucket."""

    def __init__(self, span: timedelta, classifier: Classifier = MEASURED) -> None:
        hour = timedelta(hours=1) / span
        lengths = sorted({max(1, round(hours * hour)) for hours in HOURS})
        self._hour = lengths.index(max(1, round(hour)))
        self._classifier = classifier
        self._windows = Windows(lengths, 4)
        """Scored, negative, read and unread."""
        memory, apart = MEMORY_DAYS * DAY / span, max(1, round(hour))
        self._tails = [OwnTail(memory, max(length, apart), fine=COARSE) for length in lengths]
        self._scales = Scales(span, COUNTED, COARSE)
        self._decay = exp(-1.0 / (MEMORY * DAY / span))
        self._scored = self._negative = self._square = 0.0
        self._volume = self._complaints = 0.0

    @property
    def ordinary(self) -> float:
        """The ordinary share, as the classifier shows it."""
        told = self._scored + PRIOR_MENTIONS
        return (self._negative + PRIOR_SHARE * PRIOR_MENTIONS) / told

    @property
    def _variance(self) -> float:
        """Variance of one mention's p_neg."""
        told = self._scored + PRIOR_MENTIONS
        return (self._square + PRIOR_VARIANCE * PRIOR_MENTIONS) / told

    def measure(self, bucket: Bucket, mean: float) -> Opinion:
        """The opinions of a bucket where ``mean`` mentions are ordinary, if it came next."""
        scored, negative = bucket.opinion
        whole = self._windows.sums_with_next(0, scored)
        part = self._windows.sums_with_next(1, negative)
        read = self._windows.with_next(2, self._hour, bucket.scored)
        unread = self._windows.with_next(3, self._hour, bucket.unread)
        variance = self._variance
        # one standard error up: what is not known well cannot accuse
        ordinary = self.ordinary + sqrt(variance / (self._scored + PRIOR_MENTIONS))
        off, best = [], 0.0
        for tail, n, k in zip(self._tails, whole, part, strict=True):
            z = (k - n * ordinary) / sqrt(n * variance + 0.25)
            off.append(z)
            if z > 0.0:
                best = max(best, min(tail.score(z), normal_score(z)))
        counted = self._scales.measure(self._complained(scored, negative), self._expected(mean))
        return Opinion(
            known=read > 0.0 and unread <= read * (1.0 - KNOWN) / KNOWN,
            share=max(0.0, best - SEVERAL),
            count=counted.score,
            off=off,
            counted=counted,
            scored=scored,
            negative=negative,
        )

    def _complained(self, scored: float, negative: float) -> float:
        """How many are truly negative, by the classifier's error (Forman 2008)."""
        false = 1.0 - self._classifier.specificity
        return max(0.0, negative - scored * false) / (self._classifier.sensitivity - false)

    def _expected(self, mean: float) -> float:
        """How many negative ones are ordinary where ``mean`` mentions are."""
        return mean * self._complaints / self._volume if self._volume > 0.0 else 0.0

    def learn(
        self, opinion: Opinion, bucket: Bucket, mean: float, trust: float, *, teach: bool
    ) -> None:
        """Take a bucket in. ``trust``: how much it says of ordinary days, 0 to 1; ``teach``: it is
        part of the past to compare with."""
        n, k = opinion.scored, opinion.negative
        complained = self._complained(n, k)
        if teach and opinion.known:
            for tail, z in zip(self._tails, opinion.off, strict=True):
                tail.learn(z)
        self._scales.learn(
            complained, self._expected(mean), opinion.counted, teach=teach and opinion.known
        )
        self._windows.push((n, k, bucket.scored, bucket.unread))
        weight = trust if opinion.share < 1.5 else trust * (1.5 / opinion.share) ** 2
        residual = min((k - n * self.ordinary) ** 2, 9.0 * max(n, 1.0) * self._variance)
        decay = self._decay
        self._square = self._square * decay + weight * residual
        self._scored = self._scored * decay + weight * n
        self._negative = self._negative * decay + weight * k
        if bucket.scored > 0.0 or bucket.volume == 0.0:
            self._volume = self._volume * decay + weight * mean
            self._complaints = self._complaints * decay + weight * complained

    def blind(self) -> None:
        """A bucket that was not seen."""
        self._windows.push((0.0, 0.0, 0.0, 0.0))
        self._scales.blind()

    def dump(self) -> dict[str, Any]:
        """The state, exact."""
        return {
            "windows": self._windows.dump(),
            "tails": [tail.dump() for tail in self._tails],
            "scales": self._scales.dump(),
            "share": [self._scored, self._negative, self._square],
            "counts": [self._volume, self._complaints],
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Restore what ``dump`` gave. Raises ValueError where the windows differ."""
        self._windows.load(state["windows"])
        for tail, stored in zip(self._tails, state["tails"], strict=True):
            tail.load(stored)
        self._scales.load(state["scales"])
        self._scored, self._negative, self._square = (float(v) for v in state["share"])
        self._volume, self._complaints = (float(v) for v in state["counts"])
