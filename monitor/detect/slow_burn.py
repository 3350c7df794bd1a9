"""The slow burn: opinion that turns a little, hour after hour, and crosses no threshold.

Mentions are gathered into blocks of an hour or more with enough of them. Each block's excess of
negative mentions over the ordinary share, in standard deviations, goes into a one-sided CUSUM
(Page 1954): what is a little more than ordinary adds up, what is less takes away. The reference
value K = 1/2 is tuned to shifts of one standard deviation; over a walk with that drift the chance
to reach C is about exp(−2·K·C), which is the score.

A CUSUM that has climbed comes down for days after all is well. So what burns is held, block by
block, against both ends (the sequential probability ratio test, Wald 1945): is this as far off as
it has been since it began, or ordinary? Once it is a thousand times likelier to be ordinary it is
over, and the sum begins anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import exp, log, log10, sqrt
from typing import Any

from monitor.detect.season import DAY
from monitor.detect.share import MEASURED, OVERLAP, Classifier, ShareBaseline
from monitor.model import BUCKET, Bucket, FactSpec, Interval, SeriesKey, Signal

VERSION = 3
THRESHOLD = 5.0
REFERENCE = 0.5
PER_UNIT = 2.0 * REFERENCE * log10(exp(1.0))
"""Score for each unit of the CUSUM."""

CLIP = 3.0
"""No block counts for more standard deviations: a burst is the share detector's business."""

OVER = log(1000.0)
"""Log likelihood ratio of ordinary blocks against such as it burned with, at which it is over."""

FACTS = (
    FactSpec("ratio", "number", "", "negative share since it began over the ordinary one"),
    FactSpec("p", "number", "", "the score's probability; the score is -log10 of it"),
    FactSpec("persistence_buckets", "number", "buckets", "buckets since it began"),
    FactSpec("mentions", "number", "mentions", "mentions with a sentiment since it began"),
    FactSpec("negative_share", "number", "", "negative share since it began, corrected for error"),
    FactSpec("expected_negative_share", "number", "", "the ordinary share, corrected for error"),
)


