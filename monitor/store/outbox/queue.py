"""The outbox's reading side: what is due, given out by lease, and every transition of a message.

A transition names the lease it was given under and does nothing once that is lost, so that a
process that was thought dead can no longer decide. All times here are wall times.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import and_, case, func, null, or_, select, text, update
from sqlalchemy.orm import aliased

from monitor.store.bulk import on_sqlite
from monitor.store.engine import Transaction
from monitor.store.outbox.duplicates import look_again
from monitor.store.outbox.limits import EVERYWHERE, Limits, RateLimits, keep_pace, rate_limits
from monitor.store.outbox.write import IN_FLIGHT, OPEN
from monitor.store.tables.responding import NotificationRow

LEASING = 0x51A6A
"""PostgreSQL's lock on leasing: one process at a time keeps a destination's pace."""

LOOK_AGAIN = timedelta(minutes=3)
"""How long after its last look-up a message is looked at once more: is it there twice?"""

Work = Literal["send", "find", "update"]


@dataclass(frozen=True, slots=True)
class DeliveryLease:
    """One message, ours until the lease ends. ``content`` is what is to be shown at ``rev``;
    ``thread`` the receipt of the message it replies to."""

    id: int
    token: str
    work: Work
    key: str
    origin: str
    channel: str
    destination: str
    severity: str
    incident_id: int | None
    created_at: datetime
    content: dict[str, Any]
    rev: int
    attempts: int
    broadcast: bool
    possible_repeat: bool
    thread_of: str | None
    thread: dict[str, Any] | None
    receipt: dict[str, Any] | None
    call_started_at: datetime | None
    first_ambiguous_at: datetime | None
    reapply_at: datetime | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open message, as far as its turn depends on it."""

    id: int
    key: str
    channel: str
    destination: str
    severity: str
    state: str
    due_at: datetime
    lease_until: datetime | None
    thread_of: str | None
    broadcast: bool
    root_state: str | None
    reapply_at: datetime | None

    @property
    def work(self) -> Work:
        """What is to be done about it once its turn has come."""
        if self.state in IN_FLIGHT:
            return "find"
        return "update" if self.state == "sent" else "send"


def waiting(tx: Transaction) -> list[Waiting]:
    """Every open message, most severe first, what is not out yet before what is to be changed, then
    by due time."""
    row, root = NotificationRow, aliased(NotificationRow)
    behind = or_(row.desired_rev > row.applied_rev, row.reapply_at.is_not(None))
    rows = tx.execute(
        select(
            row.id,
            row.delivery_key.label("key"),
            row.channel,
            row.destination,
            row.severity,
            row.state,
            row.due_at,
            row.lease_until,
            row.thread_of,
            row.broadcast,
            root.state.label("root_state"),
            case((row.desired_rev == row.applied_rev, row.reapply_at)).label("reapply_at"),
        )
        .outerjoin(root, root.delivery_key == row.thread_of)
        .where(or_(row.state.in_(OPEN), and_(row.state == "sent", behind)))
        .order_by(row.severity, row.state == "sent", row.due_at, row.id)
    )
    return [Waiting(**found._asdict()) for found in rows]


def schedule(rows: Sequence[Waiting], limits: RateLimits) -> list[tuple[datetime, Waiting]]:
    """When each message may be worked on, in the order of the rows. A reply waits for its card, and
    for the earlier replies unless it is a step; until then it is not in the list."""
    earliest: dict[str, int] = {}
    for row in rows:
        if row.thread_of and not row.broadcast and row.state != "sent":
            earliest[row.thread_of] = min(row.id, earliest.get(row.thread_of, row.id))
    found = []
    for row in rows:
        if row.work == "send" and row.thread_of:
            behind = not row.broadcast and earliest[row.thread_of] < row.id
            if behind or row.root_state in OPEN:
                continue
        at = max(row.due_at, row.lease_until or row.due_at, row.reapply_at or row.due_at)
        at = limits.resumes(row.channel, row.work, at)
        if row.work != "find":
            at = max(at, limits.paces.get((row.channel, row.destination), at))
        if row.work == "update":
            at = max(at, limits.paces.get((row.channel, EVERYWHERE), at))
        found.append((at, row))
    return found


