"""What never showed anything."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """What never showed anything."""
    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("empty", sa.Text(), server_default=sa.text("''"), nullable=False)
        )
        batch_op.add_column(sa.Column("empty_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """As it was before."""
    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.drop_column("empty_since")
        batch_op.drop_column("empty")
