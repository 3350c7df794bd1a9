"""How fast channels may be called: pauses they asked for, and the pace of a destination. Wall
times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select

from monitor.store.engine import Transaction
from monitor.store.tables.responding import ChannelPauseRow, DestinationPaceRow


@dataclass(frozen=True, slots=True)
class Limits:
    """What the queue must know of a channel: seconds between posts, and of a call at most."""

    pace_s: float
    max_in_flight_s: float


@dataclass(frozen=True, slots=True)
class Pause:
    """A channel that is not being called until ``until`` (wall time), and why."""

    channel: str
    until: datetime
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Until when a channel is paused, and when a destination may be posted to again."""

    pauses: Mapping[str, datetime] = field(default_factory=dict)
    paces: Mapping[tuple[str, str], datetime] = field(default_factory=dict)


def rate_limits(tx: Transaction) -> RateLimits:
    """The pauses and paces in force."""
    rows = tx.scalars(select(DestinationPaceRow))
    paces = {(row.channel, row.destination): row.next_at for row in rows}
    return RateLimits({pause.channel: pause.until for pause in pauses(tx)}, paces)


def pauses(tx: Transaction) -> list[Pause]:
    """Every channel's last pause that no success has ended since."""
    rows = tx.scalars(select(ChannelPauseRow).order_by(ChannelPauseRow.channel))
    return [Pause(row.channel, row.until, row.kind, row.reason) for row in rows]


def pause(tx: Transaction, channel: str, until: datetime, kind: str, reason: str) -> None:
    """Do not call this channel before ``until``. ``kind``: rate_limit or credentials."""
    tx.merge(ChannelPauseRow(channel=channel, until=until, kind=kind, reason=reason))


def unpause(tx: Transaction, channel: str) -> None:
    """A call went well: whatever was wrong with the channel is over."""
    if tx.get(ChannelPauseRow, channel) is not None:
        tx.execute(delete(ChannelPauseRow).where(ChannelPauseRow.channel == channel))


def keep_pace(tx: Transaction, channel: str, destination: str, next_at: datetime) -> None:
    """The destination was posted to, and may be again from ``next_at`` on."""
    tx.merge(DestinationPaceRow(channel=channel, destination=destination, next_at=next_at))
