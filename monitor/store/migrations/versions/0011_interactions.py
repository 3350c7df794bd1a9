"""What people do in a channel: kept once, done once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table; before it nothing could be pressed."""
    op.create_table(
        "interaction",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("key", "channel", "who", "action")
        ),
        sa.Column("press", sa.JSON(), nullable=False),
        sa.Column("received_at", AT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("done_at", AT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interaction")),
        sa.UniqueConstraint("key", name=op.f("uq_interaction_key")),
    )
    op.create_index(op.f("ix_interaction_state"), "interaction", ["state"], unique=False)


def downgrade() -> None:
    """Drop it with what is in it."""
    op.drop_table("interaction")
