"""Sources that tell a file again are marked, and so are readings that count for nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the columns; which sources they are is written at the next start."""
    op.add_column(
        "source", sa.Column("recorded", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column(
        "reading", sa.Column("uncounted", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_column("reading", "uncounted")
    op.drop_column("source", "recorded")
