"""The daemon's kinds of work keep out of each other's way."""

from __future__ import annotations

from threading import Event

from fakes.crisis import watching

from monitor.jobs.upkeep import upkeep as rounds
from monitor.runtime.work import Work


def test_a_platform_that_hangs_delays_no_audit(tmp_path, monkeypatch):
    asked, released, audited = Event(), Event(), Event()

    def hang(*_):
        asked.set()
        released.wait(30)

    monkeypatch.setattr(rounds, "watch_tokens", hang)
    monkeypatch.setattr(rounds, "audit", lambda *_: audited.set())
    running = Work(watching(f"sqlite:///{tmp_path / 'siaga.db'}"), dict)
    running.loops["platforms"].start()
    running.loops["platforms"].wake()
    assert asked.wait(30)
    running.loops["upkeep"].run()
    assert audited.is_set()
    released.set()
    running.end()
