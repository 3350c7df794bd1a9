"""What platforms tell by webhook."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """A table of it, and how far each source has read there."""
    op.create_table(
        "hook",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("key", "platform", "account", "field")
        ),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("received_at", AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hook"),
        sa.UniqueConstraint("key", name="uq_hook_key"),
    )
    op.create_index("ix_hook_platform_id", "hook", ["platform", "id"])
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("source", sa.Column("hook_after", number, nullable=False, server_default="0"))
    with op.batch_alter_table("source") as batch:
        batch.alter_column("hook_after", server_default=None)


def downgrade() -> None:
    """As it was."""
    op.drop_column("source", "hook_after")
    op.drop_index("ix_hook_platform_id", "hook")
    op.drop_table("hook")
