"""What the daemon does: APScheduler as the metronome, a loop for each kind of work, and a bounded
pool of pollers.

The scheduler holds no promise. Its ticks only wake the loops, and so does every commit; what is
due is always a row in the database, so a missed tick is late work and never lost work.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Lock
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler

from alerting.model import Target
from connectors.kit.http import Response, on_answer
from monitor.app import App, reload_app
from monitor.clock import ELSEWHERE, monotonic
from monitor.jobs.copied import tell_copied
from monitor.jobs.deliver.deliver import deliver, look_up_before_sending
from monitor.jobs.detect.detect import forget
from monitor.jobs.detect.sources import watch_anew
from monitor.jobs.drill.follow import follow_drills
from monitor.jobs.evaluate import evaluate
from monitor.jobs.interactions.home import refresh_homes
from monitor.jobs.interactions.press import answer_presses
from monitor.jobs.interactions.spool import Spool, take_in
from monitor.jobs.poll.poll import PollLease, abandon, claim_due, poll, sync_sources
from monitor.jobs.upkeep.clock import ClockGuard
from monitor.jobs.upkeep.upkeep import ask_platforms, upkeep
from monitor.runtime.clicks import Clicks, clicks
from monitor.runtime.guard import Guard
from monitor.runtime.places import folder_for_presses
from monitor.runtime.unkept import UnkeptPolls
from monitor.runtime.worker_loop import WorkerLoop
from monitor.runtime.workers import Workers
from monitor.store.engine import DatabaseProblem
from monitor.store.installation import settle

log = logging.getLogger(__name__)

POLL_DEADLINE = timedelta(minutes=3)
"""A poll past this is abandoned. Longer than any connector's own total deadline."""

GRACE_S = 20.0
"""How long SIGTERM waits for what is in flight."""

TICKS_S = {
    "poll": 1.0,
    "evaluate": 5.0,
    "deliver": 1.0,
    "press": 1.0,
    "upkeep": 30.0,
    "platforms": 30.0,
    "heartbeat": 10.0,
    "guard": 5.0,
}
"""The metronome, seconds. ``evaluate`` <= 5 s keeps escalations within 10 s of their time."""

STUCK_S = 300.0
"""A loop whose run has not ended for so long is stuck: /healthz says so, the watchdog bites."""

FAILING_S = 35.0
"""A loop that has only failed for so long is ill: something it needs does not come back at once.
Longer than SQLite waits for a lock, and than a restart of PostgreSQL takes."""


def _nobody_knows(who: str, group: Target) -> None:
    """Who is in a group, where Slack cannot be asked."""


def _hear_time(answer: Response) -> None:
    """Whoever answers a poll says what time it is there."""
    ELSEWHERE.hear(answer.host, answer.headers.get("date", ""), answer.headers.get("age", ""))


