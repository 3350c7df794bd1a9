"""One daemon an SQLite database."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from monitor.problems import Problem
from monitor.store.engine import Database


class AlreadyRunning(Problem):
    """Another daemon works on this SQLite database."""


@contextlib.contextmanager
def only_one(db: Database) -> Iterator[None]:
    """Be the only daemon on this SQLite database, or raise ``AlreadyRunning``. The lock is the
    system's and ends with the process, however that ends. On PostgreSQL many may run."""
    if not db.is_sqlite or not db.url.database:
        yield
        return
    with Path(f"{db.url.database}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(
                f"another siaga works on {db.url.database} already; stop that one first "
                f"(several daemons can share a PostgreSQL database, not an SQLite file)."
            ) from None
        yield
