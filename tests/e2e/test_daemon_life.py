"""``siaga run`` as a service manager and a person see it: started, asked, reloaded, ended."""

from __future__ import annotations

import signal
import socket
import subprocess
import threading
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from fakes.daemon import SIAGA, eventually, running
from sqlalchemy import func, select

from monitor.store.engine import Database
from monitor.store.tables.listening import MentionRow, SourceRow


class FeedServer(ThreadingHTTPServer):
    """Serves a ``Feed``; ``never`` ends the waits of those it does not answer."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Feed)
        self.never = threading.Event()


class Feed(BaseHTTPRequestHandler):
    """A news feed at ``/feed``; at ``/hangs`` an answer that never comes."""

    server: FeedServer

    def do_GET(self):
        if self.path == "/hangs":
            self.server.never.wait(60)
            return
        now = format_datetime(datetime.now(UTC))
        items = "".join(
            f"<item><guid>n{n}</guid><title>Kopi Senja {n}</title><pubDate>{now}</pubDate></item>"
            for n in range(3)
        )
        body = f'<rss version="2.0"><channel><title>n</title>{items}</channel></rss>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def feed():
    server = FeedServer()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.never.set()
    server.shutdown()
    server.server_close()


def config_for(feed, *, name="Kopi Senja", path="/feed"):
    return f"""\
version: 1
brands:
  - slug: kopi-senja
    name: {name}
    query: '"kopi senja"'
    sources:
      - connector: rss
        name: news
        options: {{url: "{feed}/feed"}}
      - connector: rss
        name: other
        options: {{url: "{feed}{path}"}}
web: {{port: 0}}
"""


def stored(folder):
    db = Database(f"sqlite:///{folder / 'siaga.db'}")
    try:
        with db.read() as tx:
            health = dict(tx.execute(select(SourceRow.name, SourceRow.health)).all())
            return tx.scalar(select(func.count()).select_from(MentionRow)), health
    finally:
        db.close()


def test_a_daemon_starts_listens_reloads_and_ends(tmp_path, feed):
    config = tmp_path / "siaga.yaml"
    config.write_text(config_for(feed))
    with running(config) as daemon:
        eventually(lambda: stored(tmp_path)[0] == 3, 30, daemon.said)
        assert daemon.health()["ok"] is True
        assert "Kopi Senja" in daemon.get("")

        second = subprocess.run(
            [*SIAGA, "run", "--config", str(config)], capture_output=True, text=True, timeout=60
        )
        assert second.returncode == 1
        assert "another siaga works on" in second.stderr
        assert second.stderr.strip().count("\n") == 1  # and that it waits for the end of the other

        config.write_text("version: 1\nbrands: [{slug: kopi-senja}]\n")
        daemon.until("the changed config is not used, the old one stays")
        assert any("config" in line for line in daemon.health()["attention"])
        assert "Kopi Senja" in daemon.get("")

        config.write_text(config_for(feed, name="Kopi Fajar"))
        daemon.process.send_signal(signal.SIGHUP)
        daemon.until("the config is reloaded")
        assert "Kopi Fajar" in daemon.get("")

        status = subprocess.run(
            [*SIAGA, "status", "--config", str(config)], capture_output=True, text=True, timeout=60
        )
        assert status.returncode == 0, status.stdout + status.stderr
        assert "The daemon is running" in status.stdout
        assert "rss/news" in status.stdout

        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.process.wait(30) == 0
    assert "Traceback" not in daemon.said()


def test_a_source_that_hangs_keeps_no_other_waiting(tmp_path, feed):
    config = tmp_path / "siaga.yaml"
    config.write_text(config_for(feed, path="/hangs"))
    with running(config) as daemon:
        eventually(lambda: stored(tmp_path)[0] == 3, 30, daemon.said)
        assert daemon.health()["ok"] is True
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.process.wait(30) == 0


def test_the_service_manager_is_told_when_it_is_ready_and_when_it_ends(tmp_path, feed):
    config = tmp_path / "siaga.yaml"
    config.write_text(config_for(feed))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(60)
        with running(config, NOTIFY_SOCKET=str(tmp_path / "notify")) as daemon:
            assert manager.recv(100) == b"READY=1"
            assert manager.recv(100) == b"WATCHDOG=1"
            daemon.process.send_signal(signal.SIGTERM)
            while (told := manager.recv(100)) == b"WATCHDOG=1":
                pass
            assert told == b"STOPPING=1"
            assert daemon.process.wait(30) == 0
