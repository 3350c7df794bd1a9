"""Health that can fail: what keeps the daemon from its work is health, a log line and a message."""

from __future__ import annotations

import json
import logging
import socketserver
import sqlite3
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from threading import Event
from typing import Any

import pytest
from fakes.crisis import BRAND, detected, loud, minutes, watching
from fakes.rooms import Room
from sqlalchemy import select, text
from starlette.testclient import TestClient

from monitor.jobs.deliver.deliver import deliver
from monitor.jobs.respond.act import Action, act
from monitor.jobs.respond.escalate import run_timers
from monitor.jobs.respond.respond import respond
from monitor.jobs.views.overview import overview
from monitor.jobs.views.troubles import troubles
from monitor.runtime import guard, work
from monitor.runtime.guard import Guard
from monitor.runtime.logs import JsonFormatter, Repeats, TextFormatter
from monitor.runtime.work import Work
from monitor.runtime.worker_loop import WorkerLoop
from monitor.settings.model import Settings, SlackSettings
from monitor.store.engine import DatabaseProblem
from monitor.store.tables.responding import NotificationRow
from monitor.web.app import make_web


def client(web):
    """Somebody who asks for the page by this machine's address."""
    return TestClient(web, base_url="http://127.0.0.1")


@pytest.fixture(autouse=True)
def _own_runtime_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SIAGA_RUNTIME_DIR", str(tmp_path / "run"))


def ran(loop):
    """Let a loop run once more, and wait for the end of that run."""
    before = loop.runs
    loop.wake()
    while loop.runs == before:
        pass


# -- loops that fail ----------------------------------------------------------------------------


def test_a_loop_that_fails_says_since_when_and_forgets_it_once_it_works():
    broken = Event()
    broken.set()

    def run():
        if broken.is_set():
            raise DatabaseProblem("The database is locked.")

    loop = WorkerLoop("poll", run)
    loop.start()
    ran(loop)
    first = loop.failing_for()
    ran(loop)
    assert loop.last_error == "The database is locked."
    assert loop.failing_for() >= first > 0
    assert loop.errors == 2
    broken.clear()
    ran(loop)
    assert (loop.failing_for(), loop.last_error) == (0.0, "")
    assert loop.stop(5)


def test_a_loop_whose_parts_fail_fails_though_nothing_was_raised():
    loop = WorkerLoop("evaluate", lambda: "kopi: ValueError")
    loop.start()
    ran(loop)
    assert loop.last_error == "kopi: ValueError"
    assert loop.failing_for() > 0
    assert loop.stop(5)


def test_a_locked_database_makes_the_daemon_ill_and_the_watchdog_hungry(tmp_path, monkeypatch):
    monkeypatch.setattr(work, "FAILING_S", 0.0)
    app = watching(f"sqlite:///{tmp_path / 'siaga.db'}")
    running = Work(app, lambda: running.status())
    with running.app.db.write() as tx:
        tx.execute(text("pragma busy_timeout=0"))  # else each write waits five seconds
    other = sqlite3.connect(tmp_path / "siaga.db", timeout=0, isolation_level=None)
    other.execute("begin immediate")
    for loop in running.loops.values():
        loop.start()
    ran(running.loops["heartbeat"])
    assert "heartbeat" in running.failing()
    assert not running.makes_progress()
    health = client(make_web(lambda: running.app, running.status)).get("/healthz")
    assert health.status_code == 503
    assert any("is locked by another program" in reason for reason in health.json()["reasons"])
    other.execute("rollback")
    other.close()
    ran(running.loops["heartbeat"])
    assert running.makes_progress()
    running.end()


# -- what /healthz answers ----------------------------------------------------------------------


def health_of(app, status=None):
    return troubles(overview(app, app.now(), app.wall()), status or {})


def test_without_a_brand_or_a_source_it_is_not_well(tmp_path):
    app = watching(f"sqlite:///{tmp_path / 'siaga.db'}")
    assert health_of(app)[0] == ["no source is configured, so nothing is heard"]
    app = replace(app, brands={})
    assert health_of(app)[0] == ["no brand is configured, so nothing is listened to"]
    assert client(make_web(lambda: app, dict)).get("/healthz").status_code == 503
    app.db.close()


