"""A page into the database: read it first, then one short transaction for all that it changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Info
from monitor.app import App
from monitor.enrich.exclusions import Exclusions
from monitor.jobs.poll.health import recovered
from monitor.jobs.poll.validate import InvalidPage, ValidatedPage
from monitor.jobs.spending import day_of
from monitor.model import ANY, Mention, Reading, is_drill
from monitor.store import own_content
from monitor.store import sources as store
from monitor.store.coverage import MISSED
from monitor.store.engine import Transaction
from monitor.store.exclusions import Exclusion, exclusions, left_out
from monitor.store.mentions import is_late, read_brands, store_mentions, store_readings
from monitor.store.meta import put_meta
from monitor.store.removals import Edited, apply_edits, apply_removals, find_edited
from monitor.store.series import apply_changes, bucket_of, changes_of, closed_until, report
from monitor.store.source_state import SourceState
from monitor.store.text import clean_key
from monitor.store.voices import hear


class LeaseLost(Exception):
    """Another poll holds the source now; this one must not write."""


@dataclass(slots=True)
class PollContext:
    """A poll's hold on its source. ``source`` is as this poll knows it, its own pages included;
    ``heard_from``: since when it is listened to, where this is a look at the present and not the
    first (what it brings of closed buckets was told late then, and is no past)."""

    source: SourceState
    token: str
    now: datetime
    wall: datetime
    lease: timedelta
    heard_from: datetime | None = None


def heard_from(app: App, source: SourceState) -> datetime | None:
    """Since when a source has been listened to; None where a poll of it tells of the past: its
    first one, a replay, and what nobody but a drill hears."""
    first = source.polled_until is None
    return None if first or app.replay or is_drill(source.brand) else source.covered_from


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What of a page is to be stored, read before the transaction begins. ``own``: the brand's own
    mentions, kept without a reading; ``edited`` what is read in each edited mention, by number;
    ``left_out`` mentions that are not about the brand, with the number of who says so."""

    readings: list[Reading]
    own: list[Mention]
    edits: list[Edited]
    edited: dict[int, list[Reading]]
    left_out: list[tuple[Mention, int]]


def store_page(
    app: App, context: PollContext, info: Info, page: ValidatedPage, *, ending: bool
) -> int:
    """Store a page with its cursor; how many mentions of it were new. ``ending``: the poll ends
    with it, and the source is free. Raises ``LeaseLost``; then nothing was stored."""
    source = context.source
    if source.brand == ANY and (page.counts or _own_content(page)):
        raise InvalidPage("counts or own content that belong to no brand")
    if source.recorded:  # a file's ids are its own: it takes the place of nobody's post
        page = replace(
            page, mentions=tuple(_of_file(m, source) for m in page.mentions), missed=None
        )
    prepared = _prepare(app, source, info, page)
    wall = app.wall()
    with app.db.write(durable=bool(page.cost)) as tx:
        values = moved(source, page, wall, context.lease)
        if ending:
            values |= ended(source, page.position or context.now, wall)
        if not store.change(tx, source.id, context.token, values):
            raise LeaseLost
        fresh, late = _store_mentions(tx, context, page, prepared)
        if late or page.skipped or page.undated:
            counted = {
                "late": source.late + late,
                "skipped": source.skipped + page.skipped,
                "undated": source.undated + page.undated,
            }
            store.change(tx, source.id, None, counted)
            values |= counted
        _store_own_content(tx, context, page)
        if page.missed:
            store.add_gap(tx, source.id, *page.missed, MISSED)
        store.spend(tx, source.id, day_of(wall), page.cost)
        if page.position and app.replay:
            put_meta(tx, "position", {"at": page.position.isoformat()})
    context.source = replace(source, **values)
    return len({(r.mention.platform, r.mention.external_id) for r in fresh})


def _store_mentions(
    tx: Transaction, context: PollContext, page: ValidatedPage, prepared: _Prepared
) -> tuple[list[Reading], int]:
    """Store mentions, counts, edits and removals, and move the rollups. The new readings, and how
    many of them came late."""
    source, readings = context.source, prepared.readings
    if source.recorded:  # listed, but counted nowhere: what was said long ago pages nobody
        return store_readings(tx, readings, context.now, {}, uncounted=True), 0
    closed = closed_until(tx, _touched(source, page, prepared))
    fresh = store_readings(tx, readings, context.now, closed, heard_from=context.heard_from)
    store_mentions(tx, prepared.own, context.now)
    if prepared.left_out:
        kept = store_mentions(tx, [mention for mention, _ in prepared.left_out], context.now)
        left_out(tx, [(n, id) for (_, n), id in zip(prepared.left_out, kept, strict=True)])
    hear(tx, fresh)
    changes = Counter(changes_of(fresh))
    if page.counts:
        changes.update(report(tx, source.id, source.brand, page.counts))
    changes.update(apply_edits(tx, prepared.edits, prepared.edited))
    apply_removals(tx, page.removals)
    apply_changes(tx, changes, closed)
    return fresh, sum(is_late(reading, closed) for reading in fresh)


