"""A worker loop: a thread that waits to be woken, runs, and never dies of an error."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread

from monitor.clock import monotonic
from monitor.problems import sentence_of

log = logging.getLogger(__name__)


class WorkerLoop:
    """Runs ``work`` each time it is woken. An error is logged and counted, and the loop goes on;
    so it does where ``work`` returns a text, which is what of it failed.

    It also wakes itself where nobody has for ``at_least_every_s``: APScheduler counts by the
    machine's clock, and a clock that is set back by a day would put everything off by a day.
    ``runs`` and ``errors`` count; ``last_error`` is that of the last run, empty if it went well.
    """

    def __init__(
        self, name: str, work: Callable[[], str | None], at_least_every_s: float = 60.0
    ) -> None:
        self.name = name
        self._patience_s = at_least_every_s
        self.errors = 0
        self.last_error = ""
        self.runs = 0
        self._work = work
        self._event = Event()
        self._stop = Event()
        self._ended = monotonic()
        self._failing_since: float | None = None
        self._failed_runs = 0
        self._thread = Thread(target=self._loop, name=f"siaga-{name}", daemon=True)

    def start(self) -> None:
        self._ended = monotonic()
        self._thread.start()

    def wake(self) -> None:
        """Run soon; many wakes while it runs are one more run."""
        self._event.set()

    def idle_for(self) -> float:
        """Seconds since the last run ended (or the loop started): the watchdog's measure."""
        return monotonic() - self._ended

    def failing_for(self) -> float:
        """Seconds since the first of the runs that have failed without one between that went
        well; 0 where the last went well."""
        return 0.0 if self._failing_since is None else monotonic() - self._failing_since

    def stop(self, timeout: float) -> bool:
        """Ask to end after the run under way; True if it did within ``timeout`` seconds."""
        self._stop.set()
        self._event.set()
        if self._thread.ident is None:  # never started
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def run(self) -> None:
        """One run, now, by whoever calls; never raises."""
        try:
            self._note(self._work() or "")
        except Exception as error:
            log.exception("the %s loop failed; it goes on", self.name)
            self._note(sentence_of(error))
        self.runs += 1
        self._ended = monotonic()

    def _loop(self) -> None:
        while True:
            self._event.wait(self._patience_s)
            self._event.clear()
            if self._stop.is_set():
                return
            self.run()

    def _note(self, failure: str) -> None:
        self.last_error = failure
        if failure:
            self.errors += 1
            self._failed_runs += 1
            if self._failing_since is None:
                self._failing_since = monotonic()
            return
        if self._failed_runs > 1:
            log.warning("the %s loop works again, %d runs failed", self.name, self._failed_runs)
        self._failing_since, self._failed_runs = None, 0
