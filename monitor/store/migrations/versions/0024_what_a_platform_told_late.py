"""What a platform told late."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """What a platform told late."""
    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.add_column(sa.Column("late_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_reading_late_at"),
            ["late_at"],
            unique=False,
            sqlite_where=sa.text("late_at is not null"),
            postgresql_where=sa.text("late_at is not null"),
        )


def downgrade() -> None:
    """As it was before."""
    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_reading_late_at"),
            sqlite_where=sa.text("late_at is not null"),
            postgresql_where=sa.text("late_at is not null"),
        )
        batch_op.drop_column("late_at")
