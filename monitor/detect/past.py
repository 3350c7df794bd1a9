"""What a series has been like, and how strange a bucket is against that.

What is ordinary comes from ``season.Baseline`` (times what a planned event makes of it), how
strange a surplus is from the series' own past (``scales.Scales``), whether it lasts from
``persistence.Persistence``, what people think from ``opinion.Opinions``, whether many speak from
their number; what they amount to together is ``evidence.Evidence``.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Any

from monitor.detect.alarm import AlarmState
from monitor.detect.episodes import LOWEST, Episodes
from monitor.detect.evidence import Evidence
from monitor.detect.highest import Highest
from monitor.detect.opinion import Opinion, Opinions
from monitor.detect.parts import Parts
from monitor.detect.persistence import Persistence
from monitor.detect.scales import MEMORY_DAYS, Measured, Scales, any_clear
from monitor.detect.scan import Stretch
from monitor.detect.season import DAY, Baseline
from monitor.detect.voices import Authors
from monitor.model import Bucket

CALM = 2.0
"""Buckets of a higher score teach less what is ordinary, the less the stranger they are."""

LESSON = timedelta(hours=9)
"""So much of an event, once through the longest window, counts among the series' own past."""

UNCLEAR = 1.2
"""What is not so clear counts for so much at most: evidence, but no alarm by itself."""

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