class Work:
    """The running loops of an app, which ``reload`` replaces by that of a changed config."""

    def __init__(self, app: App, status: Callable[[], dict[str, Any]]) -> None:
        self._guard = Guard(lambda: self.app, status)
        runs: dict[str, Callable[[], str | None]] = {
            "poll": self._poll,
            "evaluate": self._evaluate,
            "deliver": self._deliver,
            "press": self._press,
            "upkeep": self._upkeep,
            "platforms": self._platforms,
            "heartbeat": self._heartbeat,
            "guard": self._guard.look,
        }
        self.loops = {
            name: WorkerLoop(name, run, 2 * TICKS_S[name] + 1) for name, run in runs.items()
        }
        self.app = replace(app, wake=self.wake)
        self._status = status
        self.clicks: Clicks | None = None
        self.spool = Spool(folder_for_presses(app.db))
        self._clock = ClockGuard(_forget_all)
        if _hear_time not in on_answer:
            on_answer.append(_hear_time)
        self._stop, self._changing = Event(), Lock()
        self._unkept = UnkeptPolls()
        self._metronome = BackgroundScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1}
        )
        self.workers = Workers(
            app.settings.workers, POLL_DEADLINE.total_seconds(), self._polled, self._hung
        )

    def start(self) -> None:
        """Begin. Raises ``DatabaseProblem``, and ``RegisterProblem``: by what cannot be read no
        incident could be opened."""
        self.app.risks()
        if settle(self.app.db):
            log.warning("this database is a copy; what it posts from now on is its own")
            look_up_before_sending(self.app, self.app.wall())
            tell_copied(self.app, self.app.now())
        self._heartbeat()  # before anything is done by a clock that may be wrong
        sync_sources(self.app, self.app.wall())
        for name, loop in self.loops.items():
            loop.start()
            self._metronome.add_job(loop.wake, "interval", seconds=TICKS_S[name], id=name)
        self._metronome.start()
        self._listen()
        self.wake()

    def end(self) -> bool:
        """Finish what is in flight, as far as it ends within ``GRACE_S``; True if all of it did."""
        self._stop.set()
        until = monotonic() + GRACE_S
        if self._metronome.running:
            self._metronome.shutdown(wait=False)
        if self.clicks:
            self.clicks.stop(GRACE_S / 4)
        self.workers.stop(GRACE_S / 2)
        clean = [loop.stop(max(0.1, until - monotonic())) for loop in self.loops.values()]
        self.app.db.close()
        return all(clean)

    def reload(self, config: Path | None) -> None:
        """Take a changed config. Raises a ``Problem`` where it cannot be used; then nothing has
        changed."""
        with self._changing:
            changed = reload_app(self.app, config)
            sync_sources(changed, changed.wall())
            self.app = changed
        self._unkept.forget()
        if self.clicks is None or self.clicks.settings != changed.settings.slack:
            self._listen()
        self.workers.size = changed.settings.workers
        self.wake()

    def _listen(self) -> None:
        """Hear what people press, by the config as it is."""
        if self.clicks:
            self.clicks.stop(GRACE_S / 4)
        self.clicks = clicks(lambda: self.app, self.loops["press"].wake, self.spool)
        if self.clicks and self.clicks.socket:
            self.clicks.socket.start()

    def wake(self) -> None:
        """Let every loop look for what is due."""
        for loop in self.loops.values():
            loop.wake()

    def stuck(self) -> list[str]:
        """Names of the loops whose run has not ended for too long."""
        return [name for name, loop in self.loops.items() if loop.idle_for() > STUCK_S]

    def failing(self) -> list[str]:
        """Names of the loops that have failed again and again for too long."""
        return [name for name, loop in self.loops.items() if loop.failing_for() > FAILING_S]

    def makes_progress(self) -> bool:
        """Whether a restart could not help: every run ends, and the database takes what is
        written."""
        return not self.stuck() and "heartbeat" not in self.failing()

    def status(self) -> dict[str, Any]:
        """How each loop is doing, for /healthz and `siaga status`."""
        socket = self.clicks.socket if self.clicks else None
        return {
            "loops": {
                name: {
                    "idle_s": round(loop.idle_for(), 1),
                    "runs": loop.runs,
                    "errors": loop.errors,
                    "last_error": loop.last_error,
                    "failing_s": round(loop.failing_for(), 1),
                }
                for name, loop in self.loops.items()
            },
            "stuck": self.stuck(),
            "failing": self.failing(),
            "unready": list(self._guard.unready),
            "starved": self._guard.spare.needed,
            "abandoned_polls": self.workers.abandoned,
            "slack_socket": socket.status() if socket else None,
        }

    def _polled(self) -> None:
        self.loops["evaluate"].wake()
        self.loops["poll"].wake()

    def _hung(self, source: str) -> None:
        abandon(self.app, int(source), self.app.now(), self.app.wall())

    def _poll(self) -> str:
        app = self.app
        free = 0 if self._stop.is_set() else self.workers.free()
        if free <= 0:
            return self._unkept.error
        try:
            self.workers.check()
            self._unkept.give_back(app)
            claims = claim_due(app, app.wall(), free)
        except DatabaseProblem:
            watch_anew(app, app.now())
            raise
        for claim in claims:

            def work(stop: Event, claim: PollLease = claim) -> None:
                with self._unkept.watched(claim):
                    poll(app, claim.source_id, claim.token, app.now(), app.wall(), stop=stop)

            self.workers.submit(str(claim.source_id), work)
        return self._unkept.error

    def _evaluate(self) -> str:
        self._drill()
        done = evaluate(self.app, self.app.now())
        self.loops["deliver"].wake()
        return _told(done.failed)

    def _drill(self) -> None:
        """Begin and end drills. What goes wrong with one must not keep what is real waiting."""
        try:
            with self._changing:
                self.app = follow_drills(self.app, self.app.now())
        except Exception:
            log.exception("a drill cannot be followed")

    def _deliver(self) -> None:
        deliver(self.app, self.app.wall())

    def _press(self) -> None:
        app, surface = self.app, self.clicks.surface if self.clicks else None
        belongs = surface.belongs if surface else _nobody_knows
        text_of = surface.text_of if surface else None
        take_in(app, self.spool)
        answer_presses(app, app.now(), app.wall(), belongs, text_of)
        refresh_homes(app, app.now())

    def _upkeep(self) -> str:
        return _told(upkeep(self.app, self.app.now(), self.app.wall()))

    def _platforms(self) -> str:
        return _told(ask_platforms(self.app, self.app.now(), self.app.wall()))

    def _heartbeat(self) -> None:
        self._clock.look(self.app, self.app.wall(), self._status())
        self.app.db.look()


def _forget_all(app: App) -> None:
    for brand in app.brands:
        forget(app, brand)


def _told(failed: Mapping[str, str]) -> str:
    """What failed of a loop's parts: a line an error, as they are looked up for who reads them.
    What fails several alike is none of theirs, and the log names them."""
    parts: dict[str, list[str]] = {}
    for part, error in failed.items():
        parts.setdefault(error, []).append(part)
    return "\n".join(
        error if len(names) > 1 else f"{names[0]}: {error}" for error, names in parts.items()
    )
