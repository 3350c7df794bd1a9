"""Series, coverage, detectors and their signals, and single facts."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _brand()
    _detector()
    _meta()
    _reported()
    _rollup()
    _signal()
    _uncovered()


def downgrade() -> None:
    """Drop them with what is in them."""
    for table in ("uncovered", "signal", "rollup", "reported", "meta", "detector", "brand"):
        op.drop_table(table)


def _brand() -> None:
    op.create_table(
        "brand",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("first_bucket", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_brand")),
    )


def _detector() -> None:
    op.create_table(
        "detector",
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("learning_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "platform", "name", name=op.f("pk_detector")),
    )


def _meta() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )


def _reported() -> None:
    op.create_table(
        "reported",
        sa.Column("source_id", ID, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_reported_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "platform", "start", name=op.f("pk_reported")),
    )


def _rollup() -> None:
    op.create_table(
        "rollup",
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("at_close", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("brand", "platform", "measure", "start", name=op.f("pk_rollup")),
    )
    op.create_index(op.f("ix_rollup_brand_start"), "rollup", ["brand", "start"], unique=False)


def _signal_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", ID, nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detector", sa.Text(), nullable=False),
        sa.Column("risk_class", sa.Text(), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("peak_score", sa.Double(), nullable=False),
        sa.Column("observed", sa.Double(), nullable=False),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("middle", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.Column("window_s", sa.Integer(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("over", sa.Boolean(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("mention_ids", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("responded", sa.Integer(), nullable=False),
        sa.Column("incident_id", ID, nullable=True),
    ]


def _signal() -> None:
    op.create_table(
        "signal",
        *_signal_columns(),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_signal_incident_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal")),
        sa.UniqueConstraint(
            "brand",
            "platform",
            "subject",
            "detector",
            "start",
            name=op.f("uq_signal_brand_platform_subject_detector_start"),
        ),
    )
    op.create_index(op.f("ix_signal_brand_at"), "signal", ["brand", "at"], unique=False)


def _uncovered() -> None:
    op.create_table(
        "uncovered",
        sa.Column("id", ID, nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uncovered")),
    )
    op.create_index(op.f("ix_uncovered_brand_start"), "uncovered", ["brand", "start"], unique=False)
