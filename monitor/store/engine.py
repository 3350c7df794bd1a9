"""Opening the database, and the two ways in: ``read()`` and ``write()``.

SQLite: WAL, ``synchronous=FULL``, ``BEGIN IMMEDIATE``; every write of the process goes through one
connection behind one lock (Debian's 3.40 has the WAL-reset bug that two writers could meet), readers
are many. PostgreSQL: a pool. The other modules here are plain functions of the session they are
given, so that a job puts several into one transaction.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from threading import RLock
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool, StaticPool


class DatabaseProblem(Exception):
    """The database cannot be used (locked, full, read-only, newer, unreachable). One sentence
    for a person, with what to do."""


class Database:
    """One database. Thread-safe. ``write()`` is one short transaction; never hold it over I/O."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.url.get_backend_name() == "postgresql":
            self.url = self.url.set(drivername="postgresql+psycopg")
        self._lock = RLock() if self.is_sqlite else contextlib.nullcontext()
        self.engine, self._writer = self._open()

    def _open(self) -> tuple[Engine, Engine]:
        if not self.is_sqlite:
            engine = create_engine(self.url, pool_pre_ping=True, pool_size=8, max_overflow=8)
            return engine, engine
        args: dict[str, Any] = {"check_same_thread": False, "timeout": 5.0}
        writer = create_engine(self.url, poolclass=StaticPool, connect_args=args)
        reader = create_engine(self.url, poolclass=QueuePool, pool_size=8, connect_args=args)
        for engine, begin in ((writer, "BEGIN IMMEDIATE"), (reader, "BEGIN")):
            _configure_sqlite(engine, begin)
        return reader, writer

    @contextlib.contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back by any exception."""
        with self._lock, translated(self.url.render_as_string()):
            with Session(self._writer, expire_on_commit=False) as session, session.begin():
                yield session

    @contextlib.contextmanager
    def read(self) -> Iterator[Session]:
        """A consistent view; nothing written in it is kept."""
        with translated(self.url.render_as_string()):
            with Session(self.engine, expire_on_commit=False) as session:
                yield session

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()
        self._writer.dispose()


def _configure_sqlite(engine: Engine, begin: str) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, pysqlite's guess deadlocks
        cursor = connection.cursor()
        for pragma in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL",
                       "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)


@contextlib.contextmanager
def translated(url: str) -> Iterator[None]:
    """Turn the driver's complaints into a ``DatabaseProblem`` a person can act on."""
    try:
        yield
    except OperationalError as error:
        raise DatabaseProblem(_sentence(str(error.orig), url)) from error


def _sentence(detail: str, url: str) -> str:
    low = detail.lower()
    if "locked" in low:
        return f"The database {url} is locked by another program; stop that one, then try again."
    if "full" in low:
        return f"The disk that holds the database {url} is full; free some space, then try again."
    if "readonly" in low or "read-only" in low:
        return f"The database {url} is read-only; give this user the right to write to it."
    if "unable to open" in low:
        return f"The database {url} cannot be opened; does its folder exist, and may you write to it?"
    return f"The database {url} does not answer ({detail.strip().splitlines()[0]}); is it running?"