def test_a_loop_that_fails_again_and_again_is_a_reason_and_one_failure_is_a_note(tmp_path):
    app = watching(f"sqlite:///{tmp_path / 'siaga.db'}")
    loops = {"poll": {"last_error": "OSError: disk"}}
    grave, mild = health_of(app, {"loops": loops, "failing": ["poll"]})
    assert "OSError: disk (fails again and again: poll)" in grave
    grave, mild = health_of(app, {"loops": loops, "failing": []})
    assert not any("poll" in reason for reason in grave)
    assert "the poll loop failed in its last run: OSError: disk" in mild
    app.db.close()


def test_an_urgent_incident_that_reached_nobody_in_ten_minutes_makes_it_ill(database_url):
    app = watching(database_url, settings=Settings(brands=(BRAND,)))
    detected(app, loud())
    respond(app, BRAND.slug, minutes(6))

    def unreached(at):
        return overview(app, minutes(at), minutes(at)).unreached

    assert unreached(8) == ()
    assert unreached(17) == (1,)
    reasons, _ = troubles(overview(app, minutes(17), minutes(17)), {})
    assert "nobody has been reached about incident 1" in reasons
    with app.db.write() as tx:
        for row in tx.scalars(select(NotificationRow)):
            row.state = "sent"  # on the console, which nobody reads
    assert unreached(17) == (1,)
    with app.db.write() as tx:
        for row in tx.scalars(select(NotificationRow)):
            row.channel = "slack"
    assert unreached(17) == ()
    app.db.close()


def test_that_no_alert_can_reach_anybody_stays_on_the_page(tmp_path):
    app = watching(f"sqlite:///{tmp_path / 'siaga.db'}")
    page = client(make_web(lambda: app, lambda: {"stuck": ["poll"]})).get("/").text
    assert "no alert about Kopi Senja reaches anybody" in page
    assert "the poll loop has not ended a run" in page
    told = client(make_web(lambda: app, dict)).get("/", headers={"accept-language": "id"}).text
    assert "tidak sampai ke siapa pun" in told
    slack = app.settings.model_copy(update={"slack": SlackSettings(enabled=True, channel="#a")})
    app = replace(app, settings=slack)
    assert "reaches anybody" not in client(make_web(lambda: app, dict)).get("/").text
    app.db.close()


# -- the log ------------------------------------------------------------------------------------


@pytest.fixture
def logged(monkeypatch):
    """A logger whose lines are kept, and a clock that a test turns."""
    clock = {"s": 1000.0}
    monkeypatch.setattr("monitor.runtime.logs.monotonic", lambda: clock["s"])
    lines = []

    class Kept(logging.Handler):
        def emit(self, record):
            lines.append(self.format(record))

    handler = Kept()
    handler.setFormatter(TextFormatter())
    handler.addFilter(Repeats())
    log = logging.getLogger("siaga-test")
    log.handlers[:], log.propagate = [handler], False
    log.setLevel(logging.INFO)
    yield log, lines, clock, handler
    log.handlers[:] = []


def test_the_same_error_is_logged_once_and_later_with_its_count(logged):
    log, lines, clock, _ = logged
    for _n in range(228):
        try:
            raise RuntimeError("no more disk")
        except RuntimeError:
            log.exception("the poll loop failed; it goes on")
    assert len(lines) == 1
    assert "Traceback" in lines[0]
    clock["s"] += 601
    log.warning("another thing")
    try:
        raise RuntimeError("no more disk")
    except RuntimeError:
        log.exception("the poll loop failed; it goes on")
    assert len(lines) == 3
    assert "227 times more" in lines[2]


def test_an_error_that_is_a_sentence_comes_without_a_traceback(logged):
    log, lines, _, _ = logged
    try:
        raise DatabaseProblem("The database siaga.db is locked by another program.")
    except DatabaseProblem:
        log.exception("the poll loop failed")
    (line,) = lines
    assert line.endswith(
        "the poll loop failed: The database siaga.db is locked by another program."
    )


