"""``siaga run``: the page first, so that a health check has its answer early; then the models, then
the work; until a signal ends it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGTERM
from threading import Event
from typing import TYPE_CHECKING, Any

from monitor.app import App, Opened, complete, config_files
from monitor.clock import wait
from monitor.runtime.control import Answer, ControlSocket, Request
from monitor.runtime.only_one import PATIENCE_S
from monitor.runtime.os_signals import answering
from monitor.runtime.places import socket_of
from monitor.runtime.systemd import sd_notify
from monitor.web.serve import Served, serve

if TYPE_CHECKING:  # the jobs, the scheduler and numpy: 0.3 s after which the page is long there
    from monitor.runtime.work import Work

log = logging.getLogger(__name__)

Stamps = tuple[tuple[int, int], ...]
"""Modification time (ns) and size of each file of the config."""


@dataclass(slots=True)
class Daemon:
    """The running whole. ``run()`` blocks until SIGTERM, SIGINT or ``stop.set()``. ``answer``: what
    a command that comes by the socket is answered."""

    opened: Opened
    config: Path | None = None
    stop: Event = field(default_factory=Event)
    work: Work | None = None
    answer: Callable[[App, Callable[[], Mapping[str, Any]], Request], Answer] | None = None
    config_error: str = ""
    _reload: Event = field(default_factory=Event)

    def run(self) -> int:
        """Run until told to stop; 0 after a clean end. Raises ``Problem`` where it cannot begin."""
        end, again = self.stop.set, self._reload.set
        with answering({SIGTERM: end, SIGINT: end, SIGHUP: again}):
            web = self._serve()
            control = None
            try:
                self._begin()
                control = self._listen()
                sd_notify("READY=1")
                self._watch()
            finally:
                sd_notify("STOPPING=1")
                log.info("stopping: what is under way is finished first")
                if control:
                    control.close()
                self._end(web)
        return 0

    @property
    def app(self) -> Opened | App:
        """What there is by now: the config and its database, or the whole app."""
        return self.work.app if self.work else self.opened

    def status(self) -> dict[str, Any]:
        """Health of the process itself, for /healthz and `siaga status`."""
        own = self.work.status() if self.work else {"starting": True}
        return {**own, "config_error": self.config_error}

    def _serve(self) -> Served | None:
        if not self.opened.settings.web.enabled:
            return None
        return serve(
            lambda: self.app,
            self.status,
            lambda: self.work.clicks if self.work else None,
            patience_s=PATIENCE_S,
        )

    def _listen(self) -> ControlSocket | None:
        """The socket by which commands reach this daemon; None where there is no place for one."""
        path = socket_of(self.opened.db.name)
        answer, work = self.answer, self.work
        if path is None or answer is None or work is None:
            return None
        config = str(self.config.resolve()) if self.config else ""
        try:
            control = ControlSocket(
                path, config, lambda asked: answer(work.app, self.status, asked)
            )
            log.info("commands reach it at %s", path)
            return control
        except OSError as error:
            log.warning("commands cannot reach this daemon (%s: %s)", path, error.strerror)
            return None

    def _begin(self) -> None:
        from monitor.runtime.work import Work  # as above: 0.3 s

        work = Work(complete(self.opened), self.status)
        work.start()
        self.work = work

    def _watch(self) -> None:
        """Wait for the end; meanwhile feed the watchdog and reload the config when asked, or when
        a file of it has changed and then kept still for a second (an editor may be writing)."""
        used = before = self._stamps()
        while not wait(self.stop, 1.0):
            if self.work and self.work.makes_progress():
                sd_notify("WATCHDOG=1")
            files = self._stamps()
            if self._reload.is_set() or (files != used and files == before):
                self._reload.clear()
                used = files
                self.reload()
            before = files

    def _end(self, web: Served | None) -> None:
        clean = self.work.end() if self.work else True
        if web:
            web.close()
        if not self.work:
            self.opened.db.close()
        if not clean:
            log.warning("ended with work in flight; it is resumed at the next start")

    def _stamps(self) -> Stamps:
        stamps = []
        for path in config_files(self.config, self.app.settings):
            try:
                stat = path.stat()
                stamps.append((stat.st_mtime_ns, stat.st_size))
            except OSError:
                stamps.append((0, 0))
        return tuple(stamps)

    def reload(self) -> None:
        """Take a changed config; an invalid one keeps the old and says so."""
        if not self.work:
            return
        try:
            self.work.reload(self.config)
            self.config_error = ""
            log.info("the config is reloaded")
        except Exception as error:
            self.config_error = str(error)
            log.error("the changed config is not used, the old one stays: %s", error)
