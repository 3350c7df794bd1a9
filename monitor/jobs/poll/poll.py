"""Polling: claim the sources that are due, read their pages, store each with its cursor at once.

Nothing a connector does takes the daemon down or leaves a hole: a page is believed only after it
was checked, its cursor is saved only with it, and a poll that failed is a state of its source.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from connectors.base import Connector, Cursor, Page, SourceSpec
from monitor.app import App
from monitor.clock import monotonic
from monitor.jobs.poll.access import access_of
from monitor.jobs.poll.health import (
    Failure,
    failed,
    failure_of,
    is_worse,
    log_worse,
    out_of_budget,
    seen_in_part,
    sees_part,
    shown,
)
from monitor.jobs.poll.holder import held_by, is_dead, new_token
from monitor.jobs.poll.hooks import with_hooks
from monitor.jobs.poll.ingest import LeaseLost, PollContext, finish, heard_from, store_page
from monitor.jobs.poll.recheck import to_recheck
from monitor.jobs.poll.validate import InvalidPage, ValidatedPage, validate_page
from monitor.jobs.spending import day_of, remaining_budget
from monitor.model import ANY
from monitor.settings.model import SourceSettings
from monitor.store import sources as store
from monitor.store.engine import DatabaseProblem
from monitor.store.source_state import SourceState
from monitor.store.sources import Wanted

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""How long a poll may hold a source without storing a page. Longer than a poll may last."""

AGAIN = timedelta(seconds=30)
"""What a poll brought could not be kept: the source is asked again after this."""

MAX_POLL_S = 100.0
"""A poll that has so much to read stops after a page and goes on in its next poll."""

DEFAULT_LOOKBACK = timedelta(days=1)
"""How far back a first poll asks, where the config does not say since when to listen."""

DEFAULT_LAG, DEFAULT_EVERY = timedelta(minutes=2), timedelta(minutes=5)

_END: Any = object()

MAX_REPEATS = 3
"""So many pages with nothing new and a cursor that was there before: it goes round in circles."""


@dataclass(frozen=True, slots=True)
class PollLease:
    """A source to be polled, and the token that lets one poll write for it."""

    source_id: int
    token: str


@dataclass(frozen=True, slots=True)
class Polled:
    """What a poll did. ``done``: there is nothing more for now; ``error``: why it failed, if it
    did; ``position``: the domain time of the last page that had one."""

    pages: int = 0
    new: int = 0
    position: datetime | None = None
    done: bool = False
    error: str = ""


def sync_sources(app: App, wall: datetime) -> None:
    """Bring the sources' rows to what the config says. What is no longer in it stays, inactive."""
    wanted = [_wanted(app, brand, source) for brand, source in _configured(app)]
    with app.db.write() as tx:
        store.sync(tx, list(app.brands), wanted, app.now(), wall)


def claim_due(app: App, wall: datetime, limit: int) -> list[PollLease]:
    """Take up to ``limit`` sources that are due; nobody else gets them while we hold them."""
    with app.db.read() as tx:
        gone = {held: old for held, old in store.held(tx, wall).items() if is_dead(old)}
        due = store.due(tx, wall, limit, gone.keys())
    claims = []
    for source_id in due:
        token = new_token()
        with app.db.write(durable=False) as tx:
            if store.claim(tx, source_id, token, wall, wall + LEASE, gone.get(source_id, "")):
                claims.append(PollLease(source_id, token))
    return claims


def lease_source(app: App, brand: str, settings: SourceSettings, wall: datetime) -> PollLease:
    """Take one source, due or not. Raises ``SourceHeld`` where somebody has it."""
    token, wanted = new_token(), (brand, settings.connector, settings.name)
    with app.db.write(durable=False) as tx:
        found = store.source_states(tx, brand, recorded=True)
        source = next(s for s in found if (s.brand, s.connector, s.name) == wanted)
        old = source.lease_token or ""
        gone = old if is_dead(old) else ""
        if store.claim(tx, source.id, token, wall, wall + LEASE, gone):
            return PollLease(source.id, token)
    raise held_by(old, source.lease_until or wall)


def poll(
    app: App,
    source_id: int,
    token: str,
    now: datetime,
    wall: datetime,
    *,
    stop: Event | None = None,
    max_pages: int | None = None,
) -> Polled:
    """Read a claimed source until there is nothing more, or the page budget, ``stop`` or its time
    is up. Raises ``DatabaseProblem`` alone, and then the lease may be held still (``give_back``);
    every other failure becomes the source's state."""
    with app.db.read() as tx:
        source = store.source_state(tx, source_id)
        spent = store.spent(tx, source_id, day_of(wall))
    if source is None or source.lease_token != token:
        return Polled(error="the lease is lost")
    context = PollContext(source, token, now, wall, LEASE, heard_from(app, source))
    read = _PollRun(app, context, stop or Event(), max_pages)
    try:
        return read.run(spent)
    except LeaseLost:
        log.warning("%s: another poll has taken over; this one wrote no more", source.title)
        return read.polled(error="the lease is lost")


