"""Tokens that the platforms renew, sealed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "token",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("renewable", sa.Boolean(), nullable=False),
        sa.Column("expires_at", AT, nullable=True),
        sa.Column("ends_at", AT, nullable=True),
        sa.Column("obtained_at", AT, nullable=False),
        sa.Column("claimed_until", AT, nullable=True),
        sa.Column("failed_at", AT, nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "account", name="pk_token"),
    )


def downgrade() -> None:
    """Drop it with what is in it."""
    op.drop_table("token")
