"""A whole Siaga in a test's time: signals, people who press, Slack behind a proxy, and deaths.

The domain's time and the wall's are one clock here. It begins in the past, so that what Slack
stamps by the real one is never older than what is looked for. Between two turns time moves as far
as nothing is due.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from fakes.crisis import BRAND, detected, loud, watching
from fakes.slack_emulator import TOKEN, Room
from fakes.slack_proxy import Proxy
from history.mortal import Fate, Killed, MortalChannel, MortalDatabase
from history.reading import read_history
from history.record import Circumstances, History, Window
from sqlalchemy import func, select

from alerting.channels.console import ConsoleChannel
from alerting.channels.slack.channel import SlackChannel
from alerting.channels.slack.home import SlackHome
from alerting.channels.slack.presses import read_press
from alerting.channels.slack.reply import SlackReply
from alerting.playbook.load import Playbook, load_playbook
from monitor.app import App
from monitor.clock import utc_now
from monitor.jobs.deliver.deliver import deliver
from monitor.jobs.interactions.home import refresh_homes
from monitor.jobs.interactions.inbox import Inbox
from monitor.jobs.interactions.press import answer_presses
from monitor.jobs.interactions.spool import Spool, take_in
from monitor.jobs.respond.escalate import audit, run_timers
from monitor.jobs.respond.respond import respond
from monitor.jobs.upkeep.clock import ClockGuard
from monitor.model import ANY, Signal
from monitor.settings.model import Settings, SlackSettings
from monitor.store.engine import Database
from monitor.store.incidents import read_incident
from monitor.store.tables.responding import TimerRow

QUIET_S = 45
"""Seconds the outbox waits before it looks for a message of unknown fate."""

AWAY = timedelta(days=3)
"""How far in the past a world begins."""

LADDER = load_playbook(
    """\
version: 1
otherwise: SEV2
levels:
  SEV1: &levels
    steps:
      - {at: 0m, notify: ["@here"]}
      - {at: 10m, notify: [U0BOSS], broadcast: true}
      - {at: 20m, notify: ["@channel"], broadcast: true}
    ack_timeout: 60m
  SEV2: *levels
  SEV3: {}
  SEV4: {}
clear: {for: 2h}
update: {every: 5m}
""",
    "ladder",
)

Doing = Callable[["World"], Any]


class Clock:
    """A clock that may also be set back."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass
