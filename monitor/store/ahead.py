"""Sums of buckets that are not stored yet, read together with those that are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from monitor.model import ALL
from monitor.store.engine import Transaction
from monitor.store.opinions import opinions
from monitor.store.series import Sums, crises

Asked = tuple[str, str, datetime, datetime]


class SumsAhead:
    """What is stored before ``start``, and what is added to it of the buckets from then on. Each
    stored sum is read once; ``tx`` must be open meanwhile."""

    def __init__(self, tx: Transaction, start: datetime) -> None:
        self._tx, self._start = tx, start
        self._added: dict[str, list[tuple[datetime, str, Mapping[str, int]]]] = {}
        self._crises: dict[Asked, int] = {}
        self._opinions: dict[Asked, tuple[int, int]] = {}

    def add(self, found: Mapping[str, Sums]) -> None:
        """The sums of a bucket, by brand."""
        for brand, of in found.items():
            cells = self._added.setdefault(brand, [])
            for platform, by_start in of.items():
                cells += [(at, platform, cell) for at, cell in by_start.items()]

    def crises(self, brand: str, platform: str, low: datetime, high: datetime) -> int:
        """As ``series.crises``."""
        asked = (brand, platform, low, min(high, self._start))
        if asked not in self._crises:
            self._crises[asked] = crises(self._tx, *asked)
        new = (cell.get("crisis", 0) for cell in self._cells(brand, platform, low, high))
        return self._crises[asked] + sum(new)

    def opinions(self, brand: str, platform: str, low: datetime, high: datetime) -> tuple[int, int]:
        """As ``opinions.opinions``."""
        asked = (brand, platform, low, min(high, self._start))
        if asked not in self._opinions:
            self._opinions[asked] = opinions(self._tx, *asked)
        scored, negative = self._opinions[asked]
        for cell in self._cells(brand, platform, low, high):
            scored, negative = scored + cell.get("scored", 0), negative + cell.get("negative", 0)
        return scored, negative

    def _cells(
        self, brand: str, platform: str, low: datetime, high: datetime
    ) -> Iterator[Mapping[str, int]]:
        for at, of, cell in self._added.get(brand, ()):
            if low <= at < high and platform in (ALL, of):
                yield cell
