"""Whether what comes in is more negative than is ordinary here: evidence beside the volume.

Two questions. How much likelier is *such a mixture* of opinions if what came beyond the ordinary
complains markedly more often than usual, than if it is more of the usual (a likelihood ratio,
over the last hour and the last three)? And how *many negative* ones are there, whatever else is
said: cheerful posts around a storm lower its share and not its number.

Sums of p_neg are enough for both: of a mixture of calibrated probabilities the log likelihood
ratio of two shares is a straight line of their sum but for a few per cent, and on real complaints
the sum has lost nothing of what the single values tell apart (docs/detection.md).

A voice is an author in an hour (``Bucket.voices``); where authors are known, voices are counted,
because sixty posts of one person are one complaint. What could not be read is neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from math import exp, sqrt
from typing import Any

from monitor.detect.calibrate import COARSE
from monitor.detect.scales import Measured, Scales, is_clear
from monitor.detect.scan import begun
from monitor.detect.season import DAY
from monitor.detect.share import MEASURED, Classifier
from monitor.detect.tails import LN10
from monitor.detect.windows import Windows
from monitor.model import Bucket

HOURS = (1.0, 3.0)
COUNTED = ((0.5, "30m", 0.1), (3.0, "3h", 0.05))
"""Over which lengths negative ones are counted."""

FEWEST = 2.0
"""So many negative ones make a beginning; fewer are somebody's bad day."""

MEMORY = 28.0
"""Days after which an ordinary share has faded to a third."""

PRIOR_SHARE, PRIOR_VARIANCE, PRIOR_MENTIONS = 0.3, 0.1, 10.0

MORE = 0.75
"""A crisis is taken to have so many complaints more than the usual: looking for twice as many, one
would take a middling one for ordinary."""

CROWDED = 0.5
"""Of the way from the ordinary share to all of them a crisis takes half at most."""

STRANGE = 3.0
"""A mixture so many standard deviations off teaches less what is ordinary, the less the more."""

SCATTER_PRIOR = 288.0
"""Buckets for which a young series' mixtures are taken to scatter by chance alone."""

KNOWN = 0.5
"""So much of what came within the hour must have been read for its opinion to be known."""