class World:
    """``script``: what happens from outside, by second; done once, however often Siaga dies."""

    folder: Path
    proxy: Proxy
    room: Room
    playbook: Playbook = LADDER
    fate: Fate = field(default_factory=Fate)
    script: list[tuple[float, Doing]] = field(default_factory=list)
    restart_s: float = 3.0
    down: list[Window] = field(default_factory=list)
    outages: list[Window] = field(default_factory=list)
    idle: list[Window] = field(default_factory=list)
    accepted: set[tuple[str, str, datetime]] = field(default_factory=set)
    heard: set[str] = field(default_factory=set)
    deaths: int = 0
    errors: list[str] = field(default_factory=list)
    _next: datetime | None = None

    def __post_init__(self) -> None:
        self.began = utc_now().replace(microsecond=0) - AWAY
        self.clock = Clock(self.began)
        self.proxy.clock = self.clock
        self.url = f"sqlite:///{self.folder / 'world.db'}"
        self.outside = watching(self.url, settings=self._settings(), playbook=self.playbook)
        self.spool = Spool(self.folder / "world.db.presses")
        self.app = self._born()

    # -- time -------------------------------------------------------------------------------------

    def at(self, second: float, doing: Doing) -> None:
        """Do something then."""
        self.script.append((second, doing))
        self.script.sort(key=lambda item: item[0])

    def moment(self, second: float) -> datetime:
        return self.began + timedelta(seconds=second)

    def run(self, until: float) -> None:
        """Live until then, dying where fate wants it."""
        while self.clock() < self.moment(until):
            try:
                self.turn()
            except Killed:
                self.die()
            self._go_on(until)

    def turn(self) -> None:
        """What the daemon's loops do, once each."""
        while self.script and self.clock() >= self.moment(self.script[0][0]):
            _, doing = self.script[0]
            doing(self)
            self.script.pop(0)
        app, now = self.app, self.clock()
        self._try(lambda: self._guard.look(app, now, {}))
        self._try(lambda: take_in(app, self.spool))
        self._try(lambda: answer_presses(app, now, now, lambda who, group: None))
        self._try(lambda: refresh_homes(app, now))
        for brand in (*app.brands, ANY):
            self._try(partial(respond, app, brand, now))
        self._try(lambda: run_timers(app, now))
        self._try(lambda: audit(app, now))
        self._try(self._deliver)

    def _deliver(self) -> None:
        self._next = self.clock() + timedelta(seconds=5)  # where this fails, soon again
        self._next = deliver(self.app, self.clock()).next_due

    def _try(self, part: Callable[[], Any]) -> None:
        """As the daemon's loops do it: what fails is said, and the next turn tries again."""
        try:
            part()
        except Exception as error:
            self.errors.append(f"{type(error).__name__}: {error}")

    def die(self, away_s: float | None = None) -> None:
        """End this process, and begin another one so many seconds later."""
        self.deaths += 1
        start, away = self.clock(), self.restart_s if away_s is None else away_s
        self.app.db.close()
        self.clock.now = start + timedelta(seconds=away)
        self.down.append(Window(start, self.clock()))
        self.app = self._born()

    def rest(self, seconds: float = 180) -> None:
        """Die once more, and live a while in which nothing happens."""
        self.die()
        start = self.clock()
        self.run((start - self.began).total_seconds() + seconds)
        self.idle.append(Window(start, self.clock()))

    def _go_on(self, until: float) -> None:
        with self.outside.db.read() as tx:
            pending = TimerRow.state == "pending"
            timer = tx.scalar(select(func.min(TimerRow.due_at)).where(pending))
        script = [self.moment(self.script[0][0])] if self.script else []
        waits = [at for at in (timer, self._next, *script) if at is not None]
        ahead = min(waits, default=self.moment(until)) - self.clock()
        step = min(max(ahead, timedelta(seconds=1)), timedelta(seconds=60))
        self.clock.now = min(self.clock() + step, self.moment(until))

    # -- what happens from outside ----------------------------------------------------------------

    def signal(self, *signals: Signal) -> None:
        """Detectors commit these."""
        detected(self.outside, *signals)
        self.accepted |= {(one.brand, one.detector, one.start) for one in signals}

    def storm(self, second: float, number: int = 0, **values: Any) -> Signal:
        """A loud signal of the world's time; another ``number`` is another event."""
        at = self.moment(second)
        return replace(loud(**values), start=at - timedelta(minutes=6 + number), at=at)

    def press(self, payload: Any, kind: str = "interactive") -> None:
        """Somebody presses. What Slack is told is taken counts from then on."""
        made = read_press(kind, payload)
        Inbox(lambda: self.app, NoForms(), lambda: None, self.spool).hear(kind, payload)
        if made is not None:
            self.heard.add(made.key)

    def revision(self, incident: int) -> int:
        """Of an incident as its card shows it now."""
        with self.outside.db.read() as tx:
            found = read_incident(tx, incident)
        assert found is not None
        return found.revision

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Slack is away for as long as the world is run in it."""
        start, self.proxy.away = self.clock(), True
        yield
        self.proxy.away = False
        self.outage_was(start)

    def outage_was(self, start: datetime) -> None:
        """Since then nothing got to Slack, until now."""
        self.outages.append(Window(start, self.clock()))

    def down_was(self, start: datetime, end: datetime) -> None:
        """No process can have been in time between."""
        self.down.append(Window(start, end))

    # -- the witnesses ----------------------------------------------------------------------------

    def history(self, log: str = "") -> History:
        circumstances = Circumstances(
            ended_at=self.clock(),
            down=tuple(self.down),
            outages=tuple(self.outages),
            idle=tuple(self.idle),
            secrets=(TOKEN,),
            accepted=frozenset(self.accepted),
            heard=frozenset(self.heard),
        )
        return read_history(circumstances, self.proxy, [self.room], self.outside.db, log=log)

    def close(self) -> None:
        self.proxy.release()
        self.app.db.close()
        self.outside.db.close()

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """Every transaction fails at its end, as on a full disk, while the world is run in it."""
        start, self.fate.full = self.clock(), True
        yield
        self.fate.full = False
        self.down.append(Window(start, self.clock()))

    def _settings(self) -> Settings:
        slack = SlackSettings(
            enabled=True,
            channel=self.room.id,
            base_url=self.proxy.base_url,
            timeout=timedelta(seconds=0.3),
            quiet_period=timedelta(seconds=QUIET_S),
        )
        return Settings(slack=slack, brands=(BRAND,))

    def _born(self) -> App:
        settings = self._settings()
        made = {
            "slack": SlackChannel(settings.slack, TOKEN, interactive=True),
            "slack_reply": SlackReply(settings.slack, TOKEN),
            "slack_home": SlackHome(settings.slack, TOKEN),
            "console": ConsoleChannel(io.StringIO()),
        }
        self._next, self._guard = self.clock(), ClockGuard()
        channels = {name: MortalChannel(channel, self.fate) for name, channel in made.items()}
        db: Database = MortalDatabase(self.url, self.fate)
        return replace(self.outside, db=db, channels=channels, now=self.clock, wall=self.clock)


class NoForms:
    """Forms are not shown here: what is filled in is pressed by itself."""

    def open(self, trigger: str, form: Any) -> None:
        logging.getLogger(__name__).debug("a form")
