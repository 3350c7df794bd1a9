"""The volume detector: does more come in than is ordinary for this series, at any length?

Each of several window lengths gives the tail probability of an over-dispersed count; the strangest
counts, and the result is calibrated on the series' own past (``calibrate.OwnTail``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, sqrt
from typing import Any

from monitor.detect.base import FactSpec
from monitor.detect.calibrate import OwnTail
from monitor.detect.event import Event
from monitor.detect.season import DAY, Baseline
from monitor.detect.tails import count_range
from monitor.detect.windows import Windows
from monitor.model import BUCKET, Bucket, Interval, SeriesKey, Signal

VERSION = 1
SCALES = ((1 / 12, "5m", 0.2), (0.5, "30m", 0.1), (3.0, "3h", 0.05), (9.0, "9h", 0.04))
"""Window lengths in hours, their names, and the over-dispersion a young series is given there."""

POWER = 1.5
"""How the scales' scores are joined: 1 is their mean, large is their maximum. A storm shows at
several scales, a fluke at one."""

THRESHOLD = 2.7
"""The default. See docs/detection.md for what it costs and catches."""

FACTS = (
    FactSpec("ratio", "number", "", "observed over the middle of what was expected"),
    FactSpec("p", "number", "", "the score's probability; the score is -log10 of it"),
    FactSpec("persistence_buckets", "number", "buckets", "abnormal buckets of this event so far"),
    FactSpec("mentions", "number", "mentions", "mentions in the window"),
    FactSpec("expected", "number", "mentions", "mentions ordinary in the window"),
    *(FactSpec(f"score_{name}", "number", "", f"score over {name} alone") for _, name, _ in SCALES),
)


@dataclass(slots=True)
class Seen:
    """What a bucket looks like before anything is learned from it.

    Not frozen: that costs two microseconds.
    """

    mean: float
    counts: tuple[float, ...]
    means: tuple[float, ...]
    surges: tuple[float, ...]
    scores: tuple[float, ...]
    score: float
    which: int


class Volume:
    """Watches the mentions of one series. See ``SeriesDetector``."""

    name = "volume"
    facts = FACTS

    def __init__(
        self,
        key: SeriesKey,
        *,
        threshold: float = THRESHOLD,
        min_mentions: int = 8,
        warm_up: timedelta = timedelta(days=3),
        span: timedelta = BUCKET,
    ) -> None:
        self.key, self.threshold, self.min_mentions = key, threshold, min_mentions
        self.span = span
        hour = timedelta(hours=1) / span
        lengths = [max(1, round(hours * hour)) for hours, _, _ in SCALES]
        self._which = [n for n, length in enumerate(lengths) if length not in lengths[:n]]
        self._names = [SCALES[n][1] for n in self._which]
        self._priors = [SCALES[n][2] for n in self._which]
        self._windows = Windows([lengths[n] for n in self._which], 2)
        self._baseline = Baseline(span, level_days=7.0, season_days=28.0)
        self._dispersions = [[0.0, 0.0] for _ in self._which]
        self._fade = exp(-1.0 / (28.0 * DAY / span))
        memory = 182.0 * DAY / span
        hour_long = max(1, round(hour))
        self._tails = [OwnTail(memory, max(length, hour_long)) for length in self._windows.lengths]
        self._event = Event(quiet=timedelta(hours=3), refractory=DAY)
        self._warm_up = max(1, round(warm_up / span))
        self._day_share = span / DAY
        self._settling = max(1, round(DAY / span))
        self._learned = 0
        self._next: datetime | None = None
        self._rise = 0.0
        self._rise_start: datetime | None = None
        self._memo: tuple[Bucket, Seen] | None = None

    def score(self, bucket: Bucket) -> Signal | None:
        if not bucket.covered or self._learned < self._warm_up:
            return None
        seen = self._look(bucket)
        event = self._event
        if event.lasting(bucket.start) and event.start is not None:
            alive = self._alive(seen)
            count = event.buckets + alive
            return self._signal(bucket, seen, event.start, max(1, count))
        if not self._fires(bucket, seen):
            return None
        return self._signal(bucket, seen, self._began(bucket, seen), 1)

    def surprise(self, bucket: Bucket) -> float:
        """The bare score of a bucket, whatever events go on. 0 where it may not speak."""
        if not bucket.covered or self._learned < self._warm_up:
            return 0.0
        return self._look(bucket).score

    def learn(self, bucket: Bucket) -> None:
        self._skip_to(bucket.start)
        self._next = bucket.start + self.span
        if not bucket.covered:
            self._windows.push((0.0, 0.0))
            self._close(bucket.end)
            return
        seen = self._look(bucket)
        self._track(bucket, seen)
        limit = seen.mean + 3.0 * sqrt(seen.mean + 0.2 * seen.mean * seen.mean)
        value = min(bucket.volume, max(limit, 1.0)) if self._learned else bucket.volume
        if self._learned >= self._settling:
            for tail, surge in zip(self._tails, seen.surges, strict=True):
                tail.learn(surge)
        # one scale a bucket: this only shapes the interval that is shown
        which = self._learned % len(self._tails)
        self._disperse(which, seen.counts[which], seen.means[which])
        self._windows.push((bucket.volume, seen.mean if self._learned else bucket.volume))
        self._baseline.learn(bucket.start, value, self._trust(seen))
        self._learned += 1
        self._memo = None

    def learning_until(self, now: datetime) -> datetime | None:
        if self._learned >= self._warm_up:
            return None
        return now + (self._warm_up - self._learned) * self.span

    def _look(self, bucket: Bucket) -> Seen:
        memo = self._memo
        if memo and (memo[0] is bucket or memo[0] == bucket):
            return memo[1]
        mean = self._baseline.expected(bucket.start)
        counts = self._windows.sums_with_next(0, bucket.volume)
        means = self._windows.sums_with_next(1, mean)
        surges, scores, joint = [], [], 0.0
        for tail, count, ordinary in zip(self._tails, counts, means, strict=True):
            # the square root makes the spread of counts the same at any level
            surge = 2.0 * (sqrt(count + 0.4) - sqrt(ordinary + 0.4))
            score = tail.score(surge)
            surges.append(surge)
            scores.append(score)
            joint += score**POWER
        joint = (joint / len(scores)) ** (1.0 / POWER)
        which = scores.index(max(scores))
        enough = max(counts[:2]) >= self.min_mentions
        seen = Seen(
            mean,
            counts,
            means,
            tuple(surges),
            tuple(scores),
            joint * self._experience() if enough else 0.0,
            which,
        )
        self._memo = (bucket, seen)
        return seen

    def _experience(self) -> float:
        """Less than 1 in the first week: not every day of the week has been seen."""
        return 1.0 - 0.15 * max(0.0, 1.0 - self._learned * self._day_share / 7.0)

    def _alpha(self, which: int, mean: float) -> float:
        over, weight = self._dispersions[which]
        young = self._priors[which]
        prior = DAY / self.span * mean * mean
        return max(0.005, (over + young * prior) / (weight + prior)) if prior > 0.0 else young

    def _spread(self, which: int, mean: float) -> float:
        return float((mean + self._alpha(which, mean) * mean * mean) ** 0.5)

    def _disperse(self, which: int, count: float, mean: float) -> None:
        limit = 4.0 * self._spread(which, mean)
        off = min(abs(count - mean), limit)
        cell = self._dispersions[which]
        cell[0] = cell[0] * self._fade + off * off - mean
        cell[1] = cell[1] * self._fade + mean * mean

    def _fires(self, bucket: Bucket, seen: Seen) -> bool:
        return self._event.opens(bucket.end, seen.score, self.threshold)

    def _alive(self, seen: Seen) -> bool:
        """Whether what is short enough to have ended with the event is still abnormal."""
        return max(seen.scores[:2]) >= 0.75 * self.threshold

    def _began(self, bucket: Bucket, seen: Seen) -> datetime:
        earliest = bucket.end - self.span * self._windows.lengths[seen.which]
        if self._rise_start is None:
            return bucket.start
        return max(self._rise_start, earliest)

    def _trust(self, seen: Seen) -> float:
        """How much a bucket teaches: the stranger its hours, the less."""
        calm = 2.0
        if seen.score <= calm or self._learned < self._warm_up:
            return 1.0
        return (calm / seen.score) ** 2

    def _track(self, bucket: Bucket, seen: Seen) -> None:
        """Events, and since when the count runs above what is ordinary."""
        if self._learned >= self._warm_up:
            if self._event.lasting(bucket.start):
                self._event.go_on(bucket.end, seen.score, self._alive(seen))
            else:
                self._event.close()
                if self._fires(bucket, seen):
                    self._event.begin(self._began(bucket, seen), bucket.end, seen.score)
        rise = self._rise + bucket.volume - 1.25 * seen.mean - 0.1
        rise = min(rise, 12.0 * (DAY / self.span / 24.0) * (seen.mean + 0.1))
        if rise <= 0.0:
            self._rise, self._rise_start = 0.0, None
        else:
            self._rise, self._rise_start = rise, self._rise_start or bucket.start

    def _close(self, at: datetime) -> None:
        if not self._event.lasting(at):
            self._event.close()

    def _skip_to(self, start: datetime) -> None:
        """Buckets that were left out count as uncovered."""
        if self._next is not None and start > self._next:
            missing = min(self._windows.size, round((start - self._next) / self.span))
            for _ in range(missing):
                self._windows.push((0.0, 0.0))

    def _signal(self, bucket: Bucket, seen: Seen, start: datetime, buckets: int) -> Signal:
        which = seen.which
        mean = seen.means[which]
        low, high = count_range(mean, self._alpha(which, mean))
        window = self.span * self._windows.lengths[which]
        facts: dict[str, float] = {
            "ratio": round(seen.counts[which] / max(mean, 0.1), 3),
            "p": 10.0 ** -min(seen.score, 300.0),
            "persistence_buckets": buckets,
            "mentions": seen.counts[which],
            "expected": round(mean, 3),
        }
        for name, score in zip(self._names, seen.scores, strict=True):
            facts[f"score_{name}"] = round(score, 3)
        return Signal(
            brand=self.key.brand,
            platform=self.key.platform,
            detector=self.name,
            risk_class="reputation",
            start=start,
            at=bucket.end,
            score=seen.score,
            observed=seen.counts[which],
            expected=Interval(low, mean, high),
            window=window,
            final=bucket.final,
            facts=facts,
        )

    def dump(self) -> Mapping[str, Any]:
        return {
            "version": VERSION,
            "span_s": self.span.total_seconds(),
            "windows": self._windows.dump(),
            "baseline": self._baseline.dump(),
            "dispersions": [list(cell) for cell in self._dispersions],
            "tails": [tail.dump() for tail in self._tails],
            "event": self._event.dump(),
            "learned": self._learned,
            "next": self._next and self._next.isoformat(),
            "rise": self._rise,
            "rise_start": self._rise_start and self._rise_start.isoformat(),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        if state.get("version") != VERSION or state.get("span_s") != self.span.total_seconds():
            raise ValueError("a volume detector's state of another version or bucket length")
        self._windows.load(state["windows"])
        self._baseline.load(state["baseline"])
        self._dispersions = [[float(a), float(b)] for a, b in state["dispersions"]]
        for tail, stored in zip(self._tails, state["tails"], strict=True):
            tail.load(stored)
        self._event.load(state["event"])
        self._learned = int(state["learned"])
        self._next = state["next"] and datetime.fromisoformat(state["next"])
        self._rise = float(state["rise"])
        self._rise_start = state["rise_start"] and datetime.fromisoformat(state["rise_start"])
        self._memo = None
