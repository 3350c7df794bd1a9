"""The volume detector: does more come in than is ordinary for this series, at any length?

What is ordinary comes from ``season.Baseline`` (times what a planned event makes of it), how
strange an excess is from the series' own past (``scales.Scales``), and what one alarm is from
``alarm.AlarmState``. docs/detection.md has the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from math import sqrt
from typing import Any

from monitor.detect.alarm import AlarmState
from monitor.detect.scales import SCALES, Measured, Scales, clear_excess
from monitor.detect.season import DAY, Baseline
from monitor.detect.tails import count_range
from monitor.model import BUCKET, Bucket, FactSpec, Interval, SeriesKey, Signal

VERSION = 3
THRESHOLD = 2.75
"""The default. See docs/detection.md for what it costs and catches."""

CALM = 2.0
"""Buckets of a higher score teach less what is ordinary, the less the stranger they are."""

LESSON = timedelta(hours=9)
"""So much of an event, once through the longest window, counts among the series' own past."""

CLEAR = 3.0
"""An alarm needs at some scale so many standard deviations beyond 1.2 times the ordinary."""

FACTS = (
    FactSpec("ratio", "number", "", "observed over the middle of what was expected"),
    FactSpec("p", "number", "", "the score's probability; the score is -log10 of it"),
    FactSpec("persistence_buckets", "number", "buckets", "abnormal buckets of this event so far"),
    FactSpec("mentions", "number", "mentions", "mentions in the window"),
    FactSpec("expected", "number", "mentions", "mentions ordinary in the window"),
    FactSpec("planned", "number", "times", "what a planned event makes of the ordinary volume"),
    *(FactSpec(f"score_{name}", "number", "", f"score over {name} alone") for _, name, _ in SCALES),
)