@dataclass(slots=True)
class Opinion:
    """What a bucket's opinions look like before anything is learned from them.

    ``known``   whether enough of the last hour could be read
    ``beyond``  while an event is planned: whether clearly more came than on an ordinary day
    ``share``   log10 of how many times likelier the mixture is in a crisis; below 0: less likely
    ``count``   −log10 p of so many negative ones
    ``off``     each window's mixture in standard deviations of chance
    """

    known: bool
    beyond: bool
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
        self._windows = Windows(lengths, 6)
        """Scored, negative, read, unread, mentions and how many are ordinary."""
        self._scatter = [[0.0, 0.0] for _ in lengths]
        """Squares of ``off``: how much more than by chance this series' mixtures scatter."""
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

    def measure(self, bucket: Bucket, mean: float, ordinary_day: float) -> Opinion:
        """The opinions of a bucket where ``mean`` mentions are expected, if it came next. On an
        ``ordinary_day`` it would be so many: what a planned event adds may be a crisis' own."""
        scored, negative = bucket.opinion
        whole = self._windows.sums_with_next(0, scored)
        part = self._windows.sums_with_next(1, negative)
        read = self._windows.with_next(2, self._hour, bucket.scored)
        unread = self._windows.with_next(3, self._hour, bucket.unread)
        came = self._windows.sums_with_next(4, bucket.volume)
        usual = self._windows.sums_with_next(5, ordinary_day)
        variance, off, total = self._variance, [], 0.0
        # one standard error up: what is not known well cannot accuse
        ordinary = self.ordinary + sqrt(variance / (self._scored + PRIOR_MENTIONS))
        rise = self._rise(ordinary)
        for n, k, seen, expected, scatter in zip(
            whole, part, came, usual, self._scatter, strict=True
        ):
            off.append((k - n * ordinary) / sqrt(n * variance + 0.25))
            more = max(0.0, 1.0 - expected / seen) * rise if seen > 0.0 else 0.0
            likelihood = more * (k - n * ordinary - n * more / 2.0) / variance
            total += likelihood / LN10 / _times(scatter)
        counted = self._scales.measure(self._complained(scored, negative), self._expected(mean))
        return Opinion(
            known=read > 0.0 and unread <= read * (1.0 - KNOWN) / KNOWN,
            beyond=ordinary_day < mean and any(map(is_clear, came, usual)),
            share=total / len(off),
            count=counted.score,
            off=off,
            counted=counted,
            scored=scored,
            negative=negative,
        )

    def begun(self, bucket: Bucket, found: Opinion, mean: float) -> int | None:
        """How many buckets ago the negative ones began to be more than usual, up to this one if it
        came next; None where they are not clearly more, or not known. A restless hour before a
        storm is as cheerful as any, so that they tell when it came more exactly than all do."""
        if not found.known:
            return None
        past = (
            (self._complained(scored, negative), self._expected(ordinary))
            for scored, negative, _, _, _, ordinary in self._windows.backwards()
        )
        now = (self._complained(found.scored, found.negative), self._expected(mean))
        return begun(list(chain([now], past)), FEWEST)

    def _rise(self, ordinary: float) -> float:
        """How much higher than ``ordinary`` the mean p_neg of a crisis' own mentions is."""
        false = 1.0 - self._classifier.specificity
        return max(0.0, min(MORE * (ordinary - false), CROWDED * (1.0 - ordinary)))

    def _complained(self, scored: float, negative: float) -> float:
        """How many are truly negative, by the classifier's error (Forman 2008)."""
        false = 1.0 - self._classifier.specificity
        return max(0.0, negative - scored * false) / (self._classifier.sensitivity - false)

    def _expected(self, mean: float) -> float:
        """How many negative ones are ordinary where ``mean`` mentions are."""
        return mean * self._complaints / self._volume if self._volume > 0.0 else 0.0

    def learn(
        self,
        opinion: Opinion,
        bucket: Bucket,
        mean: float,
        ordinary_day: float,
        trust: float,
        *,
        teach: bool,
    ) -> None:
        """Take a bucket in. ``trust``: how much it says of ordinary days, 0 to 1; ``teach``: it is
        part of the past to compare with."""
        n, k = opinion.scored, opinion.negative
        complained = self._complained(n, k)
        self._scales.learn(
            complained, self._expected(mean), opinion.counted, teach=teach and opinion.known
        )
        self._windows.push((n, k, bucket.scored, bucket.unread, bucket.volume, ordinary_day))
        strange = max(opinion.off)
        weight = trust if strange < STRANGE else trust * (STRANGE / strange) ** 2
        residual = min((k - n * self.ordinary) ** 2, 9.0 * max(n, 1.0) * self._variance)
        decay = self._decay
        for cell, off in zip(self._scatter, opinion.off, strict=True):
            if n > 0.0 and teach:
                cell[0] = cell[0] * decay + weight * min(off * off, STRANGE * STRANGE)
                cell[1] = cell[1] * decay + weight
        self._square = self._square * decay + weight * residual
        self._scored = self._scored * decay + weight * n
        self._negative = self._negative * decay + weight * k
        if bucket.scored > 0.0 or bucket.volume == 0.0:
            self._volume = self._volume * decay + weight * mean
            self._complaints = self._complaints * decay + weight * complained

    def blind(self) -> None:
        """A bucket that was not seen."""
        self._windows.push((0.0,) * 6)
        self._scales.blind()

    def dump(self) -> dict[str, Any]:
        """The state, exact."""
        return {
            "windows": self._windows.dump(),
            "scatter": [list(cell) for cell in self._scatter],
            "scales": self._scales.dump(),
            "share": [self._scored, self._negative, self._square],
            "counts": [self._volume, self._complaints],
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Restore what ``dump`` gave. Raises ValueError where the windows differ."""
        self._windows.load(state["windows"])
        self._scatter = [[float(a), float(b)] for a, b in state["scatter"]]
        self._scales.load(state["scales"])
        self._scored, self._negative, self._square = (float(v) for v in state["share"])
        self._volume, self._complaints = (float(v) for v in state["counts"])


def _times(scatter: list[float]) -> float:
    """How many times more than by chance mixtures scatter; people who write about one thing do not
    do so independently. The likelihood counts for that much less (quasi-likelihood)."""
    squares, told = scatter
    return max(1.0, (squares + SCATTER_PRIOR) / (told + SCATTER_PRIOR))
