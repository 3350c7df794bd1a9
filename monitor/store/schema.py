"""Bringing a database to this version's tables: an empty one gets them as they are, an older one
is upgraded by the migrations (Alembic is imported only then). That both ways end in the same tables
is held by a test; the way follows Alembic's cookbook, "Building an Up to Date Database from
Scratch".
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    inspect,
    text,
)

from monitor.settings.places import give_to_owner
from monitor.store.engine import Database, DatabaseProblem
from monitor.store.installation import found as give_name
from monitor.store.tables import (  # noqa: F401  (they fill the metadata)
    hooks,
    listening,
    oncall,
    own_content,
    responding,
    tokens,
)
from monitor.store.tables.base import Base

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0024"
"""The newest revision; a test holds it against the files."""

REVISION = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""The table in which Alembic keeps the revision, with the names it gives."""

TABLES = Base.metadata
"""Every table of this version."""

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def prepare(db: Database) -> None:
    """Create the tables or upgrade them. Raises ``DatabaseProblem``; a database of a newer Siaga
    is left as it is."""
    _made_for_owner(db)
    with db.read() as tx:
        if _revision(tx.connection()) == HEAD:
            return
    with db.write() as tx:
        connection = tx.connection()
        if not db.is_sqlite:  # several daemons may start at once
            connection.execute(text("select pg_advisory_xact_lock(5417001)"))
        found = _revision(connection)
        if found == HEAD:
            return
        if found is None:
            _create(db, connection)
        else:
            _upgrade(db, connection, found)
        give_name(tx)


def _made_for_owner(db: Database) -> None:
    """Where root works on a service's database it is the service's from its first byte: SQLite
    gives the files beside it the same owner."""
    if db.path is not None and os.geteuid() == 0 and db.is_missing():
        with suppress(OSError):  # SQLite says what is wrong
            db.path.touch()
            give_to_owner(db.path)


def is_made(url: str) -> bool:
    """Whether there is a database with tables of Siaga's. Raises ``DatabaseProblem``."""
    db = Database(url)
    try:
        if db.is_missing():
            return False  # to look into it would make it
        with db.read() as tx:
            return _revision(tx.connection()) is not None
    finally:
        db.close()


def config() -> Config:
    """Alembic's configuration: everything beside the code, nothing in a file of its own."""
    from alembic.config import Config  # 0.35 s, only where there is something to migrate

    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return made


def migrate(connection: Connection, revision: str = "head") -> None:
    """Run the migrations from where a database is to ``revision``; of an empty one all."""
    from alembic import command  # as in ``config``

    made = config()
    made.attributes["connection"] = connection
    command.upgrade(made, revision)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("select version_num from alembic_version")).scalar()
    return found


def _create(db: Database, connection: Connection) -> None:
    """Every table, in a database that has none of them."""
    if taken := set(TABLES.tables) & set(inspect(connection).get_table_names()):
        raise DatabaseProblem(
            f"The database {db.name} has a table {min(taken)} that Siaga did not make; "
            "name an empty database. Nothing was changed."
        )
    TABLES.create_all(connection, checkfirst=False)
    REVISION.create(connection)
    connection.execute(REVISION.insert().values(version_num=HEAD))


def _upgrade(db: Database, connection: Connection, found: str) -> None:
    from alembic.script import ScriptDirectory  # as in ``config``

    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    if found not in known:
        raise DatabaseProblem(
            f"The database {db.name} was made by a newer Siaga (its tables are at {found}, "
            f"this one knows up to {HEAD}); install the newer one. Nothing was changed."
        )
    migrate(connection)