def test_what_happens_is_a_json_object_a_line_where_that_is_asked_for(logged):
    log, lines, _, handler = logged
    handler.setFormatter(JsonFormatter())
    log.info("incident 4 opened\nnot a line", extra={"event": "incident.opened", "incident": 4})
    told = json.loads(lines[0])
    assert (told["event"], told["incident"], told["level"]) == ("incident.opened", 4, "info")
    assert "\n" not in lines[0]
    handler.setFormatter(TextFormatter())
    log.info("incident 4 opened\nforged line", extra={"event": "incident.opened"})
    assert lines[1].endswith("incident 4 opened; forged line event=incident.opened")


@pytest.mark.parametrize("form", [TextFormatter, JsonFormatter])
def test_nothing_in_the_log_steers_the_terminal_of_who_reads_it(logged, form):
    log, lines, _, handler = logged
    handler.setFormatter(form())
    hostile = "\x1b[2J\x1b]0;pwn\x07\x9b31m\u202ered"
    try:
        raise RuntimeError(hostile)
    except RuntimeError:
        log.exception("%s", hostile, extra={"brand": hostile})
    assert "RuntimeError" in lines[0]
    assert not set("\x1b\x07\x9b\u202e") & set(lines[0])


def test_the_log_tells_of_every_incident_step_acknowledgement_and_page(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    room = Room()
    app = watching(
        f"sqlite:///{tmp_path / 'siaga.db'}",
        settings=Settings(brands=(BRAND,), slack=SlackSettings(enabled=True, channel="#crisis")),
        channels={"slack": room},
    )
    detected(app, loud())
    respond(app, BRAND.slug, minutes(6))
    deliver(app, minutes(6))
    run_timers(app, minutes(22))
    act(app, Action("ack", "rina", 1), minutes(23))
    told: list[Any] = [record for record in caplog.records if hasattr(record, "event")]
    assert [record.event for record in told] == [
        "incident.opened",
        "page.sent",
        "incident.escalated",
        "incident.acknowledged",
    ]
    assert all(record.incident == 1 for record in told)
    assert (told[0].brand, told[0].severity) == (BRAND.slug, "SEV2")
    assert (told[1].channel, told[1].targets) == ("slack", "@here")
    assert told[3].who == "rina"
    app.db.close()


# -- the heartbeat to somebody outside ----------------------------------------------------------


@pytest.fixture
def outside():
    """Somebody who counts heartbeats."""
    heard = []

    class Ear(BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"OK")

        def log_message(self, *_):
            pass

    with socketserver.TCPServer(("127.0.0.1", 0), Ear) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/ping/abc", heard
        server.shutdown()


def test_the_heartbeat_goes_out_while_all_is_well_and_says_so_when_it_is_not(
    tmp_path, outside, monkeypatch
):
    url, heard = outside
    clock = {"s": 50_000.0}
    monkeypatch.setattr(guard, "monotonic", lambda: clock["s"])
    monkeypatch.setenv("SIAGA_HEARTBEAT_URL", url)
    app = watching(f"sqlite:///{tmp_path / 'siaga.db'}")
    monkeypatch.setattr(
        guard, "troubles", lambda view, status: (list(status.get("failing", ())), [])
    )
    told: dict[str, Any] = {"status": {}}
    watch = Guard(lambda: app, lambda: told["status"])
    watch.look()
    watch.look()
    assert heard == ["/ping/abc"]
    clock["s"] += 60
    told["status"] = {"failing": ["poll"]}
    watch.look()
    assert heard == ["/ping/abc", "/ping/abc/fail"]
    app.db.close()


@pytest.mark.parametrize(
    ("url", "failing"),
    [
        ("https://hc.example/ping/abc", "https://hc.example/ping/abc/fail"),
        ("https://hc.example/ping/abc/", "https://hc.example/ping/abc/fail"),
        (
            "https://kuma.example/api/push/abc?status=up&msg=OK&ping=",
            "https://kuma.example/api/push/abc/fail",
        ),
        ("https://hc.example/ping/abc?create=1#x", "https://hc.example/ping/abc/fail#x"),
    ],
)
def test_a_heartbeat_that_fails_never_says_that_all_is_well(url, failing):
    assert guard._failing(url) == failing
