"""The loop every detector runs in: live, in a replay and in a backtest alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy

from monitor.detect.base import SeriesDetector
from monitor.model import Bucket, Signal


def advance(detector: SeriesDetector, bucket: Bucket) -> Signal | None:
    """What the detector says of the next bucket, which it then learns if it is final."""
    signal = detector.score(bucket)
    if bucket.final:
        detector.learn(bucket)
    return signal


def replay(detector: SeriesDetector, buckets: Iterable[Bucket]) -> Iterator[Signal | None]:
    """What the detector says of each bucket in turn."""
    for bucket in buckets:
        yield advance(detector, bucket)


def foresee(detector: SeriesDetector, buckets: Sequence[Bucket]) -> list[Signal | None]:
    """What the detector says of buckets that are not final, each after the ones before it, as it
    would once they are: an event of several is one. The detector itself learns nothing."""
    said = [detector.score(bucket) if bucket.covered else None for bucket in buckets]
    if not any(said):
        return said  # the copy that learns is worth its milliseconds only where something happens
    ahead = deepcopy(detector)
    for n, bucket in enumerate(buckets):
        said[n] = ahead.score(bucket) if bucket.covered else None
        ahead.learn(bucket)
    return said