class SlowBurn:
    """Watches the negative share of one series over days. See ``SeriesDetector``."""

    name = "slow_burn"
    facts: tuple[FactSpec, ...] = FACTS

    def __init__(
        self,
        key: SeriesKey,
        *,
        threshold: float = THRESHOLD,
        min_mentions: int = 12,
        warm_up: timedelta = timedelta(days=3),
        classifier: Classifier = MEASURED,
        span: timedelta = BUCKET,
    ) -> None:
        self.key, self.threshold, self.classifier, self.span = key, threshold, classifier, span
        self._min = min_mentions
        self._hour = max(1, round(timedelta(hours=1) / span))
        self._baseline = ShareBaseline(28.0 * DAY / span)
        self._warm_up = max(1, round(warm_up / span))
        self._learned = 0
        self._block = [0.0, 0.0, 0.0]
        """Scored, negative and buckets of the block that is being gathered."""
        self._square, self._blocks = 0.0, 0.0
        self._burning = False
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._sum = 0.0
        self._start: datetime | None = None
        self._since = [0.0, 0.0, 0.0]
        """Scored, negative and buckets since the CUSUM left zero."""
        self._off_by, self._blocks_off, self._ordinary = 0.0, 0.0, 0.0
        """Excess and blocks since it left zero, and how much likelier it is ordinary again."""

    def score(self, bucket: Bucket) -> Signal | None:
        if not bucket.covered or self._learned < self._warm_up or self._start is None:
            return None
        total = self._sum_after(bucket)
        score = total * PER_UNIT
        if score < (self.threshold / 2.0 if self._burning else self.threshold):
            return None
        return self._signal(bucket, self._start, score)

    def learn(self, bucket: Bucket) -> None:
        if not bucket.covered:
            return
        self._learned += 1
        block = self._gathered(bucket)
        weight = 1.0 if self._sum < 3.0 else 0.2
        now_scored, now_negative = bucket.opinion
        self._baseline.learn(now_scored, now_negative, weight)
        if self._start is not None:
            self._since = [
                self._since[0] + now_scored,
                self._since[1] + now_negative,
                self._since[2] + 1.0,
            ]
        if not self._full(block):
            self._block = block
            return
        self._close(bucket, block)

    def learning_until(self, now: datetime) -> datetime | None:
        left = self._warm_up - self._learned
        return now + left * self.span if left > 0 else None

    def _gathered(self, bucket: Bucket) -> list[float]:
        scored, negative, buckets = self._block
        now_scored, now_negative = bucket.opinion
        return [scored + now_scored, negative + now_negative, buckets + 1.0]

    def _full(self, block: list[float]) -> bool:
        return block[2] >= self._hour and block[0] >= self._min

    def _close(self, bucket: Bucket, block: list[float]) -> None:
        """A block is complete: it moves the CUSUM, and tells how wide blocks scatter here."""
        self._block = [0.0, 0.0, 0.0]
        if self._learned < self._warm_up:
            return
        off = self._off(block)
        excess = self._excess(off)
        self._sum = min(self._moved(excess), 1.5 * self.threshold / PER_UNIT)
        if not self._burning:
            self._square = self._square * 0.995 + min(off * off, CLIP * CLIP)
            self._blocks = self._blocks * 0.995 + 1.0
        if self._burning:
            self._ordinary = self._likelier(excess)
        if self._sum <= 0.0 or self._ordinary >= OVER:
            self._begin_anew()
        elif self._start is None:
            self._start = bucket.end - block[2] * self.span
            self._since = list(block)
        if self._start is not None and not self._ordinary:
            self._off_by, self._blocks_off = self._off_by + excess, self._blocks_off + 1.0
        level = self._sum * PER_UNIT
        self._burning = level >= (self.threshold / 2.0 if self._burning else self.threshold)

    def _off(self, block: list[float]) -> float:
        """A block's excess in standard deviations of a beta-binomial with an uncertain share."""
        scored, negative, _ = block
        share = self._baseline.share
        variance = scored * share * (1.0 - share) * (1.0 + OVERLAP * (scored - 1.0))
        variance += scored * scored * self._baseline.uncertainty
        return (negative - scored * share) / sqrt(max(variance, 1e-9))

    def _excess(self, off: float) -> float:
        """How far a block is off, by how blocks scatter in this series."""
        scatter = sqrt((self._square + 10.0) / (self._blocks + 10.0))
        return min(off / max(1.0, scatter), CLIP)

    def _likelier(self, excess: float) -> float:
        """How much likelier the last blocks are ordinary than as those it burned with."""
        mean = max(2.0 * REFERENCE, self._off_by / max(self._blocks_off, 1.0))
        return max(0.0, self._ordinary + mean * (mean / 2.0 - excess))

    def _sum_after(self, bucket: Bucket) -> float:
        block = self._gathered(bucket)
        return self._moved(self._excess(self._off(block))) if self._full(block) else self._sum

    def _moved(self, excess: float) -> float:
        """The CUSUM after a block."""
        return max(0.0, self._sum + excess - REFERENCE)

    def _signal(self, bucket: Bucket, start: datetime, score: float) -> Signal:
        now_scored, now_negative = bucket.opinion
        scored, negative = self._since[0] + now_scored, self._since[1] + now_negative
        ordinary = self._baseline.share
        shown = negative / scored if scored > 0.0 else ordinary
        spread = 1.96 * sqrt(ordinary * (1.0 - ordinary) * (1.0 / max(scored, 1.0) + OVERLAP))
        true = self.classifier.true_share
        return Signal(
            brand=self.key.brand,
            platform=self.key.platform,
            detector=self.name,
            risk_class="reputation",
            start=start,
            at=bucket.end,
            score=score,
            observed=true(shown),
            expected=Interval(true(ordinary - spread), true(ordinary), true(ordinary + spread)),
            window=max(self.span, bucket.end - start),
            final=bucket.final,
            facts={
                "ratio": round(shown / max(ordinary, 0.01), 3),
                "p": 10.0 ** -min(score, 300.0),
                "persistence_buckets": self._since[2] + 1.0,
                "mentions": scored,
                "negative_share": round(true(shown), 4),
                "expected_negative_share": round(true(ordinary), 4),
            },
        )

    def dump(self) -> Mapping[str, Any]:
        return {
            "version": VERSION,
            "span_s": self.span.total_seconds(),
            "baseline": self._baseline.dump(),
            "learned": self._learned,
            "block": list(self._block),
            "scatter": [self._square, self._blocks],
            "sum": self._sum,
            "start": self._start and self._start.isoformat(),
            "since": list(self._since),
            "burning": self._burning,
            "end": [self._off_by, self._blocks_off, self._ordinary],
        }

    def load(self, state: Mapping[str, Any]) -> None:
        if state.get("version") != VERSION or state.get("span_s") != self.span.total_seconds():
            raise ValueError("a slow-burn detector's state of another version or bucket length")
        self._baseline.load(state["baseline"])
        self._learned = int(state["learned"])
        self._block = [float(v) for v in state["block"]]
        self._square, self._blocks = (float(v) for v in state["scatter"])
        self._sum = float(state["sum"])
        self._start = state["start"] and datetime.fromisoformat(state["start"])
        self._since = [float(v) for v in state["since"]]
        self._burning = bool(state["burning"])
        self._off_by, self._blocks_off, self._ordinary = (float(v) for v in state["end"])
