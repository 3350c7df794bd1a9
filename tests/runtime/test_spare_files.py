"""A process that has used up its files says so, and can still say it to people."""

from __future__ import annotations

import errno
import os

from fakes.crisis import BRAND, watching
from fakes.rooms import Room

from monitor.jobs.views.overview import overview
from monitor.jobs.views.troubles import troubles
from monitor.runtime import guard, spare_files
from monitor.runtime.guard import Guard
from monitor.runtime.spare_files import KEPT
from monitor.settings.model import Settings, SlackSettings


class Table:
    """As many files as a process may open."""

    def __init__(self, free: int) -> None:
        self.free, self.devnull, self.O_RDONLY = free, os.devnull, os.O_RDONLY

    def open(self, path: str, flags: int) -> int:
        if self.free <= 0:
            raise OSError(errno.EMFILE, "Too many open files")
        self.free -= 1
        return 1000

    def close(self, number: int) -> None:
        self.free += 1


class Open(Room):
    """A channel that takes a file to be reached."""

    def __init__(self, table: Table) -> None:
        super().__init__()
        self.table = table

    def send(self, delivery):
        if self.table.free <= 0:
            raise AssertionError("no file left for a connection")
        return super().send(delivery)


def test_who_has_no_file_left_is_ill_and_says_so_by_those_kept_back(tmp_path, monkeypatch):
    clock, table = {"s": 50_000.0}, Table(KEPT + 20)
    monkeypatch.setenv("SIAGA_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setattr(guard, "monotonic", lambda: clock["s"])
    monkeypatch.setattr(guard, "try_out", lambda app: [])
    monkeypatch.setattr(spare_files, "os", table)
    room = Open(table)
    app = watching(
        f"sqlite:///{tmp_path / 'siaga.db'}",
        settings=Settings(brands=(BRAND,), slack=SlackSettings(enabled=True, channel="#crisis")),
        channels={"slack": room},
    )
    watch = Guard(lambda: app, dict)
    watch.look()
    assert not watch.spare.needed
    table.free = 0
    for _ in range(3):
        watch.look()
        clock["s"] += guard.CRY_AFTER_S
    (told,) = room.sent
    assert "no file left to open" in told.notice.summary
    grave, _ = troubles(overview(app, app.now(), app.wall()), {"starved": watch.spare.needed})
    assert any("no file left to open" in reason for reason in grave)
    table.free += 20
    watch.look()
    assert not watch.spare.needed
    app.db.close()
