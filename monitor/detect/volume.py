"""The volume detector: does more come in than is ordinary for this series, at any length, and does
anything independent of that agree?

What is ordinary comes from ``season.Baseline`` (times what a planned event makes of it), how
strange a surplus is from the series' own past (``scales.Scales``), whether it lasts from
``persistence.Persistence``, what people think from ``opinion.Opinions``, whether many speak from
their number; what they amount to together is ``evidence.Evidence``, and what one alarm is
``alarm.AlarmState``. An alarm opens as a watch or as a page, and a watch is promoted by the first
bucket in which something agrees. docs/detection.md has the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Any

from monitor.detect.alarm import AlarmState
from monitor.detect.episodes import LOWEST, Episodes
from monitor.detect.evidence import PAGE, WATCH, Evidence
from monitor.detect.highest import Highest
from monitor.detect.opinion import Opinion, Opinions
from monitor.detect.persistence import Persistence
from monitor.detect.scales import MEMORY_DAYS, Measured, Scales, any_clear
from monitor.detect.scan import LEAST_ORDINARY, Stretch
from monitor.detect.season import DAY, Baseline
from monitor.detect.tails import count_range
from monitor.detect.voices import Authors
from monitor.detect.volume_facts import FACTS
from monitor.model import BUCKET, Bucket, FactSpec, Interval, SeriesKey, Signal

VERSION = 6
MINUTE = timedelta(minutes=1)
THRESHOLD = PAGE
"""The default of a page."""

CALM = 2.0
"""Buckets of a higher score teach less what is ordinary, the less the stranger they are."""

LESSON = timedelta(hours=9)
"""So much of an event, once through the longest window, counts among the series' own past."""

UNCLEAR = 1.2
"""What is not so clear counts for so much at most: evidence, but no alarm by itself."""

WATCH_AFTER = timedelta(days=14)
"""Of a series' own past must be known before what is strange in it and no more is told."""

WATCHES_A_WEEK = 1.0
"""The budget of watches. A series whose past has come to the watch's threshold more often has to
come higher; a week without any is granted to begin with, and the first week teaches nothing."""

ALIVE = 0.75
"""An event goes on while a short scale's score is at so much of the page's threshold."""


