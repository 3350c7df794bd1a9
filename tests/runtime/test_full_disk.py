"""A full disk: said at once, said once, by every way past the database; nothing is lost, and
nothing has to be done but to make room."""

from __future__ import annotations

import errno
import io
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fakes.ill_database import full_disk
from fakes.lines import INFO, MINUTE, T0, Script, clock_of, make_app, mention, only_source
from fakes.rooms import Room
from sqlalchemy import select
from starlette.testclient import TestClient

from connectors.base import Cursor, Page, SourceSpec
from monitor.runtime import guard, logs, worker_loop
from monitor.runtime.logs import Repeats, TextFormatter, show_logging
from monitor.runtime.work import Work
from monitor.runtime.worker_loop import WorkerLoop
from monitor.settings.model import BrandSettings, DigestSettings, SlackSettings, SourceSettings
from monitor.store.tables.listening import MentionRow
from monitor.web.app import make_web

STEP_S = 20


class Feed:
    """Tells ten long new things a minute, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        self.asked += 1
        told, now = (cursor or {"n": 0})["n"], self.until(source)
        made = [
            mention(n, T0 + n * timedelta(seconds=6), f"kopi {n} " + "x" * 5000)
            for n in range(told, now)
        ]
        yield Page(tuple(made), cursor={"n": now}, covered_from=T0)

    @staticmethod
    def until(source: SourceSpec) -> int:
        return (source.now - T0) // timedelta(seconds=6)


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """The clock that never jumps, in a test's hand."""
    told = {"s": 50_000.0}
    for module in (guard, worker_loop, logs):
        monkeypatch.setattr(module, "monotonic", lambda: told["s"])
    return told


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What is logged, as it would be in the daemon's log."""
    kept: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            kept.append(self.format(record))

    handler = Kept(logging.WARNING)
    handler.setFormatter(TextFormatter())
    handler.addFilter(Repeats())
    logging.getLogger().addHandler(handler)
    yield kept
    logging.getLogger().removeHandler(handler)


def daemon(database_url: str, feed: Feed, rooms: dict[str, Any]) -> Work:
    brand = BrandSettings(
        slug="kopi",
        name="Kopi",
        query="kopi",
        digest=DigestSettings(to=("rina@example.com",)),
        sources=(SourceSettings(connector="fake", name="feed"),),
    )
    slack = SlackSettings(enabled=True, channel="#crisis")
    app = make_app(database_url, Script(feed.fetch, INFO), brands=[brand], slack=slack)
    running = Work(replace(app, channels=rooms), lambda: running.status())
    return running


def lived(running: Work, steady: dict[str, float], seconds: float) -> None:
    """Every loop, every few seconds, as long as that."""
    clock = clock_of(running.app)
    for _ in range(int(seconds / STEP_S)):
        steady["s"] += STEP_S
        clock.advance_to(clock() + timedelta(seconds=STEP_S))
        for loop in running.loops.values():
            loop.run()
            running.workers.join()


def health(running: Work) -> int:
    web = make_web(lambda: running.app, running.status)
    return TestClient(web, base_url="http://127.0.0.1").get("/healthz").status_code


def test_a_full_disk_is_told_once_by_every_way_and_heals_by_itself(
    database_url: str,
    tmp_path,
    monkeypatch: pytest.MonkeyPatch,
    steady: dict[str, float],
    lines: list[str],
) -> None:
    monkeypatch.setenv("SIAGA_RUNTIME_DIR", str(tmp_path / "run"))
    feed = Feed()
    rooms: dict[str, Any] = {"slack": Room(), "email": Room("email")}
    running = daemon(database_url, feed, rooms)
    lived(running, steady, 60)
    assert health(running) == 200
    with full_disk(running.app):
        lived(running, steady, 7 * 60)
        assert health(running) == 503
        asked = feed.asked
        steady["s"] += 600
        lived(running, steady, 60)
        assert feed.asked == asked, "a platform is asked, and billed, for what cannot be kept"
        said = [delivery.notice for room in rooms.values() for delivery in room.sent]
        assert len(said) == 2
        assert all("Siaga watches nothing now: " in notice.headline for notice in said)
        assert all("its disk is full; free some space" in notice.summary for notice in said)
        about = [line for line in lines if "its disk is full" in line]
        assert len([line for line in about if "the poll loop failed" in line]) <= 3
        assert any("times more since it was told last" in line for line in about)
        assert not any("Traceback" in line for line in lines)

    lived(running, steady, 4 * 60)
    assert health(running) == 200
    assert any("the poll loop works again" in line for line in lines)
    ended = [room.sent[-1].notice.headline for room in rooms.values()]
    assert [head.endswith(": Siaga works again") for head in ended] == [True, True]
    source = only_source(running.app)
    with running.app.db.read() as tx:
        ids = [int(name) for name in tx.scalars(select(MentionRow.external_id))]
    assert sorted(ids) == list(range(source.cursor["n"] if source.cursor else 0))
    assert clock_of(running.app)() - (source.polled_until or T0) < 6 * MINUTE
    running.end()


class FullStream(io.StringIO):
    """What a program writes to a full disk."""

    def write(self, said: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("_logging_as_it_was")
def test_a_log_that_has_no_room_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []

    def work() -> str:
        logging.getLogger("monitor.test").error("the poll loop failed")
        done.append(1)
        raise OSError("no room")

    monkeypatch.setattr("sys.stderr", FullStream())
    show_logging()
    loop = WorkerLoop("poll", work)
    loop.run()
    loop.run()
    assert (done, loop.errors) == ([1, 1], 2)
