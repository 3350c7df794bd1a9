"""The web thread: uvicorn beside the loops, ended by the daemon and not by signals of its own."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from errno import EADDRINUSE
from threading import Event, Thread
from typing import Any

import uvicorn

from monitor.app import App, Opened
from monitor.clock import monotonic, wait
from monitor.problems import Problem
from monitor.web.app import make_web
from monitor.web.connections import MAX_WAITING, BoundedProtocol, allow_files
from monitor.web.slack import Hears

log = logging.getLogger(__name__)

START_S = 2.0
"""How long the server may take to answer; what comes after it would only slow it down."""


class PageProblem(Problem):
    """The page cannot open, and with it nobody could ask how Siaga is doing."""


@dataclass(frozen=True, slots=True)
class Served:
    """A page that is being served at ``url``."""

    url: str
    server: uvicorn.Server
    thread: Thread

    def close(self) -> None:
        """Answer what is being answered, then end."""
        self.server.should_exit = True
        self.thread.join(3.0)


def serve(
    app: Callable[[], App | Opened],
    status: Callable[[], Mapping[str, Any]],
    clicks: Callable[[], Hears | None] = lambda: None,
    *,
    any_port: bool = False,
    patience_s: float = 0.0,
) -> Served:
    """Serve the page in a thread; ``any_port``: at another one where the configured is taken.

    Raises ``PageProblem`` where it cannot open; where the port is taken, after ``patience_s``
    seconds, for whoever has it may be closing.
    """
    web = app().settings.web
    sock = _awaited(web.host, web.port, any_port, patience_s)
    made = make_web(app, status, clicks)
    allow_files()
    config = uvicorn.Config(
        made,
        http=BoundedProtocol,
        log_config=None,
        log_level="warning",
        access_log=False,
        backlog=MAX_WAITING,
    )
    server = uvicorn.Server(config)
    thread = Thread(target=lambda: server.run(sockets=[sock]), name="siaga-web", daemon=True)
    thread.start()
    until = monotonic() + START_S
    while not server.started and thread.is_alive() and monotonic() < until:
        wait(Event(), 0.005)
    host, port = sock.getsockname()[:2]
    url = f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
    log.info("the page is at %s", url)
    return Served(url, server, thread)


def _awaited(host: str, port: int, any_port: bool, patience_s: float) -> socket.socket:
    until, told = monotonic() + patience_s, False
    while True:
        try:
            return _bound(host, port, any_port)
        except OSError as error:
            taken = error.errno == EADDRINUSE
            if not taken or monotonic() >= until:
                do = "end what is there, name another in web.port" if taken else "correct web.host"
                raise PageProblem(
                    f"the page and /healthz cannot open at {host}:{port} ({error.strerror}), and "
                    f"Siaga does not run without them: {do}, or write `web: {{enabled: false}}`."
                ) from None
        if not told:
            log.warning("port %s is taken; waiting up to %g s for it", port, patience_s)
        told = True
        wait(Event(), 0.2)


def _bound(host: str, port: int, any_port: bool) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError:
        if not any_port:
            sock.close()
            raise
        sock.bind((host, 0))
    return sock
