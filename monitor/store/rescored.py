"""Scoring what is stored again: readings by the model that reads now, and the sums they are in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.model import Author, Mention, Reading
from monitor.store.bulk import insert, stamp, table_of
from monitor.store.series import bucket_of, closed_until, row_adds, thousandths
from monitor.store.tables.listening import AuthorRow, MentionRow, ReadingRow, RollupRow


@dataclass(frozen=True, slots=True)
class Stale:
    """A stored reading by another model, with its mention as far as that is still there."""

    mention_id: int
    mention: Mention


def stale(
    tx: Session, brand: str, version: str, since: datetime, after: int, limit: int
) -> list[Stale]:
    """The next readings of a brand, by mention id beyond ``after``, that another model made of
    mentions published since then whose texts are still there."""
    query = (
        select(MentionRow, AuthorRow)
        .join(ReadingRow, ReadingRow.mention_id == MentionRow.id)
        .join(AuthorRow, AuthorRow.id == MentionRow.author_id, isouter=True)
        .where(
            ReadingRow.mention_id > after,
            ReadingRow.brand == brand,
            ReadingRow.published_at >= since,
            ReadingRow.model_version != version,
            ~MentionRow.removed,
        )
        .order_by(ReadingRow.mention_id)
        .limit(limit)
    )
    return [Stale(row[0].id, _mention(row[0], row[1])) for row in tx.execute(query)]


def _mention(row: MentionRow, author: AuthorRow | None) -> Mention:
    return Mention(
        platform=row.platform,
        external_id=row.external_id,
        published_at=row.published_at,
        text=row.text,
        author=Author(author.handle, author.name, author.followers) if author else None,
        url=row.url,
        kind=row.kind,  # type: ignore[arg-type]
        title=row.title,
    )


def _put(row: ReadingRow, reading: Reading) -> None:
    row.negative, row.neutral, row.positive = thousandths(reading)
    row.abstain = reading.sentiment.abstain
    row.language = reading.language.value
    row.crisis_terms = list(reading.crisis_terms)


def put_scores(tx: Session, brand: str, version: str, scores: Mapping[int, Reading | None]) -> None:
    """Put what the model says now in place of what is stored, by mention id, and move the sums by
    the change, also as they were at close. None: the model says nothing; the old score stays."""
    until = closed_until(tx, [brand]).get(brand)
    query = select(ReadingRow).where(
        ReadingRow.brand == brand,
        ReadingRow.mention_id.in_(sorted(scores)),
        ReadingRow.model_version != version,
    )
    moved: dict[tuple[str, str, datetime], list[int]] = defaultdict(lambda: [0, 0])
    for row in tx.scalars(query):
        reading = scores[row.mention_id]
        before = row_adds(row)
        if reading is not None:
            _put(row, reading)
        row.model_version = version
        after = row_adds(row)
        for measure in before | after:
            change = after.get(measure, 0) - before.get(measure, 0)
            cell = moved[row.platform, measure, bucket_of(row.published_at)]
            cell[0] += change
            cell[1] += 0 if row.late else change
    tx.flush()
    at = stamp(tx)
    rows = [
        (brand, of, measure, at(start), now, then if until and start < until else None)
        for (of, measure, start), (now, then) in sorted(moved.items())
        if now or then
    ]
    insert(
        tx,
        table_of(RollupRow),
        ("brand", "platform", "measure", "start", "value", "at_close"),
        rows,
        "on conflict (brand, platform, measure, start) do update set"
        " value = rollup.value + excluded.value,"
        " at_close = rollup.at_close + excluded.at_close",
    )
