"""Leaping: the part of a past in which nothing happens, in one go instead of five-minute steps.

A step of a replay polls, closes the bucket, learns it, and looks for timers, changes and messages.
In most steps of a past all of that comes to storing a handful of mentions and learning one bucket.
A leap does just that for as many buckets as there are until a detector would speak or a timer is
due, and leaves what steps would have left, to the bit: the step-by-step run is the reference, and
a test holds both against each other. Only a file can be leapt over, since what it tells next does
not hang on when it is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.app import App
from monitor.jobs.detect.close import take_snapshot
from monitor.jobs.detect.detect import forget, remembered
from monitor.jobs.detect.quiet import polled_to, quiet_from
from monitor.jobs.evaluate import idle_until
from monitor.jobs.poll.ahead import BucketAhead, FileAhead, store_ahead
from monitor.jobs.poll.ingest import LeaseLost
from monitor.jobs.respond.apply import ConcurrentUpdate
from monitor.model import BUCKET
from monitor.store.exclusions import exclusions
from monitor.store.meta import put_meta
from monitor.store.source_state import SourceState
from monitor.store.sources import source_state


@dataclass(frozen=True, slots=True)
class Leapt:
    """A leap: up to when, how many pages and new mentions it brought."""

    until: datetime
    pages: int
    new: int


class Leaper:
    """Leaps over one source. Raises what polls and evaluations raise."""

    def __init__(self, app: App, source_id: int) -> None:
        self.app, self.source_id = app, source_id
        self._file = FileAhead(app, source_id)

    def leap(self, at: datetime) -> Leapt | None:
        """Go on from ``at``, up to which everything is done; None: the next step is to be made as
        any other."""
        if not self.app.at_will or self.app.drills or self.app.second or not remembered(self.app):
            return None
        with self.app.db.read() as tx:
            source = source_state(tx, self.source_id)
            idle = idle_until(tx, self.app, at)
            held = exclusions(tx, list(self.app.brands))  # what is left out is told by polls alone
        if source is None or held or idle is None or idle <= at + BUCKET:
            return None
        buckets = self._file.after(source, at)
        if not buckets:
            return None
        try:
            return self._pass(source, at, [b for b in buckets if b.end < idle])
        except BaseException as error:
            for brand in self.app.brands:
                forget(self.app, brand)
            if isinstance(error, ConcurrentUpdate):
                return None  # somebody acknowledged something: a step sees it
            raise

    def _pass(
        self, source: SourceState, at: datetime, buckets: Sequence[BucketAhead]
    ) -> Leapt | None:
        end = buckets[-1].end
        with self.app.db.read() as tx:
            snapshot = polled_to(take_snapshot(tx, self.app, at), source.id, end)
            quiet = quiet_from(tx, self.app, snapshot, end)
            if quiet is None:
                return None
            until = quiet.learn((one.start, one.fresh, one.retold) for one in buckets)
        passed = [bucket for bucket in buckets if bucket.end <= until]
        if not passed:
            return None
        with self.app.db.write(durable=False) as tx:
            if idle_until(tx, self.app, at) is None:
                raise LeaseLost
            new = store_ahead(tx, source, passed, list(self.app.brands), self.app.wall())
            then = quiet.write(tx, self.app, until)
            put_meta(tx, "thought", {"at": until.isoformat()})
        then()
        return Leapt(until, sum(len(bucket.pages) for bucket in passed), new)
