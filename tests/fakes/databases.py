"""Fresh databases with Siaga's tables, copied from one that was made once: making the tables takes
15 ms of processor on SQLite and a tenth of a second on PostgreSQL, and two thousand tests ask.

That `prepare` makes the tables of an empty database is `tests/store/test_schema.py`'s to show.
"""

from __future__ import annotations

import atexit
import shutil
import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from monitor.store.engine import Database
from monitor.store.schema import prepare
from monitor.store.tables.responding import InstallationRow

TEMPLATE = "siaga_template"

ON_SQLITE = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgres", marks=pytest.mark.soak)], indirect=True
)
"""For tests of a rule over many hours of virtual time: `make soak` plays them on PostgreSQL too,
and what their SQL does there, shorter ones beside them tell each time."""


def sqlite_with_tables(file: Path, *, named: bool = True) -> str:
    """The URL of a new SQLite database of an installation of its own (of none: not ``named``)."""
    shutil.copyfile(_template(), file)
    if named:
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute(_named())
    return f"sqlite:///{file}"


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="siaga-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _fill(f"sqlite:///{folder / 'siaga.db'}")
    return folder / "siaga.db"


def compile_once() -> None:
    """Let all databases of a kind share their compiled statements, as all connections of one engine
    do: two thousand tests have an engine each, and compiling the same statements for every one is
    a sixth of what `tests/jobs` asks of a processor."""
    kinds: tuple[Any, ...] = (SQLiteDialect_pysqlite, PGDialect_psycopg)
    for kind in kinds:
        shared: LRUCache[Any, Any] = LRUCache(4000)

        def created(engine: Any, shared: LRUCache[Any, Any] = shared) -> None:
            engine._compiled_cache = shared

        # a compiled statement is kept under its dialect, of which each engine has its own
        kind.__hash__ = lambda self: hash(type(self))
        kind.__eq__ = lambda self, other: type(self) is type(other)
        kind.engine_created = staticmethod(created)


class Postgres:
    """A PostgreSQL server, as somebody who may make and drop databases there."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection = psycopg.connect(url, autocommit=True)
        self._filled = False

    def say(self, statement: str) -> None:
        """Run one statement on the server."""
        self._connection.execute(statement.encode())

    def create(self, *, tables: bool) -> str:
        """The URL of a new database, empty or with Siaga's tables."""
        name = f"t{uuid4().hex[:12]}"
        if not tables:
            self.say(f"create database {name}")
            return self._url_of(name)
        if not self._filled:
            self.say(f"create database {TEMPLATE}")
            _fill(self._url_of(TEMPLATE))
            self._filled = True
        self.say(f"create database {name} template {TEMPLATE} strategy file_copy")
        with psycopg.connect(self._url_of(name)) as connection:
            connection.execute(_named().encode())
        return self._url_of(name)

    def drop(self, url: str) -> None:
        """Remove a database that ``create`` made, whoever is still connected."""
        name = url.partition("?")[0].rpartition("/")[2]
        self.say(f"drop database {name} with (force)")

    def close(self) -> None:
        """Leave the server."""
        self._connection.close()

    def _url_of(self, name: str) -> str:
        head, mark, tail = self._url.partition("?")
        return f"{head.rpartition('/')[0]}/{name}{mark}{tail}"


def _fill(url: str) -> None:
    """Siaga's tables, and no installation's name."""
    with closing(Database(url)) as db:
        prepare(db)
        with db.write() as tx:
            tx.execute(delete(InstallationRow))


def _named() -> str:
    """The statement that gives a database its installation's name, as ``prepare`` does."""
    return f"insert into installation (epoch, name, marker) values (1, '{uuid4().hex[:10]}', '')"
