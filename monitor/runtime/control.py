"""The daemon's own socket: by it commands reach the daemon that runs, whatever their own folder,
rights and config are. It is this user's and its group's (and root's).

A request is a JSON line, ``{"argv": ["incident", "ack", "4"], "who": "rina", "language": "id"}``;
so is the answer, ``{"code": 0, "out": "…"}``.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import socketserver
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

log = logging.getLogger(__name__)

MAX_BYTES = 1 << 20
TIMEOUT_S = 10.0
ANSWER_S = 120.0
"""An answer may have to wait for the database."""


@dataclass(frozen=True, slots=True)
class Request:
    """A command as it was typed, by whom (a login name), and the language of the answer."""

    argv: tuple[str, ...]
    who: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the command printed, and its exit code."""

    code: int
    out: str


class ControlSocket(socketserver.ThreadingUnixStreamServer):
    """Serves requests at ``path`` until closed; ``config`` is told to who asks whose it is."""

    daemon_threads = True
    request_queue_size = 16

    def __init__(self, path: Path, config: str, answer: Callable[[Request], Answer]) -> None:
        self.path, self.config, self.answer = path, config, answer
        with contextlib.suppress(FileNotFoundError):
            path.unlink()  # of a daemon that was killed: the lock of the database says it is gone
        before = os.umask(0o117)
        try:
            super().__init__(str(path), _Handler)
        finally:
            os.umask(before)
        Thread(target=self.serve_forever, name="siaga-control", daemon=True).start()

    def close(self) -> None:
        """End, and take the socket away."""
        self.shutdown()
        self.server_close()
        with contextlib.suppress(OSError):
            self.path.unlink()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asks and goes away does no harm."""
        log.debug("a command went away", exc_info=True)


class _Handler(socketserver.StreamRequestHandler):
    server: ControlSocket
    timeout = TIMEOUT_S

    def handle(self) -> None:
        asked = json.loads(self.rfile.readline(MAX_BYTES))
        told: dict[str, Any] = {"config": self.server.config}
        if argv := tuple(map(str, asked.get("argv", ()))):
            who, language = (str(asked.get(name, "")) for name in ("who", "language"))
            answer = self.server.answer(Request(argv, who, language))
            told |= {"code": answer.code, "out": answer.out}
        self.wfile.write(json.dumps(told).encode() + b"\n")


def config_at(path: Path) -> str | None:
    """The config of the daemon behind a socket; None: there is none, or it is not for us."""
    told = _ask(path, {})
    return None if told is None else str(told.get("config", ""))


def ask(path: Path, argv: Sequence[str], who: str, language: str = "") -> Answer | None:
    """Have the daemon behind a socket run a command; None where there is none."""
    told = _ask(path, {"argv": list(argv), "who": who, "language": language})
    if told is None or "code" not in told:
        return None
    return Answer(int(told["code"]), str(told["out"]))


def _ask(path: Path, asked: dict[str, Any]) -> dict[str, Any] | None:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ANSWER_S)
            connection.connect(str(path))
            connection.sendall(json.dumps(asked).encode() + b"\n")
            with connection.makefile("rb") as lines:
                told: dict[str, Any] = json.loads(lines.readline())
                return told
    except (OSError, ValueError):
        return None
