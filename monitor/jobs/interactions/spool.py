"""Presses that the database was too busy for: a file each beside it, until it has them.

Slack is told that a press is taken once it is kept. Where that takes too long it is written here,
with fsync, and acknowledged then: whenever the process dies, the next one finds it. Its name is the
press's key, under which the database keeps it only once.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from alerting.model import Press
from monitor.app import App
from monitor.jobs.interactions.press import keep

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Spooled:
    """A press that waits here, and since when (wall)."""

    file: Path
    press: Press
    at: datetime


class Spool:
    """``folder`` is made when it is first needed; None: there is nowhere to write."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def put(self, press: Press, at: datetime) -> None:
        """Write it down for good. Raises OSError where that cannot be done."""
        folder = self._folder
        if folder is None:
            raise FileNotFoundError("there is no folder for presses")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = folder / f"{press.key}.part"
        with part.open("w", encoding="utf-8") as file:
            json.dump({"press": asdict(press), "at": at.isoformat()}, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(folder / f"{press.key}.json")
        _sync(folder)

    def waiting(self) -> Iterator[Spooled]:
        """What is here, in the order in which it came. What cannot be read is left alone."""
        files = self._folder.glob("*.json") if self._folder else ()
        found = []
        for file in files:
            try:
                told = json.loads(file.read_text("utf-8"))
                at = datetime.fromisoformat(told["at"])
                found.append(Spooled(file, Press(**told["press"]), at))
            except (OSError, ValueError, TypeError, KeyError):
                log.warning("a press cannot be read: %s", file)
        yield from sorted(found, key=lambda one: one.at)


def take_in(app: App, spool: Spool) -> int:
    """Give the database what waits; how many it did not have yet. Raises ``DatabaseProblem``; then
    the rest goes on waiting."""
    new = 0
    for one in spool.waiting():
        new += keep(app, "slack", one.press, one.at)
        with suppress(FileNotFoundError):
            one.file.unlink()
    return new


def _sync(folder: Path) -> None:
    """Make the folder's own entries survive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
