"""Opening the database, and the two ways in: ``read()`` and ``write()``.

SQLite: WAL, ``synchronous=FULL``, ``BEGIN IMMEDIATE``; every write of the process goes through one
connection behind one lock (Debian's 3.40 has the WAL-reset bug that two writers could meet), and
readers are many. PostgreSQL: a pool. The other modules here are plain functions of the session
they are given, so that a job puts several into one transaction.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from threading import RLock
from typing import Any, TypeAlias

from sqlalchemy import URL, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool, StaticPool

from monitor.problems import Problem
from monitor.store.files import Files

Transaction: TypeAlias = Session
"""What ``read()`` and ``write()`` give: the functions of the store take it, others only pass it."""


class DatabaseProblem(Problem):
    """The database cannot be used (locked, full, read-only, newer, unreachable). One sentence
    for a person, with what to do."""


_SECRET = re.compile(r"passw|secret|token|key", re.IGNORECASE)
"""Parameters of a URL that are not shown: libpq takes a password there too."""


class Database:
    """One database. Thread-safe. ``write()`` is one short transaction; never hold it over I/O."""

    def __init__(self, url: str) -> None:
        self.url = understood(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._lock: contextlib.AbstractContextManager[Any] = (
            RLock() if self.is_sqlite else contextlib.nullcontext()
        )
        self._level = "FULL"
        self._files = Files(self.path) if self.path else None
        self.engine, self._writer = self._open()

    @property
    def name(self) -> str:
        """The URL as it may be shown: without its password."""
        return shown(self.url)

    @property
    def path(self) -> Path | None:
        """The file of an SQLite database; None for others and for one in memory."""
        name = self.url.database if self.is_sqlite else None
        return Path(name) if name and name != ":memory:" and not name.startswith("file:") else None

    def is_missing(self) -> bool:
        """Whether this is an SQLite file that is not there. Raises ``DatabaseProblem`` where nobody
        may say so who has not the rights."""
        try:
            return self.path is not None and not self.path.is_file()
        except PermissionError:
            raise DatabaseProblem(
                f"You may not look where the database {self.path} is; do it as somebody who may, "
                "such as with sudo."
            ) from None

    def _open(self) -> tuple[Engine, Engine]:
        if not self.is_sqlite:
            engine = create_engine(self.url, pool_pre_ping=True, pool_size=8, max_overflow=8)
            return engine, engine
        args: dict[str, Any] = {"check_same_thread": False, "timeout": 5.0}
        writer = create_engine(self.url, poolclass=StaticPool, connect_args=args)
        reader = create_engine(self.url, poolclass=QueuePool, pool_size=8, connect_args=args)
        for engine in (writer, reader):
            event.listen(engine, "connect", _connect_sqlite)

        @event.listens_for(reader, "do_connect")
        def _there(*called: Any) -> Any:
            """A reader makes no file anew where the one it knows was deleted."""
            if self._files is None or not self._files.known:
                return None
            return sqlite3.connect(self._files.address, uri=True, **called[-1])

        @event.listens_for(writer, "begin")
        def _write(connection: Any) -> None:
            connection.exec_driver_sql(f"PRAGMA synchronous={self._level}")
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        @event.listens_for(reader, "begin")
        def _read(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN")

        return reader, writer

    @contextlib.contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back by any exception.

        ``durable=False``: a power failure may undo it (a crash of the process never does). For
        what is found again by itself: pages that can be fetched again with their old cursor,
        folds over what is stored. A later durable one makes it durable too.
        """
        with self._lock, translated(self.name):
            self._check_files()
            self._level = "FULL" if durable else "NORMAL"
            with Session(self._writer, expire_on_commit=False) as session, session.begin():
                if not durable and not self.is_sqlite:
                    session.execute(_RELAXED)
                yield session
            if self._files:
                self._files.note()

    def _check_files(self) -> None:
        """Take nothing into files that nobody will ever read."""
        lost = self._files.lost() if self._files else None
        if lost == "":
            raise DatabaseProblem(
                f"The database {self.name} was deleted, or another put in its place, while Siaga "
                "ran; put back a copy of it, and start Siaga again."
            )
        if lost:
            self._rescue()
            raise DatabaseProblem(
                f"The file {lost} beside the database {self.name} was deleted while Siaga ran; "
                "start Siaga again: what was stored before is in the database."
            )

    def _rescue(self) -> None:
        """Put what stands in a log that was deleted, and is still open here, into the database."""
        raw = self._writer.raw_connection()
        try:
            raw.cursor().execute("PRAGMA wal_checkpoint(FULL)").close()
        finally:
            raw.close()

    def look(self) -> None:
        """Whether somebody else could read what is stored. Raises DatabaseProblem."""
        if self._files is None:
            return
        try:
            self._files.look()
        except (sqlite3.Error, OSError) as error:
            raise DatabaseProblem(_sentence(str(error), self.name)) from error

    @contextlib.contextmanager
    def read(self) -> Iterator[Session]:
        """A consistent view; nothing written in it is kept."""
        with translated(self.name):
            with Session(self.engine, expire_on_commit=False) as session:
                yield session

    def close(self) -> None:
        """Give every connection back. What is being written is waited for: SQLite does not survive
        that its connection is closed under a thread that uses it."""
        with self._lock:
            self.engine.dispose()
            self._writer.dispose()
            if self._files:
                self._files.forget()


