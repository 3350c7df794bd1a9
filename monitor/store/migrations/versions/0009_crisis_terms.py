"""Readings keep the words that tell of a crisis, where nothing was kept until now."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Name the column for what it holds."""
    op.execute("alter table reading rename column risks to crisis_terms")


def downgrade() -> None:
    """As it was."""
    op.execute("alter table reading rename column crisis_terms to risks")
