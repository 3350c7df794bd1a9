"""Sums and texts of buckets that are not stored yet, read together with those that are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count

from monitor.model import ALL, Reading
from monitor.store.engine import Transaction
from monitor.store.opinions import opinions
from monitor.store.past import Spoken, by_hour, spoken, spoken_so
from monitor.store.series import Sums, crises, thousandths
from monitor.store.text import clean
from monitor.store.voices import hour_of

Asked = tuple[str, str, datetime, datetime]


class Ahead:
    """What is stored before ``start``, and what is added to it of the buckets from then on. Each
    stored sum is read once; ``tx`` must be open meanwhile. ``unsure``: what would be stored of some
    text hangs on what is stored of it already, so that texts cannot be asked."""

    def __init__(self, tx: Transaction, start: datetime) -> None:
        self._tx, self._start = tx, start
        self._added: dict[str, list[tuple[datetime, str, Mapping[str, int]]]] = {}
        self._crises: dict[Asked, int] = {}
        self._opinions: dict[Asked, tuple[int, int]] = {}
        self._texts: dict[str, list[tuple[datetime, int, Spoken]]] = {}
        self._numbers = count(1)
        self.unsure = False

    def add(self, found: Mapping[str, Sums], readings: Iterable[Reading] = ()) -> None:
        """The sums of a bucket, by brand, and its readings in the order in which they will be
        stored."""
        for reading in readings:
            at, number = reading.mention.published_at, next(self._numbers)
            self._texts.setdefault(reading.brand, []).append((at, number, _said(reading, number)))
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

    def spoken(self, brand: str, start: datetime, end: datetime, limit: int) -> Sequence[Spoken]:
        """As ``past.spoken``. What is stored has a lower number than what will be."""
        new = [text for text in self._texts.get(brand, ()) if start <= text[0] < end]
        new.sort(key=lambda text: text[:2], reverse=True)
        latest = [said for _, _, said in new[:limit]]
        left, until = limit - len(latest), min(end, self._start)
        return latest + (spoken(self._tx, brand, start, until, left) if left else [])

    def by_hour(
        self, brand: str, start: datetime, end: datetime
    ) -> Mapping[datetime, Mapping[str, int]]:
        """As ``past.by_hour``."""
        stored = by_hour(self._tx, brand, start, min(end, self._start))
        found = {hour: dict(cell) for hour, cell in stored.items()}
        for at, platform, cell in self._added.get(brand, ()):
            if start <= at < end and (more := cell.get("mentions", 0)):
                hour = found.setdefault(hour_of(at), {})
                hour[platform] = hour.get(platform, 0) + more
        return found

    def _cells(
        self, brand: str, platform: str, low: datetime, high: datetime
    ) -> Iterator[Mapping[str, int]]:
        for at, of, cell in self._added.get(brand, ()):
            if low <= at < high and platform in (ALL, of):
                yield cell


def _said(reading: Reading, number: int) -> Spoken:
    """What ``past.spoken`` will tell of it."""
    mention = reading.mention
    negative, _, positive = thousandths(reading)
    author = mention.author
    return spoken_so(
        (mention.title, mention.text, mention.url, mention.kind),
        (mention.platform, author.handle) if author else None,
        (
            [clean(term) for term in reading.matched],
            mention.platform,
            reading.crisis_terms,
            negative,
            positive,
        ),
        -number,  # stored ones are told apart by numbers below nought
    )
