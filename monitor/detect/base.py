"""The detector contracts. Pure: no I/O, no clock, no randomness; state is a fold over buckets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from monitor.model import Bucket, Mention, Reading, SeriesKey, Signal


@dataclass(frozen=True, slots=True)
class FactSpec:
    """A fact a detector supplies: its type (``number``, ``text`` or ``flag``) and unit."""

    name: str
    type: str
    unit: str = ""
    doc: str = ""


class SeriesDetector(Protocol):
    """Watches one series. One instance per ``SeriesKey``.

    The caller's loop, live, in a replay and in a backtest alike::

        for bucket in buckets:                    # in order, none left out, zero ones included
            signal = detector.score(bucket)       # pure; also on a bucket that is not final yet
            if bucket.final:
                detector.learn(bucket)            # exactly once per bucket

    ``learn`` is told of every final bucket and decides itself what to absorb: an uncovered one
    moves the clock and nothing else; an abnormal one is not learned as the new normal. An event
    that lasts is one ``Signal.start``; ``score`` keeps yielding it while it lasts.
    """

    name: str
    facts: tuple[FactSpec, ...]

    def score(self, bucket: Bucket) -> Signal | None:
        """The claim about this bucket, if any. Changes nothing."""
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
    """Makes a detector for a series from the rules' options (validated by its own model)."""

    def __call__(self, key: SeriesKey) -> SeriesDetector: ...


class MentionRule(Protocol):
    """Looks at one mention at a time (a critical term, an author of great reach)."""

    name: str
    facts: tuple[FactSpec, ...]

    def check(self, mention: Mention, reading: Reading) -> Signal | None: ...


class DueRule(Protocol):
    """Called by a timer row: silence, a reply that is due, standing."""

    name: str
    facts: tuple[FactSpec, ...]

    def check(self, state: Mapping[str, Any], now: datetime) -> Sequence[Signal]: ...
