"""Rules that other products document, as detectors of the same contract, to be run beside ours.

Each compares a short window with a long one before it (docs/detection.md says whose each is). They
know no season, no dispersion and no probability: their score is the ratio to what they expect. They
share our warm-up, coverage and one-alarm-an-event bookkeeping, which most of their originals lack,
so that what is compared is the rule alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Any

from monitor.detect.alarm import AlarmState
from monitor.detect.base import SeriesDetector
from monitor.detect.windows import Windows
from monitor.model import BUCKET, Bucket, FactSpec, Interval, SeriesKey, Signal

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FACTS = (FactSpec("ratio", "number", "", "observed over what the rule expects"),)


@dataclass(frozen=True, slots=True)
class Limit:
    """``means`` times the long window's mean of short sums, plus σ's, plus a number set by hand."""

    means: float = 0.0
    sigmas: float = 0.0
    constant: float = 0.0

    def of(self, mean: float, sigma: float) -> float:
        return self.means * mean + self.sigmas * sigma + self.constant


class Peer:
    """``short`` against ``long``: fires where the sum of ``short`` exceeds the rule's limit."""

    facts: tuple[FactSpec, ...] = FACTS

    def __init__(
        self,
        key: SeriesKey,
        name: str,
        short: timedelta,
        long: timedelta,
        limit: Limit,
        *,
        cooldown: timedelta,
        warm_up: timedelta = timedelta(days=3),
        min_mentions: float = 8,
        span: timedelta = BUCKET,
    ) -> None:
        self.key, self.name, self._limit, self.span = key, name, limit, span
        self._min = min_mentions
        self._short = max(1, round(short / span))
        self._recent = Windows([self._short], 1)
        self._past = Windows([max(2, round(long / span))], 3)
        self._alarm = AlarmState(quiet=cooldown, refractory=timedelta(0))
        self._warm_up = max(1, round(warm_up / span))
        self._learned = 0

    def score(self, bucket: Bucket) -> Signal | None:
        if not bucket.covered or self._learned < self._warm_up:
            return None
        now, limit = self._compare(bucket)
        alarm = self._alarm
        if alarm.lasting(bucket.start) and alarm.start is not None:
            return self._signal(bucket, now, limit, alarm.start)
        return self._signal(bucket, now, limit, bucket.start) if now > limit else None

    def learn(self, bucket: Bucket) -> None:
        if not bucket.covered:
            self._recent.push((0.0,))
            return
        now, limit = self._compare(bucket)
        if self._learned >= self._warm_up:
            if self._alarm.lasting(bucket.start):
                self._alarm.go_on(bucket.end, now / max(limit, 1e-9), now > limit)
            elif now > limit:
                self._alarm.begin(bucket.start, bucket.end, now / max(limit, 1e-9))
        self._recent.push((bucket.volume,))
        self._past.push((now, now * now, 1.0))
        self._learned += 1

    def learning_until(self, now: datetime) -> datetime | None:
        left = self._warm_up - self._learned
        return now + left * self.span if left > 0 else None

    def _compare(self, bucket: Bucket) -> tuple[float, float]:
        now = self._recent.with_next(0, 0, bucket.volume)
        told = max(1.0, self._past.total(2, 0))
        mean = self._past.total(0, 0) / told
        variance = max(0.0, self._past.total(1, 0) / told - mean * mean)
        return now, max(self._limit.of(mean, sqrt(variance)), self._min - 0.5)

    def _signal(self, bucket: Bucket, now: float, limit: float, start: datetime) -> Signal:
        return Signal(
            brand=self.key.brand,
            platform=self.key.platform,
            detector=self.name,
            risk_class="reputation",
            start=start,
            at=bucket.end,
            score=now / max(limit, 1e-9),
            observed=now,
            expected=Interval(0.0, limit, limit),
            window=self.span * self._short,
            final=bucket.final,
            facts={"ratio": round(now / max(limit, 1e-9), 3)},
        )

    def dump(self) -> Mapping[str, Any]:
        return {
            "version": 1,
            "recent": self._recent.dump(),
            "past": self._past.dump(),
            "alarm": self._alarm.dump(),
            "learned": self._learned,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        if state.get("version") != 1:
            raise ValueError("a peer rule's state of another version")
        self._recent.load(state["recent"])
        self._past.load(state["past"])
        self._alarm.load(state["alarm"])
        self._learned = int(state["learned"])


def hour_against_twelve(key: SeriesKey, span: timedelta = BUCKET) -> SeriesDetector:
    """The last hour over twice the mean hour of the last twelve (Meltwater's spike alert)."""
    return Peer(
        key, "hour_against_12h", HOUR, 12 * HOUR, Limit(means=2.0), cooldown=HOUR, span=span
    )


def three_sigma(key: SeriesKey, span: timedelta = BUCKET) -> SeriesDetector:
    """The last hour over mean + 3 σ of 14 days, at most every two days (Huginn's PeakDetector)."""
    return Peer(
        key,
        "three_sigma_14d",
        HOUR,
        14 * DAY,
        Limit(means=1.0, sigmas=3.0),
        cooldown=2 * DAY,
        span=span,
    )


def twice_six_hours(key: SeriesKey, span: timedelta = BUCKET) -> SeriesDetector:
    """Ten minutes over twice the mean ten minutes of the last six hours (MutualMind)."""
    return Peer(key, "twice_6h", HOUR / 6, 6 * HOUR, Limit(means=2.0), cooldown=HOUR, span=span)


def fixed(per_hour: float) -> Callable[[SeriesKey, timedelta], SeriesDetector]:
    """More than so many an hour, set by hand (Brandwatch and most others)."""

    def make(key: SeriesKey, span: timedelta = BUCKET) -> SeriesDetector:
        return Peer(
            key,
            f"fixed_{per_hour:g}_an_hour",
            HOUR,
            HOUR,
            Limit(constant=per_hour),
            cooldown=HOUR,
            span=span,
        )

    return make


PEERS: Mapping[str, Callable[[SeriesKey, timedelta], SeriesDetector]] = {
    "hour_against_12h": hour_against_twelve,
    "three_sigma_14d": three_sigma,
    "twice_6h": twice_six_hours,
    "fixed_100_an_hour": fixed(100.0),
}
"""Rule set name -> maker, for ``siaga backtest --rules``."""
