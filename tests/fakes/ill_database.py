"""A database that takes nothing: no room on its disk, or another program that holds its lock."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from monitor.app import App

_FULL = """
create function full_disk() returns trigger language plpgsql as $$ begin
  raise exception 'could not extend file "base/5/2619": No space left on device'
  using errcode = '53100';
end $$
"""


@contextmanager
def full_disk(app: App) -> Iterator[None]:
    """No room for another page: SQLite's own limit, PostgreSQL's own complaint."""
    tables = ("mention", "reading", "rollup", "notification", "incident", "meta")
    with app.db.write() as tx:
        if app.db.is_sqlite:
            pages = tx.scalar(text("pragma page_count"))
            tx.execute(text(f"pragma max_page_count={pages}"))
        else:
            tx.execute(text(_FULL))
            for table in tables:
                tx.execute(
                    text(
                        f"create trigger full_disk before insert on {table} "
                        "for each row execute function full_disk()"
                    )
                )
    yield
    with app.db.write() as tx:
        if app.db.is_sqlite:
            tx.execute(text("pragma max_page_count=1000000"))
        else:
            tx.execute(text("drop function full_disk cascade"))


@contextmanager
def locked(app: App) -> Iterator[None]:
    """Another program writes, and does not end. SQLite only; the daemon does not wait for it, as
    it would for five seconds."""
    with app.db.write() as tx:
        tx.execute(text("pragma busy_timeout=0"))
    other = sqlite3.connect(str(app.db.path), timeout=0, isolation_level=None)
    other.execute("begin immediate")
    yield
    other.execute("rollback")
    other.close()
