"""The loop every detector runs in: live, in a replay and in a backtest alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
