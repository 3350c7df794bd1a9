"""The negative-share detector: is more of what comes in negative than is ordinary here?

Over one, six and twenty-four hours: the tail of a beta-binomial (a binomial of the effective
number of mentions: people who complain of one thing do not do so independently) against the
learned share, and the lower bound of the true share must exceed what is ordinary by ``margin``.
Planned events change nothing here: a launch that goes wrong must still fire.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from math import sqrt
from typing import Any

from monitor.detect.alarm import AlarmState
from monitor.detect.scan import steepest
from monitor.detect.season import DAY
from monitor.detect.share import MEASURED, OVERLAP, Classifier, ShareBaseline
from monitor.detect.tails import share_score
from monitor.detect.windows import Windows
from monitor.model import BUCKET, Bucket, FactSpec, Interval, SeriesKey, Signal

VERSION = 2
MINUTE = timedelta(minutes=1)
HOURS = ((1.0, "1h"), (6.0, "6h"), (24.0, "24h"))
THRESHOLD = 4.0

FACTS = (
    FactSpec("ratio", "number", "", "negative mentions observed over those expected"),
    FactSpec("p", "number", "", "the score's probability; the score is -log10 of it"),
    FactSpec("persistence_buckets", "number", "buckets", "abnormal buckets of this event so far"),
    FactSpec("mentions", "number", "mentions", "mentions with a sentiment in the window"),
    FactSpec("negative_share", "number", "", "share of negative mentions, corrected for error"),
    FactSpec("negative_share_low", "number", "", "its lower bound (97.5 %)"),
    FactSpec("expected_negative_share", "number", "", "the ordinary share, corrected for error"),
    FactSpec("onset_minutes", "number", "minutes", "since negative ones left the ordinary most"),
    *(FactSpec(f"score_{name}", "number", "", f"score over {name} alone") for _, name in HOURS),
)


@dataclass(slots=True)
class WindowShares:
    """What a bucket looks like before anything is learned from it.

    Not frozen: that costs two microseconds.
    """

    scored: tuple[float, ...]
    negative: tuple[float, ...]
    scores: list[float]
    which: int

    @property
    def score(self) -> float:
        return self.scores[self.which]


class NegativeShare:
    """Watches the negative share of one series. See ``SeriesDetector``."""

    name = "negative_share"
    facts: tuple[FactSpec, ...] = FACTS

    def __init__(
        self,
        key: SeriesKey,
        *,
        threshold: float = THRESHOLD,
        min_mentions: int = 12,
        warm_up: timedelta = timedelta(days=3),
        margin: float = 0.08,
        classifier: Classifier = MEASURED,
        span: timedelta = BUCKET,
    ) -> None:
        self.key, self.threshold, self.min_mentions = key, threshold, min_mentions
        self.margin, self.classifier, self.span = margin, classifier, span
        hour = timedelta(hours=1) / span
        self._windows = Windows([max(1, round(hours * hour)) for hours, _ in HOURS], 2)
        self._baseline = ShareBaseline(28.0 * DAY / span)
        self._alarm = AlarmState(quiet=timedelta(hours=3), refractory=DAY)
        self._warm_up = max(1, round(warm_up / span))
        self._learned = 0
        self._next: datetime | None = None
        self._memo: tuple[Bucket, WindowShares] | None = None

    def score(self, bucket: Bucket) -> Signal | None:
        if not bucket.covered or self._learned < self._warm_up:
            return None
        shares = self._measure(bucket)
        alarm = self._alarm
        if alarm.lasting(bucket.start) and alarm.start is not None:
            buckets = alarm.buckets + self._alive(shares)
            return self._signal(bucket, shares, alarm.start, max(1, buckets))
        if not self._fires(bucket, shares):
            return None
        return self._signal(bucket, shares, self._began(bucket, shares), 1)

    def learn(self, bucket: Bucket) -> None:
        if self._next is not None and bucket.start > self._next:
            for _ in range(min(self._windows.size, round((bucket.start - self._next) / self.span))):
                self._windows.push((0.0, 0.0))
        self._next = bucket.start + self.span
        if not bucket.covered:
            self._windows.push((0.0, 0.0))
            if not self._alarm.lasting(bucket.end):
                self._alarm.close()
            return
        shares = self._measure(bucket)
        if self._learned >= self._warm_up:
            self._track(bucket, shares)
        strange = shares.score
        weight = 1.0 if strange < 1.5 or self._learned < self._warm_up else (1.5 / strange) ** 2
        self._windows.push(bucket.opinion)
        self._baseline.learn(*bucket.opinion, weight)
        self._learned += 1
        self._memo = None

    def learning_until(self, now: datetime) -> datetime | None:
        if self._learned >= self._warm_up:
            return None
        return now + (self._warm_up - self._learned) * self.span

    def _measure(self, bucket: Bucket) -> WindowShares:
        memo = self._memo
        if memo and (memo[0] is bucket or memo[0] == bucket):
            return memo[1]
        now_scored, now_negative = bucket.opinion
        scored = self._windows.sums_with_next(0, now_scored)
        negative = self._windows.sums_with_next(1, now_negative)
        # one standard error up: what is not known well cannot accuse
        ordinary = min(0.99, self._baseline.share + sqrt(self._baseline.uncertainty))
        scores = []
        for whole, part in zip(scored, negative, strict=True):
            shown = 0.0
            if whole >= self.min_mentions:
                effect = 1.0 + OVERLAP * max(0.0, whole - 1.0)
                shown = share_score(part / effect, whole / effect, ordinary)
            scores.append(shown)
        shares = WindowShares(scored, negative, scores, scores.index(max(scores)))
        self._memo = (bucket, shares)
        return shares

    def _bounds(self, shares: WindowShares) -> tuple[float, float]:
        """Lower bound (97.5 %) and middle of the true share in a window (Wilson's interval)."""
        whole, part = shares.scored[shares.which], shares.negative[shares.which]
        if whole <= 0.0:
            return 0.0, 0.0
        effective = whole / (1.0 + OVERLAP * max(0.0, whole - 1.0))
        shown, z2 = part / whole, 3.84
        middle = (shown + z2 / (2.0 * effective)) / (1.0 + z2 / effective)
        half = sqrt(z2 * (shown * (1.0 - shown) / effective + z2 / (4.0 * effective * effective)))
        low = middle - half / (1.0 + z2 / effective)
        return self.classifier.true_share(low), self.classifier.true_share(shown)

    def _fires(self, bucket: Bucket, shares: WindowShares) -> bool:
        if not self._alarm.opens(bucket.end, shares.score, self.threshold):
            return False
        ordinary = self.classifier.true_share(self._baseline.share)
        return self._bounds(shares)[0] > min(ordinary + self.margin, 0.97)

    def _alive(self, shares: WindowShares) -> bool:
        return max(shares.scores[:2]) >= self.threshold / 2.0

    def _began(self, bucket: Bucket, shares: WindowShares) -> datetime:
        return bucket.end - self.span * self._windows.lengths[shares.which]

    def _onset(self, bucket: Bucket, length: int) -> int:
        """How many buckets ago, of those of a window, the negative ones began to depart most from
        what is ordinary of so many: the window itself begins hours before a mood that turns."""
        ordinary = self._baseline.share
        past = ((part, whole * ordinary) for whole, part in self._windows.backwards())
        now_scored, now_negative = bucket.opinion
        seen = chain([(now_negative, now_scored * ordinary)], past)
        found = steepest(islice(seen, length), self.min_mentions / 2.0)
        return found.length if found else length

    def _track(self, bucket: Bucket, shares: WindowShares) -> None:
        if self._alarm.lasting(bucket.start):
            self._alarm.go_on(bucket.end, shares.score, self._alive(shares))
            return
        self._alarm.close()
        if self._fires(bucket, shares):
            self._alarm.begin(self._began(bucket, shares), bucket.end, shares.score)

    def _signal(
        self, bucket: Bucket, shares: WindowShares, start: datetime, buckets: int
    ) -> Signal:
        which, (low, share) = shares.which, self._bounds(shares)
        whole, ordinary = shares.scored[which], self._baseline.share
        spread = sqrt(ordinary * (1.0 - ordinary) * (1.0 + OVERLAP * whole) / max(whole, 1.0))
        bound = [self.classifier.true_share(ordinary + k * spread) for k in (-1.96, 0.0, 1.96)]
        facts: dict[str, float] = {
            "ratio": round(shares.negative[which] / max(whole * ordinary, 0.1), 3),
            "p": 10.0 ** -min(shares.score, 300.0),
            "persistence_buckets": buckets,
            "mentions": whole,
            "negative_share": round(share, 4),
            "negative_share_low": round(low, 4),
            "expected_negative_share": round(bound[1], 4),
            "onset_minutes": self._onset(bucket, self._windows.lengths[which]) * self.span / MINUTE,
        }
        for (_, name), score in zip(HOURS, shares.scores, strict=True):
            facts[f"score_{name}"] = round(score, 3)
        return Signal(
            brand=self.key.brand,
            platform=self.key.platform,
            detector=self.name,
            risk_class="reputation",
            start=start,
            at=bucket.end,
            score=shares.score,
            observed=share,
            expected=Interval(bound[0], bound[1], bound[2]),
            window=self.span * self._windows.lengths[which],
            final=bucket.final,
            facts=facts,
        )

    def dump(self) -> Mapping[str, Any]:
        return {
            "version": VERSION,
            "span_s": self.span.total_seconds(),
            "windows": self._windows.dump(),
            "baseline": self._baseline.dump(),
            "alarm": self._alarm.dump(),
            "learned": self._learned,
            "next": self._next and self._next.isoformat(),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        if state.get("version") != VERSION or state.get("span_s") != self.span.total_seconds():
            raise ValueError("a negative-share detector's state of another version or bucket")
        self._windows.load(state["windows"])
        self._baseline.load(state["baseline"])
        self._alarm.load(state["alarm"])
        self._learned = int(state["learned"])
        self._next = state["next"] and datetime.fromisoformat(state["next"])
        self._memo = None
