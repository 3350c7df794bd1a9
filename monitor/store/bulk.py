"""Many rows at once, handed to the driver: the hot path's statements on both databases.

SQLAlchemy's ``insert().values(list)`` compiles a new statement for every page, at a thirtieth of
the rate. Here the text of a statement depends on its columns alone and is made once; SQLite gets
``executemany`` and ``json_each``, PostgreSQL one ``unnest`` of arrays.

Values are what the driver takes: moments through ``stamp``, JSON as text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

import orjson
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

Row = tuple[Any, ...]
Columns = tuple[str, ...]
Stamp = Callable[[datetime], Any]


def table_of(entity: type[DeclarativeBase]) -> Table:
    """The table behind an ORM class."""
    return cast(Table, entity.__table__)


def on_sqlite(tx: Session) -> bool:
    """Whether this session speaks to SQLite (else PostgreSQL)."""
    return tx.get_bind().dialect.name == "sqlite"


def stamp(tx: Session) -> Stamp:
    """How this database's driver wants a moment; what ``UtcDateTime`` does, at C speed."""
    if on_sqlite(tx):
        return lambda at: at.astimezone(UTC).isoformat(" ", "microseconds")[:26]
    return lambda at: at


def lookup(
    tx: Session, table: Table, key: Columns, keys: Sequence[Row], want: Columns
) -> dict[int, Row]:
    """Which of the keys are stored: position in ``keys`` -> the wanted columns."""
    if not keys:
        return {}
    sqlite = on_sqlite(tx)
    parameters = (orjson.dumps(keys).decode(),) if sqlite else _arrays(keys)
    found = tx.connection().exec_driver_sql(_lookup_sql(table, key, want, sqlite), parameters)
    return {row[0]: tuple(row[1:]) for row in found}


def ensure(
    tx: Session,
    table: Table,
    key: Columns,
    columns: Columns,
    rows: Sequence[Row],
    want: Columns,
    turns: Sequence[int] | None = None,
) -> tuple[list[int], dict[int, Row]]:
    """Store the rows whose key (their first columns) is new. The id of every row, in order, and
    the wanted columns of those that were there before, by position. New ids are in the order of
    the keys; ``turns``: as if the rows of each turn had been stored before the next turn's.

    Another transaction may store the same key meanwhile (PostgreSQL): its row then counts as
    there before.
    """
    keys = [row[: len(key)] for row in rows]
    found = lookup(tx, table, key, keys, ("id", *want))
    fresh = sorted((n for n in range(len(rows)) if n not in found), key=lambda n: keys[n])
    if turns is not None:
        fresh.sort(key=turns.__getitem__)
    ids = {n: row[0] for n, row in found.items()}
    if fresh and on_sqlite(tx):
        top = tx.connection().exec_driver_sql(f'select max(id) from "{table.name}"').scalar() or 0
        ids.update(zip(fresh, range(top + 1, top + 1 + len(fresh)), strict=True))
        insert(tx, table, ("id", *columns), [(ids[n], *rows[n]) for n in fresh])
    elif fresh:
        stored = insert_new(tx, table, columns, [rows[n] for n in fresh], ("id", *key))
        by_key = {row[1:]: row[0] for row in stored}
        ids.update({n: by_key[keys[n]] for n in fresh if keys[n] in by_key})
        lost = [n for n in fresh if n not in ids]
        raced = lookup(tx, table, key, [keys[n] for n in lost], ("id", *want))
        found.update({lost[m]: row for m, row in raced.items()})
        ids.update({lost[m]: row[0] for m, row in raced.items()})
    return [ids[n] for n in range(len(rows))], {n: row[1:] for n, row in found.items()}


def insert(
    tx: Session, table: Table, columns: Columns, rows: Sequence[Row], conflict: str = ""
) -> None:
    """Insert them all; ``conflict`` is the statement's ``on conflict`` clause."""
    if rows:
        sql = _insert_sql(table, columns, on_sqlite(tx), conflict)
        tx.connection().exec_driver_sql(sql, list(rows))


