"""Series: rollups kept in the ingest transaction, so that reading one costs nothing of history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.orm import Session

from monitor.model import ALL, BUCKET, Bucket, Count, Language, Reading, Voices
from monitor.store.bulk import insert, lookup, stamp, table_of
from monitor.store.coverage import covers, uncovered
from monitor.store.tables.listening import BrandRow, ReadingRow, ReportedRow, RollupRow
from monitor.store.voices import MEASURES, close_voices, voices

Change = tuple[str, str, str, datetime]
"""brand, platform, measure and start of a rollup's bucket."""

Sums = dict[str, dict[datetime, dict[str, int]]]
"""platform -> bucket -> measure -> sum."""

_SECONDS = int(BUCKET.total_seconds())


def bucket_of(at: datetime) -> datetime:
    """Start of the base bucket that ``at`` lies in."""
    return datetime.fromtimestamp(int(at.timestamp() // _SECONDS) * _SECONDS, UTC)


def starts(start: datetime, end: datetime) -> Iterator[datetime]:
    """Starts of the buckets that begin in ``[start, end)``."""
    at = bucket_of(start)
    if at < start:
        at += BUCKET
    while at < end:
        yield at
        at += BUCKET


def thousandths(reading: Reading) -> tuple[int, int, int]:
    """The reading's probabilities as integers that sum to 1000: negative, neutral, positive."""
    negative = min(1000, max(0, round(reading.sentiment.negative * 1000)))
    positive = min(1000 - negative, max(0, round(reading.sentiment.positive * 1000)))
    return negative, 1000 - negative - positive, positive


def changes_of(readings: Iterable[Reading]) -> dict[Change, int]:
    """What readings add to the rollups."""
    found: dict[Change, int] = defaultdict(int)
    for reading in readings:
        mention = reading.mention
        at = bucket_of(mention.published_at)
        found[reading.brand, mention.platform, "mentions", at] += 1
        negative, _, positive = thousandths(reading)
        crisis = bool(reading.crisis_terms)
        for measure, by in _adds(reading.is_scored, negative, positive, crisis).items():
            found[reading.brand, mention.platform, measure, at] += by
    return dict(found)


def add_changes(changes: Mapping[Change, int]) -> dict[str, Sums]:
    """The changes of buckets that are empty so far as their sums, by brand."""
    found: dict[str, Sums] = {}
    for (brand, platform, measure, at), amount in changes.items():
        if amount:
            cell = found.setdefault(brand, {}).setdefault(platform, {}).setdefault(at, {})
            cell[measure] = amount
    return found


def row_adds(row: ReadingRow) -> dict[str, int]:
    """What a stored reading adds to each measure of its bucket beside ``mentions``."""
    if row.uncounted:
        return {}
    scored = not (row.abstain and row.language == Language.OTHER)  # as ``Reading.is_scored``
    return _adds(scored, row.negative, row.positive, bool(row.crisis_terms))


def _adds(scored: bool, negative: int, positive: int, crisis: bool) -> dict[str, int]:
    """One that abstains counts with its probabilities: they are calibrated, and "rather negative"
    a hundred times over is a mood. One whose sentiment is unknown counts with none."""
    found = {"scored": 1, "negative": negative, "positive": positive} if scored else {}
    return {**found, "crisis": 1} if crisis else found


def closed_until(tx: Session, brands: Collection[str]) -> dict[str, datetime | None]:
    """How far each brand is closed; stays so until this transaction ends."""
    if not brands:
        return {}
    query = select(BrandRow.slug, BrandRow.closed_until).where(BrandRow.slug.in_(sorted(brands)))
    query = query.order_by(BrandRow.slug).with_for_update(read=True)
    return dict(tx.execute(query).all())


def apply_changes(
    tx: Session, changes: Mapping[Change, int], closed: Mapping[str, datetime | None]
) -> None:
    """Move the rollups. What is closed already keeps what it was closed with."""
    at = stamp(tx)
    rows = []
    for key in sorted(key for key, change in changes.items() if change):
        brand, platform, measure, start = key
        until = closed.get(brand)
        late = until is not None and start < until
        rows.append((brand, platform, measure, at(start), changes[key], 0 if late else None))
    insert(
        tx,
        table_of(RollupRow),
        ("brand", "platform", "measure", "start", "value", "at_close"),
        rows,
        "on conflict (brand, platform, measure, start)"
        " do update set value = rollup.value + excluded.value",
    )


def report(tx: Session, source_id: int, brand: str, counts: Sequence[Count]) -> dict[Change, int]:
    """Keep what a platform reported, in place of what it reported before for the same start;
    what that changes in the rollups. A count is spread evenly and exactly over its buckets."""
    at = stamp(tx)
    latest = {(count.platform, count.start): count for count in counts}
    rows = sorted(latest.items())
    keys = [(source_id, platform, at(start)) for (platform, start), _ in rows]
    before = lookup(
        tx, table_of(ReportedRow), ("source_id", "platform", "start"), keys, ("end", "value")
    )
    found: dict[Change, int] = defaultdict(int)
    for n, ((platform, start), count) in enumerate(rows):
        if n in before:
            end = _moment(before[n][0])
            for bucket, value in spread(start, end, before[n][1]):
                found[brand, platform, "reported", bucket] -= value
        for bucket, value in spread(start, count.end, count.value):
            found[brand, platform, "reported", bucket] += value
    insert(
        tx,
        table_of(ReportedRow),
        ("source_id", "platform", "start", "end", "value"),
        [(*key, at(c.end), c.value) for key, (_, c) in zip(keys, rows, strict=True)],
        'on conflict (source_id, platform, start) do update set "end" = excluded."end",'
        " value = excluded.value",
    )
    return dict(found)


def _moment(value: Any) -> datetime:
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value.astimezone(UTC)  # type: ignore[no-any-return]


def spread(start: datetime, end: datetime, value: int) -> Iterator[tuple[datetime, int]]:
    """A count over an interval as counts of its buckets, by length, summing to exactly it."""
    whole = end - start
    given = 0
    at = bucket_of(start)
    while at < end:
        upto = value * (min(at + BUCKET, end) - start) // whole
        yield at, upto - given
        given, at = upto, at + BUCKET


_CRISES = select(func.coalesce(func.sum(RollupRow.value), 0)).where(
    RollupRow.brand == bindparam("brand"),
    RollupRow.measure == "crisis",
    RollupRow.start >= bindparam("low"),
    RollupRow.start < bindparam("high"),
)
_PLATFORM_CRISES = _CRISES.where(RollupRow.platform == bindparam("platform"))


def crises(tx: Session, brand: str, platform: str, start: datetime, end: datetime) -> int:
    """How many mentions in ``[start, end)`` (of whole buckets) name a crisis."""
    asked = {"brand": brand, "low": start, "high": end}
    if platform == ALL:
        return int(tx.connection().execute(_CRISES, asked).scalar() or 0)
    asked["platform"] = platform
    return int(tx.connection().execute(_PLATFORM_CRISES, asked).scalar() or 0)


@dataclass(frozen=True, slots=True)
class Progress:
    """From where a brand's buckets count, up to where they are final, and from where their voices
    are known."""

    first_bucket: datetime | None
    closed_until: datetime | None
    voices_from: datetime | None = None


_SUMS = select(
    RollupRow.platform, RollupRow.measure, RollupRow.start, RollupRow.value, RollupRow.at_close
).where(
    RollupRow.brand == bindparam("brand"),
    RollupRow.start >= bindparam("low"),
    RollupRow.start < bindparam("high"),
)
_PLATFORM_SUMS = _SUMS.where(
    RollupRow.platform == bindparam("platform"),
    RollupRow.measure.in_(("mentions", "scored", "negative", "reported", "crisis", *MEASURES)),
)


def sums(
    tx: Session,
    brand: str,
    start: datetime,
    end: datetime,
    *,
    final_until: datetime,
    platform: str | None = None,
) -> Sums:
    """What a brand's rollups hold in ``[start, end)``: before ``final_until`` as they were when
    closed, from there on as is known now."""
    found: Sums = {}
    asked = {"brand": brand, "low": start, "high": end}
    if platform is not None:
        asked["platform"] = platform
    statement = _SUMS if platform is None else _PLATFORM_SUMS
    for of, measure, at, now, then in tx.connection().execute(statement, asked):
        amount = then if at < final_until else now
        if amount:
            found.setdefault(of, {}).setdefault(at, {})[measure] = amount
    if final_until < end:  # what is not closed yet has its voices in rows
        for (_, of, at), cell in voices(tx, [brand], max(start, final_until), end).items():
            if platform in (None, of) and "voices" not in found.get(of, {}).get(at, {}):
                found.setdefault(of, {}).setdefault(at, {}).update(cell)
    return found


def bucket(
    found: Sums,
    platform: str,
    start: datetime,
    *,
    covered: bool = True,
    partial: bool = False,
    final: bool = True,
    voices_from: datetime | None = None,
) -> Bucket:
    """One bucket of a platform, or of ALL of them, from the sums. ``voices_from``: since when
    voices are known (None: they are not)."""
    volume = scored = negative = crisis = unread = 0
    spoken, known = [0, 0, 0], voices_from is not None and start >= voices_from
    for of in (platform,) if platform != ALL else tuple(found):
        cell = found.get(of, {}).get(start)
        if cell:
            volume += max(cell.get("mentions", 0), cell.get("reported", 0))
            scored += cell.get("scored", 0)
            negative += cell.get("negative", 0)
            crisis += cell.get("crisis", 0)
            unread += max(0, cell.get("mentions", 0) - cell.get("scored", 0))
            spoken = [n + cell.get(name, 0) for n, name in zip(spoken, MEASURES, strict=True)]
            # who stands behind a number that the platform reports is not known
            known = known and cell.get("reported", 0) <= cell.get("mentions", 0)
    return Bucket(
        start,
        float(volume),
        float(scored),
        negative / 1000,
        covered=covered,
        partial=partial,
        final=final,
        crisis=float(crisis),
        unread=float(unread),
        voices=Voices(float(spoken[0]), float(spoken[1]), spoken[2] / 1000) if known else None,
    )


def series(
    tx: Session,
    brand: str,
    platform: str,
    start: datetime,
    end: datetime,
    *,
    at_close: bool = False,
) -> list[Bucket]:
    """The buckets of a brand's platform (or ALL) that begin in ``[start, end)``, zero ones
    included. ``at_close``: as the detectors saw them; else as is known now."""
    known = progress(tx, brand)
    until = known.closed_until if known else None
    found = sums(
        tx,
        brand,
        start,
        end,
        final_until=end if at_close else start,
        platform=None if platform == ALL else platform,
    )
    gaps = uncovered(tx, brand, start, end)
    return [
        bucket(
            found,
            platform,
            at,
            final=until is not None and at < until,
            voices_from=known.voices_from if known else None,
            **covers(gaps, platform, at, at + BUCKET),
        )
        for at in starts(start, end)
    ]


def platforms(tx: Session, brand: str) -> list[str]:
    """The platforms a brand has ever been seen on: one index seek each, whatever lies behind."""
    sql = text("select min(platform) from rollup where brand = :brand and platform > :last")
    found: list[str] = []
    while last := tx.execute(sql, {"brand": brand, "last": found[-1] if found else ""}).scalar():
        found.append(last)
    return found


_ALL_PROGRESS = select(
    BrandRow.slug, BrandRow.first_bucket, BrandRow.closed_until, BrandRow.voices_from
).order_by(BrandRow.slug)
_LOCKED_PROGRESS = _ALL_PROGRESS.where(BrandRow.slug.in_(bindparam("slugs", expanding=True)))
_LOCKED_PROGRESS = _LOCKED_PROGRESS.with_for_update()


def progress(tx: Session, brand: str) -> Progress | None:
    """How far a brand is; None: nobody has heard of it."""
    return all_progress(tx).get(brand)


def all_progress(tx: Session, *, lock: Sequence[str] | None = None) -> dict[str, Progress]:
    """How far each brand is. ``lock``: only these, and nobody else closes them meanwhile."""
    found = tx.execute(_ALL_PROGRESS if lock is None else _LOCKED_PROGRESS, {"slugs": lock})
    return {slug: Progress(first, until, voiced) for slug, first, until, voiced in found}


_ONCE = {"synchronize_session": False}
_REMEMBER = (
    update(RollupRow)
    .where(
        RollupRow.brand.in_(bindparam("slugs", expanding=True)),
        RollupRow.start >= bindparam("low"),
        RollupRow.start < bindparam("high"),
        RollupRow.at_close.is_(None),
    )
    .values(at_close=RollupRow.value)
    .execution_options(**_ONCE)
)
_MOVE = (
    update(BrandRow)
    .where(BrandRow.slug.in_(bindparam("slugs", expanding=True)))
    .values(
        first_bucket=bindparam("first"),
        closed_until=bindparam("until"),
        voices_from=func.coalesce(BrandRow.voices_from, bindparam("start")),
    )
    .execution_options(**_ONCE)
)


def close(
    tx: Session, brands: Sequence[str], first: datetime, start: datetime, end: datetime
) -> None:
    """Make the buckets of ``[start, end)`` final: they are remembered as they are now."""
    tx.connection().execute(_REMEMBER, {"slugs": brands, "low": start, "high": end})
    close_voices(tx, brands, start, end)
    moved = {"slugs": brands, "first": first, "start": start, "until": end}
    tx.connection().execute(_MOVE, moved)


def prepend(tx: Session, brand: str, first: datetime, until: datetime) -> None:
    """Make ``[first, until)`` final before what is final already: a past that was read later."""
    within = (RollupRow.brand == brand, RollupRow.start >= first, RollupRow.start < until)
    told = update(RollupRow).where(*within).values(at_close=RollupRow.value)
    tx.execute(told.execution_options(**_ONCE))
    read = (ReadingRow.brand == brand, ReadingRow.published_at >= first)
    timely = update(ReadingRow).where(*read, ReadingRow.published_at < until).values(late=False)
    tx.execute(timely.execution_options(**_ONCE))
    moved = update(BrandRow).where(BrandRow.slug == brand).values(first_bucket=first)
    tx.execute(moved.execution_options(**_ONCE))
