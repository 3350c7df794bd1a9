"""The tables of what the brand itself publishes: own posts, their metrics, how they stand."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.store.tables.base import Base, Id


class OwnPostRow(Base):
    """An own post as the platform told it last. ``gone``: "", ``deleted`` or ``private``."""

    __tablename__ = "own_post"
    __table_args__ = (
        UniqueConstraint("brand", "platform", "external_id"),
        Index(None, "brand", "published_at"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    brand: Mapped[str]
    platform: Mapped[str]
    external_id: Mapped[str]
    kind: Mapped[str]
    published_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    title: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    url: Mapped[str] = mapped_column(default="")
    gone: Mapped[str] = mapped_column(default="")
    gone_at: Mapped[datetime | None]


class MetricRow(Base):
    """A stretch of time in which a metric had one value: first measured at ``since``, last at
    ``measured_at``. A value that does not change is one row, however often it is asked for."""

    __tablename__ = "metric"
    __table_args__ = (
        UniqueConstraint("brand", "platform", "subject_kind", "subject", "name", "since"),
        Index(None, "platform", "measured_at"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    brand: Mapped[str]
    platform: Mapped[str]
    subject_kind: Mapped[str]
    subject: Mapped[str]
    name: Mapped[str]
    unit: Mapped[str]
    value: Mapped[float]
    since: Mapped[datetime]
    measured_at: Mapped[datetime]


class StandingRow(Base):
    """A state with the platform, from ``since`` to ``ended_at`` (None: it still is so)."""

    __tablename__ = "standing"
    __table_args__ = (
        Index(
            "uq_standing_current",
            "brand",
            "platform",
            "subject_kind",
            "subject",
            unique=True,
            sqlite_where=text("ended_at is null"),
            postgresql_where=text("ended_at is null"),
        ),
        Index(None, "brand", "platform", "subject_kind", "subject"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    brand: Mapped[str]
    platform: Mapped[str]
    subject_kind: Mapped[str]
    subject: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    since: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
