"""What could not be seen of a source is part of how it is doing: polls in a row that missed
something, and how often it is asked because of that."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the columns; of polls of before nothing is known."""
    op.add_column(
        "source", sa.Column("missed_polls", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("source", sa.Column("pace_s", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Drop them with what is in them."""
    op.drop_column("source", "pace_s")
    op.drop_column("source", "missed_polls")
