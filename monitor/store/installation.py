"""Which installation a database belongs to, so that two of them never take each other's messages
for their own, and a restored copy never takes what was posted after it was made.

The installation's name is part of every delivery key a channel sees. It is drawn when the database
is made, and drawn anew when the database turns out to be a copy: it is another file (SQLite) or on
another server, timeline or database (PostgreSQL) than the one its daemon last wrote to, or older
than what that daemon noted beside it.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import ColumnElement, Text, func, literal, select, text
from sqlalchemy.exc import DBAPIError

from monitor.settings.places import give_to_owner
from monitor.store.engine import Database, Transaction
from monitor.store.meta import get_meta, put_meta
from monitor.store.tables.responding import InstallationRow

NOTE = ".installation"
"""The file beside an SQLite database: the database's file name and this."""

COPIED = "copied"
"""The fact that this database is a copy, by its name among the single facts."""


def current() -> ColumnElement[str]:
    """The name of this installation, in SQL; "" where there is none."""
    newest = select(InstallationRow.name).order_by(InstallationRow.epoch.desc()).limit(1)
    return func.coalesce(newest.scalar_subquery(), literal("", Text()))


def installation(tx: Transaction) -> str:
    """The name of this installation; "" where there is none."""
    return tx.scalar(select(current())) or ""


def found(tx: Transaction) -> None:
    """Give the database its first name, if it has none yet."""
    if tx.get(InstallationRow, 1) is None:
        tx.add(InstallationRow(epoch=1, name=_new_name(), marker=""))
        tx.flush()


def settle(db: Database) -> bool:
    """At a daemon's start: see whether this database is a copy, and if so give it a new name.
    Whether it did."""
    with db.write() as tx:
        row = tx.scalars(select(InstallationRow).order_by(InstallationRow.epoch.desc())).first()
        marker = _marker(db, tx)
        if row is None or not row.marker:  # nobody has run on it yet
            copied = False
            if row is None:
                row = InstallationRow(epoch=1, name=_new_name(), marker=marker)
                tx.add(row)
            row.marker = marker
        else:
            copied = row.marker != marker or _older_than_noted(db, tx, row.name)
            if copied:
                row = InstallationRow(epoch=row.epoch + 1, name=_new_name(), marker=marker)
                tx.add(row)
        name = row.name
        at = _last_written(tx)
    _note(db, name, at)
    return copied


def note_copied(tx: Transaction, at: datetime) -> None:
    """Note that a daemon began on this database as a copy."""
    put_meta(tx, COPIED, {"name": installation(tx), "at": at.isoformat()})


def copied_at(tx: Transaction) -> datetime | None:
    """When a daemon began on this database as a copy; None where it is none."""
    fact = get_meta(tx, COPIED)
    ours = fact is not None and fact["name"] == installation(tx)  # else the copied one's own
    return datetime.fromisoformat(fact["at"]) if fact and ours else None


def noted(db: Database) -> None:
    """Note beside the database how far it has come."""
    if db.is_sqlite:
        with db.read() as tx:
            name, at = installation(tx), _last_written(tx)
        _note(db, name, at)


def _new_name() -> str:
    return uuid4().hex[:10]


def _marker(db: Database, tx: Transaction) -> str:
    """What tells this database from a copy of it."""
    if db.is_sqlite:
        return f"inode {_file(db).stat().st_ino}"
    database = tx.execute(
        text("select oid from pg_database where datname = current_database()")
    ).scalar_one()
    server = "?"
    with suppress(DBAPIError), tx.begin_nested():  # not everybody may ask
        server = tx.execute(
            text(
                "select s.system_identifier || '/' || c.timeline_id"
                " from pg_control_system() s, pg_control_checkpoint() c"
            )
        ).scalar_one()
    return f"server {server} database {database}"


def _last_written(tx: Transaction) -> datetime | None:
    heartbeat = get_meta(tx, "heartbeat")
    return datetime.fromisoformat(heartbeat["at"]) if heartbeat else None


def _older_than_noted(db: Database, tx: Transaction, name: str) -> bool:
    """Whether a daemon has written more into it than is there now: an older copy was put back."""
    if not db.is_sqlite:
        return False
    try:
        note = json.loads(_beside(db).read_text("utf-8"))
        at = datetime.fromisoformat(note["at"]) if note["at"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return True  # it was copied without its note
    last = _last_written(tx)
    return bool(note["name"] != name or (at is not None and (last is None or last < at)))


def _note(db: Database, name: str, at: datetime | None) -> None:
    if not db.is_sqlite:
        return
    note, half = _beside(db), _beside(db).with_name(f"{_beside(db).name}.new")
    with suppress(OSError):  # a full disk; the next one is tried in a minute
        half.write_text(json.dumps({"name": name, "at": at.isoformat() if at else ""}), "utf-8")
        give_to_owner(half)
        os.replace(half, note)


def _file(db: Database) -> Path:
    return Path(str(db.url.database))


def _beside(db: Database) -> Path:
    return _file(db).with_name(_file(db).name + NOTE)