@dataclass(slots=True)
class Findings:
    """Everything measured of a bucket before anything is learned from it."""

    counts: Measured
    least: list[float]
    opinion: Opinion
    authors: Measured
    evidence: Evidence
    strength: float

    @property
    def score(self) -> float:
        """How improbable it is, by whatever says so most."""
        return max(self.evidence.volume, self.strength)


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
        self._scales = Scales(span)
        self._highest = [Highest(timedelta(days=MEMORY_DAYS)) for _ in self._scales.lengths]
        self._persistence = Persistence(span)
        self._opinions = Opinions(span)
        self._authors = Authors(span)
        self._baseline = Baseline(span, level_days=7.0, season_days=28.0)
        self._alarm = AlarmState(quiet=timedelta(hours=3), refractory=DAY)
        self._surge = AlarmState(quiet=timedelta(hours=3), refractory=DAY)
        """The event that the volume alone makes, whatever is thought of it: what it teaches."""
        week, memory = 7 * DAY / span, MEMORY_DAYS * DAY / span
        self._episodes = Episodes(memory, round(DAY / span), WATCHES_A_WEEK / week, week)
        self._warm_up = max(1, round(warm_up / span))
        self._settling = max(1, round(DAY / span))
        self._watch_after = max(self._warm_up, round(WATCH_AFTER / span))
        self._learned = 0
        self._next: datetime | None = None
        self._rise = 0.0
        self._rise_start: datetime | None = None
        self._memo: tuple[Bucket, Findings] | None = None

    def score(self, bucket: Bucket) -> Signal | None:
        if not bucket.covered or self._learned < self._warm_up:
            return None
        found, alarm = self._measure(bucket), self._alarm
        if alarm.lasting(bucket.start) and alarm.start is not None:
            buckets = alarm.buckets + self._alive(found)
            return self._signal(bucket, found, alarm.start, buckets, alarm.peak)
        if not alarm.opens(bucket.end, self._opening(found), self.watch):
            return None
        return self._signal(bucket, found, self._began(bucket, found), 1, 0.0)

    def surprise(self, bucket: Bucket) -> float:
        """The strength of a bucket's evidence, whatever events go on. 0 where it may not speak."""
        if not bucket.covered or self._learned < self._warm_up:
            return 0.0
        return self._measure(bucket).strength

    def _opening(self, found: Findings) -> float:
        """The strength that opens an alarm: a page's always, a watch's where its budget allows.
        Before the past is known it cannot be kept, and only what would page if opinions were
        unknown is watched; then the past's own episodes say how high a watch has to come."""
        evidence, strength = found.evidence, found.strength
        if not self.watch <= strength < self.threshold:
            return strength
        if self._learned < self._watch_after:
            return strength if evidence.surplus >= self.threshold else 0.0
        return strength if evidence.watch(self.threshold) >= self._episodes.bar else 0.0

    def learn(self, bucket: Bucket) -> None:
        if self._next is not None and bucket.start > self._next:
            # buckets that were left out count as not seen
            missing = round((bucket.start - self._next) / self.span)
            for _ in range(min(missing, self._scales.lengths[-1])):
                self._blind()
        self._next = bucket.start + self.span
        if not bucket.covered:
            self._blind()
            for state in (self._alarm, self._surge):
                if not state.lasting(bucket.end):
                    state.close()
            return
        found = self._measure(bucket)
        self._track(bucket, found)
        counts = found.counts
        mean = counts.mean if self._learned else bucket.volume
        # what has calmed down before a person closes it is ordinary again
        known = bucket.acknowledged and self._alarm.lasting(bucket.start)
        teach = self._learned >= self._settling and not known and not self._drags_on(bucket)
        trust = 0.0 if known else self._trust(bucket, found)
        self._scales.learn(bucket.volume, mean, counts, teach=teach)
        if teach:
            for highest, surge in zip(self._highest, counts.surges, strict=True):
                highest.learn(surge, bucket.start)
        self._persistence.learn(bucket.volume, mean, found.least, teach=teach)
        if self._learned >= 7 * self._settling:
            strange = not known and found.strength >= LOWEST
            self._episodes.learn(found.evidence.watch(self.threshold) if strange else 0.0)
        planned = self._factor(bucket.start)
        self._opinions.learn(found.opinion, bucket, mean, mean / planned, trust, teach=teach)
        self._authors.learn(found.authors, bucket, mean, trust, teach=teach)
        limit = counts.mean + 3.0 * sqrt(counts.mean + 0.2 * counts.mean * counts.mean)
        value = min(bucket.volume, max(limit, 1.0)) if self._learned else bucket.volume
        # a planned event tells nothing of ordinary days, whether it came as planned or not
        self._baseline.learn(bucket.start, value, trust if planned == 1.0 else 0.0)
        self._learned += 1
        self._memo = None

    def _blind(self) -> None:
        for part in (self._scales, self._persistence, self._opinions, self._authors):
            part.blind()

    def learning_until(self, now: datetime) -> datetime | None:
        if self._learned >= self._warm_up:
            return None
        return now + (self._warm_up - self._learned) * self.span

    def _factor(self, at: datetime) -> float:
        return self._planned(at) if self._planned else 1.0

    def _measure(self, bucket: Bucket) -> Findings:
        memo = self._memo
        if memo and (memo[0] is bucket or memo[0] == bucket):
            return memo[1]
        ordinary, planned = self._baseline.expected(bucket.start), self._factor(bucket.start)
        mean = ordinary * planned
        counts = self._scales.measure(bucket.volume, mean)
        persistence, least = self._persistence.measure(bucket.volume, mean)
        opinion = self._opinions.measure(bucket, mean, ordinary)
        authors = self._authors.measure(bucket, mean)
        enough, lasting = max(counts.counts[:2]), max(counts.counts[:3])
        calm = not any_clear(counts)
        known = opinion.known
        material = lasting >= self.min_mentions and any_clear(opinion.counted)
        evidence = Evidence(
            surplus=self._tempered(counts.score, calm) if enough >= self.min_mentions else 0.0,
            persistence=self._tempered(persistence, calm) if lasting >= self.min_mentions else 0.0,
            clear=not calm or opinion.beyond,
            usual=self._baseline.level * self._settling / 24.0,
            negative=(opinion.share if material else 0.0) if known else None,
            negatives=(opinion.count if enough >= self.min_mentions else 0.0) if known else None,
            authors=authors.score if self._authors.known(bucket) else None,
            new_words=bucket.new_words,
            spread=bucket.spread,
        )
        found = Findings(
            counts, least, opinion, authors, evidence, evidence.strength(self.threshold)
        )
        self._memo = (bucket, found)
        return found

    def _tempered(self, score: float, calm: bool) -> float:
        """The score, less in the first week (not every day of the week has been seen), and no
        more than calm where chance and a baseline that is a fifth too low explain it all."""
        week = 7.0 * self._settling
        score *= 1.0 - 0.15 * max(0.0, 1.0 - self._learned / week)
        return min(score, UNCLEAR) if calm else score

    def _trust(self, bucket: Bucket, found: Findings) -> float:
        """How much a bucket teaches: the stranger it is, the less. A storm is not the new normal;
        a level that stays becomes it within weeks."""
        if self._learned < self._warm_up:
            return 1.0
        surplus = found.evidence.surplus
        trust = 1.0 if surplus <= CALM else (CALM / surplus) ** 2
        return min(trust, 0.1) if self._drags_on(bucket) else trust

    def _drags_on(self, bucket: Bucket) -> bool:
        """Whether an event has gone on for hours: it has taught what there was to learn from it,
        and is not to hide the next one."""
        start = self._surge.start
        return start is not None and bucket.end - start > LESSON

    def _alive(self, found: Findings) -> bool:
        """Whether what is short enough to have ended with the event is still abnormal."""
        return max(found.counts.scores[:2]) >= ALIVE * self.threshold

    def _began(self, bucket: Bucket, found: Findings) -> datetime:
        """Since when the count runs above the ordinary, within the window that found it."""
        if self._rise_start is None:
            return bucket.start
        window = self.span * self._scales.lengths[found.counts.which]
        return max(self._rise_start, bucket.end - window)

    def _follow(
        self, state: AlarmState, bucket: Bucket, found: Findings, score: float, threshold: float
    ) -> None:
        if state.lasting(bucket.start):
            state.go_on(bucket.end, score, self._alive(found))
            return
        state.close()
        if state.opens(bucket.end, score, threshold):
            state.begin(self._began(bucket, found), bucket.end, score)

    def _track(self, bucket: Bucket, found: Findings) -> None:
        """Events, and since when the count runs above what is ordinary."""
        if self._learned >= self._warm_up:
            volume = found.evidence.volume
            lasting = self._alarm.lasting(bucket.start)
            strength = found.strength if lasting else self._opening(found)
            self._follow(self._alarm, bucket, found, strength, self.watch)
            self._follow(self._surge, bucket, found, volume, self.threshold)
        mean = found.counts.mean
        rise = self._rise + bucket.volume - 1.25 * mean - 0.1
        rise = min(rise, self._settling / 2.0 * (mean + 0.1))
        if rise <= 0.0:
            self._rise, self._rise_start = 0.0, None
        else:
            self._rise, self._rise_start = rise, self._rise_start or bucket.start

    def _signal(
        self, bucket: Bucket, found: Findings, start: datetime, buckets: int, peak: float
    ) -> Signal:
        tight = self._scales.tightest(bucket.volume, found.counts, self.min_mentions)
        low, high = count_range(tight.mean, self._scales.spread(tight))
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
                **self._figures(found, tight),
            },
        )

    def _bar(self, found: Findings, start: datetime) -> dict[str, float | str]:
        """How high the bar is at the scale that finds it strangest, and what has set it."""
        which = found.counts.which
        bar = self._scales.bar(which, found.counts.means[which], self.threshold)
        if bar is None:
            return {}
        minutes = self.span * self._scales.lengths[which] / MINUTE
        past = self._highest[which].before(start)
        when = {"bar_from": past.isoformat()} if past else {}
        return {"bar": round(bar, 1), "bar_minutes": minutes, **when}

    def _figures(self, found: Findings, tight: Stretch) -> dict[str, float | str]:
        measured, evidence = found.counts, found.evidence
        facts: dict[str, float | str] = {
            "agreed": ", ".join(evidence.agreeing()),
            "ratio": round(tight.count / max(tight.mean, LEAST_ORDINARY), 3),
            "p": 10.0 ** -min(found.score, 300.0),
            "mentions": max(tight.count, measured.counts[measured.which]),
            "expected": round(tight.mean, 3),
            "onset_minutes": self.span * tight.length / MINUTE,
            "score_persistence": round(evidence.persistence, 3),
        }
        for name, score in zip(self._scales.names, measured.scores, strict=True):
            facts[f"score_{name}"] = round(score, 3)
        pieces = {
            "negative_share": evidence.negative,
            "negative_volume": evidence.negatives,
            "authors": evidence.authors,
            "new_words": evidence.new_words,
            "spread": evidence.spread,
        }
        for name, piece in pieces.items():
            if piece is not None:
                facts[f"score_{name}"] = round(piece, 3)
        return facts

    def dump(self) -> Mapping[str, Any]:
        return {
            "version": VERSION,
            "span_s": self.span.total_seconds(),
            "scales": self._scales.dump(),
            "highest": [highest.dump() for highest in self._highest],
            "persistence": self._persistence.dump(),
            "opinions": self._opinions.dump(),
            "authors": self._authors.dump(),
            "baseline": self._baseline.dump(),
            "episodes": self._episodes.dump(),
            "alarm": self._alarm.dump(),
            "surge": self._surge.dump(),
            "learned": self._learned,
            "next": self._next and self._next.isoformat(),
            "rise": self._rise,
            "rise_start": self._rise_start and self._rise_start.isoformat(),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        if state.get("version") != VERSION or state.get("span_s") != self.span.total_seconds():
            raise ValueError("a volume detector's state of another version or bucket length")
        self._scales.load(state["scales"])
        for highest, stored in zip(self._highest, state["highest"], strict=True):
            highest.load(stored)
        self._persistence.load(state["persistence"])
        self._opinions.load(state["opinions"])
        self._authors.load(state["authors"])
        self._baseline.load(state["baseline"])
        self._episodes.load(state["episodes"])
        self._alarm.load(state["alarm"])
        self._surge.load(state["surge"])
        self._learned = int(state["learned"])
        self._next = state["next"] and datetime.fromisoformat(state["next"])
        self._rise = float(state["rise"])
        self._rise_start = state["rise_start"] and datetime.fromisoformat(state["rise_start"])
        self._memo = None
