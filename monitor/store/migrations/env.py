"""Alembic's environment: migrations run on the connection that ``store.schema`` hands over."""

from __future__ import annotations

from alembic import context

from monitor.store.tables import (  # noqa: F401  (they fill the metadata)
    hooks,
    listening,
    oncall,
    own_content,
    responding,
    tokens,
)
from monitor.store.tables.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
