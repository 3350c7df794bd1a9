"""The silence detector: a platform that answers without an error and has nothing to tell any more.

A dead source says so; a query that the platform has stopped to understand, a token that sees less
than it did, or an index that stands still looks like calm. Where nothing at all comes in a time in
which many mentions are ordinary, somebody should look: this is blindness, not good news. A source
that cannot be read is not asked (``covered``): that is an alarm of its own.

What would have come is counted cautiously, by the smaller of what is ordinary at this hour of the
week and what came in the day before, so that talk that dies down by itself is none; and it must be
three times as much as any silence of this series' own past. Where people spoke on three days only,
of all that were heard, nothing is ordinary yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from math import exp, sqrt
from typing import Any

from monitor.detect.season import DAY, Baseline
from monitor.detect.windows import Windows
from monitor.model import BLINDNESS, BUCKET, Bucket, FactSpec, Interval, SeriesKey, Signal

VERSION = 2
LEARNING = timedelta(days=8)
"""Every day of the week has to be seen once: many brands are silent on Sundays."""

LEAST_DAYS = 4
"""So many days on which something was said make talk; a storm that is all there ever was ends."""

SHORTEST = timedelta(hours=1)
WORSE = 3.0
"""So many times the longest silence of its own past, counted in mentions that were ordinary."""

FADE_DAYS = 56.0

FACTS = (
    FactSpec("kind", "text", "", "always `silent`"),
    FactSpec("since", "text", "", "when the last mention came, ISO 8601"),
    FactSpec("expected", "number", "mentions", "mentions ordinary in the silence, cautiously"),
)


class Silence:
    """Watches whether anything comes on one platform. See ``SeriesDetector``."""

    name = "silence"
    facts: tuple[FactSpec, ...] = FACTS

    def __init__(self, key: SeriesKey, *, min_mentions: int = 25, span: timedelta = BUCKET) -> None:
        self.key, self.span, self.min_mentions = key, span, min_mentions
        day = max(1, round(DAY / span))
        self._baseline = Baseline(span, level_days=7.0, season_days=28.0)
        self._day = Windows([day], 1)
        self._fade = exp(-1.0 / (FADE_DAYS * day))
        self._need = round(LEARNING / span)
        self._learned = 0
        self._spoken_on: date | None = None
        self._days = 0
        """Days (UTC) on which something was said, the last of them ``_spoken_on``."""
        self._next: datetime | None = None
        self._since: datetime | None = None
        """When the silence began that is going on."""
        self._ordinary = 0.0
        """Mentions ordinary in it so far."""
        self._lately = 0.0
        """Mentions a bucket in the day before it."""
        self._past = 0.0
        """The most that was ordinary in a silence of the past; fades."""

    def score(self, bucket: Bucket) -> Signal | None:
        if not bucket.covered or bucket.volume > 0.0 or not self._knows():
            return None
        since = self._since or bucket.start
        ordinary = self._ordinary + self._missed(bucket)
        if ordinary < self._limit() or bucket.end - since < SHORTEST:
            return None
        return Signal(
            brand=self.key.brand,
            platform=self.key.platform,
            detector=self.name,
            risk_class=BLINDNESS,
            start=since,
            at=bucket.end,
            score=0.0,
            observed=0.0,
            expected=Interval(ordinary, ordinary, ordinary),
            window=bucket.end - since,
            final=bucket.final,
            subject=self.key.platform,
            facts={
                "kind": "silent",
                "since": since.isoformat(timespec="seconds"),
                "expected": round(ordinary, 1),
            },
        )

    def learn(self, bucket: Bucket) -> None:
        missing = round((bucket.start - self._next) / self.span) if self._next else 0
        for _ in range(min(missing, self._day.size)):
            self._day.push((0.0,))
        self._next = bucket.end
        if not bucket.covered:
            self._day.push((0.0,))
            return
        self._past *= self._fade
        if bucket.volume > 0.0:
            self._spoken(bucket.start.date())
        else:
            self._go_on(bucket)
        self._baseline.learn(bucket.start, self._ordinary_part(bucket))
        self._day.push((bucket.volume,))
        self._learned += 1

    def learning_until(self, now: datetime) -> datetime | None:
        """None: whether a crisis is seen does not hang on this one."""
        return None

    def _ordinary_part(self, bucket: Bucket) -> float:
        """What a bucket teaches of ordinary days: a storm in the night does not make that hour of
        later weeks one in which people write."""
        if self._learned < self._need:
            return bucket.volume
        mean = self._baseline.expected(bucket.start)
        limit = mean + 3.0 * sqrt(mean + 0.2 * mean * mean)
        return min(bucket.volume, max(limit, 1.0))

    def _limit(self) -> float:
        return max(float(self.min_mentions), WORSE * self._past)

    def _missed(self, bucket: Bucket) -> float:
        """What is ordinary in a bucket of the silence that goes on, or begins."""
        lately = self._lately if self._since else self._a_bucket()
        return min(self._baseline.level, lately) * self._baseline.ratio(bucket.start)

    def _a_bucket(self) -> float:
        """Mentions a bucket over the last day."""
        return self._day.total(0, 0) / self._day.size

    def _go_on(self, bucket: Bucket) -> None:
        missed = self._missed(bucket)
        if self._since is None:
            self._since, self._lately = bucket.start, self._a_bucket()
        self._ordinary += missed

    def _knows(self) -> bool:
        """Whether there was talk long enough to miss it."""
        return self._learned >= self._need and self._days >= LEAST_DAYS

    def _spoken(self, on: date) -> None:
        """A mention: the silence is over. One that was told is no measure of what is ordinary."""
        self._days += on != self._spoken_on
        self._spoken_on = on
        told = self._knows() and self._ordinary >= self._limit()
        if not told:
            self._past = max(self._past, self._ordinary)
        self._since, self._ordinary = None, 0.0

    def dump(self) -> Mapping[str, Any]:
        return {
            "version": VERSION,
            "span_s": self.span.total_seconds(),
            "baseline": self._baseline.dump(),
            "day": self._day.dump(),
            "learned": self._learned,
            "days": self._days,
            "spoken_on": self._spoken_on and self._spoken_on.isoformat(),
            "next": self._next and self._next.isoformat(),
            "since": self._since and self._since.isoformat(),
            "ordinary": self._ordinary,
            "lately": self._lately,
            "past": self._past,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        if state.get("version") != VERSION or state.get("span_s") != self.span.total_seconds():
            raise ValueError("a silence detector's state of another version or bucket length")
        self._baseline.load(state["baseline"])
        self._day.load(state["day"])
        self._learned, self._days = int(state["learned"]), int(state["days"])
        self._spoken_on = state["spoken_on"] and date.fromisoformat(state["spoken_on"])
        self._next = state["next"] and datetime.fromisoformat(state["next"])
        self._since = state["since"] and datetime.fromisoformat(state["since"])
        self._ordinary, self._lately = float(state["ordinary"]), float(state["lately"])
        self._past = float(state["past"])
