"""A proxy before the Slack emulator that does what Slack and networks do: drop, hang, fail before
or after the message is in, limit rates, be away, and check the limits the emulator does not know.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.error import HTTPError
from urllib.parse import parse_qs
from urllib.request import Request, urlopen

from fakes.slack_limits import problems
from fakes.slack_surfaces import Surfaces

from monitor.clock import utc_now

Kind = Literal[
    "drop_before",
    "drop_after",
    "hang_before",
    "hang_after",
    "hang_late",
    "500_before",
    "500_after",
    "garbage_after",
    "drip_after",
    "429",
    "error",
]
POSTING = ("chat.postMessage", "chat.update")


@dataclass
class Fault:
    """What happens to the next ``times`` calls of ``method`` ("*": of any), once so many have
    passed that are let through ``first``; ``code`` is an answer's ``error``.

    A call that hangs sets ``reached`` and then waits for ``released``. What becomes of it: it never
    gets to the emulator (``hang_before``), it has been there already (``hang_after``), or it gets
    there ``later`` seconds after the release, unless it is ``lost`` by then (``hang_late``). An
    answer that drips does so for ``later`` seconds.
    """

    kind: Kind
    method: str = "chat.postMessage"
    times: int = 1
    first: int = 0
    code: str = ""
    retry_after: float = 1
    later: float = 0.0
    lost: bool = False
    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def hang(self) -> None:
        """Keep the caller waiting, for as long as it takes."""
        self.reached.set()
        self.released.wait(60)


@dataclass
class Call:
    """One request as the proxy saw it. ``when``: by the proxy's clock; ``ts``: the message that the
    emulator made or changed, "" where it did not."""

    at: float
    method: str
    channel: str
    outcome: str
    body: dict[str, Any]
    when: datetime
    ts: str = ""


@dataclass
class Proxy:
    """The proxy's knobs and its log. ``delay()``: seconds before a post gets to the emulator;
    ``clock``: the time as a test plays it, which rates are measured by too; ``rate_s``: between two
    posts to a channel; ``updates_a_minute``: of a workspace (0: as many as one likes)."""

    upstream: str
    url: str = ""
    faults: list[Fault] = field(default_factory=list)
    delay: Callable[[], float] = lambda: 0.0
    rate_s: float = 0.0
    updates_a_minute: int = 0
    away: bool = False
    check_limits: bool = True
    answers: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    surfaces: Surfaces = field(default_factory=Surfaces)
    scopes: str = ""
    clock: Callable[[], datetime] = utc_now
    busy: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    last_post: dict[str, float] = field(default_factory=dict)
    updates: list[float] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return f"{self.url}/api/"

    def fault(self, *args: Any, **values: Any) -> Fault:
        """Arrange a fault."""
        self.faults.append(Fault(*args, **values))
        return self.faults[-1]

    def release(self) -> None:
        """Let go of every call that hangs, and of those that would."""
        for fault in self.faults:
            fault.released.set()

    def posts(self) -> list[Call]:
        """The posts that reached the emulator."""
        return [c for c in self.calls if c.method == "chat.postMessage" and c.outcome == "ok"]

    def take(self, method: str) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.method not in (method, "*") or fault.times <= 0:
                    continue
                if fault.first > 0:
                    fault.first -= 1
                    continue
                fault.times -= 1
                return fault
        return None

    def too_fast(self, channel: str) -> bool:
        """Whether this post comes sooner than the rate allows; if not, it counts."""
        now = self.clock().timestamp()
        with self.lock:
            early = now - self.last_post.get(channel, -1e9) < self.rate_s
            if not early:
                self.last_post[channel] = now
            return early

    def too_many_updates(self) -> bool:
        """Whether a workspace's calls of chat.update of a minute are spent; if not, it counts."""
        now = self.clock().timestamp()
        with self.lock:
            self.updates = [at for at in self.updates if now - at < 60]
            spent = len(self.updates) >= self.updates_a_minute
            if not spent:
                self.updates.append(now)
            return spent


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: Proxy

    def log_message(self, *_: Any) -> None:
        return

    def do_POST(self) -> None:
        proxy = self.proxy
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        method = self.path.rsplit("/", 1)[-1].partition("?")[0]
        body = _parsed(raw, self.headers.get("Content-Type") or "")
        channel = str(body.get("channel", ""))
        call = Call(time.monotonic(), method, channel, "", body, proxy.clock())
        with proxy.lock:
            proxy.calls.append(call)
            proxy.busy += 1
        try:
            call.outcome = self._answer(call, raw)
        finally:
            with proxy.lock:
                proxy.busy -= 1

    def _answer(self, call: Call, raw: bytes) -> str:
        proxy = self.proxy
        if proxy.away:
            return self._drop("away")
        fault = proxy.take(call.method)
        kind = fault.kind if fault else ""
        too_fast = (
            proxy.rate_s and call.method == "chat.postMessage" and proxy.too_fast(call.channel)
        )
        updating = proxy.updates_a_minute and call.method == "chat.update"
        if kind == "429" or too_fast or (updating and proxy.too_many_updates()):
            wait = fault.retry_after if fault else proxy.rate_s or 10
            headers = {"Retry-After": str(wait)}
            return self._say(429, {"ok": False, "error": "ratelimited"}, headers)
        if fault and kind == "error":
            return self._say(200, {"ok": False, "error": fault.code})
        if fault and kind.endswith("_before"):
            return self._fail(fault)
        if call.method in proxy.answers:  # what the emulator does not know
            return self._say(200, proxy.answers[call.method](call.body))
        if (seen := proxy.surfaces.answer(call.method, call.body)) is not None:
            call.outcome = "ok" if seen["ok"] else "refused"
            if fault and kind.endswith("_after"):
                self._fail(fault)
            else:
                self._say(200, seen)
            return call.outcome
        if proxy.check_limits and call.method in POSTING and (found := problems(call.body)):
            return self._say(200, {"ok": False, "error": found[0].partition(":")[0]})
        if call.method == "chat.postMessage":
            time.sleep(proxy.delay())
        if fault and kind == "hang_late":
            fault.hang()
            if fault.lost:
                return self._drop("lost")
            time.sleep(fault.later)
        return self._forwarded(call, raw, fault)

    def _forwarded(self, call: Call, raw: bytes, fault: Fault | None) -> str:
        status, answer = self._forward(raw)
        # noted before it is told, so that who was told can read it here
        told = _json(answer)
        call.outcome = "ok" if told.get("ok") else "refused"
        call.ts = str(told.get("ts") or "") if told.get("ok") else ""
        if fault and fault.kind == "drip_after":
            self._drip(fault, answer)
        elif fault and fault.kind.endswith("_after"):
            self._fail(fault)
        else:
            self._write(status, answer, {"Content-Type": "application/json"})
        return call.outcome

    def _forward(self, raw: bytes) -> tuple[int, bytes]:
        headers = {
            name: value
            for name, value in self.headers.items()
            if name.lower() in ("authorization", "content-type", "user-agent")
        }
        request = Request(self.proxy.upstream + self.path, data=raw, headers=headers)
        try:
            with urlopen(request, timeout=10) as response:
                return response.status, response.read()
        except HTTPError as error:
            return error.code, error.read()

    def _fail(self, fault: Fault) -> str:
        if fault.kind.startswith("drop"):
            return self._drop("dropped")
        if fault.kind.startswith("hang"):
            fault.hang()
            return self._drop("hung")
        if fault.kind.startswith("garbage"):
            self._write(200, b"<html>oops</html>", {"Content-Type": "text/html"})
            return "garbage"
        return self._say(500, {"ok": False, "error": "internal_error"})

    def _drip(self, fault: Fault, answer: bytes) -> None:
        """Blanks, one now and then for ``later`` seconds, and then the answer."""
        self.close_connection = True
        until = time.monotonic() + fault.later
        with suppress(OSError):
            self.send_response(200)
            self.end_headers()
            while time.monotonic() < until and not fault.released.wait(0.05):
                self.wfile.write(b" ")
            self.wfile.write(answer)

    def _drop(self, outcome: str) -> str:
        self.close_connection = True
        return outcome

    def _say(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> str:
        content = {"Content-Type": "application/json", **(headers or {})}
        self._write(status, json.dumps(body).encode(), content)
        return str(body.get("error") or "ok")

    def _write(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        try:
            self.send_response(status)
            if self.proxy.scopes:
                self.send_header("x-oauth-scopes", self.proxy.scopes)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except (OSError, HTTPException):
            self.close_connection = True  # the client is gone; killed, perhaps


def _json(answer: bytes) -> dict[str, Any]:
    try:
        return dict(json.loads(answer))
    except (ValueError, TypeError):
        return {}


def _parsed(raw: bytes, content_type: str) -> dict[str, Any]:
    if "json" in content_type:
        return dict(json.loads(raw or b"{}"))
    body: dict[str, Any] = {name: values[0] for name, values in parse_qs(raw.decode()).items()}
    for name in ("blocks", "metadata", "attachments", "view"):
        if name in body:
            body[name] = json.loads(body[name])
    return body


@contextmanager
def proxied(upstream: str) -> Iterator[Proxy]:
    """A proxy before ``upstream`` (an URL without a path), on a port of its own."""
    proxy = Proxy(upstream)
    handler = type("Handler", (_Handler,), {"proxy": proxy})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.release()
        server.shutdown()
        server.server_close()
