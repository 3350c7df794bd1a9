"""Connections to the page, bounded: whoever opens many and says nothing takes nothing from others.

The page shares its process, and so its open files, with the work: without a bound a few hundred
idle connections leave none for the database.
"""

from __future__ import annotations

import asyncio
import resource

from uvicorn.protocols.http.h11_impl import H11Protocol

MAX_CONNECTIONS = 100
"""Open at a time. One more takes the place of the one that has been idle longest."""

MAX_WAITING = 50
"""So many are taken in at once, before any of them is looked at: without a bound they are two
thousand, and with them all the files the process may have open."""

IDLE_S = 10.0
"""How long a connection may be open without a whole request on it."""

WANTED_FILES = 4096
"""Open files the process asks for, where it may have so many."""


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 with a bound on connections and on their idleness. Idle is one on which no request
    is being answered, also while one arrives piece by piece."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._idle_since = self.loop.time()
        self._watch: asyncio.TimerHandle | None = None
        others = [one for one in self.connections if isinstance(one, BoundedProtocol)]
        if len(others) > MAX_CONNECTIONS:
            idle = [one for one in others if one.is_idle]  # this one among them
            min(idle, key=lambda one: one._idle_since).transport.abort()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        self._idle_since = self.loop.time()
        super().on_response_complete()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being answered on it."""
        return self.cycle is None or self.cycle.response_complete

    def _look(self) -> None:
        """End it where it has been idle for too long, else look again when it may have been."""
        left = self._idle_since + IDLE_S - self.loop.time()
        if not self.is_idle:
            left = IDLE_S
        if left <= 0:
            self.transport.close()
            return
        self._watch = self.loop.call_later(left, self._look)


def allow_files() -> None:
    """Raise the limit of open files as far as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_FILES if hard == resource.RLIM_INFINITY else min(hard, WANTED_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def host_of(header: str) -> str:
    """The name in a ``Host`` header, without its port."""
    host = header.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if ":" in host else host
