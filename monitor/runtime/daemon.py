"""``siaga run``: APScheduler as the metronome, a thread for each step, a bounded pool of pollers.

The scheduler holds no promise. Its ticks only wake the steps, and so does every commit; what is
due is always a row in the database, so a missed tick is late work and never lost work.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGTERM
from threading import Event
from typing import TYPE_CHECKING, Any

from monitor.app import App, reload_app
from monitor.clock import monotonic, wait
from monitor.problems import Problem
from monitor.runtime.os_signals import answering
from monitor.runtime.steps import Step
from monitor.runtime.systemd import sd_notify
from monitor.runtime.workers import Workers
from monitor.store.engine import Database

if TYPE_CHECKING:
    from monitor.web.serve import Served

log = logging.getLogger(__name__)

POLL_DEADLINE = timedelta(minutes=3)
"""A poll past this is abandoned. Longer than any connector's own total deadline."""

GRACE_S = 20.0
"""How long SIGTERM waits for what is in flight."""

TICKS_S = {"poll": 1.0, "think": 5.0, "deliver": 1.0, "care": 30.0}
"""The metronome, seconds. ``think`` <= 5 s keeps escalations within 10 s of their time."""

STUCK_S = 300.0
"""A step that has not ended a turn for so long is stuck: /healthz says so, the watchdog bites."""


class AlreadyRunning(Problem):
    """Another daemon works on this SQLite database."""


@contextlib.contextmanager
def only_one(db: Database) -> Iterator[None]:
    """Be the only daemon on this SQLite database, or raise ``AlreadyRunning``. The lock is the
    system's and ends with the process, however that ends. On PostgreSQL many may run."""
    if not db.is_sqlite or not db.url.database:
        yield
        return
    with Path(f"{db.url.database}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(
                f"another siaga works on {db.url.database} already; stop that one first "
                f"(several daemons can share a PostgreSQL database, not an SQLite file)."
            ) from None
        yield


@dataclass(slots=True)
class Daemon:
    """The running whole. ``run()`` blocks until SIGTERM, SIGINT or ``stop.set()``."""

    app: App
    config: Path | None = None
    stop: Event = None  # type: ignore[assignment]
    steps: dict[str, Step] = None  # type: ignore[assignment]
    workers: Workers = None  # type: ignore[assignment]
    config_error: str = ""
    _reload: Event = None  # type: ignore[assignment]
    _seen: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        self.stop, self._reload = Event(), Event()
        work: dict[str, Callable[[], None]] = {
            "poll": self._poll,
            "think": self._think,
            "deliver": self._deliver,
            "care": self._care,
        }
        self.steps = {name: Step(name, turn) for name, turn in work.items()}
        self.app = replace(self.app, wake=self._wake)
        self.workers = Workers(
            self.app.settings.workers, POLL_DEADLINE.total_seconds(), self._polled, self._hung
        )
        self._seen = self._fingerprint()

    # -- life ------------------------------------------------------------------------------

    def run(self) -> int:
        """Run until told to stop; 0 after a clean end."""
        end, again = self.stop.set, self._reload.set
        with answering({SIGTERM: end, SIGINT: end, SIGHUP: again}):
            return self._run()

    def _run(self) -> int:
        from apscheduler.schedulers.background import BackgroundScheduler

        from monitor.jobs.poll.poll import sync_sources

        sync_sources(self.app, self.app.wall())
        for step in self.steps.values():
            step.start()
        metronome = BackgroundScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1}
        )
        for name, seconds in TICKS_S.items():
            metronome.add_job(self.steps[name].wake, "interval", seconds=seconds, id=name)
        metronome.start()
        web = self._serve()
        self._wake()
        sd_notify("READY=1")
        self._watch()
        sd_notify("STOPPING=1")
        metronome.shutdown(wait=False)
        return self._end(web)

    def _watch(self) -> None:
        """Wait for the end; meanwhile feed the watchdog and reload the config when asked, or when
        a file of it has changed and then kept still for a second (an editor may be writing)."""
        before = self._seen
        while not wait(self.stop, 1.0):
            if not self.stuck():
                sd_notify("WATCHDOG=1")
            files = self._fingerprint()
            if self._reload.is_set() or (files != self._seen and files == before):
                self._reload.clear()
                self._seen = files
                self.reload()
            before = files

    def _end(self, web: Served | None) -> int:
        until = monotonic() + GRACE_S
        self.workers.stop(GRACE_S / 2)
        clean = [step.stop(max(0.1, until - monotonic())) for step in self.steps.values()]
        if web:
            web.close()
        self.app.db.close()
        if not all(clean):
            log.warning("ended with work in flight; it is resumed at the next start")
        return 0

    def stuck(self) -> list[str]:
        """Names of the steps that have not ended a turn for too long."""
        return [name for name, step in self.steps.items() if step.idle_for() > STUCK_S]

    # -- config ----------------------------------------------------------------------------

    def _fingerprint(self) -> tuple[tuple[int, int], ...]:
        from monitor.app import config_files

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
        from monitor.jobs.poll.poll import sync_sources

        try:
            changed = reload_app(self.app, self.config)
            sync_sources(changed, changed.wall())
            self.app = changed
            self.config_error = ""
            self.workers.size = self.app.settings.workers
            self._seen = self._fingerprint()
            log.info("the config is reloaded")
        except Exception as error:
            self.config_error = str(error)
            log.error("the changed config is not used, the old one stays: %s", error)
        self._wake()

    # -- steps -----------------------------------------------------------------------------

    def _wake(self) -> None:
        for step in self.steps.values():
            step.wake()

    def _polled(self) -> None:
        self.steps["think"].wake()
        self.steps["poll"].wake()

    def _hung(self, source: str) -> None:
        from monitor.jobs.poll.poll import abandon

        abandon(self.app, int(source), self.app.now(), self.app.wall())

    def _poll(self) -> None:
        from monitor.jobs.poll.poll import PollLease, claim_due, poll

        app = self.app
        free = 0 if self.stop.is_set() else self.workers.free()
        if free <= 0:
            return
        for claim in claim_due(app, app.wall(), free):

            def work(stop: Event, claim: PollLease = claim) -> None:
                poll(app, claim.source_id, claim.token, app.now(), app.wall(), stop=stop)

            self.workers.submit(str(claim.source_id), work)

    def _think(self) -> None:
        from monitor.jobs.evaluate import think

        think(self.app, self.app.now())
        self.steps["deliver"].wake()

    def _deliver(self) -> None:
        from monitor.jobs.deliver.deliver import deliver

        deliver(self.app, self.app.wall())

    def _care(self) -> None:
        from monitor.jobs.upkeep.upkeep import care

        care(self.app, self.app.now(), self.app.wall(), self.status())

    # -- what people see -------------------------------------------------------------------

    def status(self) -> dict[str, Any]:
        """Health of the process itself, for /healthz and `siaga status`."""
        return {
            "steps": {
                name: {
                    "idle_s": round(step.idle_for(), 1),
                    "turns": step.turns,
                    "errors": step.errors,
                    "last_error": step.last_error,
                }
                for name, step in self.steps.items()
            },
            "stuck": self.stuck(),
            "abandoned_polls": self.workers.abandoned,
            "config_error": self.config_error,
        }

    def _serve(self) -> Served | None:
        if not self.app.settings.web.enabled:
            return None
        from monitor.web.serve import serve

        return serve(lambda: self.app, self.status)
