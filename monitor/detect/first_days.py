"""The first days: while what is ordinary is still being learned, only what needs no past is told.

A brand's first days know no usual, so the other detectors are silent. What would be a crisis of any
brand is not: many mentions that name one (poisoning, a recall, a breach …), or a run of angry
posts, and most of all that is said. Both are floors, set by hand; what pages so is marked as not
yet learned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any

from monitor.detect.alarm import AlarmState
from monitor.detect.opinion import FEWEST
from monitor.detect.scan import begun
from monitor.detect.season import DAY
from monitor.detect.windows import Windows
from monitor.model import BUCKET, Bucket, FactSpec, SeriesKey, Signal

VERSION = 1

CRISIS_WINDOW, ANGRY_WINDOW = timedelta(hours=6), timedelta(hours=1)

CRISES, CRISIS_SHARE = 10.0, 0.3
"""So many mentions of six hours that name a crisis, and so large a share of all."""

ANGRY, ANGRY_SHARE = 15.0, 0.6
"""So many negative opinions in an hour, and so large a share of those that could be read. Of a
brand's ordinary talk up to a third is negative."""

USUAL_ANGRY, USUAL_CRISES = 1 / 3, 0.1
"""The shares of ordinary talk, at most: what goes on began where there was clearly more."""

LEAST = DAY
"""So long the floors stay, however short a warm-up was set by hand: until a day is known, the
others do not tell a storm of one author or publisher."""

FACTS = (
    FactSpec("unlearned", "flag", "", "true: what is ordinary is not known yet"),
    FactSpec("mentions", "number", "mentions", "mentions in the window"),
    FactSpec("negative_share", "number", "", "negative share of them, 0 to 1"),
    FactSpec("crisis_terms", "number", "mentions", "mentions in the window that name a crisis"),
)


class FirstDays:
    """Watches the mentions of one series until the others know it. See ``SeriesDetector``."""

    name = "first_days"
    facts: tuple[FactSpec, ...] = FACTS

    def __init__(
        self, key: SeriesKey, *, warm_up: timedelta = timedelta(days=3), span: timedelta = BUCKET
    ) -> None:
        self.key, self.span = key, span
        self._warm_up = max(1, round(max(warm_up, LEAST) / span))
        lengths = [max(1, round(w / span)) for w in (ANGRY_WINDOW, CRISIS_WINDOW)]
        self._windows = Windows(lengths, 4)
        self._alarm = AlarmState(quiet=timedelta(hours=3), refractory=timedelta(0))
        self._learned = 0
        self._next: datetime | None = None

    def score(self, bucket: Bucket) -> Signal | None:
        if not (bucket.covered or bucket.partial) or self._learned >= self._warm_up:
            return None
        alive = self._window(bucket)
        lasting = self._alarm.lasting(bucket.start)
        if alive is None and not lasting:
            return None
        start = self._alarm.start if lasting else None
        return self._signal(bucket, alive or ANGRY_WINDOW, start)

    def learn(self, bucket: Bucket) -> None:
        missing = round((bucket.start - self._next) / self.span) if self._next else 0
        for _ in range(min(missing, self._windows.size)):
            self._windows.push((0.0, 0.0, 0.0, 0.0))
        self._next = bucket.end
        if not (bucket.covered or bucket.partial):
            self._windows.push((0.0, 0.0, 0.0, 0.0))
            return
        self._learned += bucket.covered
        # later nothing is said, and what would be is no matter
        alive = self._window(bucket) if self._learned <= self._warm_up else None
        if self._alarm.lasting(bucket.start):
            self._alarm.go_on(bucket.end, 0.0, alive is not None)
        else:
            self._alarm.close()
            if alive is not None:
                self._alarm.begin(self._began(bucket, alive), bucket.end, 0.0)
        self._windows.push(_columns(bucket))

    def recall(self, bucket: Bucket) -> None:
        """A bucket of the time before anybody listened, in order, none left out: what a source's
        first poll brings of the last hours. It neither speaks nor teaches."""
        self._next = bucket.end
        self._windows.push(_columns(bucket))

    def learning_until(self, now: datetime) -> datetime | None:
        """None: it knows all it needs."""
        return None

    def _window(self, bucket: Bucket) -> timedelta | None:
        """The window that is beyond its floor, if one is."""
        volume, crisis, scored, negative = (
            self._windows.sums_with_next(n, value) for n, value in enumerate(_columns(bucket))
        )
        if negative[0] >= ANGRY and negative[0] >= ANGRY_SHARE * scored[0]:
            return ANGRY_WINDOW
        if crisis[1] >= CRISES and crisis[1] >= CRISIS_SHARE * volume[1]:
            return CRISIS_WINDOW
        return None

    def _began(self, bucket: Bucket, window: timedelta) -> datetime:
        """Where, within the window, what is said departs most steeply from ordinary talk."""
        crisis = window == CRISIS_WINDOW
        pairs = [
            (one[1], one[0] * USUAL_CRISES) if crisis else (one[3], one[2] * USUAL_ANGRY)
            for one in islice(self._told(bucket), window // self.span)
        ]
        return bucket.end - (begun(pairs, FEWEST) or 1) * self.span

    def _told(self, bucket: Bucket) -> Iterator[tuple[float, ...]]:
        """What is counted of this bucket and of those before, the latest first."""
        return chain([_columns(bucket)], self._windows.backwards())

    def _signal(self, bucket: Bucket, window: timedelta, start: datetime | None) -> Signal:
        """Its figures are of what goes on: of the window, but nothing from before it began."""
        start = start or self._began(bucket, window)
        length = max(1, min(window, bucket.end - start) // self.span)
        columns = zip(*islice(self._told(bucket), length), strict=True)
        volume, crisis, scored, negative = map(sum, columns)
        facts: dict[str, Any] = {"unlearned": True, "mentions": volume, "crisis_terms": int(crisis)}
        if scored:
            facts["negative_share"] = round(negative / scored, 4)
        return Signal(
            brand=self.key.brand,
            platform=self.key.platform,
            detector=self.name,
            risk_class="reputation",
            start=start,
            at=bucket.end,
            score=0.0,
            observed=volume,
            window=length * self.span,
            final=bucket.final,
            facts=facts,
        )

    def dump(self) -> Mapping[str, Any]:
        return {
            "version": VERSION,
            "span_s": self.span.total_seconds(),
            "windows": self._windows.dump(),
            "alarm": self._alarm.dump(),
            "learned": self._learned,
            "next": self._next and self._next.isoformat(),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        if state.get("version") != VERSION or state.get("span_s") != self.span.total_seconds():
            raise ValueError("a first-days detector's state of another version or bucket length")
        self._windows.load(state["windows"])
        self._alarm.load(state["alarm"])
        self._learned = int(state["learned"])
        self._next = state["next"] and datetime.fromisoformat(state["next"])


def _columns(bucket: Bucket) -> tuple[float, float, float, float]:
    """Mentions, those that name a crisis, opinions, and the sum of their p_neg."""
    return (bucket.volume, bucket.crisis, *bucket.opinion)
