"""Bringing a database to this version's tables. Alembic is imported only when there is work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from monitor.store.engine import Database, DatabaseProblem
from monitor.store.installation import found as give_name

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0021"
"""The newest revision; a test holds it against the files."""

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def prepare(db: Database) -> None:
    """Create the tables or upgrade them. Raises ``DatabaseProblem``; a database of a newer Siaga
    is left as it is."""
    with db.read() as tx:
        if _revision(tx.connection()) == HEAD:
            return
    with db.write() as tx:
        connection = tx.connection()
        if not db.is_sqlite:  # several daemons may start at once
            connection.execute(text("select pg_advisory_xact_lock(5417001)"))
        found = _revision(connection)
        if found != HEAD:
            _upgrade(db, connection, found)
            give_name(tx)


def config() -> Config:
    """Alembic's configuration: everything beside the code, nothing in a file of its own."""
    from alembic.config import Config  # 0.35 s, only where there is something to migrate

    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return made


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("select version_num from alembic_version")).scalar()
    return found


def _upgrade(db: Database, connection: Connection, found: str | None) -> None:
    from alembic import command  # as above
    from alembic.script import ScriptDirectory

    made = config()
    known = {script.revision for script in ScriptDirectory.from_config(made).walk_revisions()}
    if found is not None and found not in known:
        raise DatabaseProblem(
            f"The database {db.name} was made by a newer Siaga (its tables are at {found}, "
            f"this one knows up to {HEAD}); install the newer one. Nothing was changed."
        )
    made.attributes["connection"] = connection
    command.upgrade(made, "head")
