"""A step of the daemon: a thread that waits for its event, runs, and never dies of an error."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread

from monitor.clock import monotonic

log = logging.getLogger(__name__)


class Step:
    """Runs ``work`` each time it is woken. An error is logged and counted, and the step goes on.

    ``idle_for()`` is the time in seconds since the last turn ended (or the step started): the
    watchdog's measure.
    """

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self.name = name
        self.errors = 0
        self.last_error = ""
        self.turns = 0
        self._work = work
        self._event = Event()
        self._stop = Event()
        self._last = monotonic()
        self._thread = Thread(target=self._run, name=f"siaga-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Run soon; many wakes while it runs are one more turn."""
        self._event.set()

    def idle_for(self) -> float:
        return monotonic() - self._last

    def stop(self, timeout: float) -> bool:
        """Ask to end after the turn under way; True if it did within ``timeout`` seconds."""
        self._stop.set()
        self._event.set()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            self._event.wait()
            self._event.clear()
            if self._stop.is_set():
                return
            try:
                self._work()
                self.last_error = ""
            except Exception as error:
                self.errors += 1
                self.last_error = f"{type(error).__name__}: {error}".splitlines()[0][:300]
                log.exception("step %s failed; it goes on", self.name)
            self.turns += 1
            self._last = monotonic()
