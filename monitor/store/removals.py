"""Mentions that were deleted, made private or edited by those who wrote them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select, tuple_, update
from sqlalchemy.orm import Session

from monitor.model import Author, Mention, Reading, Removal
from monitor.store.mentions import EPOCH, quotable
from monitor.store.meta import get_meta, put_meta
from monitor.store.outbox.quotes import requote, unquote
from monitor.store.series import Change, bucket_of, row_adds, thousandths
from monitor.store.tables.listening import AuthorRow, CorrectionRow, MentionRow, ReadingRow
from monitor.store.text import clean

Name = tuple[str, str]
"""A mention's platform and its id there."""

_ONCE = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Edited:
    """A stored mention with the text it has now, and the brands it was read for before."""

    mention_id: int
    mention: Mention
    brands: frozenset[str]


def next_to_recheck(
    tx: Session,
    brand: str,
    platform: str,
    after: int,
    since: datetime,
    limit: int,
    share: tuple[int, int] = (0, 1),
) -> tuple[list[str], int]:
    """Ids of the next stored mentions of a brand beyond the number ``after``, published since
    then, whose text is still here; and the number to go on from (0: from the beginning).
    ``share``: which part of the mentions, of how many."""
    query = (
        select(MentionRow.id, MentionRow.external_id)
        .join(ReadingRow, ReadingRow.mention_id == MentionRow.id)
        .where(
            MentionRow.id > after,
            MentionRow.id % share[1] == share[0],
            MentionRow.platform == platform,
            MentionRow.published_at >= since,
            ~MentionRow.removed,
            ReadingRow.brand == brand,
        )
        .order_by(MentionRow.id)
        .limit(limit)
    )
    rows = tx.execute(query).all()
    return [name for _, name in rows], rows[-1][0] if len(rows) == limit else 0


def find_edited(tx: Session, removals: Sequence[Removal]) -> list[Edited]:
    """The stored mentions whose words really changed, as they are now."""
    edits = {(r.platform, r.external_id): r for r in removals if r.kind == "edited"}
    if not edits:
        return []
    query = (
        select(MentionRow, AuthorRow)
        .join(AuthorRow, AuthorRow.id == MentionRow.author_id, isouter=True)
        .where(_named(list(edits)), ~MentionRow.removed)
    )
    changed = []
    for row, author in tx.execute(query):
        edit = edits[row.platform, row.external_id]
        words = clean(edit.text), row.title if edit.title is None else clean(edit.title)
        if words != (row.text, row.title):
            changed.append((row, author, *words))
    brands: dict[int, set[str]] = defaultdict(set)
    read = select(ReadingRow.mention_id, ReadingRow.brand)
    for number, brand in tx.execute(
        read.where(ReadingRow.mention_id.in_([row.id for row, *_ in changed]))
    ):
        brands[number].add(brand)
    return [
        Edited(row.id, _mention(row, author, text, title), frozenset(brands[row.id]))
        for row, author, text, title in changed
    ]


def apply_edits(
    tx: Session, edits: Sequence[Edited], readings: Mapping[int, Sequence[Reading]]
) -> dict[Change, int]:
    """Put the new texts and what is read in them in place of the old, also where messages quote
    them. ``readings`` by mention number; a brand the text does not name any more keeps its reading,
    scored anew. What changes in the rollups."""
    moved: dict[Change, int] = defaultdict(int)
    for edit in edits:
        words = {"text": edit.mention.text, "title": edit.mention.title}
        changed = update(MentionRow).where(MentionRow.id == edit.mention_id, ~MentionRow.removed)
        tx.execute(changed.values(**words).execution_options(**_ONCE))
        for reading in readings.get(edit.mention_id, ()):
            row = tx.get(ReadingRow, (edit.mention_id, reading.brand), with_for_update=True)
            if row is None:
                continue
            before = row_adds(row)
            row.negative, row.neutral, row.positive = thousandths(reading)
            row.abstain = reading.sentiment.abstain
            row.language = reading.language.value
            row.matched = [clean(term) for term in reading.matched]
            row.crisis_terms = list(reading.crisis_terms)
            row.model_version = reading.model_version
            at = bucket_of(row.published_at)
            after = row_adds(row)
            for measure in before | after:
                change = after.get(measure, 0) - before.get(measure, 0)
                moved[reading.brand, row.platform, measure, at] += change
    requote(tx, {(e.mention.platform, e.mention.external_id): quotable(e.mention) for e in edits})
    tx.flush()
    return dict(moved)


