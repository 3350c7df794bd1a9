"""The detector contracts. Pure: no I/O, no clock, no randomness; a state is what the buckets so far
have made of it, in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from monitor.model import Bucket, FactSpec, SeriesKey, Signal


class SeriesDetector(Protocol):
    """Watches one series. One instance per ``SeriesKey``.

    ``monitor.detect.replay.advance`` is the loop, live, in a replay and in a backtest alike:
    buckets come in order, none left out, zero ones included; each is scored (one that is not
    final yet may be scored many times), and learned exactly once when it is final.

    ``learn`` is told of every final bucket and decides itself what to absorb: an uncovered one
    moves the clock and nothing else; an abnormal one is not learned as the new normal. An event
    that lasts is one ``Signal.start``; ``score`` keeps yielding it while it lasts.
    """

    name: str
    facts: tuple[FactSpec, ...]

    def score(self, bucket: Bucket) -> Signal | None:
        """What it says of this bucket, if anything. Changes nothing."""
        ...

    def learn(self, bucket: Bucket) -> None:
        """Absorb a final bucket."""
        ...

    def learning_until(self, now: datetime) -> datetime | None:
        """When the detector will know enough to speak, if all stays covered; None: it does."""
        ...

    def dump(self) -> Mapping[str, Any]:
        """The state as JSON-serialisable data of bounded size, exact: ``load(dump())`` goes on
        as if nothing had happened."""
        ...

    def load(self, state: Mapping[str, Any]) -> None:
        """Restore a dumped state. Raises ValueError for one of an unknown version."""
        ...


class SeriesDetectorFactory(Protocol):
    """Makes the detectors of a series, or none: what an entry point ``siaga.detectors`` names.

    ``span``: length of the buckets they will see (a backtest may have others than the base).
    """

    def __call__(self, key: SeriesKey, span: timedelta) -> Sequence[SeriesDetector]: ...
