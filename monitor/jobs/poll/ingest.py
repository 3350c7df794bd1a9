"""A page into the database: read it first, then one short transaction for all that it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Info
from monitor.app import App
from monitor.jobs.poll.health import day_of, recovered
from monitor.jobs.poll.validate import InvalidPage, ValidatedPage
from monitor.model import ANY, Mention, Reading
from monitor.store import sources as store
from monitor.store.mentions import is_late, read_brands, store_readings
from monitor.store.meta import put_meta
from monitor.store.series import apply_changes, bucket_of, changes_of, closed_until, report
from monitor.store.sources import SourceState


class LeaseLost(Exception):
    """Another poll holds the source now; this one must not write."""


@dataclass(slots=True)
class PollContext:
    """A poll's hold on its source. ``source`` is as this poll knows it, its own pages included."""

    source: SourceState
    token: str
    now: datetime
    wall: datetime
    lease: timedelta


def store_page(
    app: App, context: PollContext, info: Info, page: ValidatedPage, *, ending: bool
) -> int:
    """Store a page with its cursor; how many mentions of it were new. ``ending``: the poll ends
    with it, and the source is free. Raises ``LeaseLost``; then nothing was stored."""
    source = context.source
    if page.counts and source.brand == ANY:
        raise InvalidPage("counts that belong to no brand")
    readings = _read(app, source, info, page.mentions)
    wall = app.wall()
    with app.db.write(durable=bool(page.cost)) as tx:
        values = _moved(context, page, wall)
        if ending:
            values |= recovered(source, page.position or context.now)
            values |= {"lease_token": None, "next_poll_at": wall}
        if not store.change(tx, source.id, context.token, values):
            raise LeaseLost
        closed = closed_until(tx, _touched(source, page, readings))
        fresh = store_readings(tx, readings, context.now, closed)
        changes = changes_of(fresh)
        if page.counts:
            changes |= report(tx, source.id, source.brand, page.counts)
        apply_changes(tx, changes, closed)
        late = sum(is_late(reading, closed) for reading in fresh)
        if late or page.skipped:
            counted = {"late": source.late + late, "skipped": source.skipped + page.skipped}
            store.change(tx, source.id, None, counted)
            values |= counted
        if page.missed:
            store.add_gap(tx, source.id, *page.missed, "not given any more")
        store.spend(tx, source.id, day_of(wall), page.cost)
        if page.position and app.replay:
            put_meta(tx, "position", {"at": page.position.isoformat()})
    context.source = replace(source, **values)
    return len({(r.mention.platform, r.mention.external_id) for r in fresh})


def finish(
    app: App,
    context: PollContext,
    values: Mapping[str, Any],
    *,
    well: bool = False,
    told: datetime | None = None,
) -> None:
    """End a poll: free the source. ``well``: it can be read; ``told``: everything up to then has
    been asked for. Raises ``LeaseLost``."""
    source = context.source
    changed: dict[str, Any] = {"lease_token": None, **values}
    if well:
        changed |= recovered(source, context.now)
    if told is not None:
        changed["polled_until"] = max(source.polled_until or told, told)
        changed["covered_from"] = source.covered_from or bucket_of(told)
    with app.db.write(durable=False) as tx:
        if not store.change(tx, source.id, context.token, changed):
            raise LeaseLost
    context.source = replace(source, **changed)


def _read(app: App, source: SourceState, info: Info, mentions: Sequence[Mention]) -> list[Reading]:
    """What is to be stored of these mentions. Only what is not known yet is read at all."""
    if not mentions:
        return []
    brands = tuple(app.brands) if source.brand == ANY else (source.brand,)
    with app.db.read() as tx:
        known = read_brands(tx, mentions)
    wanted = [m for m, read in zip(mentions, known, strict=True) if not read.issuperset(brands)]
    own = "own_comments" in info.can and source.brand != ANY
    found = app.enricher.read(wanted, brands, own_content=own)
    return [reading for readings in found for reading in readings]


def _moved(context: PollContext, page: ValidatedPage, wall: datetime) -> dict[str, Any]:
    """What a page changes in its source: the cursor, how far it told, since when."""
    source = context.source
    values: dict[str, Any] = {"lease_until": wall + context.lease}
    if page.cursor is not None:
        values["cursor"] = page.cursor
    if page.position is not None:
        values["polled_until"] = max(source.polled_until or page.position, page.position)
    if source.polled_until is None and page.covered_from is not None:
        since = page.covered_from
        values["covered_from"] = max(source.covered_from or since, since)
    elif source.covered_from is None and page.position is not None:
        first = min([m.published_at for m in page.mentions] or [page.position])
        values["covered_from"] = bucket_of(first)
    return values


def _touched(source: SourceState, page: ValidatedPage, readings: Sequence[Reading]) -> set[str]:
    brands = {reading.brand for reading in readings}
    return brands | {source.brand} if page.counts else brands
