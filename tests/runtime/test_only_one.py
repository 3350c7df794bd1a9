"""One daemon an SQLite database, and what keeps it from its lock is told as of the database."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from monitor.runtime.only_one import AlreadyRunning, only_one
from monitor.store.engine import Database, DatabaseProblem


@pytest.mark.parametrize(
    ("why", "told"),
    [
        (errno.EROFS, "is read-only; give this user the right to write to it"),
        (errno.EACCES, "is read-only; give this user the right to write to it"),
        (errno.ENOSPC, "its disk is full"),
    ],
)
def test_a_lock_that_cannot_be_made_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: int, told: str
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(why, os.strerror(why), "siaga.db.lock")

    db = Database(f"sqlite:///{tmp_path / 'siaga.db'}")
    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(DatabaseProblem, match=told), only_one(db):
        pass
    db.close()


def test_who_may_not_write_beside_a_database_that_a_daemon_works_on_is_told_of_that_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not that nothing is watched, which would be told everybody."""
    opens = Path.open

    def refused(file: Path, mode: str = "r", **how: object) -> object:
        if mode == "a":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(file))
        return opens(file, mode)

    db = Database(f"sqlite:///{tmp_path / 'siaga.db'}")
    with only_one(db):
        monkeypatch.setattr(Path, "open", refused)
        with pytest.raises(AlreadyRunning), only_one(db):
            pass
    db.close()
