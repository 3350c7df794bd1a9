"""Two detectors that have had the same past: as long as they are shown the same, one learns for
both."""

from __future__ import annotations

import pickle

from monitor.detect.base import SeriesDetector
from monitor.detect.negative import NegativeShare
from monitor.detect.slow_burn import SlowBurn

KINDS = (NegativeShare, SlowBurn)
"""What is known to be nothing but its attributes. (``Volume`` shares its past alone.)"""


def are_twins(one: SeriesDetector, other: SeriesDetector) -> bool:
    """Whether both are of one kind, set alike, and have learned the same: what one says of a
    bucket is then what the other says, of a series of its own."""
    return type(one) is type(other) and isinstance(one, KINDS) and _all_of(one) == _all_of(other)


def take_over(one: SeriesDetector, other: SeriesDetector) -> None:
    """Have learned what the ``other`` has."""
    one.load(other.dump())


def _all_of(detector: SeriesDetector) -> bytes:
    """Everything that makes it what it is, but for whose it is."""
    own = {name: value for name, value in vars(detector).items() if name != "key"}
    return pickle.dumps(own, pickle.HIGHEST_PROTOCOL)