def shown(url: URL) -> str:
    """A database's URL as it may be shown: without its password."""
    query = {key: "***" if _SECRET.search(key) else value for key, value in url.query.items()}
    return url.set(query=query).render_as_string()


def understood(url: str) -> URL:
    """The URL with its driver. Raises DatabaseProblem for one that names no database of ours."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        raise DatabaseProblem(_NO_URL) from None  # the text may hold a password: not repeated
    if "@" in (parsed.host or ""):  # the end of a password that was written as it is
        raise DatabaseProblem(_NO_URL)
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    is_file = not parsed.host and parsed.database not in (None, "", ":memory:")
    if parsed.get_backend_name() != "sqlite" or not is_file:
        raise DatabaseProblem(_NO_URL)
    return parsed


_NO_URL = (
    "storage.url names no database Siaga knows; "
    "write sqlite:///FILE or postgresql://USER@HOST/DATABASE."
)


def _connect_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, pysqlite's guess deadlocks
    cursor = connection.cursor()
    for pragma in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


_RELAXED = text("set local synchronous_commit = off")

_NOT_ABOUT_THE_DATABASE = (IntegrityError, DataError, ProgrammingError, NotSupportedError)


@contextlib.contextmanager
def translated(url: str) -> Iterator[None]:
    """Turn the driver's complaints into a ``DatabaseProblem`` a person can act on."""
    try:
        yield
    except DBAPIError as error:
        if isinstance(error, _NOT_ABOUT_THE_DATABASE):
            raise
        raise DatabaseProblem(_sentence(str(error.orig), url)) from error


def unwritable(error: OSError, name: str) -> DatabaseProblem:
    """What keeps a file beside the database ``name`` from being written keeps that, too."""
    detail = "readonly" if isinstance(error, PermissionError) else str(error)
    return DatabaseProblem(_sentence(detail, name))


_SENTENCES = (
    ("locked", "is locked by another program; stop that one, then try again."),
    ("full", "cannot grow, its disk is full; free some space, then try again."),
    ("no space left", "cannot grow, its disk is full; free some space, then try again."),
    ("disk quota", "cannot grow, its user's quota is used up; free some space, then try again."),
    ("disk i/o error", "cannot be read or written; look at its disk and the kernel's log."),
    ("readonly", "is read-only; give this user the right to write to it."),
    ("read-only", "is read-only; give this user the right to write to it."),
    ("unable to open", "cannot be opened; does its folder exist, and may you write to it?"),
    ("not a database", "is not a database; name another file in storage.url."),
    ("malformed", "is damaged; put back a copy, or name another file in storage.url."),
)


def _sentence(detail: str, url: str) -> str:
    low = detail.lower()
    for sign, sentence in _SENTENCES:
        if sign in low:
            return f"The database {url} {sentence}"
    first = (detail.strip().splitlines() or ["no reason given"])[0]
    return f"The database {url} does not answer ({first}); is it running?"
