"""Mentions whose time is not what the platform stated are marked, and counted by source."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns; of mentions of before nothing is known, so that none is marked."""
    op.add_column(
        "mention", sa.Column("undated", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("source", sa.Column("undated", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Drop them with what is in them."""
    op.drop_column("source", "undated")
    op.drop_column("mention", "undated")
