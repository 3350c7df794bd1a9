"""Parts of what comes in that are counted by themselves: what could not be read, and what names a
crisis. Each is held against its usual share of the whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import exp, log
from typing import Any

from monitor.detect.opinion import MEMORY
from monitor.detect.scales import Scales, is_clear
from monitor.detect.season import DAY
from monitor.detect.tails import LN10
from monitor.detect.windows import Windows
from monitor.model import Bucket

FEWEST, RAREST, TOGETHER = 5.0, 0.002, 2.0
"""Fewer voices than the first name no crisis; so small a share of what is usual is taken to name
one wherever none ever did; and so many are taken to speak of one thing."""


MUCH = 0.3
"""Where so much of what is beyond the usual could not be read, nothing is known of all of it."""


class Part:
    """A part of the mentions over windows of ``lengths`` buckets, and its usual share. O(1) a
    bucket."""

    def __init__(self, span: timedelta, lengths: Sequence[int]) -> None:
        self._windows = Windows(lengths, 1)
        self._decay = exp(-1.0 / (MEMORY * DAY / span))
        self._part = self._whole = 0.0
        self._none = (0.0,) * len(lengths)
        self._idle = self._windows.size
        """Buckets in a row without any: most series have none for weeks, and sums of none cost."""

    @property
    def share(self) -> float:
        """What of the mentions is usually of it."""
        return min(1.0, self._part / self._whole) if self._whole > 0.0 else 0.0

    def with_next(self, amount: float) -> tuple[float, ...]:
        """Each window's sum if ``amount`` came next."""
        if not amount and self._idle >= self._windows.size:
            return self._none
        return self._windows.sums_with_next(0, amount)

    def learn(self, amount: float, whole: float, trust: float) -> None:
        """Take a bucket in. ``trust``: how much it says of ordinary days, 0 to 1."""
        self._push(amount)
        self._part = self._part * self._decay + trust * amount
        self._whole = self._whole * self._decay + trust * whole

    def blind(self) -> None:
        """A bucket that was not seen."""
        self._push(0.0)

    def _push(self, amount: float) -> None:
        if amount or self._idle < self._windows.size:
            self._windows.push((amount,))
            self._idle = 0 if amount else self._idle + 1

    def dump(self) -> dict[str, Any]:
        """The state, exact."""
        share = [self._part, self._whole]
        return {"windows": self._windows.dump(), "idle": self._idle, "share": share}

    def load(self, state: Mapping[str, Any]) -> None:
        """Restore what ``dump`` gave. Raises ValueError where the windows differ."""
        self._windows.load(state["windows"])
        self._part, self._whole = (float(v) for v in state["share"])
        self._idle = int(state["idle"])


class Parts:
    """Both parts of a series. ``scales``: the windows of its volume."""

    def __init__(self, span: timedelta, scales: Scales) -> None:
        self._scales = scales
        self._unread = Part(span, scales.lengths)
        self._crises = Part(span, scales.lengths)

    def unread(
        self, bucket: Bucket, counts: Sequence[float], means: Sequence[float], least: float
    ) -> float:
        """The surplus of what could not be read, beyond its usual share of ``counts``, had all
        else been as it is usual (``means``); where that is much of what is beyond the usual, of all
        that is. 0 where it is fewer than ``least`` or not clear."""
        sums = self._unread.with_next(bucket.unread)
        if max(sums[:2]) < least:
            return 0.0
        share = self._unread.share
        seen = []
        for part, count, mean in zip(sums, counts, means, strict=True):
            more, unread = count - mean, max(0.0, part - share * count)
            seen.append(mean + (more if unread >= MUCH * more else unread))
        return self._scales.surplus(seen, means) if any(map(is_clear, seen, means)) else 0.0

    def crises(self, bucket: Bucket, means: Sequence[float]) -> float:
        """How rare it is that so many name a crisis where so many mentions are usual: −log10 of
        Chernoff's bound of a Poisson count, of groups of ``TOGETHER``."""
        named = self._crises.with_next(_naming(bucket))
        if named[-1] < FEWEST:
            return 0.0
        found, share = 0.0, max(self._crises.share, RAREST)
        for seen, mean in zip(named, means, strict=True):
            groups, usual = seen / TOGETHER, share * max(mean, 1.0) / TOGETHER
            if seen >= FEWEST and groups > usual:
                found = max(found, (groups * log(groups / usual) - groups + usual) / LN10)
        return found

    def learn(self, bucket: Bucket, trust: float) -> None:
        """Take a bucket in. ``trust``: how much it says of ordinary days, 0 to 1."""
        self._unread.learn(bucket.unread, bucket.volume, trust)
        self._crises.learn(_naming(bucket), bucket.volume, trust)

    def blind(self) -> None:
        """A bucket that was not seen."""
        self._unread.blind()
        self._crises.blind()

    def dump(self) -> dict[str, Any]:
        """The state, exact."""
        return {"unread": self._unread.dump(), "crises": self._crises.dump()}

    def load(self, state: Mapping[str, Any]) -> None:
        """Restore what ``dump`` gave. Raises ValueError where the windows differ."""
        self._unread.load(state["unread"])
        self._crises.load(state["crises"])


def _naming(bucket: Bucket) -> float:
    """How many name a crisis: of no more than there are voices, where authors are known."""
    return bucket.crisis if bucket.voices is None else min(bucket.crisis, bucket.voices.count)
