"""A platform on this machine, to try connectors against: well behaved, or hostile in many ways."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived. Header names are lower case; of a parameter that is given several
    times (``id[]=1&id[]=2``) ``params`` has the last, ``every`` has all."""

    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    method: str = "GET"
    body: bytes = b""
    query: str = ""

    def every(self, name: str) -> list[str]:
        """All values of a parameter, in their order."""
        return [told for key, told in parse_qsl(self.query, keep_blank_values=True) if key == name]

    @property
    def form(self) -> dict[str, str]:
        """The body of a form that was posted."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace")))


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer. ``misbehave``: ``hang``, ``drip``, ``huge``, or
    ``cut`` (shorter than promised)."""

    body: bytes | str | dict[str, Any] | list[Any] = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    misbehave: str = ""

    def raw(self) -> bytes:
        """The body's bytes; a dict or a list as JSON."""
        body = json.dumps(self.body) if isinstance(self.body, dict | list) else self.body
        return body.encode() if isinstance(body, str) else body


HOSTILE: Mapping[str, Reply] = {
    "hangs": Reply(misbehave="hang"),
    "drips": Reply(misbehave="drip"),
    "is huge": Reply(misbehave="huge"),
    "breaks off": Reply('{"data": [', headers={"content-length": "5000"}, misbehave="cut"),
    "is gzip that is none": Reply("\x1f\x8bnonsense", headers={"content-encoding": "gzip"}),
    "is garbage": Reply(bytes(range(256)) * 20, headers=JSON),
    "is empty": Reply(b""),
    "is a web page": Reply("<!doctype html><html><body>Maintenance</body></html>"),
    "is half a JSON": Reply('{"items": [{"id": "1", "snip', headers=JSON),
    "is other JSON": Reply("[1, null, {}]", headers=JSON),
    "is JSON of other types": Reply(
        '{"items": 7, "data": {"a": 1}, "meta": [], "error": "x"}', headers=JSON
    ),
    "redirects to itself": Reply(status=302, headers={"location": "/again"}),
    "redirects to a file": Reply(status=302, headers={"location": "file:///etc/passwd"}),
    "is out of order": Reply("<h1>500</h1>", status=500),
    "is 403 in HTML": Reply("<h1>no</h1>", status=403),
    "is a strange status": Reply("", status=299),
}


class LoopbackServer:
    """A real HTTP server on this machine. ``answer`` may be changed while it runs."""

    def __init__(self, answer: Callable[[Request], Reply]) -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self.over = Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> LoopbackServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        with suppress(OSError):  # it wakes up at once, not with its next look at whether to end
            self._server.socket.shutdown(socket.SHUT_RDWR)
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def log_message(self, *_: object) -> None: ...

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(int(headers.get("content-length", 0)))
                params = dict(parse_qsl(parts.query, keep_blank_values=True))
                asked = Request(parts.path, params, headers, self.command, body, parts.query)
                server.requests.append(asked)
                with suppress(OSError):
                    self._tell(server.answer(asked))

            do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

            def _tell(self, told: Reply) -> None:
                if told.misbehave == "hang":
                    server.over.wait(60)
                    return
                self.send_response(told.status)
                for name, value in told.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                for piece in _pieces(told, server.over):
                    self.wfile.write(piece)
                    self.wfile.flush()

        return Handler


def _pieces(told: Reply, over: Event) -> Iterator[bytes]:
    if told.misbehave == "drip":
        while not over.wait(0.05):
            yield b" "
    elif told.misbehave == "huge":
        while not over.is_set():
            yield b" " * (1 << 20)
    else:
        yield told.raw()