def _of_file(mention: Mention, source: SourceState) -> Mention:
    return replace(mention, external_id=clean_key(f"{source.name}/{mention.external_id}"))


def _store_own_content(tx: Transaction, context: PollContext, page: ValidatedPage) -> None:
    """Own posts, metrics and standings; and what became of own posts."""
    brand, now = context.source.brand, context.now
    own_content.put_own_posts(tx, brand, page.own_posts, now)
    own_content.put_metrics(tx, brand, page.metrics)
    own_content.put_standings(tx, brand, page.standings, now)
    own_content.change_own_posts(tx, brand, page.removals, now)


def _own_content(page: ValidatedPage) -> bool:
    return bool(page.own_posts or page.metrics or page.standings)


def finish(
    app: App,
    context: PollContext,
    values: Mapping[str, Any],
    *,
    well: bool = False,
    told: datetime | None = None,
) -> None:
    """End a poll: free the source. ``well``: it can be read, unless ``values`` say how it is doing;
    ``told``: everything up to then has been asked for. Raises ``LeaseLost``."""
    source = context.source
    changed: dict[str, Any] = {"lease_token": None, **values}
    if well:
        changed = recovered(source, context.now) | changed
    if told is not None:
        changed["polled_until"] = max(source.polled_until or told, told)
        changed["covered_from"] = source.covered_from or bucket_of(told)
    with app.db.write(durable=False) as tx:
        if not store.change(tx, source.id, context.token, changed):
            raise LeaseLost
    context.source = replace(source, **changed)


def _prepare(app: App, source: SourceState, info: Info, page: ValidatedPage) -> _Prepared:
    """Read what is to be stored of a page. Only what is not known yet is read at all."""
    every = tuple(brand for brand in app.brands if not is_drill(brand))
    brands = every if source.brand == ANY else (source.brand,)
    under_own = "own_comments" in info.can and source.brand != ANY
    mentions, own = [], []
    for mention in _as_edited(page):
        if mention.own or (source.brand != ANY and app.enricher.is_own(mention, source.brand)):
            own.append(replace(mention, own=True))
        else:
            mentions.append(mention)
    if not mentions and not page.removals:
        return _Prepared([], own, [], {}, [])
    with app.db.read() as tx:
        known = read_brands(tx, mentions)
        edits = find_edited(tx, page.removals)
        held = [] if under_own else exclusions(tx, brands)
    wanted = [m for m, read in zip(mentions, known, strict=True) if not read.issuperset(brands)]
    found = app.enricher.read(wanted, brands, own_content=under_own)
    readings = [reading for of_one in found for reading in of_one]
    edited: dict[int, list[Reading]] = {}
    for edit in edits:
        again = app.enricher.read([edit.mention], sorted(edit.brands), own_content=True)
        edited[edit.mention_id] = [] if not edit.brands else list(again[0])
        others = [brand for brand in brands if brand not in edit.brands]
        if others and not edit.mention.own:
            (named,) = app.enricher.read([edit.mention], others, own_content=under_own)
            readings += named
    counted, excluded = _without(held, readings)
    return _Prepared(counted, own, edits, edited, excluded)


def _without(
    held: Sequence[Exclusion], readings: list[Reading]
) -> tuple[list[Reading], list[tuple[Mention, int]]]:
    """The readings that count, and the mentions that are left out with the exclusion of each."""
    if not held:
        return readings, []
    rules = Exclusions((one.id, one.brand, one.words) for one in held)
    counted, excluded = [], []
    for reading in readings:
        number = rules.of(reading)
        if number is None:
            counted.append(reading)
        else:
            excluded.append((reading.mention, number))
    return counted, excluded


def _as_edited(page: ValidatedPage) -> Iterator[Mention]:
    """The page's mentions, with the text that the same page says they have by now."""
    texts = {(r.platform, r.external_id): r.text for r in page.removals if r.kind == "edited"}
    for mention in page.mentions:
        text = texts.get((mention.platform, mention.external_id))
        yield mention if text is None else replace(mention, text=text)


def moved(
    source: SourceState, page: ValidatedPage, wall: datetime, lease: timedelta
) -> dict[str, Any]:
    """What a page changes in its source: the cursor, how far it told, since when."""
    values: dict[str, Any] = {"lease_until": wall + lease}
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


def ended(source: SourceState, told: datetime, wall: datetime) -> dict[str, Any]:
    """What the end of a poll changes in its source that told everything up to ``told``."""
    return recovered(source, told) | {"lease_token": None, "next_poll_at": wall}


def _touched(source: SourceState, page: ValidatedPage, prepared: _Prepared) -> set[str]:
    brands = {reading.brand for reading in prepared.readings}
    brands |= {brand for edit in prepared.edits for brand in edit.brands}
    return brands | {source.brand} if page.counts else brands
