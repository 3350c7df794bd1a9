"""The table of tokens that platforms gave us and that are renewed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from monitor.store.tables.base import Base


class TokenRow(Base):
    """A grant for one account of one provider. ``sealed``: access and refresh token, encrypted."""

    __tablename__ = "token"

    provider: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    sealed: Mapped[str]
    scopes: Mapped[str]
    renewable: Mapped[bool]
    expires_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    obtained_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    failure: Mapped[str]
