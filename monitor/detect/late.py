"""What is told late: a storm that a platform shows when its time is long closed.

A search index that lags, comments that were held back, an outage that is read back: what comes then
belongs to buckets that every detector has passed. So it is looked at by itself, by floors that ask
for many negative ones by many people close together in *their* time, and by what is usual there.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import FactSpec

HOUR, HALF = timedelta(hours=1), timedelta(minutes=30)

WITHIN = HOUR
"""What becomes visible within so long is looked at together."""

PRESENT = timedelta(hours=48)
"""What was said longer before it became visible is listed, and pages nobody any more."""

LEAST, LEAST_VOICES, LEAST_SHARE = 10, 5, 0.3
"""So many that are negative or name a crisis, by so many authors, and so large a share of what
came late of their time."""

PAGE_ANGRY, PAGE_ANGRY_SHARE = 15, 0.6
PAGE_CRISES, PAGE_CRISES_SHARE = 10, 0.3
"""More than a watch: so many authors who are negative and such a share of all, or so many who name
a crisis; the floors of the first days (``monitor.detect.first_days``), authors counted once."""

TIMES_USUAL = 2
"""So many times what is negative in an ordinary hour of late ones."""

EBB = 8
"""A stretch ends where a half hour brings less than this part of its densest hour."""

FACTS = (
    FactSpec("told_late", "flag", "", "true: it became visible when its time was long over"),
    FactSpec("long_ago", "flag", "", "true: it is so old that nobody is paged for it"),
)


@dataclass(frozen=True, slots=True)
class Late:
    """A mention that was told late: when it was published and when it became visible, who wrote it
    (a number), whether it is negative or names a crisis (``bad``), and whether it does the latter.
    """

    published_at: datetime
    told_at: datetime
    who: int
    bad: bool
    crisis: bool

    @property
    def long_ago(self) -> bool:
        """Whether it was told so late that nobody is paged for it."""
        return self.told_at - self.published_at > PRESENT


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch ``[start, end)`` of the past of which much came late. ``mentions``: those that came
    late, ``bad`` of them, by ``voices``, ``crises`` that name one; ``visible`` since when and until
    when they came; ``pages``: it is more than a watch."""

    start: datetime
    end: datetime
    mentions: int
    bad: int
    voices: int
    crises: int
    visible: tuple[datetime, datetime]
    pages: bool

    @property
    def share(self) -> float:
        """The share of them that is negative or names a crisis."""
        return self.bad / self.mentions


def together(late: Sequence[Late], after: datetime | None = None) -> Iterator[list[Late]]:
    """What became visible within an hour, each time that something did; ``late`` in that order.
    ``after``: what came until then has been answered."""
    pool = [one for one in late if after is None or one.told_at > after]
    times = [one.told_at for one in pool]
    for at in sorted(set(times)):
        yield pool[bisect_right(times, at - WITHIN) : bisect_right(times, at)]


def stretch_of(late: Sequence[Late]) -> Stretch | None:
    """The densest stretch of what came late, where it is beyond the floors."""
    bad = sorted((one for one in late if one.bad), key=lambda one: one.published_at)
    if len(bad) < LEAST:
        return None
    times = [one.published_at for one in bad]
    held = [bisect_left(times, at + HOUR) - n for n, at in enumerate(times)]
    densest = max(range(len(times)), key=held.__getitem__)
    first, last = _ebb(times, densest, held[densest])
    found = measured(late, times[first], times[last])
    floor = found.bad >= LEAST and found.voices >= LEAST_VOICES and found.share >= LEAST_SHARE
    return found if floor else None


def _ebb(times: Sequence[datetime], densest: int, most: int) -> tuple[int, int]:
    """The first and the last of them, as far as half hours beside the densest hour go on."""
    first, last = densest, densest + most - 1
    least = max(1, most // EBB)
    while first > 0:
        low = bisect_left(times, times[first] - HALF)
        if first - low < least:
            break
        first = low
    while last < len(times) - 1:
        high = bisect_right(times, times[last] + HALF) - 1
        if high - last < least:
            break
        last = high
    return first, last


def measured(late: Sequence[Late], first: datetime, last: datetime) -> Stretch:
    """What came late of the time from ``first`` to ``last``, of which at least one must be."""
    within = [one for one in late if first <= one.published_at <= last]
    bad = [one for one in within if one.bad]
    angry, naming = {one.who for one in bad}, {one.who for one in bad if one.crisis}
    crises = sum(one.crisis for one in bad)
    pages = (len(angry) >= PAGE_ANGRY and len(bad) >= PAGE_ANGRY_SHARE * len(within)) or (
        len(naming) >= PAGE_CRISES and crises >= PAGE_CRISES_SHARE * len(within)
    )
    told = [one.told_at for one in bad]
    visible = (min(told), max(told))
    return Stretch(first, last, len(within), len(bad), len(angry), crises, visible, pages)


@dataclass(frozen=True, slots=True)
class Usual:
    """What a brand is used to. ``share``: of negative mentions (None: unknown); ``negative``: how
    many there are at this time of day (None: unknown); ``late``: how many of an hour's late ones.
    """

    share: float | None
    negative: float | None
    late: float


def stands_out(found: Stretch, total: float, usual: Usual) -> bool:
    """Whether a stretch is more than what is usual. ``total``: all that is negative in its time,
    whenever it came. Where nothing is known to hold it against, only what pages is told."""
    if found.bad < TIMES_USUAL * usual.late:
        return False
    if usual.negative is None or usual.share is None:
        return found.pages
    ordinary = 1.2 * usual.negative
    if total < ordinary + 3 * math.sqrt(max(ordinary, 1.0)):
        return False
    # people who complain of one thing do not do so independently (``monitor.detect.negative``)
    counted = found.mentions / (1 + 0.02 * (found.mentions - 1))
    spread = math.sqrt(max(usual.share * (1 - usual.share), 0.01) / counted)
    return found.share >= min(usual.share + 3 * spread, 0.95)
