"""Pauses, paces, refusals and duplicates get tables of their own; incidents a version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

AT = sa.DateTime(timezone=True)
META = sa.table("meta", sa.column("key", sa.Text()), sa.column("value", sa.JSON()))
NOTIFICATION = sa.table("notification", sa.column("state", sa.Text()))
STATES = {"dead": "dead_letter", "folded": "merged"}
"""What two states of a message are called from now on."""


def upgrade() -> None:
    """Make the tables, and carry over what was kept as single facts until now."""
    op.add_column(
        "incident", sa.Column("version", sa.Integer(), nullable=False, server_default="1")
    )
    pause, pace = _channel_pause(), _destination_pace()
    refusal, duplicate = _refusal(), _duplicate_check()
    for key, value in op.get_bind().execute(sa.select(META.c.key, META.c.value)).all():
        name, _, rest = key.partition(":")
        row: dict[str, Any]
        if name == "pause":
            row = {"channel": rest, "until": _at(value, "until"), "kind": value["kind"]}
            op.execute(pause.insert().values({**row, "reason": value["reason"]}))
        elif name == "pace":
            channel, _, destination = rest.partition(":")
            row = {"channel": channel, "destination": destination, "next_at": _at(value, "next")}
            op.execute(pace.insert().values(row))
        elif name == "refused":
            op.execute(refusal.insert().values(delivery_key=rest, since=_at(value, "since")))
        elif name == "double":
            row = {"delivery_key": rest, "since": _at(value, "since"), "at": _at(value, "at")}
            op.execute(duplicate.insert().values(row))
        else:
            continue
        op.execute(META.delete().where(META.c.key == key))
    _rename(STATES)


def downgrade() -> None:
    """Drop them with what is in them."""
    _rename({new: old for old, new in STATES.items()})
    for table in ("duplicate_check", "refusal", "destination_pace", "channel_pause"):
        op.drop_table(table)
    op.drop_column("incident", "version")


def _rename(states: Mapping[str, str]) -> None:
    for old, new in states.items():
        op.execute(NOTIFICATION.update().where(NOTIFICATION.c.state == old).values(state=new))


def _at(value: Mapping[str, Any], name: str) -> datetime:
    return datetime.fromisoformat(value[name]).astimezone(UTC)


def _channel_pause() -> sa.Table:
    return op.create_table(
        "channel_pause",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("until", AT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_pause")),
    )


def _destination_pace() -> sa.Table:
    return op.create_table(
        "destination_pace",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("next_at", AT, nullable=False),
        sa.PrimaryKeyConstraint("channel", "destination", name=op.f("pk_destination_pace")),
    )


def _refusal() -> sa.Table:
    return op.create_table(
        "refusal",
        sa.Column("delivery_key", sa.Text(), nullable=False),
        sa.Column("since", AT, nullable=False),
        sa.PrimaryKeyConstraint("delivery_key", name=op.f("pk_refusal")),
    )


def _duplicate_check() -> sa.Table:
    return op.create_table(
        "duplicate_check",
        sa.Column("delivery_key", sa.Text(), nullable=False),
        sa.Column("since", AT, nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.PrimaryKeyConstraint("delivery_key", name=op.f("pk_duplicate_check")),
    )