def give_back(app: App, claims: Sequence[PollLease], wall: datetime) -> None:
    """Free sources whose polls could not be kept; asked anew soon. Raises ``DatabaseProblem``."""
    with app.db.write() as tx:
        for claim in claims:
            free = {"lease_token": None, "next_poll_at": wall + AGAIN}
            store.change(tx, claim.source_id, claim.token, free)


def abandon(app: App, source_id: int, now: datetime, wall: datetime) -> None:
    """A poll hangs, and its token is worth nothing any more: it has failed since its last page."""
    with app.db.read() as tx:
        source = store.source_state(tx, source_id)
    if source and source.lease_token:
        hung = Failure("hang", "A poll did not end and was abandoned; it is asked again.")
        begun = now - max(LEASE - ((source.lease_until or wall) - wall), timedelta(0))
        with contextlib.suppress(LeaseLost):
            _fail(app, PollContext(source, source.lease_token, begun, wall, LEASE), hung)


def _configured(app: App) -> Iterator[tuple[str, SourceSettings]]:
    for slug, brand in app.brands.items():
        for source in brand.sources:
            yield slug, source
    for source in app.sources:
        yield ANY, source


def settings_of(app: App, source: SourceState) -> SourceSettings | None:
    """What the config says of a source; None: it is gone from it."""
    for brand, settings in _configured(app):
        if (brand, settings.connector, settings.name) == (
            source.brand,
            source.connector,
            source.name,
        ):
            return settings
    return None


def spec_of(
    app: App,
    source: SourceState,
    now: datetime,
    *,
    budget: Mapping[str, float],
    recheck: tuple[str, ...] = (),
) -> SourceSpec:
    """What a connector is asked for."""
    brand = app.brands.get(source.brand)
    return SourceSpec(
        brand=source.brand,
        name=source.name,
        query=app.queries.get(source.brand),
        languages=brand.languages if brand else (),
        since=source.covered_from or now - DEFAULT_LOOKBACK,
        now=now,
        budget=budget,
        recheck=recheck,
    )


def _wanted(app: App, brand: str, source: SourceSettings) -> Wanted:
    platform, lag, every, recorded, access = ANY, DEFAULT_LAG, DEFAULT_EVERY, False, ""
    try:
        connector = app.connector_for(source)
    except Exception:  # its poll will fail likewise, and say so where people look
        log.debug("%s/%s cannot be made", source.connector, source.name)
    else:
        info, access = connector.info, access_of(connector)
        recorded = info.recorded and not app.replay
        platform, lag = info.platform, info.lag
        every = DEFAULT_EVERY if recorded else info.every
        if platform == ANY:  # one that can be any platform may have been told which one it is
            platform = getattr(getattr(connector, "options", None), "platform", "") or ANY
    if brand != ANY:
        since = source.covered_from or app.brands[brand].covered_from
    else:
        since = source.covered_from
    if since is not None and since > app.now():
        since = None  # a slip of the pen or of the clock: blind until then, and nobody told
    every = source.every or every
    return Wanted(
        brand, source.connector, source.name, platform, lag, every, since, recorded, access
    )


def _fail(app: App, context: PollContext, failure: Failure) -> None:
    """Write down that a poll failed, and free the source. Said once in the log, not each time."""
    source, after = context.source, app.settings.rules.blindness.after
    values = failed(source, failure, context.now, context.wall, after)
    finish(app, context, values)
    if source.ok or source.health_kind != failure.kind or source.health != values["health"]:
        log_worse(context.source)
    app.wake()


