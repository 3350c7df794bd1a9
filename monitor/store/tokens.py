"""Tokens that the platforms renew: who holds which, until when, and who renews it now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from monitor.store.tables.tokens import TokenRow


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A grant as it is kept.

    ``sealed``     access and refresh token, encrypted (``monitor.settings.vault``)
    ``renewable``  whether it can be renewed without a person
    ``expires_at`` end of the access token; None: it does not expire
    ``ends_at``    when a person must connect anew whatever is renewed; None: not known
    ``failure``    why it could not be renewed lately, for people; "" where it could
    """

    provider: str
    account: str
    title: str
    sealed: str
    scopes: str
    renewable: bool
    expires_at: datetime | None
    ends_at: datetime | None
    obtained_at: datetime
    failed_at: datetime | None = None
    failure: str = ""


FIELDS = tuple(StoredToken.__dataclass_fields__)


def put_token(tx: Session, token: StoredToken) -> None:
    """Keep a grant in place of the account's earlier one."""
    values = {name: getattr(token, name) for name in FIELDS}
    tx.merge(TokenRow(**values, claimed_until=None))


def tokens(tx: Session) -> list[StoredToken]:
    """All grants, by provider and account."""
    rows = tx.scalars(select(TokenRow).order_by(TokenRow.provider, TokenRow.account))
    return [_token(row) for row in rows]


def claim_token(tx: Session, token: StoredToken, wall: datetime, until: datetime) -> bool:
    """Take it upon us to renew this very grant; False where somebody else does or has done."""
    change = (
        update(TokenRow)
        .where(
            *_this_very(token),
            or_(TokenRow.claimed_until.is_(None), TokenRow.claimed_until < wall),
        )
        .values(claimed_until=until)
    )
    return bool(tx.execute(change).rowcount == 1)  # type: ignore[attr-defined]


def token_failed(tx: Session, token: StoredToken, wall: datetime, why: str, *, dead: bool) -> None:
    """It could not be renewed. ``dead``: nor will it be; a person must connect anew."""
    values = {"failed_at": wall, "failure": why, "claimed_until": None}
    change = (
        update(TokenRow)
        .where(*_this_very(token))
        .values(**values, **({"renewable": False} if dead else {}))
    )
    tx.execute(change)


def token_looked(tx: Session, token: StoredToken, ends_at: datetime | None, failure: str) -> None:
    """The platform was asked how it stands: until when it may be used, and what is wrong."""
    change = update(TokenRow).where(*_this_very(token))
    tx.execute(change.values(ends_at=ends_at, failure=failure))


def drop_token(tx: Session, provider: str, account: str) -> bool:
    """Forget a grant; False where there was none."""
    change = delete(TokenRow).where(TokenRow.provider == provider, TokenRow.account == account)
    return bool(tx.execute(change).rowcount == 1)  # type: ignore[attr-defined]


def _this_very(token: StoredToken) -> tuple[ColumnElement[bool], ...]:
    """The grant as it was read, not one that has taken its place since."""
    return (
        TokenRow.provider == token.provider,
        TokenRow.account == token.account,
        TokenRow.sealed == token.sealed,
    )


def _token(row: TokenRow) -> StoredToken:
    return StoredToken(**{name: getattr(row, name) for name in FIELDS})
