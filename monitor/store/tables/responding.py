"""The tables of responding: incidents, timers, the outbox, the digest's ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from monitor.store.tables.base import Base, Id


class IncidentRow(Base):
    """Signals grouped for one brand, class and subject. ``id`` is its number. Times are domain.
    ``revision``: what a person has seen; ``version``: moves with every write."""

    __tablename__ = "incident"
    __table_args__ = (Index(None, "brand", "risk_class", "subject", "state"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    brand: Mapped[str]
    risk_class: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="open")
    severity: Mapped[str]
    step: Mapped[int] = mapped_column(default=0)
    loop: Mapped[int] = mapped_column(default=0)
    shadow: Mapped[bool] = mapped_column(default=False)
    since: Mapped[datetime]
    opened_at: Mapped[datetime]
    last_signal_at: Mapped[datetime]
    snoozed_until: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None]
    not_a_crisis: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(default="")
    held_until: Mapped[datetime | None]
    playbook: Mapped[dict[str, Any]] = mapped_column(JSON)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    revision: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class IncidentEventRow(Base):
    """One line of an incident's timeline: what was decided and why, by whom."""

    __tablename__ = "incident_event"
    __table_args__ = (Index(None, "incident_id", "at"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    reason: Mapped[str]
    who: Mapped[str] = mapped_column(default="")
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)


class TimerRow(Base):
    """Something that happens later. ``due_at`` is domain time."""

    __tablename__ = "timer"
    __table_args__ = (Index(None, "state", "due_at"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id", ondelete="CASCADE"))
    due_at: Mapped[datetime]
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(default="pending")


class NotificationRow(Base):
    """The outbox: one notice to one destination. Wall times, but ``created_at``.

    pending -> leased -> sending (committed before the call) -> sent | retry | ambiguous, and
    for good: dead_letter (will not arrive), uncertain (may have arrived, nobody can tell), merged
    (told in a later line of its thread), withdrawn (no longer needed). ``first_due_at``: when it
    was first to be told. ``thread_of`` names the delivery key whose message this one replies to.
    ``desired_rev`` and ``applied_rev`` make a root message a projection: one update brings it to
    the desired payload. ``origin``: the installation that promised it, part of the key that others
    see. ``revive_at``: when a dead letter is tried again. ``reapply_at``: until then an earlier
    update, whose outcome is unknown, may still take effect; the newest is applied once more.
    ``unwanted``: why it is not to be sent (again) should it turn out not to have arrived.
    ``held_until`` (domain time): quiet hours hold it until then.
    """

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("delivery_key"),
        Index(None, "state", "due_at"),
        Index(None, "incident_id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    delivery_key: Mapped[str]
    origin: Mapped[str] = mapped_column(default="", server_default="")
    channel: Mapped[str]
    destination: Mapped[str]
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id", ondelete="SET NULL"))
    severity: Mapped[str] = mapped_column(default="SEV4")
    thread_of: Mapped[str | None]
    broadcast: Mapped[bool] = mapped_column(default=False)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    payload_hash: Mapped[str]
    created_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="pending")
    due_at: Mapped[datetime]
    first_due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    call_started_at: Mapped[datetime | None]
    first_ambiguous_at: Mapped[datetime | None]
    possible_repeat: Mapped[bool] = mapped_column(default=False)
    held_until: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="")
    receipt: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    sent_at: Mapped[datetime | None]
    desired: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    desired_rev: Mapped[int] = mapped_column(default=0)
    applied_rev: Mapped[int] = mapped_column(default=0)
    revive_at: Mapped[datetime | None]
    reapply_at: Mapped[datetime | None]
    unwanted: Mapped[str] = mapped_column(default="", server_default="")


class ChannelPauseRow(Base):
    """A channel that is not called before ``until``. ``kind``: rate_limit or credentials."""

    __tablename__ = "channel_pause"
    channel: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]
    kind: Mapped[str]
    reason: Mapped[str]


class DestinationPaceRow(Base):
    """When a destination may be posted to again (wall time)."""

    __tablename__ = "destination_pace"
    channel: Mapped[str] = mapped_column(primary_key=True)
    destination: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime]


class RefusalRow(Base):
    """Since when (wall time) the other side refuses a message for now."""

    __tablename__ = "refusal"
    delivery_key: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]


class DuplicateCheckRow(Base):
    """A message that may have been posted twice ``since`` then is looked at again ``at`` then (wall
    times)."""

    __tablename__ = "duplicate_check"
    delivery_key: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    at: Mapped[datetime]


class InstallationRow(Base):
    """Whose database this is; the newest epoch counts. ``marker``: where its daemon runs on it ("":
    nowhere yet)."""

    __tablename__ = "installation"
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    marker: Mapped[str]


class DigestRow(Base):
    """The digest ledger: one brand's week to one recipient, once."""

    __tablename__ = "digest"
    brand: Mapped[str] = mapped_column(primary_key=True)
    week: Mapped[str] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]


class InteractionRow(Base):
    """What a person did in a channel, once however often it was delivered: pending, until it is
    done or refused in the transaction that does it. ``received_at`` and ``done_at`` are wall."""

    __tablename__ = "interaction"
    __table_args__ = (UniqueConstraint("key"), Index(None, "state"))
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str]
    channel: Mapped[str]
    who: Mapped[str]
    action: Mapped[str]
    press: Mapped[dict[str, Any]] = mapped_column(JSON)
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="pending")
    answer: Mapped[str] = mapped_column(default="")
    done_at: Mapped[datetime | None]


class DrillRow(Base):
    """A drill: a scenario played to a brand's people. Domain times. ``storm_at``: when its crisis
    begins; ``until``: when it ends by itself; ``why``: what ended it, ``ended_by`` by whom."""

    __tablename__ = "drill"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    brand: Mapped[str]
    scenario: Mapped[str]
    who: Mapped[str]
    started_at: Mapped[datetime]
    storm_at: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(default="")
    why: Mapped[str] = mapped_column(default="")
