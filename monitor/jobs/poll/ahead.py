"""A file read ahead: what a recorded source tells of the next buckets, read but not stored yet.

What a file tells hangs on nothing that happens meanwhile, so it can be read long before it is
played, and hundreds of texts at once. What is stored of it is what polls would have stored, page
by page: the same numbers, the same times.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from connectors.base import Connector
from monitor.app import App
from monitor.jobs.poll.ingest import LeaseLost, ended, moved
from monitor.jobs.poll.poll import LEASE, settings_of, spec_of
from monitor.jobs.poll.validate import ValidatedPage, validate_page
from monitor.model import ANY, BUCKET, Mention, Reading
from monitor.store.engine import Transaction
from monitor.store.mentions import identity, once, read_brands, store_pages
from monitor.store.meta import put_meta
from monitor.store.series import apply_changes, changes_of, closed_until
from monitor.store.source_state import SourceState
from monitor.store.sources import change, claim
from monitor.store.voices import hear

log = logging.getLogger(__name__)

AHEAD = timedelta(days=14)
MAX_MENTIONS = 2000
"""How far is read ahead at a time: the sooner is reached."""


@dataclass(frozen=True, slots=True)
class PageAhead:
    """A page with what is read in it. ``fresh``: the readings that will be new when it is its
    turn. ``retold``: some mention of them is told in another form as well, for another brand."""

    page: ValidatedPage
    readings: list[Reading]
    fresh: list[Reading]
    retold: bool = False


@dataclass(frozen=True, slots=True)
class BucketAhead:
    """All that a source tells of the bucket ``[start, end)``."""

    start: datetime
    end: datetime
    pages: tuple[PageAhead, ...]

    @property
    def fresh(self) -> Iterator[Reading]:
        """The bucket's new readings, in the order in which their mentions are numbered."""
        for ahead in self.pages:
            yield from sorted(ahead.fresh, key=lambda reading: identity(reading.mention))

    @property
    def retold(self) -> bool:
        """Whether it hangs on what else is told of a mention what will be stored of it."""
        return any(ahead.retold for ahead in self.pages)


class FileAhead:
    """The next buckets of one source, kept until they are passed."""

    def __init__(self, app: App, source_id: int) -> None:
        self.app, self.source_id = app, source_id
        self._buckets: deque[BucketAhead] = deque()

    def after(self, source: SourceState, at: datetime) -> Sequence[BucketAhead]:
        """What comes after ``at``, up to which all has been stored; empty where it is not known:
        at the file's end, and where what comes is not just mentions."""
        while self._buckets and self._buckets[0].end <= at:
            self._buckets.popleft()
        if not self._buckets and source.polled_until == at and source.brand == ANY:
            self._buckets.extend(self._read(source, at))
        return self._buckets if self._buckets and self._buckets[0].start == at else ()

    def _read(self, source: SourceState, at: datetime) -> list[BucketAhead]:
        settings = settings_of(self.app, source)
        connector = self.app.connector_for(settings) if settings else None
        if connector is None or not connector.info.recorded:
            return []
        found: list[tuple[datetime, datetime, list[ValidatedPage]]] = []
        mentions = 0
        try:
            for start, end, pages in self._buckets_of(connector, source, at):
                mentions += sum(len(page.mentions) for page in pages)
                found.append((start, end, pages))
                if end >= at + AHEAD or mentions >= MAX_MENTIONS:
                    break
        except Exception:  # its poll will fail likewise, and say so where people look
            log.debug("%s cannot be read ahead", source.title, exc_info=True)
        return self._enriched(found)

    def _buckets_of(
        self, connector: Connector, source: SourceState, at: datetime
    ) -> Iterator[tuple[datetime, datetime, list[ValidatedPage]]]:
        """Buckets with their pages, as long as these are mentions and nothing else."""
        spec = spec_of(self.app, source, at + BUCKET, budget={})
        start, pages = at, []
        for told in connector.fetch(spec, source.cursor):
            page = validate_page(told, start + BUCKET)
            if not _plain(page, start):
                return
            pages.append(page)
            if page.position == start + BUCKET:
                yield start, page.position, pages
                start, pages = page.position, []

    def _enriched(
        self, found: Sequence[tuple[datetime, datetime, list[ValidatedPage]]]
    ) -> list[BucketAhead]:
        """Read all of it at once. What is known by the time of a page is not read again."""
        brands = frozenset(self.app.brands)
        mentions = [m for *_, pages in found for page in pages for m in page.mentions]
        with self.app.db.read() as tx:
            stored = read_brands(tx, mentions)
        known = {identity(m): set(read) for m, read in zip(mentions, stored, strict=True)}
        wanted = [m for m in mentions if not known[identity(m)] >= brands]
        read = self.app.enricher.read(wanted, tuple(self.app.brands))
        readings = dict(zip(map(id, wanted), read, strict=True))

        def one(page: ValidatedPage) -> PageAhead:
            new = [m for m in page.mentions if not known[identity(m)] >= brands]
            got = [reading for m in new for reading in readings[id(m)]]
            fresh = [r for r in once(got) if r.brand not in known[identity(r.mention)]]
            forms, told = {id(r.mention) for r in fresh}, {identity(r.mention) for r in fresh}
            retold = len(forms) > len(told) or any(known[one] for one in told)
            for reading in fresh:
                known[identity(reading.mention)].add(reading.brand)
            return PageAhead(page, got, fresh, retold)

        return [BucketAhead(a, b, tuple(map(one, pages))) for a, b, pages in found]


def _plain(page: ValidatedPage, start: datetime) -> bool:
    """Whether a page has mentions of its bucket and nothing that needs a look of its own."""
    others = (
        page.counts, page.own_posts, page.metrics, page.standings, page.removals,
        page.cost, page.missed, page.covered_from, page.skipped, page.undated,
    )  # fmt: skip
    end = start + BUCKET
    return (
        not any(others)
        and page.cursor is not None
        and page.position is not None
        and start < page.position <= end
        and all(_of(mention, start, end) for mention in page.mentions)
    )


def _of(mention: Mention, start: datetime, end: datetime) -> bool:
    return start <= mention.published_at < end and not mention.own


def store_ahead(
    tx: Transaction,
    source: SourceState,
    buckets: Sequence[BucketAhead],
    brands: Sequence[str],
    wall: datetime,
) -> int:
    """Store these buckets as their polls would have; how many mentions of them were new. Raises
    ``LeaseLost`` where somebody else polls the source; the transaction must then not be
    committed."""
    token, new = uuid4().hex, 0
    if not claim(tx, source.id, token, wall, wall + LEASE):
        raise LeaseLost
    closed = closed_until(tx, brands)
    pages = [(ahead, bucket.end) for bucket in buckets for ahead in bucket.pages if ahead.readings]
    fresh: list[Reading] = []
    told = [(ahead.readings, end) for ahead, end in pages]
    for (ahead, _), stored in zip(pages, store_pages(tx, told, closed), strict=True):
        if len(stored) != len(ahead.fresh):
            raise LeaseLost  # somebody else has stored some of it
        fresh += stored
        new += len({(r.mention.platform, r.mention.external_id) for r in stored})
    hear(tx, fresh)
    apply_changes(tx, changes_of(fresh), closed)
    last = buckets[-1].pages[-1].page
    values = moved(source, last, wall, LEASE) | ended(source, buckets[-1].end, wall)
    change(tx, source.id, token, values)
    put_meta(tx, "position", {"at": buckets[-1].end.isoformat()})
    return new
