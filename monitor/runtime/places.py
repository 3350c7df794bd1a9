"""Where a running daemon keeps what is not in its database: its socket, and presses that wait."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from monitor.settings.places import named_state_folder
from monitor.store.engine import Database

SYSTEM = Path("/run/siaga")


def runtime_folder() -> Path | None:
    """The folder for this user's daemons, made where it is not there; None: nowhere may be
    written. systemd names it by RUNTIME_DIRECTORY."""
    for folder in _own_folders():
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            continue
        if _is_ours(folder):
            return folder
    return None


def socket_of(database: str) -> Path | None:
    """The socket of the daemon that works on this database (its name, without a password)."""
    return _beside_others(database, "sock")


def cries_of(database: str) -> Path | None:
    """Where the daemon that works on this database notes what people were told past it."""
    return _beside_others(database, "cried")


def _beside_others(database: str, ending: str) -> Path | None:
    """A file of this database's daemon: others of the same user keep theirs in the same folder."""
    folder = runtime_folder()
    return folder / f"{sha256(database.encode()).hexdigest()[:12]}.{ending}" if folder else None


def folder_for_presses(db: Database) -> Path | None:
    """Where presses wait that the database is too busy for: beside an SQLite database; for
    PostgreSQL in the folder that systemd keeps for us (STATE_DIRECTORY), else with the socket."""
    if db.path is not None:
        return db.path.with_name(f"{db.path.name}.presses")
    state = named_state_folder()
    if state is None:
        return _beside_others(db.name, "presses")
    return state / f"{sha256(db.name.encode()).hexdigest()[:12]}.presses"


def sockets() -> Iterator[Path]:
    """The sockets that may be a running daemon's: this user's, then the system's."""
    for folder in dict.fromkeys([*_own_folders(), SYSTEM]):
        try:
            yield from sorted(folder.glob("*.sock"))
        except OSError:
            continue


def closed_to_us() -> Path | None:
    """The system's folder of sockets where it is there and this user may not look into it; None
    where there is none, or nothing is hidden."""
    try:
        next(SYSTEM.iterdir(), None)
    except PermissionError:
        return SYSTEM
    except OSError:
        return None
    return None


def _own_folders() -> Iterator[Path]:
    if named := os.environ.get("SIAGA_RUNTIME_DIR") or os.environ.get("RUNTIME_DIRECTORY"):
        yield Path(named.partition(":")[0])
        return
    if session := os.environ.get("XDG_RUNTIME_DIR"):
        yield Path(session) / "siaga"
    yield Path(tempfile.gettempdir()) / f"siaga-{os.getuid()}"


def _is_ours(folder: Path) -> bool:
    """Not one that somebody else has put there for us to use."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