_ANYTHING = text(
    f"select 1 from notification where state in {OPEN!r}"
    " or (state = 'sent' and (desired_rev > applied_rev or reapply_at is not null)) limit 1"
)


def next_due(tx: Transaction) -> datetime | None:
    """When there is something to do again; None: everything is told."""
    if tx.execute(_ANYTHING).first() is None:
        return None
    return min((at for at, _ in schedule(waiting(tx), rate_limits(tx))), default=None)


def lease(
    tx: Transaction, wall: datetime, limits: Mapping[str, Limits], skip: Collection[str] = ()
) -> DeliveryLease | None:
    """The most urgent message that is due on a channel not in ``skip``, leased to the caller."""
    if not on_sqlite(tx):
        tx.execute(select(func.pg_advisory_xact_lock(LEASING)))
    for at, row in schedule(waiting(tx), rate_limits(tx)):
        if at <= wall and row.channel not in skip:
            limit = limits.get(row.channel, Limits(0.0, 45.0))
            return _lease(tx, row, wall, limit)
    return None


def _lease(tx: Transaction, row: Waiting, wall: datetime, limit: Limits) -> DeliveryLease:
    stored = tx.get_one(NotificationRow, row.id)
    stored.lease_token = uuid4().hex
    stored.lease_until = wall + timedelta(seconds=limit.max_in_flight_s)
    if row.work == "send":
        stored.state = "leased"
    elif row.work == "find":  # a call nobody has heard of since is one whose end is unknown
        stored.state = "ambiguous"
        stored.first_ambiguous_at = stored.first_ambiguous_at or stored.call_started_at or wall
        look_again(tx, row.key, stored.first_ambiguous_at, wall + LOOK_AGAIN)
    if row.work != "find" and limit.pace_s:
        then = wall + timedelta(seconds=limit.pace_s)
        keep_pace(tx, row.channel, row.destination, then)
    if row.work == "update" and limit.update_pace_s:
        then = wall + timedelta(seconds=limit.update_pace_s)
        keep_pace(tx, row.channel, EVERYWHERE, then)
    tx.flush()
    return _leased(tx, stored, row.work)


def _leased(tx: Transaction, stored: NotificationRow, work: Work) -> DeliveryLease:
    thread = None
    if stored.thread_of:
        root = NotificationRow
        thread = tx.scalar(select(root.receipt).where(root.delivery_key == stored.thread_of))
    return DeliveryLease(
        id=stored.id,
        token=stored.lease_token or "",
        work=work,
        key=stored.delivery_key,
        origin=stored.origin,
        channel=stored.channel,
        destination=stored.destination,
        severity=stored.severity,
        incident_id=stored.incident_id,
        created_at=stored.created_at,
        content=stored.desired or stored.payload,
        rev=stored.desired_rev,
        attempts=stored.attempts,
        broadcast=stored.broadcast,
        possible_repeat=stored.possible_repeat,
        thread_of=stored.thread_of,
        thread=thread,
        receipt=stored.receipt,
        call_started_at=stored.call_started_at,
        first_ambiguous_at=stored.first_ambiguous_at,
        reapply_at=stored.reapply_at,
    )


# -- transitions: False where the lease is lost, and then nothing has changed -----------------


def _move(tx: Transaction, lease: DeliveryLease, **values: Any) -> bool:
    row = NotificationRow
    if values.get("state") in ("pending", "retry"):  # it has not arrived: is it wanted still?
        values["state"] = case((row.unwanted != "", "withdrawn"), else_=values["state"])
    moved = tx.execute(
        update(row).where(row.id == lease.id, row.lease_token == lease.token).values(values)
    )
    return bool(moved.rowcount)  # type: ignore[attr-defined]


def start(tx: Transaction, lease: DeliveryLease, at: datetime, max_in_flight_s: float) -> bool:
    """leased -> sending, to be committed before the call."""
    until = at + timedelta(seconds=max_in_flight_s)
    return _move(
        tx,
        lease,
        state="sending",
        call_started_at=at,
        attempts=lease.attempts + 1,
        lease_until=until,
    )


