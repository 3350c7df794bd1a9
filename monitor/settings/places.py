"""Where a service's files are: deploy/siaga.service keeps the config apart from the data."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.settings.secrets import secret

if TYPE_CHECKING:
    from monitor.settings.model import Settings

SYSTEM_CONFIG = Path("/etc/siaga/siaga.yaml")
"""Read where no other is named or found."""

SYSTEM_STATE = Path("/var/lib/siaga")
"""What systemd makes of ``StateDirectory=siaga``."""


def named_state_folder() -> Path | None:
    """The first folder of STATE_DIRECTORY; None where it is not set."""
    named = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    return Path(named) if named else None


def state_folder(folder: Path) -> Path:
    """The folder of a service's own data: STATE_DIRECTORY, which systemd and the container set, or
    what it is for the machine's service, whose config a command reads that systemd did not start;
    else ``folder``, the config's own."""
    if named := named_state_folder():
        return named
    is_service = folder.resolve() == SYSTEM_CONFIG.parent.resolve() and SYSTEM_STATE.is_dir()
    return SYSTEM_STATE if is_service else folder


def storage_url(settings: Settings, folder: Path) -> str:
    """Where the data is. A relative SQLite path is relative to ``state_folder``."""
    url = secret("SIAGA_DATABASE_URL") or settings.storage.url
    prefix = "sqlite:///"
    path = url.removeprefix(prefix)
    if path == url or path.startswith(("/", ":", "file:")):
        return url
    return prefix + str((state_folder(folder) / path).resolve())


def give_to_owner(path: Path) -> None:
    """What root makes in a service's folder becomes the service's, which could not use it
    otherwise: ``sudo siaga backfill`` before the first start, ``sudo siaga connect``."""
    if os.geteuid() == 0:
        owner = path.parent.stat()
        with suppress(OSError):  # a file system without owners
            os.chown(path, owner.st_uid, owner.st_gid)