def insert_new(
    tx: Session, table: Table, columns: Columns, rows: Sequence[Row], returning: Columns
) -> list[Row]:
    """PostgreSQL: insert those that are not there yet; the returned columns of the new ones."""
    sql = _unnest_sql(table, columns, returning)
    return [tuple(row) for row in tx.connection().exec_driver_sql(sql, _arrays(rows))]


def insert_if_new(tx: Session, row: type[DeclarativeBase], values: Mapping[str, Any]) -> bool:
    """Insert one row, as the ORM takes its values; False: one of its keys is there already."""
    statement = _insert_into(tx, row).values(dict(values)).on_conflict_do_nothing()
    return tx.scalar(statement.returning(*table_of(row).primary_key)) is not None


def put(tx: Session, row: type[DeclarativeBase], values: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, or put them in place of those with their keys, without reading these."""
    if values:
        table = table_of(row)
        into = _insert_into(tx, table)
        rest = {one.name: into.excluded[one.name] for one in table.columns if not one.primary_key}
        statement = into.on_conflict_do_update(index_elements=table.primary_key, set_=rest)
        tx.connection().execute(statement, list(values))


def _insert_into(
    tx: Session, row: type[DeclarativeBase] | Table
) -> postgresql.Insert | sqlite.Insert:
    """An insert that may say what happens where a key is there already."""
    return sqlite.insert(row) if on_sqlite(tx) else postgresql.insert(row)


def update(tx: Session, table: Table, columns: Columns, rows: Sequence[Row]) -> None:
    """Set the columns of rows that are there: each row is their values and then its id."""
    if rows:
        in_order = sorted(rows, key=lambda row: row[-1])  # two who update both wait in turn
        sql = _update_sql(table, columns, on_sqlite(tx))
        tx.connection().exec_driver_sql(sql, in_order)


def _arrays(rows: Sequence[Row]) -> tuple[list[Any], ...]:
    return tuple(list(column) for column in zip(*rows, strict=True))


def _names(columns: Columns, prefix: str = "") -> str:
    return ", ".join(f'{prefix}"{column}"' for column in columns)


def _types(table: Table, columns: Columns) -> str:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return ", ".join(f"%s::{table.c[name].type.compile(dialect)}[]" for name in columns)


@cache
def _lookup_sql(table: Table, key: Columns, want: Columns, sqlite: bool) -> str:
    if sqlite:
        same = " and ".join(
            f"t.\"{name}\" = json_extract(k.value, '$[{n}]')" for n, name in enumerate(key)
        )
        # `cross` keeps the order of the loops: every key looks itself up in the index
        return (
            f"select k.key, {_names(want, 't.')} from json_each(?) k "
            f'cross join "{table.name}" t on {same}'
        )
    same = " and ".join(f't."{name}" = k.c{n}' for n, name in enumerate(key))
    fields = ", ".join(f"c{n}" for n in range(len(key)))
    return (
        f"select (k.n - 1)::int, {_names(want, 't.')} from unnest({_types(table, key)}) "
        f'with ordinality as k({fields}, n) join "{table.name}" t on {same}'
    )


@cache
def _insert_sql(table: Table, columns: Columns, sqlite: bool, conflict: str) -> str:
    marks = ", ".join(["?" if sqlite else "%s"] * len(columns))
    return f'insert into "{table.name}" ({_names(columns)}) values ({marks}) {conflict}'


@cache
def _update_sql(table: Table, columns: Columns, sqlite: bool) -> str:
    mark = "?" if sqlite else "%s"
    values = ", ".join(f'"{column}" = {mark}' for column in columns)
    return f'update "{table.name}" set {values} where id = {mark}'


@cache
def _unnest_sql(table: Table, columns: Columns, returning: Columns) -> str:
    return (
        f'insert into "{table.name}" ({_names(columns)}) '
        f"select * from unnest({_types(table, columns)}) "
        f"on conflict do nothing returning {_names(returning)}"
    )
