"""The table of what platforms tell by webhook."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from monitor.store.tables.base import Base, Id


class HookRow(Base):
    """Something a platform told us by itself, once however often it was delivered: kept until every
    source of its account has read it. ``received_at`` is wall."""

    __tablename__ = "hook"
    __table_args__ = (UniqueConstraint("key"), Index(None, "platform", "id"))
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str]
    platform: Mapped[str]
    account: Mapped[str]
    field: Mapped[str]
    value: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime]
    received_at: Mapped[datetime]
