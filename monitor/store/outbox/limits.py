"""How fast channels may be called: pauses they asked for, and the pace of a destination. Wall
times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select, update

from monitor.store.engine import Transaction
from monitor.store.tables.responding import ChannelPauseRow, DestinationPaceRow, NotificationRow

EVERYWHERE = ""
"""The destination of a channel's pace of updates."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the queue must know of a channel: seconds between posts, of a call at most, and between
    updates, whatever their destination."""

    pace_s: float
    max_in_flight_s: float
    update_pace_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Pause:
    """A channel that is not being called until ``until`` (wall time), and why. ``work``: only for
    this kind of it, as Slack's limits are; "" for any."""

    channel: str
    until: datetime
    kind: str
    reason: str
    work: str = ""


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Until when a channel is paused for a kind of work ("": for any), and when a destination may
    be posted to again (``EVERYWHERE``: when anything there may be updated again)."""

    pauses: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    paces: Mapping[tuple[str, str], datetime] = field(default_factory=dict)

    def resumes(self, channel: str, work: str, at: datetime) -> datetime:
        """When this work may be done there, which is due ``at``."""
        return max(at, *(self.pauses.get((channel, which), at) for which in ("", work)))


def rate_limits(tx: Transaction) -> RateLimits:
    """The pauses and paces in force."""
    rows = tx.scalars(select(DestinationPaceRow))
    paces = {(row.channel, row.destination): row.next_at for row in rows}
    return RateLimits({(one.channel, one.work): one.until for one in pauses(tx)}, paces)


def pauses(tx: Transaction) -> list[Pause]:
    """Every channel's last pause that no success has ended since."""
    found = []
    for row in tx.scalars(select(ChannelPauseRow).order_by(ChannelPauseRow.channel)):
        channel, _, work = row.channel.partition(":")
        found.append(Pause(channel, row.until, row.kind, row.reason, work))
    return found


def pause(
    tx: Transaction, channel: str, until: datetime, kind: str, reason: str, work: str = ""
) -> None:
    """Do not call this channel before ``until``. ``kind``: rate_limit or credentials. ``work``:
    the only kind of it that has to wait."""
    name = _row(channel, work)
    tx.merge(ChannelPauseRow(channel=name, until=until, kind=kind, reason=reason))


def unpause(tx: Transaction, channel: str, work: str) -> None:
    """A call went well: whatever was wrong with this work, or the whole channel, is over."""
    row = ChannelPauseRow
    for name in (channel, _row(channel, work)):
        if tx.get(row, name) is not None:
            tx.execute(delete(row).where(row.channel == name))


def resume(tx: Transaction, channel: str, wall: datetime) -> None:
    """The channel takes our credentials (again): what waits for that need not wait."""
    paused = tx.get(ChannelPauseRow, channel)
    if paused is None or paused.kind != "credentials":
        return
    row = NotificationRow
    waits = (row.channel == channel, row.last_error == paused.reason, row.due_at > wall)
    tx.execute(update(row).where(*waits).values(due_at=wall))
    tx.execute(delete(ChannelPauseRow).where(ChannelPauseRow.channel == channel))


def _row(channel: str, work: str) -> str:
    return f"{channel}:{work}" if work else channel


def keep_pace(tx: Transaction, channel: str, destination: str, next_at: datetime) -> None:
    """The destination was posted to, and may be again from ``next_at`` on."""
    tx.merge(DestinationPaceRow(channel=channel, destination=destination, next_at=next_at))
