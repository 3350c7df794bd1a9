"""The steepest stretch that ends now: of all beginnings, the one from which on the counts depart
most from what was ordinary (the scan statistic of a Poisson process, Kulldorff 1997)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

LEAST_ORDINARY = 0.1
"""An ordinary count is taken for no less than this: nothing is infinitely many times as much."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The last ``length`` buckets, their ``count``, and the ``mean`` that was ordinary in them.
    ``clearness``: how many times likelier, as a natural logarithm, it is of more than of chance."""

    length: int
    count: float
    mean: float
    clearness: float = 0.0


def steepest(backwards: Iterable[tuple[float, float]], least: float) -> Stretch | None:
    """Of counts and ordinary means, the latest bucket first. ``least``: a stretch of fewer
    mentions says nothing. None where no such stretch runs above the ordinary."""
    best, found = 0.0, None
    count = mean = 0.0
    for length, (seen, ordinary) in enumerate(backwards, 1):
        count += seen
        mean += ordinary
        floor = max(mean, LEAST_ORDINARY)
        if seen <= ordinary or count < least or count <= floor:
            continue  # the likeliest beginning is never a bucket that is ordinary itself
        likelihood = count * log(count / floor) - (count - floor)
        if likelihood > best:
            best, found = likelihood, Stretch(length, count, mean, likelihood)
    return found


FOOT = log(20.0)
"""So clear a stretch has to be to have begun, and what comes directly before it to be how."""

APART, LONE = 2, 2.0
"""Fewer mentions than so many, with so many quiet buckets between them and the rest, are no part
of it."""

ADJOINS = 6
"""Within so many buckets before it: what was hours ago was something else."""


def begun(backwards: Sequence[tuple[float, float]], least: float) -> int | None:
    """How many buckets ago what goes on began: the steepest stretch, and before it what is clearly
    beyond the ordinary by itself. A storm that swells is steepest where it has swollen already.
    None where there is nothing so clear."""
    length, found = 0, steepest(backwards, least)
    while found is not None and found.clearness >= FOOT:
        length += found.length
        found = steepest(backwards[length : length + ADJOINS], 0.0)
    return _without_the_lone(backwards, length) or None


def _without_the_lone(backwards: Sequence[tuple[float, float]], length: int) -> int:
    """A stretch without a single voice long before the rest: where next to nothing is ordinary, one
    is as rare as the storm that comes half an hour later by chance."""
    while length > APART and backwards[length - 1][0] < LONE:
        quiet = 0
        while quiet < length - 1 and not _is_more(backwards[length - 2 - quiet]):
            quiet += 1
        if not APART <= quiet < length - 1:
            break
        length -= quiet + 1
    return length


def _is_more(cell: tuple[float, float]) -> bool:
    seen, ordinary = cell
    return seen > ordinary
