"""Alembic's environment: migrations run on the connection that ``store.schema`` hands over."""

from __future__ import annotations

from alembic import context

from monitor.store.schema import TABLES

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=TABLES,
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