@dataclass(slots=True)
class _PollRun:
    """One poll under way."""

    app: App
    context: PollContext
    stop: Event
    max_pages: int | None
    pages: int = 0
    new: int = 0
    position: datetime | None = None
    moved: bool = False
    done: bool = False
    seen: dict[str, int] = field(default_factory=dict)
    begun_well: bool = True
    before: SourceState = field(init=False)
    recheck_after: int = 0
    hook_after: int = 0
    missed: timedelta = timedelta(0)
    missed_why: str = ""
    paid: bool = False
    empty: set[str] = field(default_factory=set)
    unseen: dict[str, None] = field(default_factory=dict)
    hooks_left: bool = False
    recheck_left: bool = False

    def __post_init__(self) -> None:
        self.before = self.context.source
        self.begun_well = self.before.ok

    def polled(self, error: str = "") -> Polled:
        return Polled(self.pages, self.new, self.position, self.done, error)

    def run(self, spent: dict[str, float]) -> Polled:
        context = self.context
        settings = settings_of(self.app, context.source)
        if settings is None:  # gone from the config since it was claimed
            finish(self.app, context, {})
            return self.polled(error="not in the config any more")
        try:
            connector = self.app.connector_for(settings)
            left = remaining_budget(getattr(connector, "options", None), spent)
            failure = out_of_budget(left, context.wall) or self._read(connector, left)
        except (DatabaseProblem, LeaseLost):
            raise
        except Exception as error:
            failure = failure_of(error)
            log.debug("%s failed", context.source.title, exc_info=True)
        if failure:
            _fail(self.app, context, failure)
            return self.polled(error=failure.reason)
        if not self.begun_well and context.source.ok:
            log.info("%s of %s can be read again", context.source.title, context.source.brand)
            self.app.wake()
        return self.polled()

    def _read(self, connector: Connector, left: dict[str, float]) -> Failure | None:
        source = self.context.source
        now = self.context.now
        recheck, self.recheck_after = to_recheck(self.app, source, connector.info, now)
        spec = spec_of(self.app, source, now, budget=left, recheck=recheck)
        spec, self.hook_after = with_hooks(self.app, connector, spec, source.hook_after)
        budget = min(self.max_pages or connector.info.page_budget, connector.info.page_budget)
        until = monotonic() + MAX_POLL_S
        pages = iter(connector.fetch(spec, source.cursor))
        try:
            while not self.stop.is_set() and monotonic() < until:
                page = next(pages, _END)
                if page is _END:
                    self.done = True
                    break
                last = self.pages + 1 >= budget
                if self._take(connector, page, last and self.max_pages is not None):
                    return None
                if last:
                    break
        finally:
            with contextlib.suppress(Exception):
                getattr(pages, "close", lambda: None)()
        self._end()
        return None

    def _take(self, connector: Connector, page: Page, last: bool) -> bool:
        """Store a page. True where that ended the poll: ``last``, and it told its own time, so
        that the source was freed in the same transaction."""
        clean, before = validate_page(page, self.context.now), self.context.source.cursor
        ending = last and clean.position is not None
        stored = store_page(self.app, self.context, connector.info, clean, ending=ending)
        self.pages += 1
        self.new += stored
        self.position = clean.position or self.position
        self.paid = self.paid or bool(clean.cost)
        self.empty.add(clean.empty)
        self.unseen |= {clean.unseen: None} if clean.unseen else {}
        self.hooks_left = self.hooks_left or clean.hooks_left
        self.recheck_left = self.recheck_left or clean.recheck_left
        if clean.missed and self.before.polled_until:
            start, end = clean.missed
            lost = min(end, self.context.now) - max(start, self.before.polled_until)
            self.missed = max(self.missed, lost)
            self.missed_why = clean.missed_why or self.missed_why
        self._check_pagination_loop(before, clean, stored)
        return ending

    def _seen(self) -> dict[str, Any]:
        """How the source is doing, by what it told and what it had lost."""
        context, source = self.context, self.before
        if self.position:
            return {}
        after = self.app.settings.rules.blindness.after
        hurry = not self.paid and not self.missed_why
        return seen_in_part(
            source,
            self.missed,
            context.now,
            context.wall,
            after,
            may_hurry=hurry,
            why=self.missed_why,
        )

    def _check_pagination_loop(
        self, before: Cursor | None, page: ValidatedPage, stored: int
    ) -> None:
        """Notice a connector that would go on for ever. Raises ``InvalidPage``."""
        if page.cursor is None:
            return
        key = json.dumps(page.cursor, sort_keys=True)
        again = key in self.seen and bool(page.mentions or page.counts) and not stored
        self.moved = self.moved or (key not in self.seen and page.cursor != before)
        self.seen[key] = self.seen.get(key, 0) + again
        if self.seen[key] >= MAX_REPEATS:
            raise InvalidPage("its pages repeat themselves for ever")

    def _end(self) -> None:
        """The poll ended without a failure: free the source, and say how far it told."""
        context = self.context
        if self.done:
            told = None if self.position else context.now
            heard = self.before.hook_after if self.hooks_left else self.hook_after
            looked_up = self.before.recheck_after if self.recheck_left else self.recheck_after
            behind = {"recheck_after": looked_up, "hook_after": heard}
            part = sees_part(self.before, self.unseen, context.now)
            values = part | self._seen() | shown(self.before, self.empty, context.now) | behind
            pace = min(values.get("pace_s") or context.source.every_s, context.source.every_s)
            values.setdefault("next_poll_at", context.wall + timedelta(seconds=pace))
            finish(self.app, context, values, well=True, told=told)
            if is_worse(self.before, context.source):
                log_worse(context.source)
                self.app.wake()
        elif self.moved or self.stop.is_set() or self.max_pages is not None:
            finish(self.app, context, {"next_poll_at": context.wall}, well=self.moved)
        else:
            raise InvalidPage(f"{self.pages} pages without an end, and no cursor to go on from")
