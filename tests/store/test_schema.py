"""The tables are made and upgraded by migrations, and those describe exactly the tables."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sqlalchemy import inspect, text

from monitor.store.engine import Database, DatabaseProblem
from monitor.store.schema import HEAD, TABLES, config, migrate, prepare


@pytest.fixture
def db(empty_database_url):
    db = Database(empty_database_url)
    yield db
    db.close()


def test_the_migrations_make_exactly_the_tables(db):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    upgrade(db, "head")
    with db.write() as tx:
        context = MigrationContext.configure(tx.connection(), opts={"compare_type": True})
        assert compare_metadata(context, TABLES) == []


def test_an_empty_database_gets_the_tables_that_the_migrations_make(db):
    prepare(db)
    made = described(db)
    with db.write() as tx:
        TABLES.drop_all(tx.connection())
        tx.execute(text("drop table alembic_version"))
    upgrade(db, "head")
    assert described(db) == made


def upgrade(db, revision):
    with db.write() as tx:
        migrate(tx.connection(), revision)


def described(db):
    """Every table: its columns by name, its keys and indices; where a column stands and what the
    database itself fills in for rows of before aside."""
    with db.read() as tx:
        seen = inspect(tx.connection())
        return {
            table: (
                {c["name"]: (str(c["type"]), c["nullable"]) for c in seen.get_columns(table)},
                seen.get_pk_constraint(table),
                sorted(map(str, seen.get_foreign_keys(table))),
                sorted(map(str, seen.get_unique_constraints(table))),
                sorted(
                    (i["name"], *i["column_names"], i["unique"]) for i in seen.get_indexes(table)
                ),
            )
            for table in seen.get_table_names()
        }


def test_the_newest_revision_is_the_one_the_quick_check_knows():
    from alembic.script import ScriptDirectory

    assert ScriptDirectory.from_config(config()).get_current_head() == HEAD


def test_an_older_database_is_upgraded_and_keeps_its_rows(db):
    upgrade(db, "0002")
    with db.write() as tx:
        tx.execute(
            text(
                "insert into author (platform, handle, name, verified)"
                " values ('x', 'sari', '', false)"
            )
        )
    prepare(db)
    with db.read() as tx:
        assert tx.execute(text("select handle from author")).scalar() == "sari"
        assert tx.execute(text("select count(*) from rollup")).scalar() == 0


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(db):
    prepare(db)
    with db.write() as tx:
        tx.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(DatabaseProblem, match=r"made by a newer Siaga.*install the newer one"):
        prepare(db)
    with db.read() as tx:
        assert tx.execute(text("select version_num from alembic_version")).scalar() == "9999"


def test_tables_that_nobody_here_made_are_refused_and_left_as_they_are(db):
    with db.write() as tx:
        tx.execute(text("create table mention (theirs text)"))
    with pytest.raises(DatabaseProblem, match="a table mention that Siaga did not make"):
        prepare(db)
    with db.read() as tx:
        assert inspect(tx.connection()).get_table_names() == ["mention"]


def test_preparing_twice_changes_nothing_and_the_second_time_needs_no_alembic(
    db, empty_database_url
):
    prepare(db)
    code = (
        "import sys\n"
        "from monitor.store.engine import Database\n"
        "from monitor.store.schema import prepare\n"
        "prepare(Database(sys.argv[1]))\n"
        "sys.exit('alembic' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, empty_database_url]).returncode == 0
