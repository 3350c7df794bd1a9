"""Keeping a connection to Slack, over which clicks come: another is open before one ends, one that
has gone deaf is given up, and what goes wrong is tried again for ever.

Slack gives each click to one connection only. With several daemons it may come to any of them: each
keeps what it hears in the database, and whoever comes first does it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread
from typing import Any, Protocol

from monitor.clock import monotonic, wait

log = logging.getLogger(__name__)

DEAF_S = 30.0
"""Without a sign for so long (six pings) a connection is deaf, whatever it says of itself."""

DRAIN_S = 10.0
"""How long an old connection is kept beside its successor, for what is still on its way."""

BACKOFF_S = (1.0, 2.0, 5.0, 15.0, 30.0)
LOOK_S = 0.5


class Connection(Protocol):
    """A connection that can be watched; see ``alerting.channels.slack.socket``."""

    renewal: Event

    def open(self) -> None: ...
    def age_s(self) -> float: ...
    def closed(self) -> bool: ...
    def close(self) -> None: ...


class SocketMode:
    """Holds one connection, and two while one is renewed. ``connect`` makes one, not yet open."""

    def __init__(self, connect: Callable[[], Connection], *, deaf_s: float = DEAF_S) -> None:
        self._connect, self._deaf_s = connect, deaf_s
        self._stop = Event()
        self._thread = Thread(target=self._run, name="siaga-socket-mode", daemon=True)
        self._current: Connection | None = None
        self._draining: list[tuple[float, Connection]] = []
        self._failures = 0
        self._opened = 0
        self._error = ""

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float) -> bool:
        """Close every connection; True if that is done within ``timeout`` seconds."""
        self._stop.set()
        if self._thread.ident is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def status(self) -> dict[str, Any]:
        """For /healthz: ``heard_s`` seconds since anything was heard (None: not connected)."""
        current = self._current
        return {
            "heard_s": round(current.age_s(), 1) if current else None,
            "connections": len(self._draining) + (current is not None),
            "opened": self._opened,
            "last_error": self._error,
        }

    def _run(self) -> None:
        while not self._stop.is_set():
            pause = LOOK_S
            try:
                self._look()
                self._failures = 0
            except Exception as error:
                self._error = (
                    str(error).splitlines()[0][:300] if str(error) else type(error).__name__
                )
                pause = BACKOFF_S[min(self._failures, len(BACKOFF_S) - 1)]
                if self._failures == 0:
                    log.warning("no connection to Slack for clicks: %s", self._error)
                self._failures += 1
            wait(self._stop, pause)
        self._end()

    def _look(self) -> None:
        current = self._current
        if current is None or self._dead(current) or current.renewal.is_set():
            fresh = self._connect()
            try:
                fresh.open()
            except BaseException:
                fresh.close()
                if current is not None and self._dead(current):
                    self._current = None
                    current.close()
                raise
            self._current, self._error = fresh, ""
            self._opened += 1
            if current is not None:
                self._draining.append((monotonic() + DRAIN_S, current))
        self._drain()

    def _dead(self, connection: Connection) -> bool:
        return connection.closed() or connection.age_s() > self._deaf_s

    def _drain(self) -> None:
        kept = []
        for until, connection in self._draining:
            if connection.closed() or monotonic() >= until:
                connection.close()
            else:
                kept.append((until, connection))
        self._draining = kept

    def _end(self) -> None:
        for _, connection in self._draining:
            connection.close()
        if self._current is not None:
            self._current.close()