def release(tx: Transaction, lease: DeliveryLease, state: str, **values: Any) -> bool:
    """Give the lease back with the message in ``state`` and these columns set."""
    return _move(tx, lease, state=state, lease_token=None, lease_until=None, **values)


def sent(
    tx: Transaction,
    lease: DeliveryLease,
    receipt: Mapping[str, Any],
    at: datetime,
    rev: int | None = None,
) -> bool:
    """It arrived, showing revision ``rev`` (None: unknown, so that an update follows)."""
    shown = {} if rev is None else {"applied_rev": rev}
    return release(
        tx,
        lease,
        "sent",
        receipt=dict(receipt),
        sent_at=at,
        last_error="",
        first_ambiguous_at=None,
        **shown,
    )


def resend(tx: Transaction, lease: DeliveryLease, *, possible_repeat: bool = False) -> bool:
    """Look-up done: send it (once more). ``possible_repeat`` labels it where nobody could tell."""
    return release(
        tx,
        lease,
        "pending",
        call_started_at=None,
        first_ambiguous_at=None,
        possible_repeat=possible_repeat or lease.possible_repeat,
    )


def doubt(tx: Transaction, channels: Collection[str], at: datetime) -> int:
    """What was still to be sent when this database was copied may have been sent since from where
    it was copied: on these channels, which can be asked, it is looked up before. How much."""
    row = NotificationRow
    waits = update(row).where(row.state.in_(("pending", "retry")), row.channel.in_(channels))
    doubted = waits.values(state="ambiguous", first_ambiguous_at=row.first_due_at, lease_token=None)
    found = tx.execute(doubted.where(row.first_due_at <= at))
    return int(found.rowcount)  # type: ignore[attr-defined]


def apply_again(tx: Transaction, row_id: int, at: datetime) -> None:
    """Bring a sent message once more to what it should show: whoever had lost its lease has changed
    it since. It needs no lease, for it only adds to what is to be done."""
    row = NotificationRow
    wanted = update(row).where(row.id == row_id, row.state == "sent")
    tx.execute(wanted.values(reapply_at=at))


def repost(tx: Transaction, lease: DeliveryLease, destination: str, *, is_gone: bool) -> bool:
    """The message to update is gone, or cannot be reached (then its receipt stays, for it may be
    there again): send its desired content anew, to this destination."""
    return release(
        tx,
        lease,
        "pending",
        destination=destination,
        receipt=None if is_gone else lease.receipt,
        call_started_at=None,
        applied_rev=lease.rev,
        payload=lease.content,
        sent_at=None,
        reapply_at=None,
    )


# -- merging lines of a thread -----------------------------------------------------------------


def queued_lines(tx: Transaction, lease: DeliveryLease) -> list[NotificationRow]:
    """The leased thread line and those queued behind it that surely were not posted, oldest
    first."""
    row = NotificationRow
    if lease.thread_of is None or lease.broadcast or lease.possible_repeat:
        return []
    queued = and_(row.state.in_(("pending", "retry")), row.possible_repeat.is_(False))
    lines = select(row).where(
        row.thread_of == lease.thread_of,
        row.channel == lease.channel,
        row.broadcast.is_(False),
        or_(row.id == lease.id, queued),
    )
    return list(tx.scalars(lines.order_by(row.id)))


def merge(
    tx: Transaction,
    lease: DeliveryLease,
    lines: Sequence[NotificationRow],
    content: Mapping[str, Any],
    at: datetime,
) -> bool:
    """Tell these queued lines, of which the leased one is the first, in one: the newest gets
    ``content`` and is due at once, the others end. False: the lease is lost."""
    *older, newest = lines
    told = f"told in {newest.delivery_key}"
    if not release(tx, lease, "merged", last_error=told):
        return False
    row, waits = NotificationRow, NotificationRow.state.in_(("pending", "retry"))
    ended = row.id.in_([line.id for line in older])
    tx.execute(update(row).where(ended, waits).values(state="merged", last_error=told))
    tx.execute(
        update(row)
        .where(row.id == newest.id, waits)
        .values(payload=dict(content), desired=null(), due_at=at)
    )
    return True
