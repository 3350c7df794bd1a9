"""Who spoke, each once an hour, while the hour may still be told of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """A table of voices, and since when a brand has them."""
    op.create_table(
        "voice",
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("hour", AT, nullable=False),
        sa.Column("author", sa.BigInteger(), nullable=False),
        sa.Column("start", AT, nullable=False),
        sa.Column("scored", sa.Integer(), nullable=False),
        sa.Column("negative", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "platform", "hour", "author", "start", name="pk_voice"),
    )
    op.create_index("ix_voice_brand_hour", "voice", ["brand", "hour"])
    op.add_column("brand", sa.Column("voices_from", AT, nullable=True))


def downgrade() -> None:
    """As it was."""
    op.drop_column("brand", "voices_from")
    op.drop_table("voice")
