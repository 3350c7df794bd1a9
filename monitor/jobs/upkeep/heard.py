"""What a brand's sources told of a week, as it is known now: an outage that was read back is heard.

The counts of a week can be compared with another's only where every source was heard, for nobody
knows how much the one that is missing would have told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.model import ANY, BUCKET, Bucket
from monitor.store import series
from monitor.store.coverage import NOT_YET, Gap, length, source_gaps
from monitor.store.engine import Transaction
from monitor.store.source_state import SourceState
from monitor.store.sources import gaps, source_states


@dataclass(frozen=True, slots=True)
class Heard:
    """A time and its sources, each with what it did not tell of it.

    ``began``   the brand's own beginning: what was before it nobody heard
    ``former``  the sources that are not listened to any more; their gaps count only where they
                left something uncovered while they were
    """

    start: datetime
    end: datetime
    began: datetime
    sources: Sequence[tuple[SourceState, Sequence[Gap]]]
    former: Sequence[tuple[SourceState, Sequence[Gap]]]

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platforms that are listened to by a source of their own."""
        return tuple(sorted({source.platform for source, _ in self.sources} - {ANY}))

    def whole_share(self, platform: str) -> float:
        """The part of the time, 0 to 1, in which every source of a platform told everything."""
        lost = [
            gap
            for source, known in self.sources
            if source.platform in (platform, ANY)
            for gap in known
            if gap[2] != NOT_YET
        ]
        return 1.0 - length(lost, self.start, self.end) / (self.end - self.start)

    def without(self, platforms: Collection[str]) -> Heard:
        """The same time, had nobody listened to these platforms."""
        sources, former = (
            [one for one in which if one[0].platform not in platforms]
            for which in (self.sources, self.former)
        )
        return replace(self, sources=sources, former=former)

    @property
    def share(self) -> float:
        """The part of the sources' time that was heard, 0 to 1; 1 without a source. A source that
        came later is asked for its time only from then on."""
        whole = lost = timedelta()
        for source, known in self.sources:
            since = self._since(source)
            whole += self.end - since
            lost += length(known, since, self.end)
        return 1.0 - lost / whole if whole else 1.0

    @property
    def silent(self) -> tuple[tuple[str, datetime], ...]:
        """The sources that are missing somewhere, with since when they were last."""
        found = []
        for source, known in self.sources:
            missing = [gap for gap in known if gap[1] > self._since(source)]
            if missing:
                found.append((source.title, max(missing, key=lambda gap: gap[1])[0]))
        return tuple(found)

    @property
    def joined(self) -> tuple[tuple[str, datetime], ...]:
        """The sources that came while the brand was listened to already, and when."""
        return tuple(
            (source.title, since)
            for source, _ in self.sources
            if self.start < (since := self._since(source))
        )

    def _since(self, source: SourceState) -> datetime:
        """From when a source is asked for its time."""
        came = source.covered_from
        if came is None or came <= max(self.began, self.start):
            return self.start
        return min(came, self.end)

    def missing(self, buckets: Iterable[Bucket]) -> tuple[timedelta, timedelta]:
        """How much of these buckets no source told, and how much only some of them did."""
        nobody = some = timedelta()
        for bucket in buckets:
            asked = [known for source, known in self.sources if bucket.start >= self._since(source)]
            silent = sum(_touched(known, bucket) for known in asked)
            if silent and silent == len(asked):
                nobody += BUCKET
            elif silent:
                some += BUCKET
        return nobody, some

    def wholly(self, buckets: Iterable[Bucket]) -> list[Bucket]:
        """Those of the buckets that every source of then has told."""
        own = [gap for _, known in self.sources for gap in known]
        every = [*own, *(gap for _, known in self.former for gap in known)]
        since = [gap for gap in own if gap[2] != NOT_YET]
        return [
            bucket
            for bucket in buckets
            if bucket.start >= self.began
            if not _touched(since, bucket)
            if bucket.covered or not _touched(every, bucket)
        ]


def _touched(known: Iterable[Gap], bucket: Bucket) -> bool:
    return any(gap[0] < bucket.end and gap[1] > bucket.start for gap in known)


def heard(tx: Transaction, brand: str, start: datetime, end: datetime) -> Heard:
    """What is known now of ``[start, end)``, which is over."""
    known, began = gaps(tx, start, end), series.progress(tx, brand)
    first = (began.first_bucket if began else None) or start
    of: dict[bool, list[tuple[SourceState, list[Gap]]]] = {True: [], False: []}
    for source in source_states(tx, brand, inactive=True):
        own = known.get(source.id, ())
        found = source_gaps(source, own, start, end, counts_from=first, final=True)
        of[source.active].append((source, found))
    return Heard(start, end, first, of[True], of[False])
