"""A person's word on a text's sentiment, kept per brand. One text has one label per brand: the
last word counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.query.text import normalise
from monitor.store.tables.listening import CorrectionRow, MentionRow
from monitor.store.text import clean, clean_key


@dataclass(frozen=True, slots=True)
class Correction:
    """``gold``: negative, neutral or positive. ``who``: a name or account, "" for unknown.
    ``id`` grows with each; 0 before it is stored."""

    brand: str
    text: str
    language: str
    gold: str
    at: datetime
    who: str = ""
    platform: str = ""
    external_id: str = ""
    id: int = 0


def keep(tx: Session, correction: Correction) -> Literal["new", "changed", "known"]:
    """Store it. Texts that differ in case, accents or spaces only are one; a label that changes
    takes its place at the end, as the newest."""
    text = clean(correction.text)
    mark = sha256(normalise(text).encode()).hexdigest()
    same = select(CorrectionRow).where(
        CorrectionRow.brand == correction.brand, CorrectionRow.text_hash == mark
    )
    old = tx.scalars(same).one_or_none()
    if old is not None and old.gold == correction.gold:
        return "known"
    if old is not None:
        tx.delete(old)
        tx.flush()
    tx.add(
        CorrectionRow(
            brand=correction.brand,
            text_hash=mark,
            platform=clean_key(correction.platform),
            external_id=clean_key(correction.external_id),
            text=text,
            language=correction.language,
            gold=correction.gold,
            who=clean(correction.who),
            at=correction.at,
        )
    )
    tx.flush()
    return "new" if old is None else "changed"


def corrections(tx: Session, brand: str) -> list[Correction]:
    """The brand's labels, oldest first."""
    rows = tx.scalars(
        select(CorrectionRow).where(CorrectionRow.brand == brand).order_by(CorrectionRow.id)
    )
    return [
        Correction(
            row.brand,
            row.text,
            row.language,
            row.gold,
            row.at,
            row.who,
            row.platform,
            row.external_id,
            row.id,
        )
        for row in rows
    ]


def latest(tx: Session, brands: Sequence[str]) -> dict[str, tuple[int, int]]:
    """For each brand with labels: how many, and the newest one's number. Changes with any label."""
    counted = select(CorrectionRow.brand, func.count(), func.max(CorrectionRow.id))
    rows = tx.execute(counted.where(CorrectionRow.brand.in_(brands)).group_by(CorrectionRow.brand))
    return {brand: (count, newest) for brand, count, newest in rows}


def text_of(tx: Session, platform: str, external_id: str) -> str | None:
    """What a stored mention says, its title before its text; None where there is none."""
    row = tx.execute(
        select(MentionRow.title, MentionRow.text)
        .where(MentionRow.platform == platform, MentionRow.external_id == clean_key(external_id))
        .order_by(MentionRow.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    title, text = row
    return f"{title}\n{text}" if title and not text.startswith(title) else str(text)
