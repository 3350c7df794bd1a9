"""The past of a source, as far as its platform still gives it, so that what is ordinary is known
before the first alarm.

It runs beside the daemon: it takes the source's lease, stores pages as a poll does, and leaves the
poll's own cursor alone. Interrupted anywhere it goes on from the last cursor that was handed out,
or from the beginning; what is stored already is recognised. What it brings teaches, and never
fires: detectors run over it in silence.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connectors.base import Connector, ConnectorError, RateLimited, SourceSpec
from monitor.app import App
from monitor.jobs.detect.close import gaps_between
from monitor.jobs.poll.health import out_of_budget
from monitor.jobs.poll.holder import SourceHeld
from monitor.jobs.poll.ingest import LeaseLost, PollContext, finish, store_page
from monitor.jobs.poll.poll import LEASE, lease_source, poll, sync_sources
from monitor.jobs.poll.validate import InvalidPage, ValidatedPage, validate_page
from monitor.jobs.spending import day_of, remaining_budget
from monitor.model import ANY, BUCKET
from monitor.settings.model import SourceSettings
from monitor.store import series
from monitor.store import sources as store
from monitor.store.coverage import close_uncovered
from monitor.store.meta import get_meta, put_meta
from monitor.store.series import bucket_of
from monitor.store.signals import drop_all_states
from monitor.store.source_state import SourceState

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Backfilled:
    """What a run did. ``reached``: everything since then is stored (None: the platform does not
    say how far back it went); ``stopped``: why it is not at its end, if it is not, and ``again_at``
    when it may go on; ``unseen``: what of it the platform refuses."""

    pages: int = 0
    new: int = 0
    reached: datetime | None = None
    stopped: str = ""
    unseen: str = ""
    again_at: datetime | None = None


def backfill(app: App, brand: str, settings: SourceSettings, since: datetime) -> Backfilled:
    """Read one source back to ``since``, within what may still be spent today. Raises
    ``DatabaseProblem`` alone; then what was stored until then stays."""
    wall = app.wall()
    sync_sources(app, wall)
    try:
        lease = lease_source(app, brand, settings, wall)
    except SourceHeld as error:
        return Backfilled(stopped=str(error))
    source = _state(app, lease.source_id)
    if source.polled_until is None:  # the present first: the past begins where that ends
        first = poll(app, source.id, lease.token, app.now(), wall)
        if first.error:
            return Backfilled(first.pages, first.new, None, first.error)
        did = backfill(app, brand, settings, since)
        return replace(did, pages=first.pages + did.pages, new=first.new + did.new)
    context = PollContext(source, lease.token, app.now(), wall, LEASE)
    run = _Run(app, context, settings, since)
    try:
        run.read()
    except LeaseLost:
        return run.done(str(SourceHeld("Another poll has taken over.")))
    finally:
        run.free()
    return run.done()


@dataclass(slots=True)
class _Run:
    """One backfill under way."""

    app: App
    context: PollContext
    settings: SourceSettings
    since: datetime
    pages: int = 0
    new: int = 0
    reached: datetime | None = None
    stopped: str = ""
    unseen: str = ""
    again_at: datetime | None = None

    def done(self, stopped: str = "") -> Backfilled:
        why = stopped or self.stopped
        return Backfilled(self.pages, self.new, self.reached, why, self.unseen, self.again_at)

    def free(self) -> None:
        """Give the source back; when it is asked next stays as it was."""
        try:
            finish(self.app, self.context, {})
        except LeaseLost:
            log.info("%s is held by another poll now", self.context.source.title)

    def read(self) -> None:
        """Read what is left, and when that is all, let it count."""
        name = f"backfill:{self.context.source.id}"
        with self.app.db.read() as tx:
            known = get_meta(tx, name) or {}
        since = min(self.since, _moment(known.get("since")) or self.since)
        if known.get("done") and since == _moment(known.get("since")):
            self.reached = _moment(known.get("reached"))
            return
        cursor = None
        if since == _moment(known.get("since")):
            cursor, self.reached = known.get("cursor"), _moment(known.get("reached"))
        connector = self.app.connector_for(self.settings)
        for page in self._pages(connector, since, cursor):
            told = replace(page, cursor=None, position=None, covered_from=None)
            context, info = self.context, connector.info
            self.new += store_page(self.app, context, info, told, ending=False)
            self.pages += 1
            self.reached = page.covered_from or self.reached
            self.unseen = page.unseen or self.unseen
            if page.cursor is not None:
                told_to = self.reached and self.reached.isoformat()
                self._keep(name, since, cursor=page.cursor, reached=told_to)
        if not self.stopped:
            self._count(name, since)

    def _pages(
        self, connector: Connector, since: datetime, cursor: dict[str, Any] | None
    ) -> Iterator[ValidatedPage]:
        """The pages of one long poll. What ends it early is ``stopped``."""
        app, context = self.app, self.context
        with app.db.read() as tx:
            spent = store.spent(tx, context.source.id, day_of(context.wall))
        left = remaining_budget(getattr(connector, "options", None), spent)
        failure = out_of_budget(left, context.wall)
        if failure:
            self.stopped = failure.reason
            return
        brand = context.source.brand
        languages = app.brands[brand].languages
        query = app.queries.get(brand)
        asked = SourceSpec(
            brand, self.settings.name, query, languages, since, context.now, left, whole=True
        )
        try:
            for page in connector.fetch(asked, cursor):
                yield validate_page(page, context.now)
        except RateLimited as error:
            self.stopped, self.again_at = str(error), error.retry_at
        except (ConnectorError, InvalidPage) as error:
            self.stopped = str(error)

    def _keep(self, name: str, since: datetime, **facts: Any) -> None:
        with self.app.db.write(durable=False) as tx:
            put_meta(tx, name, {"since": since.isoformat(), **facts})

    def _count(self, name: str, since: datetime) -> None:
        """All is stored: what the platform vouches for is covered from now on."""
        source, reached = self.context.source, self.reached
        with self.app.db.write() as tx:
            if reached is not None:
                covered = min(source.covered_from or reached, reached)
                if not store.change(tx, source.id, self.context.token, {"covered_from": covered}):
                    raise LeaseLost
            told = reached and reached.isoformat()
            put_meta(tx, name, {"since": since.isoformat(), "done": True, "reached": told})


def teach(app: App, brand: str, now: datetime) -> datetime | None:
    """Let a brand's backfilled past count: its buckets become final as they are now, and the
    detectors run over them anew, in silence. From when the brand counts; None: from no time yet."""
    with app.db.read() as tx:
        sources = [s for s in store.source_states(tx, brand) if s.brand != ANY]
        upto = series.progress(tx, brand)
    begun = [s.covered_from for s in sources if s.covered_from is not None]
    if not begun:
        return None
    first = bucket_of(min(begun))
    if first < min(begun):
        first += BUCKET
    with app.db.write() as tx:
        if get_meta(tx, f"folded:{brand}") is None:
            put_meta(tx, f"folded:{brand}", {"until": bucket_of(now).isoformat()})
        if upto is None or upto.first_bucket is None or first >= upto.first_bucket:
            return first if upto is None or upto.first_bucket is None else upto.first_bucket
        known = store.gaps(tx, first, upto.first_bucket)
        found = gaps_between(
            sources, known, app.brands[brand], first, upto.first_bucket, final=True
        )
        close_uncovered(tx, brand, found)
        series.prepend(tx, brand, first, upto.first_bucket)
        drop_all_states(tx, brand)
    return first


def _state(app: App, source_id: int) -> SourceState:
    with app.db.read() as tx:
        found = store.source_state(tx, source_id)
    assert found is not None
    return found


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
