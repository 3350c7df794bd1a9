"""Sums over the last buckets at several lengths at once, O(1) a bucket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


class Windows:
    """Rolling sums of several columns over windows of ``lengths`` buckets (ascending).

    Sums are made anew once a turn of the ring, so that rounding does not pile up.
    """

    def __init__(self, lengths: Sequence[int], columns: int) -> None:
        self.lengths = tuple(lengths)
        self.size = max(self.lengths)
        self._at = 0
        self._rings = [[0.0] * self.size for _ in range(columns)]
        self._sums = [[0.0] * len(self.lengths) for _ in range(columns)]
        self._asked: list[tuple[float, list[float]] | None] = [None] * columns
        """The value that was last asked of, and the sums with it: mostly it comes next, indeed."""

    def with_next(self, column: int, which: int, value: float) -> float:
        """The sum over window ``which`` if ``value`` came next."""
        ring = self._rings[column]
        return self._sums[column][which] + value - ring[self._at - self.lengths[which]]

    def sums_with_next(self, column: int, value: float) -> tuple[float, ...]:
        """The sums over every window if ``value`` came next; never below 0 by rounding."""
        ring, at = self._rings[column], self._at
        pairs = zip(self._sums[column], self.lengths)  # noqa: B905 (it costs)
        seen = [total + value - ring[at - length] for total, length in pairs]
        self._asked[column] = value, seen
        return tuple(seen) if min(seen) >= 0.0 else tuple([max(one, 0.0) for one in seen])

    def total(self, column: int, which: int) -> float:
        """The sum over window ``which`` as it is."""
        return self._sums[column][which]

    def backwards(self) -> Iterator[tuple[float, ...]]:
        """The buckets that are remembered, the latest first: a value of each column."""
        order = (*range(self._at - 1, -1, -1), *range(self.size - 1, self._at - 1, -1))
        return (tuple(ring[at] for ring in self._rings) for at in order)

    def push(self, values: Sequence[float]) -> None:
        """Add a bucket: a value for each column."""
        at, lengths, asked = self._at, self.lengths, self._asked
        for n, value in enumerate(values):
            ring, known = self._rings[n], asked[n]
            if known is not None and known[0] == value:
                self._sums[n] = known[1]
            else:
                pairs = zip(self._sums[n], lengths)  # noqa: B905 (it costs)
                self._sums[n] = [total + value - ring[at - length] for total, length in pairs]
            asked[n] = None
            ring[at] = value
        self._at = (at + 1) % self.size
        if self._at == 0:
            for ring, sums in zip(self._rings, self._sums, strict=True):
                for which, length in enumerate(lengths):
                    sums[which] = sum(ring[-length:])

    def dump(self) -> dict[str, Any]:
        """The state, exact."""
        return {
            "at": self._at,
            "rings": [list(ring) for ring in self._rings],
            "sums": [list(sums) for sums in self._sums],
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Restore what ``dump`` gave. Raises ValueError where the windows differ."""
        rings = [[float(v) for v in ring] for ring in state["rings"]]
        if [len(ring) for ring in rings] != [len(ring) for ring in self._rings]:
            raise ValueError("the stored windows have another length")
        self._at = int(state["at"])
        self._rings = rings
        self._sums = [[float(v) for v in sums] for sums in state["sums"]]
        self._asked = [None] * len(rings)
