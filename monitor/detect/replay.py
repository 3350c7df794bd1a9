"""The loop every detector runs in: live, in a replay and in a backtest alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace

from monitor.detect.base import SeriesDetector
from monitor.model import Bucket, Signal

ADDED = ("volume", "scored", "negative", "crisis", "unread")
"""What of buckets is added up."""

Corroborate = Callable[[Bucket, Signal], Bucket]
"""Puts into a bucket of which something is said what is only asked then."""


def advance(
    detector: SeriesDetector, bucket: Bucket, corroborate: Corroborate | None = None
) -> Signal | None:
    """What the detector says of the next bucket, which it then learns if it is final."""
    bucket, signal = _scored(detector, bucket, corroborate)
    if bucket.final:
        detector.learn(bucket)
    return signal


def _scored(
    detector: SeriesDetector, bucket: Bucket, corroborate: Corroborate | None
) -> tuple[Bucket, Signal | None]:
    signal = detector.score(bucket)
    if signal is None or corroborate is None:
        return bucket, signal
    known = corroborate(bucket, signal)
    return known, signal if known is bucket else detector.score(known)


def replay(
    detector: SeriesDetector, buckets: Iterable[Bucket], corroborate: Corroborate | None = None
) -> Iterator[Signal | None]:
    """What the detector says of each bucket in turn."""
    for bucket in buckets:
        yield advance(detector, bucket, corroborate)


def _may_add_up(detector: SeriesDetector, buckets: Sequence[Bucket]) -> bool:
    """Whether buckets of which nothing is said one by one may say something together: not where
    even all that was told of them within the last would not. A feed may keep an hour open."""
    told = [bucket for bucket in buckets if bucket.volume and (bucket.covered or bucket.partial)]
    if len(told) < 2:
        return False
    whole = {name: sum(getattr(bucket, name) for bucket in told) for name in ADDED}
    return detector.score(replace(told[-1], voices=None, **whole)) is not None


def foresee(
    detector: SeriesDetector, buckets: Sequence[Bucket], corroborate: Corroborate | None = None
) -> list[Signal | None]:
    """What the detector says of buckets that are not final, each after the ones before it, as it
    would once they are: an event of several is one. The detector itself learns nothing."""
    said = [
        detector.score(bucket) if bucket.covered or bucket.partial else None for bucket in buckets
    ]
    if not any(said) and not _may_add_up(detector, buckets):
        return said  # the copy that learns is worth its milliseconds only where something happens
    ahead = deepcopy(detector)
    for n, bucket in enumerate(buckets):
        known, said[n] = bucket, None
        if bucket.covered or bucket.partial:
            known, said[n] = _scored(ahead, bucket, corroborate)
        ahead.learn(known)
    return said