def apply_removals(tx: Session, removals: Sequence[Removal]) -> int:
    """Take text and author from the mentions that were deleted or made private, wherever they are
    kept or quoted. How many there were."""
    return erase(tx, [(r.platform, r.external_id) for r in removals if r.kind != "edited"])


def erase(tx: Session, gone: Sequence[Name]) -> int:
    """Take text, title, address and author from these mentions, from what people corrected in them,
    and from every message that quotes them: one that is still to be sent goes without, one that was
    sent is brought up to date. Id, times, counts and scores stay. How many there were."""
    if not gone:
        return 0
    row = MentionRow
    query = select(row.id, row.author_id, row.platform, row.external_id)
    rows = tx.execute(query.where(_named(gone), ~row.removed)).all()
    if rows:
        empty = {"text": "", "title": "", "url": "", "author_id": None, "removed": True}
        numbers = [number for number, *_ in rows]
        changed = update(row).where(row.id.in_(numbers)).values(**empty)
        tx.execute(changed.execution_options(**_ONCE))
        _drop_authors(tx, {author for _, author, *_ in rows if author is not None})
        names = [(platform, external_id) for *_, platform, external_id in rows]
        learned = tuple_(CorrectionRow.external_id, CorrectionRow.platform)
        doomed = delete(CorrectionRow).where(learned.in_([(b, a) for a, b in names]))
        tx.execute(doomed.execution_options(**_ONCE))
        unquote(tx, names)
        put_meta(tx, _ERASURES, {"times": erasures(tx) + 1})
    return len(rows)


_ERASURES = "erasures"


def erasures(tx: Session) -> int:
    """How often something was erased: another number than before says that something was."""
    return int((get_meta(tx, _ERASURES) or {"times": 0})["times"])


def written_by(tx: Session, platform: str, handle: str) -> list[Name]:
    """The mentions of an author that still have their text."""
    query = (
        select(MentionRow.platform, MentionRow.external_id)
        .join(AuthorRow, AuthorRow.id == MentionRow.author_id)
        .where(AuthorRow.platform == platform, ~MentionRow.removed)
        .where(func.lower(AuthorRow.handle) == handle.removeprefix("@").lower())
    )
    return [(of, name) for of, name in tx.execute(query.order_by(MentionRow.id))]


def at_address(tx: Session, url: str) -> list[Name]:
    """The mentions with this address that still have their text."""
    query = select(MentionRow.platform, MentionRow.external_id)
    rows = tx.execute(query.where(MentionRow.url == url, ~MentionRow.removed))
    return [(of, name) for of, name in rows]


def without_text(tx: Session, names: Sequence[Name]) -> list[Name]:
    """Those of the mentions that are not to be quoted any more."""
    query = select(MentionRow.platform, MentionRow.external_id)
    rows = tx.execute(query.where(_named(names), MentionRow.removed))
    return [(of, name) for of, name in rows]


def _named(keys: Sequence[tuple[str, str]]) -> ColumnElement[bool]:
    ids = [(external_id, platform) for platform, external_id in keys]
    return tuple_(MentionRow.external_id, MentionRow.platform).in_(ids)


def _drop_authors(tx: Session, authors: set[int]) -> None:
    still = select(MentionRow.id).where(MentionRow.author_id == AuthorRow.id).exists()
    doomed = delete(AuthorRow).where(AuthorRow.id.in_(sorted(authors)), ~still)
    tx.execute(doomed.execution_options(**_ONCE))


def _mention(row: MentionRow, author: AuthorRow | None, text: str, title: str) -> Mention:
    return Mention(
        platform=row.platform,
        external_id=row.external_id,
        published_at=row.published_at,
        text=text,
        author=Author(author.handle, author.name, author.followers) if author else None,
        url=row.url,
        kind=row.kind,  # type: ignore[arg-type]
        title=title,
        stable_time=row.dedup_at != EPOCH,
        own=row.own,
    )
