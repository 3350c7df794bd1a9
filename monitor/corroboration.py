"""What is independent of the count and is asked only where something is told: is what is said new,
do more platforms and publishers speak than otherwise when it is loud, and does a larger part of the
voices name a crisis?

Detectors see sums, and words and publishers are too many to be summed every five minutes for what
is asked once a week. So where a brand's volume is told as a watch, or has just begun to be more,
they are read, held against the brand's own past, and put into the bucket that is scored then. How
rare they are is asked of the busiest hours of two weeks: any burst is about something, and what is
only as new as the last bursts were agrees with nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from math import log
from typing import Protocol

from monitor.detect.scales import surge_of
from monitor.detect.tails import rarity
from monitor.detect.volume import Volume
from monitor.enrich.likelihood import log_likelihood
from monitor.enrich.novelty import LEAST_SHARE, Terms, counted, newest, terms
from monitor.model import ALL, Bucket, Signal
from monitor.query.text import normalise
from monitor.store.engine import Transaction
from monitor.store.past import Speaker, Spoken, Stored
from monitor.store.voices import hour_of

HOUR = timedelta(hours=1)
PAST, APART = timedelta(days=14), timedelta(hours=6)
"""How long a past, and how far before the event it ends: no event is held against itself."""

STRETCHES, LEAST_STRETCHES, BETWEEN = 16, 8, timedelta(hours=12)
"""So many of the past's busiest hours are held against, of one day two at most; of fewer than the
least nothing is known."""

READ, READ_NOW, LEAST_VOICES = 60, 120, 8
"""Texts read of a stretch and of an event, the latest ones; fewer voices than the least say
nothing, and fewer that name a crisis, or a smaller share than of a new word, name none."""

RECENT = timedelta(hours=3)
"""So much of an event is read."""

JUST_TOLD = 12
"""Abnormal buckets of a page of which it is still asked, so that it says what agreed."""

LOUD = 2.0
"""A platform is loud so many standard deviations of a Poisson count over its mean hour."""

TENFOLD, ONE_OUTLET = 0.43, 0.5
"""The least mean excess of a tail: of log10 likelihoods by chance alone, and of numbers."""


class Told(Protocol):
    """Where is asked what was said: in what is stored, or ahead of it."""

    def spoken(self, brand: str, start: datetime, end: datetime, limit: int) -> Sequence[Spoken]:
        """The latest texts, the latest first."""

    def by_hour(
        self, brand: str, start: datetime, end: datetime
    ) -> Mapping[datetime, Mapping[str, int]]:
        """Mentions of each hour and platform."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The end of an hour: what each voice said, the latest first, and how many outlets spoke up:
    platforms that were loud, and publishers (an article's platform is only its feed).
    ``naming``: how many of the voices name a crisis."""

    voices: Sequence[Terms]
    outlets: int
    naming: int = 0


@dataclass(frozen=True, slots=True)
class Past:
    """What an event is held against: the busiest hours, and the mean hour of each platform."""

    stretches: Sequence[Stretch]
    means: Mapping[str, float]


@dataclass(slots=True)
class Corroborator:
    """Asks for one brand, in any transaction. ``names``: words that say nothing of it. Keeps the
    past of the last event it was asked of."""

    names: frozenset[str]
    _event: datetime | None = None
    _past: Past = field(default_factory=lambda: Past((), {}))

    def within(self, tx: Transaction) -> Callable[[Bucket, Signal], Bucket]:
        """As ``monitor.detect.replay`` wants it."""
        return partial(self.ask, Stored(tx))

    def ask(self, told: Told, bucket: Bucket, signal: Signal) -> Bucket:
        """The bucket of which a detector says something, with what else is known of it."""
        if not is_asked(signal):
            return bucket
        begin = max(signal.start, bucket.end - RECENT)
        said = told.spoken(signal.brand, begin, bucket.end, READ_NOW)
        if len(said) < LEAST_VOICES:
            return bucket
        if self._event != signal.start:
            self._past = self._read(told, signal.brand, hour_of(signal.start) - APART)
            self._event = signal.start
        counts = _total(told.by_hour(signal.brand, bucket.end - HOUR, bucket.end).values())
        now = self._stretch(said, counts, self._past.means)
        many = _comparable(now, self._past)
        if many < LEAST_VOICES:
            return bucket
        held = [one for one in self._past.stretches if len(one.voices) >= many]
        outlets = [float(one.outlets) for one in held]
        return replace(
            bucket,
            new_words=_newness(now, held, many),
            spread=rarity(now.outlets, outlets, ONE_OUTLET),
            named=_named(now, held),
        )

    def _read(self, told: Told, brand: str, until: datetime) -> Past:
        """The busiest hours before ``until``, and what was said up to the end of each."""
        before = until - PAST
        hours = told.by_hour(brand, before, until)
        means = {on: count * (HOUR / PAST) for on, count in _total(hours.values()).items()}
        stretches = []
        for at in _busiest(hours):
            # no text is of two stretches
            said = told.spoken(brand, before, at + HOUR, READ)
            stretches.append(self._stretch(said, hours[at], means))
            before = at + HOUR
        return Past(stretches, means)

    def _stretch(
        self, said: Sequence[Spoken], counts: Mapping[str, int], means: Mapping[str, float]
    ) -> Stretch:
        voices: dict[Speaker, Terms] = {}
        for one in said:
            but = self.names | {normalise(word) for word in one.matched}
            voices[one.who] = voices.get(one.who, frozenset()) | terms(one.text, but)
        publishers = {one.publisher for one in said if one.publisher}
        feeds = {one.platform for one in said if one.publisher}
        loud = [
            on
            for on, count in counts.items()
            if on not in feeds and surge_of(count, means.get(on, 0.0)) >= LOUD
        ]
        naming = {one.who for one in said if one.accuses}
        return Stretch(list(voices.values()), len(loud) + len(publishers), len(naming))


def is_asked(signal: Signal) -> bool:
    """Of the volume of a brand as a whole, while it is a watch or has just become a page."""
    facts = signal.facts
    if signal.detector != Volume.name or signal.platform != ALL or "level" not in facts:
        return False
    return facts["level"] == "watch" or float(facts["persistence_buckets"]) <= JUST_TOLD


def names_of(*names: str) -> frozenset[str]:
    """The words of a brand's names, as ``Corroborator`` wants them."""
    return frozenset(word for name in names for word in normalise(name).split())


def _busiest(hours: Mapping[datetime, Mapping[str, int]]) -> list[datetime]:
    """The busiest hours that lie apart, in order."""
    found: list[datetime] = []
    for at in sorted(hours, key=lambda at: (-sum(hours[at].values()), at)):
        if len(found) < STRETCHES and all(abs(at - other) >= BETWEEN for other in found):
            found.append(at)
    return sorted(found)


def _total(hours: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for cell in hours:
        total.update(cell)
    return total


def _comparable(now: Stretch, past: Past) -> int:
    """How many voices of each stretch are compared: the more, the newer the newest looks."""
    sizes = sorted((len(one.voices) for one in past.stretches), reverse=True)
    if len(sizes) < LEAST_STRETCHES:
        return 0
    return min(len(now.voices), sizes[LEAST_STRETCHES - 1])


def _newness(now: Stretch, held: Sequence[Stretch], many: int) -> float:
    """How rarely what is said is so new, among stretches of as many voices."""
    words = [counted(one.voices[:many]) for one in held]
    every = _total(words)
    others = many * (len(held) - 1)
    past = [newest(of, many, every - of, others) for of in words]
    return rarity(newest(counted(now.voices[:many]), many, every, many * len(held)), past, TENFOLD)


def _named(now: Stretch, held: Sequence[Stretch]) -> float:
    """How rarely so large a part of the voices name a crisis, among those stretches."""
    if now.naming < max(LEAST_VOICES, LEAST_SHARE * len(now.voices)):
        return 0.0
    voices, naming = sum(len(one.voices) for one in held), sum(one.naming for one in held)
    past = [_jump(one, naming - one.naming, voices - len(one.voices)) for one in held]
    return rarity(_jump(now, naming, voices), past, TENFOLD)


def _jump(now: Stretch, naming: int, voices: int) -> float:
    """log10 of the likelihood ratio of a stretch's part that names a crisis against that of others;
    0 where it is no larger."""
    if now.naming * voices <= naming * len(now.voices):
        return 0.0
    return log_likelihood(now.naming, len(now.voices), naming, voices) / (2.0 * log(10.0))
