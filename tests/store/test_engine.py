"""What is wrong with a database is one sentence that says what to do, and nothing is lost by it."""

from __future__ import annotations

import sqlite3
from threading import Event, Thread

import pytest
from sqlalchemy import text

from monitor.store.engine import Database, DatabaseProblem
from monitor.store.meta import get_meta, put_meta
from monitor.store.schema import prepare


@pytest.fixture
def path(tmp_path):
    """A prepared SQLite database that knows one fact, closed."""
    found = tmp_path / "siaga.db"
    db = Database(f"sqlite:///{found}")
    prepare(db)
    with db.write() as tx:
        put_meta(tx, "kept", {"n": 1})
    db.close()
    return found


@pytest.fixture
def opened(path):
    db = Database(f"sqlite:///{path}")
    yield db
    db.close()


def pragma(db, statement):
    """Say something to the writer's connection itself."""
    raw = db._writer.raw_connection()
    found = raw.cursor().execute(f"PRAGMA {statement}").fetchone()
    raw.close()
    return found and found[0]


def write(db, key, size=0):
    with db.write() as tx:
        put_meta(tx, "first", {})
        put_meta(tx, key, {"text": "x" * size})


def still_there(db):
    with db.read() as tx:
        return get_meta(tx, "kept") == {"n": 1}


def test_a_locked_database_is_waited_for_and_then_named(opened, path):
    pragma(opened, "busy_timeout=1")  # no patience, so that the test needs none
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseProblem, match="is locked by another program; stop that one"):
        write(opened, "more")
    assert still_there(opened)  # readers need not wait
    other.execute("ROLLBACK")
    other.close()
    write(opened, "more")


def test_a_full_disk_is_named_and_nothing_is_stored_half(opened):
    pragma(opened, f"max_page_count={pragma(opened, 'page_count') + 2}")
    with pytest.raises(DatabaseProblem, match="its disk is full; free some space"):
        write(opened, "more", 100_000)
    with opened.read() as tx:
        assert get_meta(tx, "first") is None
    assert still_there(opened)


def test_a_read_only_database_is_named(path):
    db = Database(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert still_there(db)
    with pytest.raises(DatabaseProblem, match="is read-only; give this user the right to write"):
        write(db, "more")
    db.close()


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DatabaseProblem, match="cannot be opened; does its folder exist"):
        prepare(Database(f"sqlite:///{tmp_path}/nowhere/siaga.db"))


@pytest.mark.parametrize("replaced", [False, True])
def test_a_database_that_is_deleted_or_replaced_under_a_daemon_takes_nothing_more(
    opened, path, replaced
):
    with opened.write() as tx:
        put_meta(tx, "k", {"n": 1})
    path.unlink()
    if replaced:
        path.touch()
    with pytest.raises(DatabaseProblem, match="was deleted, or another put in its place"):
        with opened.write() as tx:
            put_meta(tx, "k", {"n": 2})


def test_who_reads_makes_no_database_in_the_place_of_one_that_was_deleted(opened, path):
    write(opened, "before")
    path.unlink()
    with pytest.raises(DatabaseProblem, match="cannot be opened"):
        still_there(opened)
    assert not path.exists()


def test_a_file_that_is_no_database_is_named(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("not a database at all, only notes of what to buy tomorrow\n" * 40)
    with pytest.raises(DatabaseProblem, match="is not a database; name another file"):
        prepare(Database(f"sqlite:///{file}"))
    assert file.read_text().startswith("not a database at all")


def test_a_damaged_database_is_named(path):
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    db = Database(f"sqlite:///{path}")
    with pytest.raises(DatabaseProblem, match=r"is damaged|is not a database"):
        still_there(db)
    db.close()


def test_a_postgresql_that_does_not_answer_is_named_without_its_password():
    db = Database("postgresql://siaga:geheim@127.0.0.1:1/siaga?connect_timeout=2")
    with pytest.raises(DatabaseProblem, match=r"does not answer .*is it running") as found:
        prepare(db)
    assert "geheim" not in str(found.value)
    db.close()


@pytest.mark.parametrize(
    "url",
    [
        "siaga.db",
        "mysql://x/y",
        "sqlite://",
        "sqlite:///:memory:",
        "",
        "sqlite://u:geheim@h/x.db",
        "postgresql://u:a@geheim@h/db",
    ],
)
def test_a_url_that_names_no_database_of_ours_is_refused(url):
    with pytest.raises(DatabaseProblem, match=r"storage\.url names no database") as found:
        Database(url)
    assert "geheim" not in str(found.value)


@pytest.mark.parametrize("durable", [True, False])
def test_an_exception_undoes_the_whole_transaction(database_url, durable):
    db = Database(database_url)
    prepare(db)

    def fail():
        with db.write(durable=durable) as tx:
            put_meta(tx, "half", {})
            tx.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with db.read() as tx:
        assert get_meta(tx, "half") is None
    db.close()


def test_what_must_be_durable_is_synced_and_the_rest_only_when_it_is(opened):
    levels = []
    for durable in (True, False, True):
        with opened.write(durable=durable) as tx:
            levels.append(tx.execute(text("PRAGMA synchronous")).scalar())
    assert levels == [2, 1, 2]  # FULL, NORMAL, FULL


def test_closing_waits_for_what_is_being_written(tmp_path):
    db = Database(f"sqlite:///{tmp_path / 'siaga.db'}")
    prepare(db)
    inside, go_on, written = Event(), Event(), []

    def write():
        with db.write() as tx:
            inside.set()
            go_on.wait(10)
            put_meta(tx, "late", {"x": 1})
        written.append("written")

    def close():
        db.close()
        written.append("closed")

    writer, closer = Thread(target=write), Thread(target=close)
    writer.start()
    assert inside.wait(10)
    closer.start()
    go_on.set()
    writer.join(10)
    closer.join(10)
    assert written == ["written", "closed"]


@pytest.mark.parametrize("side", ["-wal", "-shm"])
def test_files_beside_a_database_that_are_deleted_cost_nothing_and_are_told(opened, path, side):
    write(opened, "before")
    path.with_name(path.name + side).unlink()
    with pytest.raises(DatabaseProblem, match="deleted while Siaga ran"):
        write(opened, "more")
    found = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)  # as after a kill
    assert found.execute("select count(*) from meta where key = 'before'").fetchone() == (1,)
    found.close()


def test_a_database_that_is_closed_and_used_again_has_new_files_beside_it(path):
    db = Database(f"sqlite:///{path}")
    for key in ("one", "two"):
        write(db, key)
        db.close()
        assert not path.with_name(path.name + "-wal").exists()


def damage(path):
    with path.open("r+b") as file:
        file.write(b"\xff" * path.stat().st_size)


def empty(path):
    path.open("r+b").truncate(0)


@pytest.mark.parametrize("hurt", [damage, empty])
def test_a_database_that_is_damaged_under_a_daemon_is_not_hidden_by_what_it_remembers(
    opened, path, hurt
):
    write(opened, "before")
    assert still_there(opened)
    opened.look()
    hurt(path)
    assert still_there(opened), "of what it remembers"
    with pytest.raises(DatabaseProblem, match=r"is damaged|is not a database|cannot be read"):
        opened.look()
