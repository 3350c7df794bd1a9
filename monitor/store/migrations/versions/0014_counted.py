"""How many liked and answered a mention, as counted when it was read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the columns; of mentions of before nothing is known."""
    for name in ("likes", "replies"):
        op.add_column("mention", sa.Column(name, sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Drop them with what is in them."""
    for name in ("replies", "likes"):
        op.drop_column("mention", name)