class Past:
    """A series' own past. O(1) a bucket. ``threshold``: of a page."""

    def __init__(
        self, span: timedelta, *, threshold: float, min_mentions: int, warm_up: timedelta
    ) -> None:
        self.span, self.threshold, self.min_mentions = span, threshold, min_mentions
        self.scales = Scales(span)
        self.highest = [Highest(timedelta(days=MEMORY_DAYS)) for _ in self.scales.lengths]
        self._persistence = Persistence(span)
        self._opinions = Opinions(span)
        self._authors = Authors(span)
        self._parts = Parts(span, self.scales)
        self._baseline = Baseline(span, level_days=7.0, season_days=28.0)
        self._surge = AlarmState(quiet=timedelta(hours=3), refractory=DAY)
        """The event that the volume alone makes, whatever is thought of it: what it teaches."""
        week, memory = 7 * DAY / span, MEMORY_DAYS * DAY / span
        self.episodes = Episodes(memory, round(DAY / span), WATCHES_A_WEEK / week, week)
        self.warm_up = max(1, round(warm_up / span))
        self._settling = max(1, round(DAY / span))
        self.learned = 0
        self._next: datetime | None = None
        self._rise = 0.0
        self._rise_start: datetime | None = None
        self._memo: tuple[Bucket, Findings] | None = None
        self._dumped: tuple[datetime | None, dict[str, Any]] | None = None

    @property
    def is_known(self) -> bool:
        """Whether it is long enough for anything to be strange in it."""
        return self.learned >= self.warm_up

    def takes(self, bucket: Bucket) -> bool:
        """Whether what a bucket tells is counted: in part it is, once it is known what is usual for
        the whole, and teaches nothing."""
        return bucket.covered or (bucket.partial and self.is_known)

    def measure(self, bucket: Bucket, planned: float) -> Findings:
        """What a bucket looks like before it is learned, where ``planned`` times the ordinary is
        expected."""
        memo = self._memo
        if memo and (memo[0] is bucket or memo[0] == bucket):
            return memo[1]
        ordinary = self._baseline.expected(bucket.start)
        mean = ordinary * planned
        counts = self.scales.measure(bucket.volume, mean)
        persistence, least = self._persistence.measure(bucket.volume, mean)
        opinion = self._opinions.measure(bucket, mean, ordinary)
        authors = self._authors.measure(bucket, mean)
        enough, lasting = max(counts.counts[:2]), max(counts.counts[:3])
        calm = not any_clear(counts)
        many = not self._authors.known(bucket) or any_clear(authors)
        known = opinion.known
        material = lasting >= self.min_mentions and any_clear(opinion.counted)
        evidence = Evidence(
            surplus=self._tempered(counts.score, calm) if enough >= self.min_mentions else 0.0,
            persistence=self._tempered(persistence, calm) if lasting >= self.min_mentions else 0.0,
            clear=not calm or opinion.beyond,
            many=many,
            usual=self._baseline.level * self._settling / 24.0,
            negative=(opinion.share if material else 0.0) if known else None,
            negatives=(opinion.count if enough >= self.min_mentions else 0.0) if known else None,
            authors=authors.score if self._authors.known(bucket) else None,
            new_words=bucket.new_words,
            spread=bucket.spread,
            named=bucket.named,
            unread=self._parts.unread(bucket, counts.counts, counts.means, self.min_mentions),
            crises=self._parts.crises(bucket, counts.means),
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
        score *= 1.0 - 0.15 * max(0.0, 1.0 - self.learned / week)
        return min(score, UNCLEAR) if calm else score

    def learn(self, bucket: Bucket, planned: float, *, known: bool) -> None:
        """Absorb a bucket, once. ``known``: it is of an event that a person has in hand."""
        self.catch_up(bucket.start)
        self._next = bucket.start + self.span
        if not self.takes(bucket):
            self._blind()
            if not self._surge.lasting(bucket.end):
                self._surge.close()
            return
        known = known or not bucket.covered
        found = self.measure(bucket, planned)
        self._track(bucket, found)
        counts = found.counts
        mean = counts.mean if self.learned else bucket.volume
        teach = self.learned >= self._settling and not known and not self._drags_on(bucket)
        trust = 0.0 if known else self._trust(bucket, found)
        self.scales.learn(bucket.volume, mean, counts, teach=teach)
        if teach:
            for highest, surge in zip(self.highest, counts.surges, strict=True):
                highest.learn(surge, bucket.start)
        self._persistence.learn(bucket.volume, mean, found.least, teach=teach)
        if self.learned >= 7 * self._settling:
            strange = not known and found.strength >= LOWEST
            self.episodes.learn(found.evidence.watch(self.threshold) if strange else 0.0)
        self._opinions.learn(found.opinion, bucket, mean, mean / planned, trust, teach=teach)
        self._authors.learn(found.authors, bucket, mean, trust, teach=teach)
        self._parts.learn(bucket, trust)
        if bucket.covered:
            self._learn_ordinary(bucket, counts.mean, trust if planned == 1.0 else 0.0)
            self.learned += 1
        self._memo = None

    def catch_up(self, start: datetime) -> None:
        """Buckets before ``start`` that were left out count as not seen."""
        if self._next is not None and start > self._next:
            missing = round((start - self._next) / self.span)
            for _ in range(min(missing, self.scales.lengths[-1])):
                self._blind()
            self._next = start

    def _learn_ordinary(self, bucket: Bucket, mean: float, trust: float) -> None:
        """A planned event tells nothing of ordinary days, whether it came as planned or not."""
        limit = mean + 3.0 * sqrt(mean + 0.2 * mean * mean)
        value = min(bucket.volume, max(limit, 1.0)) if self.learned else bucket.volume
        self._baseline.learn(bucket.start, value, trust)

    def _blind(self) -> None:
        for part in (self.scales, self._persistence, self._opinions, self._authors, self._parts):
            part.blind()

    def _trust(self, bucket: Bucket, found: Findings) -> float:
        """How much a bucket teaches: the stranger it is, the less. A storm is not the new normal;
        a level that stays becomes it within weeks."""
        if not self.is_known:
            return 1.0
        surplus = found.evidence.surplus
        trust = 1.0 if surplus <= CALM else (CALM / surplus) ** 2
        return min(trust, 0.1) if self._drags_on(bucket) else trust

    def _drags_on(self, bucket: Bucket) -> bool:
        """Whether an event has gone on for hours: it has taught what there was to learn from it,
        and is not to hide the next one."""
        start = self._surge.start
        return start is not None and bucket.end - start > LESSON

    def is_alive(self, found: Findings) -> bool:
        """Whether what is short enough to have ended with the event is still abnormal."""
        return max(found.counts.scores[:2]) >= ALIVE * self.threshold

    def began(self, bucket: Bucket, found: Findings) -> datetime:
        """Since when the count runs above the ordinary, within the window that found it."""
        if self._rise_start is None:
            return bucket.start
        window = self.span * self.scales.lengths[found.counts.which]
        return max(self._rise_start, bucket.end - window)

    def onset(self, bucket: Bucket, found: Findings, tight: Stretch) -> int:
        """How many buckets ago what goes on began: by the negative ones where it is they that are
        more, else where the stretch begins that the figures are of."""
        angry = self._opinions.begun(bucket, found.opinion, found.counts.mean)
        return angry or tight.length

    def follow(
        self, state: AlarmState, bucket: Bucket, found: Findings, score: float, threshold: float
    ) -> None:
        """Let an alarm go on, end or begin with a bucket."""
        if state.lasting(bucket.start):
            state.go_on(bucket.end, score, self.is_alive(found))
            return
        state.close()
        if state.opens(bucket.end, score, threshold):
            state.begin(self.began(bucket, found), bucket.end, score)

    def _track(self, bucket: Bucket, found: Findings) -> None:
        """Since when the count runs above what is ordinary, and the event that it makes alone."""
        if self.is_known:
            self.follow(self._surge, bucket, found, found.evidence.volume, self.threshold)
        mean = found.counts.mean
        rise = self._rise + bucket.volume - 1.25 * mean - 0.1
        rise = min(rise, self._settling / 2.0 * (mean + 0.1))
        if rise <= 0.0:
            self._rise, self._rise_start = 0.0, None
        else:
            self._rise, self._rise_start = rise, self._rise_start or bucket.start

    def copy(self) -> Past:
        """Another one that is the same."""
        self._memo = self._dumped = None
        copied: Past = pickle.loads(pickle.dumps(self, pickle.HIGHEST_PROTOCOL))  # noqa: S301
        return copied

    def dump(self) -> dict[str, Any]:
        """The state, exact. The same one, as long as nothing more is learned."""
        if self._dumped is None or self._dumped[0] != self._next:
            self._dumped = (self._next, self._dump())
        return self._dumped[1]

    def _dump(self) -> dict[str, Any]:
        return {
            "scales": self.scales.dump(),
            "highest": [highest.dump() for highest in self.highest],
            "persistence": self._persistence.dump(),
            "opinions": self._opinions.dump(),
            "authors": self._authors.dump(),
            "parts": self._parts.dump(),
            "baseline": self._baseline.dump(),
            "episodes": self.episodes.dump(),
            "surge": self._surge.dump(),
            "learned": self.learned,
            "next": self._next and self._next.isoformat(),
            "rise": self._rise,
            "rise_start": self._rise_start and self._rise_start.isoformat(),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Restore what ``dump`` gave. Raises ValueError where the windows differ."""
        self.scales.load(state["scales"])
        for highest, stored in zip(self.highest, state["highest"], strict=True):
            highest.load(stored)
        self._persistence.load(state["persistence"])
        self._opinions.load(state["opinions"])
        self._authors.load(state["authors"])
        self._parts.load(state["parts"])
        self._baseline.load(state["baseline"])
        self.episodes.load(state["episodes"])
        self._surge.load(state["surge"])
        self.learned = int(state["learned"])
        self._next = state["next"] and datetime.fromisoformat(state["next"])
        self._rise = float(state["rise"])
        self._rise_start = state["rise_start"] and datetime.fromisoformat(state["rise_start"])
        self._memo = self._dumped = None
