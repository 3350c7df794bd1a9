"""The files of an SQLite database that a process has open: whether they are still those it writes
to, and whether what stands in them can be read by somebody else."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

BESIDE = ("-wal", "-shm")
"""What SQLite keeps beside a database that is open: https://www.sqlite.org/wal.html"""

LOOK_S = 5.0
"""How long a look waits for a lock."""


class Files:
    """The files at ``path`` as this process has found them. It goes on writing into one that was
    deleted, and nobody will ever read that."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, int] = {}

    @property
    def known(self) -> bool:
        """Whether this process has written into them."""
        return bool(self._known)

    @property
    def address(self) -> str:
        """For a connection that makes no file where there is none."""
        return f"file:{quote(str(self.path.absolute()))}?mode=rw"

    def note(self) -> None:
        """Note which files they are, after something was written."""
        for end in ("", *BESIDE):
            if end not in self._known and (found := self._inode(end)) is not None:
                self._known[end] = found

    def forget(self) -> None:
        """Every connection is closed: SQLite has put away what was beside the database."""
        self._known = {end: found for end, found in self._known.items() if not end}

    def lost(self) -> str | None:
        """Which of them is another by now, by the end of its name; None where none is."""
        changed = (end for end, found in self._known.items() if self._inode(end) != found)
        return next(changed, None)

    def look(self) -> None:
        """Read a row of every table by a connection of its own, as a command does: what this
        process remembers of the file says nothing of it. Raises ``sqlite3.Error``."""
        if self.path.stat().st_size == 0:  # SQLite would throw away the log of an empty file
            raise sqlite3.DatabaseError("malformed: it is empty")
        with closing(sqlite3.connect(self.address, uri=True, timeout=LOOK_S)) as connection:
            tables = connection.execute("select name from sqlite_master where type = 'table'")
            for (name,) in tables.fetchall():
                connection.execute(f'select 1 from "{name}" limit 1').fetchone()

    def _inode(self, end: str) -> int | None:
        try:
            return self.path.with_name(self.path.name + end).stat().st_ino
        except FileNotFoundError:
            return None