class Volume:
    """Watches the mentions of one series. See ``SeriesDetector``.

    ``planned``: how many times the ordinary is expected at a moment, for events that people knew
    of beforehand.
    """

    name = "volume"
    facts: tuple[FactSpec, ...] = FACTS

    def __init__(
        self,
        key: SeriesKey,
        *,
        threshold: float = THRESHOLD,
        min_mentions: int = 8,
        warm_up: timedelta = timedelta(days=3),
        planned: Callable[[datetime], float] | None = None,
        span: timedelta = BUCKET,
    ) -> None:
        self.key, self.threshold, self.min_mentions = key, threshold, min_mentions
        self.span, self._planned = span, planned
        self._scales = Scales(span)
        self._baseline = Baseline(span, level_days=7.0, season_days=28.0)
        self._alarm = AlarmState(quiet=timedelta(hours=3), refractory=DAY)
        self._warm_up = max(1, round(warm_up / span))
        self._settling = max(1, round(DAY / span))
        self._learned = 0
        self._next: datetime | None = None
        self._rise = 0.0
        self._rise_start: datetime | None = None
        self._memo: tuple[Bucket, Measured] | None = None

    def score(self, bucket: Bucket) -> Signal | None:
        if not bucket.covered or self._learned < self._warm_up:
            return None
        measured = self._measure(bucket)
        alarm = self._alarm
        if alarm.lasting(bucket.start) and alarm.start is not None:
            return self._signal(
                bucket, measured, alarm.start, alarm.buckets + self._alive(measured)
            )
        if not alarm.opens(bucket.end, measured.score, self.threshold):
            return None
        return self._signal(bucket, measured, self._began(bucket, measured), 1)

    def surprise(self, bucket: Bucket) -> float:
        """The score of a bucket, whatever events go on. 0 where it may not speak."""
        if not bucket.covered or self._learned < self._warm_up:
            return 0.0
        return self._measure(bucket).score

    def learn(self, bucket: Bucket) -> None:
        if self._next is not None and bucket.start > self._next:
            # buckets that were left out count as not seen
            missing = round((bucket.start - self._next) / self.span)
            for _ in range(min(missing, self._scales.lengths[-1])):
                self._scales.blind()
        self._next = bucket.start + self.span
        if not bucket.covered:
            self._scales.blind()
            if not self._alarm.lasting(bucket.end):
                self._alarm.close()
            return
        measured = self._measure(bucket)
        self._track(bucket, measured)
        mean = measured.mean if self._learned else bucket.volume
        teach = self._learned >= self._settling and not self._drags_on(bucket)
        self._scales.learn(bucket.volume, mean, measured, teach=teach)
        limit = measured.mean + 3.0 * sqrt(measured.mean + 0.2 * measured.mean * measured.mean)
        value = min(bucket.volume, max(limit, 1.0)) if self._learned else bucket.volume
        # a planned event tells nothing of ordinary days, whether it came as planned or not
        ordinary = self._factor(bucket.start) == 1.0
        self._baseline.learn(
            bucket.start, value, self._trust(bucket, measured) if ordinary else 0.0
        )
        self._learned += 1
        self._memo = None

    def learning_until(self, now: datetime) -> datetime | None:
        if self._learned >= self._warm_up:
            return None
        return now + (self._warm_up - self._learned) * self.span

    def _factor(self, at: datetime) -> float:
        return self._planned(at) if self._planned else 1.0

    def _measure(self, bucket: Bucket) -> Measured:
        memo = self._memo
        if memo and (memo[0] is bucket or memo[0] == bucket):
            return memo[1]
        mean = self._baseline.expected(bucket.start) * self._factor(bucket.start)
        measured = self._scales.measure(bucket.volume, mean)
        enough = max(measured.counts[:2]) >= self.min_mentions
        measured.score = self._tempered(measured) if enough else 0.0
        self._memo = (bucket, measured)
        return measured

    def _tempered(self, measured: Measured) -> float:
        """The score, less in the first week (not every day of the week has been seen), and no
        more than calm where chance and a baseline that is a fifth too low explain it all."""
        week = 7.0 * self._settling
        score = measured.score * (1.0 - 0.15 * max(0.0, 1.0 - self._learned / week))
        return score if score <= CALM or clear_excess(measured) >= CLEAR else CALM

    def _trust(self, bucket: Bucket, measured: Measured) -> float:
        """How much a bucket teaches: the stranger it is, the less. A storm is not the new normal;
        a level that stays becomes it within weeks."""
        if self._learned < self._warm_up:
            return 1.0
        trust = 1.0 if measured.score <= CALM else (CALM / measured.score) ** 2
        return min(trust, 0.1) if self._drags_on(bucket) else trust

    def _drags_on(self, bucket: Bucket) -> bool:
        """Whether an event has gone on for hours: it has taught what there was to learn from it,
        and is not to hide the next one."""
        start = self._alarm.start
        return start is not None and bucket.end - start > LESSON

    def _alive(self, measured: Measured) -> bool:
        """Whether what is short enough to have ended with the event is still abnormal."""
        return max(measured.scores[:2]) >= 0.75 * self.threshold

    def _began(self, bucket: Bucket, measured: Measured) -> datetime:
        """Since when the count runs above the ordinary, within the window that found it."""
        if self._rise_start is None:
            return bucket.start
        return max(self._rise_start, bucket.end - self.span * self._scales.lengths[measured.which])

    def _track(self, bucket: Bucket, measured: Measured) -> None:
        """Events, and since when the count runs above what is ordinary."""
        if self._learned >= self._warm_up:
            if self._alarm.lasting(bucket.start):
                self._alarm.go_on(bucket.end, measured.score, self._alive(measured))
            else:
                self._alarm.close()
                if self._alarm.opens(bucket.end, measured.score, self.threshold):
                    self._alarm.begin(self._began(bucket, measured), bucket.end, measured.score)
        rise = self._rise + bucket.volume - 1.25 * measured.mean - 0.1
        rise = min(rise, self._settling / 2.0 * (measured.mean + 0.1))
        if rise <= 0.0:
            self._rise, self._rise_start = 0.0, None
        else:
            self._rise, self._rise_start = rise, self._rise_start or bucket.start

    def _signal(self, bucket: Bucket, measured: Measured, start: datetime, buckets: int) -> Signal:
        which, names = measured.which, self._scales.names
        count, mean = measured.counts[which], measured.means[which]
        low, high = count_range(mean, self._scales.dispersion(which, mean))
        facts: dict[str, float] = {
            "ratio": round(count / max(mean, 0.1), 3),
            "p": 10.0 ** -min(measured.score, 300.0),
            "persistence_buckets": buckets,
            "mentions": count,
            "expected": round(mean, 3),
            "planned": self._factor(bucket.start),
        }
        for name, score in zip(names, measured.scores, strict=True):
            facts[f"score_{name}"] = round(score, 3)
        return Signal(
            brand=self.key.brand,
            platform=self.key.platform,
            detector=self.name,
            risk_class="reputation",
            start=start,
            at=bucket.end,
            score=measured.score,
            observed=count,
            expected=Interval(low, mean, high),
            window=self.span * self._scales.lengths[which],
            final=bucket.final,
            facts=facts,
        )

    def dump(self) -> Mapping[str, Any]:
        return {
            "version": VERSION,
            "span_s": self.span.total_seconds(),
            "scales": self._scales.dump(),
            "baseline": self._baseline.dump(),
            "alarm": self._alarm.dump(),
            "learned": self._learned,
            "next": self._next and self._next.isoformat(),
            "rise": self._rise,
            "rise_start": self._rise_start and self._rise_start.isoformat(),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        if state.get("version") != VERSION or state.get("span_s") != self.span.total_seconds():
            raise ValueError("a volume detector's state of another version or bucket length")
        self._scales.load(state["scales"])
        self._baseline.load(state["baseline"])
        self._alarm.load(state["alarm"])
        self._learned = int(state["learned"])
        self._next = state["next"] and datetime.fromisoformat(state["next"])
        self._rise = float(state["rise"])
        self._rise_start = state["rise_start"] and datetime.fromisoformat(state["rise_start"])
        self._memo = None
