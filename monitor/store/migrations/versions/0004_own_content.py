"""What the brand itself publishes: own posts, metrics, standings; a mention's root, whether it is
the brand's own, and what it consists of without words."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables and columns; mentions of before have no root and are not the brand's own."""
    op.add_column("mention", sa.Column("root_id", sa.Text(), nullable=True))
    op.add_column(
        "mention", sa.Column("own", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("mention", sa.Column("media", sa.Text(), nullable=False, server_default=""))
    op.create_index(op.f("ix_mention_external_id_platform"), "mention", ["external_id", "platform"])
    op.add_column("source", sa.Column("recheck_after", ID, nullable=False, server_default="0"))
    _own_post()
    _metric()
    _standing()


def downgrade() -> None:
    """Drop them with what is in them."""
    for table in ("standing", "metric", "own_post"):
        op.drop_table(table)
    op.drop_column("source", "recheck_after")
    op.drop_index(op.f("ix_mention_external_id_platform"), table_name="mention")
    for column in ("media", "own", "root_id"):
        op.drop_column("mention", column)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _own_post() -> None:
    op.create_table(
        "own_post",
        sa.Column("id", ID, nullable=False),
        *map(_text, ("brand", "platform", "external_id", "kind")),
        _moment("published_at"),
        _moment("seen_at"),
        *map(_text, ("title", "text", "url", "gone")),
        _moment("gone_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_post")),
        sa.UniqueConstraint(
            "brand", "platform", "external_id", name=op.f("uq_own_post_brand_platform_external_id")
        ),
    )
    op.create_index(op.f("ix_own_post_brand_published_at"), "own_post", ["brand", "published_at"])


def _metric() -> None:
    op.create_table(
        "metric",
        sa.Column("id", ID, nullable=False),
        *map(_text, ("brand", "platform", "subject_kind", "subject", "name", "unit")),
        sa.Column("value", sa.Double(), nullable=False),
        _moment("since"),
        _moment("measured_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric")),
        sa.UniqueConstraint(
            "brand",
            "platform",
            "subject_kind",
            "subject",
            "name",
            "since",
            name=op.f("uq_metric_brand_platform_subject_kind_subject_name_since"),
        ),
    )
    op.create_index(op.f("ix_metric_platform_measured_at"), "metric", ["platform", "measured_at"])


def _standing() -> None:
    op.create_table(
        "standing",
        sa.Column("id", ID, nullable=False),
        *map(_text, ("brand", "platform", "subject_kind", "subject", "state", "reason")),
        _moment("since"),
        _moment("seen_at"),
        _moment("ended_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing")),
    )
    subject = ["brand", "platform", "subject_kind", "subject"]
    current = sa.text("ended_at is null")
    op.create_index(
        "uq_standing_current",
        "standing",
        subject,
        unique=True,
        sqlite_where=current,
        postgresql_where=current,
    )
    op.create_index(op.f("ix_standing_brand_platform_subject_kind_subject"), "standing", subject)
