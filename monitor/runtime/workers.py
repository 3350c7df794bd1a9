"""The poll workers: a bounded number of threads that may be abandoned when they hang.

Python cannot kill a thread. One past its deadline is given up: its place is free again, it is
counted, and the lease it held no longer lets it write (fencing), should it ever wake up.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Lock, Thread

from monitor.clock import monotonic

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Running:
    thread: Thread
    stop: Event
    deadline: float
    name: str


class Workers:
    """At most ``size`` tasks at a time, each at most ``deadline_s`` seconds. ``done`` is called
    after each, ``on_hang`` with the name of one that was given up."""

    def __init__(
        self,
        size: int,
        deadline_s: float,
        done: Callable[[], None],
        on_hang: Callable[[str], None],
    ) -> None:
        self.size = size
        self.abandoned = 0
        self._error: Exception | None = None
        self._deadline_s = deadline_s
        self._done = done
        self._on_hang = on_hang
        self._running: dict[int, _Running] = {}
        self._serial = 0
        self._lock = Lock()

    def free(self) -> int:
        """Places that are free, after giving up on those past their deadline."""
        with self._lock:
            now = monotonic()
            hanging = [(n, task) for n, task in self._running.items() if now > task.deadline]
            for number, task in hanging:
                task.stop.set()
                del self._running[number]
            self.abandoned += len(hanging)
            free = self.size - len(self._running)
        for _, task in hanging:
            log.error("source %s hangs past its deadline; its worker is replaced", task.name)
            self._on_hang(task.name)
        return free

    def check(self) -> None:
        """Raise what the last task that failed raised, once."""
        error, self._error = self._error, None
        if error is not None:
            raise error

    def submit(self, name: str, work: Callable[[Event], None]) -> None:
        """Run ``work(stop)`` in a thread of its own. The caller has asked ``free()`` first."""
        stop = Event()
        with self._lock:
            self._serial += 1
            number = self._serial
            thread = Thread(
                target=self._run, args=(number, name, work, stop), name=f"poll-{name}", daemon=True
            )
            self._running[number] = _Running(thread, stop, monotonic() + self._deadline_s, name)
        thread.start()

    def join(self) -> None:
        """Wait for the end of what is running now."""
        with self._lock:
            tasks = list(self._running.values())
        for task in tasks:
            task.thread.join()

    def stop(self, timeout: float) -> int:
        """Ask all to end; wait ``timeout`` seconds in all. How many were still running."""
        with self._lock:
            tasks = list(self._running.values())
        for task in tasks:
            task.stop.set()
        until = monotonic() + timeout
        for task in tasks:
            task.thread.join(max(0.0, until - monotonic()))
        return sum(task.thread.is_alive() for task in tasks)

    def _run(self, number: int, name: str, work: Callable[[Event], None], stop: Event) -> None:
        try:
            work(stop)
        except Exception as error:
            self._error = error
        finally:
            with self._lock:
                self._running.pop(number, None)
            self._done()
