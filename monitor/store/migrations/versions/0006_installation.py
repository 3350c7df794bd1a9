"""Whose messages are whose: the installation; and messages that are tried, or applied, again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table and the columns. What was promised before keeps its key as it was."""
    op.create_table(
        "installation",
        sa.Column("epoch", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("marker", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_installation")),
    )
    origin = sa.Column("origin", sa.Text(), nullable=False, server_default="")
    op.add_column("notification", origin)
    op.add_column("notification", sa.Column("revive_at", AT, nullable=True))
    op.add_column("notification", sa.Column("reapply_at", AT, nullable=True))


def downgrade() -> None:
    """Drop them with what is in them."""
    for column in ("reapply_at", "revive_at", "origin"):
        op.drop_column("notification", column)
    op.drop_table("installation")
