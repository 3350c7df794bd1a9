"""How many speak, rather than how much is said: a storm of one author is not one of many."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from math import exp
from typing import Any

from monitor.detect.calibrate import COARSE
from monitor.detect.opinion import MEMORY
from monitor.detect.scales import Measured, Scales
from monitor.detect.season import DAY
from monitor.model import Bucket

COUNTED = ((0.5, "30m", 0.1), (3.0, "3h", 0.05))
"""Over which lengths authors are counted."""


class Authors:
    """The number of authors (each once an hour) against what is ordinary. O(1) a bucket."""

    def __init__(self, span: timedelta) -> None:
        self._scales = Scales(span, COUNTED, COARSE)
        self._decay = exp(-1.0 / (MEMORY * DAY / span))
        self._volume = self._count = 0.0
        self._need = round(DAY / span)
        self._learned = 0

    def known(self, bucket: Bucket) -> bool:
        """Whether authors are known, and have been for a day."""
        return bucket.voices is not None and self._learned >= self._need

    def measure(self, bucket: Bucket, mean: float) -> Measured:
        """A bucket where ``mean`` mentions are ordinary, if it came next."""
        return self._scales.measure(self._of(bucket), self._expected(mean))

    def learn(
        self, measured: Measured, bucket: Bucket, mean: float, trust: float, *, teach: bool
    ) -> None:
        """Take a bucket in."""
        if bucket.voices is None:
            self.blind()
            return
        count = self._of(bucket)
        self._scales.learn(count, self._expected(mean), measured, teach=teach)
        self._volume = self._volume * self._decay + trust * mean
        self._count = self._count * self._decay + trust * count
        self._learned += 1

    def blind(self) -> None:
        """A bucket that was not seen."""
        self._scales.blind()

    def _of(self, bucket: Bucket) -> float:
        return bucket.voices.count if bucket.voices else 0.0

    def _expected(self, mean: float) -> float:
        return mean * self._count / self._volume if self._volume > 0.0 else 0.0

    def dump(self) -> dict[str, Any]:
        """The state, exact."""
        return {
            "scales": self._scales.dump(),
            "sums": [self._volume, self._count],
            "learned": self._learned,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Restore what ``dump`` gave. Raises ValueError where the scales differ."""
        self._scales.load(state["scales"])
        self._volume, self._count = (float(v) for v in state["sums"])
        self._learned = int(state["learned"])
