"""The daemon's kinds of work keep out of each other's way."""

from __future__ import annotations

from threading import Event

from fakes.crisis import watching

from alerting.i18n import Localizer
from monitor.jobs.upkeep import upkeep as rounds
from monitor.runtime.work import Work
from monitor.store.engine import DatabaseProblem


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


def test_what_fails_several_parts_of_a_loop_is_said_once_and_in_the_reader_s_language(
    tmp_path, monkeypatch
):
    def full(*_):
        raise DatabaseProblem(
            "The database x.db cannot grow, its disk is full; free some space, then try again."
        )

    monkeypatch.setattr(rounds, "refresh_models", lambda *_: None)  # the fake learns nothing
    for part in ("audit", "tell_shifts"):
        monkeypatch.setattr(rounds, part, full)
    running = Work(watching(f"sqlite:///{tmp_path / 'siaga.db'}"), dict)
    running.loops["upkeep"].run()
    told = running.loops["upkeep"].last_error
    assert told.startswith("The database x.db cannot grow")
    assert Localizer("id").problem(told).startswith("Basis data x.db tidak bisa bertambah")
    one = Localizer("id").problem(f"audit: {told}")  # as where only one part of them fails
    assert one.startswith("audit: Basis data x.db tidak bisa bertambah")
    running.end()
