"""The volume detector: does more come in than is ordinary for this series, at any length, and does
anything independent of that agree?

What a bucket is against the series' own past, ``past.Past`` says, what one alarm is,
``alarm.AlarmState``. An alarm opens as a watch or as a page, and a watch is promoted by the first
bucket in which something agrees. docs/detection.md has the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from monitor.detect.alarm import AlarmState
from monitor.detect.evidence import PAGE, WATCH
from monitor.detect.past import Findings, Past
from monitor.detect.scan import LEAST_ORDINARY, Stretch
from monitor.detect.season import DAY
from monitor.detect.tails import count_range
from monitor.detect.volume_facts import FACTS
from monitor.model import BUCKET, Bucket, FactSpec, Interval, SeriesKey, Signal

VERSION = 8
MINUTE = timedelta(minutes=1)
THRESHOLD = PAGE
"""The default of a page."""

WATCH_AFTER = timedelta(days=14)
"""Of a series' own past must be known before what is strange in it and no more is told."""


class Volume:
    """Watches the mentions of one series. See ``SeriesDetector``.

    ``planned``: how many times the ordinary is expected at a moment, for events that people knew
    of beforehand. ``watch``: the threshold of a watch; None: there are pages only.
    """

    name = "volume"
    facts: tuple[FactSpec, ...] = FACTS

    def __init__(
        self,
        key: SeriesKey,
        *,
        threshold: float = THRESHOLD,
        watch: float | None = WATCH,
        min_mentions: int = 8,
        warm_up: timedelta = timedelta(days=3),
        planned: Callable[[datetime], float] | None = None,
        span: timedelta = BUCKET,
    ) -> None:
        self.key, self.threshold, self.min_mentions = key, threshold, min_mentions
        self.watch = threshold if watch is None else min(watch, threshold)
        self.span, self._planned = span, planned
        self._alarm = AlarmState(quiet=timedelta(hours=3), refractory=DAY)
        self._past = Past(span, threshold=threshold, min_mentions=min_mentions, warm_up=warm_up)
        self._watch_after = max(self._past.warm_up, round(WATCH_AFTER / span))

    def score(self, bucket: Bucket) -> Signal | None:
        past, alarm = self._past, self._alarm
        if not past.takes(bucket) or not past.is_known:
            return None
        found = self._measure(bucket)
        if alarm.lasting(bucket.start) and alarm.start is not None:
            buckets = alarm.buckets + past.is_alive(found)
            return self._signal(bucket, found, alarm.start, buckets, alarm.peak)
        if not alarm.opens(bucket.end, self._opening(found), self.watch):
            return None
        return self._signal(bucket, found, past.began(bucket, found), 1, 0.0)

    def surprise(self, bucket: Bucket) -> float:
        """The strength of a bucket's evidence, whatever events go on. 0 where it may not speak."""
        if not bucket.covered or not self._past.is_known:
            return 0.0
        return self._measure(bucket).strength

    def _opening(self, found: Findings) -> float:
        """The strength that opens an alarm: a page's always, a watch's where its budget allows.
        Before the past is known it cannot be kept, and only what would page if opinions were
        unknown is watched; then the past's own episodes say how high a watch has to come."""
        evidence, strength = found.evidence, found.strength
        if not self.watch <= strength < self.threshold:
            return strength
        if self._past.learned < self._watch_after:
            return strength if evidence.surplus >= self.threshold else 0.0
        return strength if evidence.watch(self.threshold) >= self._past.episodes.bar else 0.0

    def learn(self, bucket: Bucket) -> None:
        self.track(bucket)
        # what has calmed down before a person closes it is ordinary again
        known = bucket.acknowledged and self._alarm.lasting(bucket.start)
        self._past.learn(bucket, self._factor(bucket.start), known=known)

    def track(self, bucket: Bucket) -> None:
        """Let the alarm go on, end or begin with a final bucket: all that a series learns whose
        past another one with the same past learns for it."""
        past, alarm = self._past, self._alarm
        past.catch_up(bucket.start)
        if not past.takes(bucket):
            if not alarm.lasting(bucket.end):
                alarm.close()
            return
        found = self._measure(bucket)
        if past.is_known:
            lasting = alarm.lasting(bucket.start)
            strength = found.strength if lasting else self._opening(found)
            past.follow(alarm, bucket, found, strength, self.watch)

    def share(self, other: Volume) -> bool:
        """Learn no past of one's own from now on, where another series has had the same one: it is
        learned there. Whether that is so. Only while neither has an event."""
        calm = self._alarm.start is None and other._alarm.start is None
        alike = (self.threshold, self.min_mentions) == (other.threshold, other.min_mentions)
        pages_only = self.watch == self.threshold  # a watch's budget is asked before it is learned
        if not (calm and alike and pages_only and self._past.dump() == other._past.dump()):
            return False
        self._past = other._past
        return True

    def part(self) -> None:
        """Have a past of one's own again."""
        self._past = self._past.copy()

    def learning_until(self, now: datetime) -> datetime | None:
        past = self._past
        return None if past.is_known else now + (past.warm_up - past.learned) * self.span

    def _measure(self, bucket: Bucket) -> Findings:
        return self._past.measure(bucket, self._factor(bucket.start))

    def _factor(self, at: datetime) -> float:
        return self._planned(at) if self._planned else 1.0

    def _signal(
        self, bucket: Bucket, found: Findings, start: datetime, buckets: int, peak: float
    ) -> Signal:
        tight = self._past.scales.tightest(bucket.volume, found.counts, self.min_mentions)
        low, high = count_range(tight.mean, self._past.scales.spread(tight))
        paged = max(peak, found.strength) >= self.threshold
        return Signal(
            brand=self.key.brand,
            platform=self.key.platform,
            detector=self.name,
            risk_class="reputation",
            start=start,
            at=bucket.end,
            score=found.score,
            observed=tight.count,
            expected=Interval(low, tight.mean, high),
            window=self.span * tight.length,
            final=bucket.final,
            facts={
                "level": "page" if paged else "watch",
                "persistence_buckets": buckets,
                "planned": self._factor(bucket.start),
                **self._bar(found, start),
                "onset_minutes": self.span * self._past.onset(bucket, found, tight) / MINUTE,
                **self._figures(found, tight),
            },
        )

    def _bar(self, found: Findings, start: datetime) -> dict[str, float | str]:
        """How high the bar is at the scale that finds it strangest, and what has set it."""
        which = found.counts.which
        bar = self._past.scales.bar(which, found.counts.means[which], self.threshold)
        if bar is None:
            return {}
        minutes = self.span * self._past.scales.lengths[which] / MINUTE
        highest = self._past.highest[which].before(start)
        when = {"bar_from": highest.isoformat()} if highest else {}
        return {"bar": round(bar, 1), "bar_minutes": minutes, **when}

    def _figures(self, found: Findings, tight: Stretch) -> dict[str, float | str]:
        measured, evidence = found.counts, found.evidence
        facts: dict[str, float | str] = {
            "agreed": ", ".join(evidence.agreeing()),
            "ratio": round(tight.count / max(tight.mean, LEAST_ORDINARY), 3),
            "p": 10.0 ** -min(found.score, 300.0),
            "mentions": max(tight.count, measured.counts[measured.which]),
            "expected": round(tight.mean, 3),
            "score_persistence": round(evidence.persistence, 3),
        }
        for name, score in zip(self._past.scales.names, measured.scores, strict=True):
            facts[f"score_{name}"] = round(score, 3)
        pieces = {
            "negative_share": evidence.negative,
            "negative_volume": evidence.negatives,
            "authors": evidence.authors,
            "new_words": evidence.new_words,
            "spread": evidence.spread,
            "named": evidence.named,
            "unread": evidence.unread or None,
            "crises": evidence.crises or None,
        }
        for name, piece in pieces.items():
            if piece is not None:
                facts[f"score_{name}"] = round(piece, 3)
        return facts

    def dump(self) -> Mapping[str, Any]:
        return {
            "version": VERSION,
            "span_s": self.span.total_seconds(),
            **self._past.dump(),
            "alarm": self._alarm.dump(),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        if state.get("version") != VERSION or state.get("span_s") != self.span.total_seconds():
            raise ValueError("a volume detector's state of another version or bucket length")
        self._past.load(state)
        self._alarm.load(state["alarm"])
