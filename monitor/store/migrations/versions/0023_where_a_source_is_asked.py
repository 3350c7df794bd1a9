"""Where a source is asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Where a source is asked."""
    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("access", sa.Text(), server_default=sa.text("''"), nullable=False)
        )


def downgrade() -> None:
    """As it was before."""
    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.drop_column("access")
