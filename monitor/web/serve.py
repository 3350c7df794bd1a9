"""The web thread: uvicorn beside the steps, ended by the daemon and not by signals of its own."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Mapping
from threading import Thread
from typing import TYPE_CHECKING, Any

from monitor.app import App

if TYPE_CHECKING:
    import uvicorn

log = logging.getLogger(__name__)


def serve(
    app: Callable[[], App], status: Callable[[], Mapping[str, Any]]
) -> tuple[uvicorn.Server, Thread] | None:
    """Serve the page in a thread; None where the port is taken (said in the log: a page that
    cannot open must not stop the listening)."""
    import uvicorn

    from monitor.web.app import make_web

    web = app().settings.web
    sock = socket.socket(socket.AF_INET6 if ":" in web.host else socket.AF_INET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((web.host, web.port))
    except OSError as error:
        log.error(
            "the page cannot open at %s:%s (%s); everything else runs",
            web.host,
            web.port,
            error.strerror,
        )
        sock.close()
        return None
    config = uvicorn.Config(make_web(app, status), log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = Thread(target=lambda: server.run(sockets=[sock]), name="siaga-web", daemon=True)
    thread.start()
    log.info("the page is at http://%s:%s/", *sock.getsockname()[:2])
    return server, thread
