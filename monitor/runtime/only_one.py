"""One daemon an SQLite database."""

from __future__ import annotations

import contextlib
import fcntl
import logging
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import TextIO

from monitor.clock import monotonic, wait
from monitor.problems import Problem
from monitor.settings.places import give_to_owner
from monitor.store.engine import Database, unwritable

log = logging.getLogger(__name__)

PATIENCE_S = 5.0
"""How long a daemon that is begun anew waits for what the one before it has still."""


class AlreadyRunning(Problem):
    """Another daemon works on this SQLite database."""


@contextlib.contextmanager
def only_one(db: Database, patience_s: float = 0.0) -> Iterator[None]:
    """Be the only daemon on this SQLite database, or raise ``AlreadyRunning``, after so many
    seconds: the other may be ending. The lock is the system's and ends with the process, however
    that ends. On PostgreSQL many may run. Raises ``DatabaseProblem`` where it cannot be made."""
    if not db.is_sqlite or not db.url.database:
        yield
        return
    with _opened(db) as lock:
        give_to_owner(Path(lock.name))
        until, told = monotonic() + patience_s, False
        while not _locked(lock):
            if monotonic() >= until:
                raise _already_running(db)
            if not told:
                log.warning("another siaga is at work; waiting up to %g s for its end", patience_s)
            told = True
            wait(Event(), 0.2)
        yield


def is_at_work(db: Database) -> bool | None:
    """Whether a daemon works on this SQLite database now; None where its lock cannot tell."""
    if db.path is None:
        return None
    try:
        with Path(f"{db.path}.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    return False


def _opened(db: Database) -> TextIO:
    try:
        return Path(f"{db.url.database}.lock").open("a")
    except OSError as error:  # somebody else's daemon is no reason to say that nothing is watched
        raise (_already_running(db) if is_at_work(db) else unwritable(error, db.name)) from error


def _already_running(db: Database) -> AlreadyRunning:
    return AlreadyRunning(
        f"another siaga works on {db.url.database} already; stop that one first "
        f"(several daemons can share a PostgreSQL database, not an SQLite file)."
    )


def _locked(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
