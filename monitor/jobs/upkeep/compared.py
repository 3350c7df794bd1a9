"""A brand's week and the weeks before it, as far as they can be set against each other.

The counts of a platform that was hardly heard, this week or in all the weeks before, say nothing of
how loud it was: where the others were heard, they alone are compared, in all weeks. What the
sources of one platform told is not counted apart, so a platform is left out as a whole.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alerting.channels.email.week import ENOUGH, Totals
from monitor.jobs.upkeep.heard import Heard
from monitor.model import ALL, Bucket
from monitor.store import series
from monitor.store.engine import Transaction


@dataclass(frozen=True, slots=True)
class Compared:
    """What is compared of a week, with the same of the weeks ``before`` it, the latest first, and
    the platforms that are ``left_out`` of all of them."""

    week: Totals
    before: tuple[Totals, ...]
    left_out: tuple[str, ...]


def compared(tx: Transaction, brand: str, week: Heard, before: Sequence[Heard]) -> Compared:
    """A week against those before it."""
    left_out = _unheard(week, before)
    return Compared(
        _of(tx, brand, week, left_out),
        tuple(_of(tx, brand, one, left_out) for one in before),
        left_out,
    )


def totals(buckets: Collection[Bucket]) -> Totals:
    """Their sums."""
    return Totals(
        sum(bucket.volume for bucket in buckets),
        sum(bucket.scored for bucket in buckets),
        sum(bucket.negative for bucket in buckets),
    )


def _unheard(week: Heard, before: Sequence[Heard]) -> tuple[str, ...]:
    """The platforms that were not heard enough to be compared; none where that leaves nothing."""
    known = week.platforms
    found = tuple(
        name
        for name in known
        if week.whole_share(name) < ENOUGH
        or (before and all(one.whole_share(name) < ENOUGH for one in before))
    )
    return found if len(found) < len(known) else ()


def _of(tx: Transaction, brand: str, week: Heard, left_out: Collection[str]) -> Totals:
    """A week's sums without these platforms, and those of its part that was wholly told."""
    if left_out:
        kept = [name for name in series.platforms(tx, brand) if name not in left_out]
        buckets = _together(tx, brand, kept, week.start, week.end)
        week = week.without(left_out)
    else:
        buckets = series.series(tx, brand, ALL, week.start, week.end)
    whole = week.wholly(buckets)
    return replace(
        totals(buckets),
        seen=len(whole) / max(1, len(buckets)),
        seen_mentions=sum(bucket.volume for bucket in whole),
    )


def _together(
    tx: Transaction, brand: str, platforms: Sequence[str], start: datetime, end: datetime
) -> list[Bucket]:
    """The buckets of some platforms as one series, covered where all of them are."""
    if not platforms:
        return [Bucket(at, 0.0, 0.0, 0.0) for at in series.starts(start, end)]
    each = [series.series(tx, brand, name, start, end) for name in platforms]
    return [
        replace(
            same[0],
            volume=sum(bucket.volume for bucket in same),
            scored=sum(bucket.scored for bucket in same),
            negative=sum(bucket.negative for bucket in same),
            covered=all(bucket.covered for bucket in same),
        )
        for same in zip(*each, strict=True)
    ]
