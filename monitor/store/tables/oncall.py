"""The tables of who is on call beyond the rota: covers, pages that were tried, pages there were."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from monitor.store.tables.base import Base, Id


class CoverRow(Base):
    """Somebody on call in another's stead, decided by a person while the daemon runs."""

    __tablename__ = "cover"
    __table_args__ = (Index("ix_cover_end_at", "end_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    schedule: Mapped[str]
    person: Mapped[str]
    start_at: Mapped[datetime]
    end_at: Mapped[datetime]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    reason: Mapped[str]
    withdrawn_at: Mapped[datetime | None]


class TestPageRow(Base):
    """A page that was sent to try whether it reaches its person. ``outcome``: waiting, reached,
    unanswered or failed."""

    __tablename__ = "test_page"
    __table_args__ = (Index("ix_test_page_person_sent_at", "person", "sent_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person: Mapped[str]
    way: Mapped[str]
    delivery_key: Mapped[str]
    sent_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    outcome: Mapped[str]


class PageRow(Base):
    """Somebody was to be paged about an incident. Domain times. ``key``: of the message that named
    them, "" while it waits until ``held_until`` for the reason ``why`` (quiet, budget)."""

    __tablename__ = "page"
    __table_args__ = (
        Index("ix_page_person_at", "person", "at"),
        Index("ix_page_key_held_until", "key", "held_until"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person: Mapped[str]
    incident_id: Mapped[int]
    severity: Mapped[str]
    at: Mapped[datetime]
    key: Mapped[str]
    held_until: Mapped[datetime | None]
    why: Mapped[str]
