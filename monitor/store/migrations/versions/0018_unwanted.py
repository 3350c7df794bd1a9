"""Why a message is not to be sent again, should it turn out not to have arrived."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Say so beside what is being called."""
    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("unwanted", sa.Text(), server_default=sa.text("''"), nullable=False)
        )


def downgrade() -> None:
    """As it was before."""
    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.drop_column("unwanted")
