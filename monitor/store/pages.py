"""Who was paged, and whose pages wait: for the end of quiet hours, or for a budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from monitor.store.engine import Transaction
from monitor.store.tables.oncall import PageRow


@dataclass(frozen=True, slots=True)
class Page:
    """Somebody was to be paged. ``key`` of the message that named them, "" while it waits."""

    person: str
    incident: int
    severity: str
    at: datetime
    key: str = ""
    held_until: datetime | None = None
    why: str = ""


def add_page(tx: Transaction, page: Page) -> None:
    """Keep that somebody was paged, or is to be."""
    tx.add(
        PageRow(
            person=page.person,
            incident_id=page.incident,
            severity=page.severity,
            at=page.at,
            key=page.key,
            held_until=page.held_until,
            why=page.why,
        )
    )
    tx.flush()


def paged_since(tx: Transaction, since: datetime) -> list[Page]:
    """Whom messages have named since then, in order."""
    rows = select(PageRow).where(PageRow.at > since, PageRow.held_until.is_(None))
    return [_page(row) for row in tx.scalars(rows.order_by(PageRow.at, PageRow.id))]


def held_pages(tx: Transaction) -> list[Page]:
    """The pages that wait, in order."""
    rows = select(PageRow).where(PageRow.key == "", PageRow.held_until.is_not(None))
    return [_page(row) for row in tx.scalars(rows.order_by(PageRow.at, PageRow.id))]


def settle_pages(tx: Transaction, person: str, key: str) -> bool:
    """What waited for somebody is told in this message. False: nothing waited any more."""
    waits = (PageRow.person == person, PageRow.key == "", PageRow.held_until.is_not(None))
    done = tx.execute(update(PageRow).where(*waits).values(key=key))
    return bool(done.rowcount)  # type: ignore[attr-defined]


def postpone_pages(tx: Transaction, people: Sequence[str], until: datetime, why: str) -> None:
    """What waits for these people waits longer."""
    waits = (PageRow.person.in_(people), PageRow.key == "", PageRow.held_until.is_not(None))
    tx.execute(update(PageRow).where(*waits).values(held_until=until, why=why))


def _page(row: PageRow) -> Page:
    return Page(row.person, row.incident_id, row.severity, row.at, row.key, row.held_until, row.why)
