"""A Siaga that lives through days in which everything fails, several things at a time.

Its own loops run, in the true time's steps; Slack and the platforms are in this process. ``heard``
is the measure of deafness: when the database last kept something of a source.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from threading import Event
from typing import Any

from fakes.crisis import default_playbook
from fakes.lines import INFO, T0, Script, make_app, mention
from fakes.rooms import Room
from fakes.slack_memory import MemorySlack, channel_to
from sqlalchemy import func, select

from alerting.channels.base import Delivery
from alerting.decide.blindness import live_sources
from alerting.model import Receipt
from connectors.base import ConnectorError, Cursor, Page, SourceSpec, Unavailable
from monitor.model import BLINDNESS
from monitor.runtime.work import Work
from monitor.settings.model import BrandSettings, DigestSettings, SlackSettings, SourceSettings
from monitor.store.incidents import list_incidents
from monitor.store.outbox.queue import next_due
from monitor.store.source_state import SourceState
from monitor.store.sources import source_states
from monitor.store.tables.listening import MentionRow
from monitor.store.tables.responding import IncidentRow, NotificationRow

MINUTE = timedelta(minutes=1)
TICK = timedelta(seconds=10)
"""The daemon's loops run at least so often."""

SLOT = timedelta(minutes=10)
"""In each slot every source tells something: one thing, many where there is a storm."""

STORM = 15
IN_TIME, NEARLY = timedelta(minutes=15), timedelta(minutes=13)
BRANDS = {"kopi": 12, "teh": 8}
"""Sources of each. They are asked every 5 minutes, or every 10."""

ENDED = ("sent", "merged", "withdrawn", "dead_letter")


class Mail(Room):
    """A mailbox that knows when it was told."""

    def __init__(self, world: World) -> None:
        super().__init__("email")
        self.world, self.at = world, dict[str, datetime]()

    def send(self, delivery: Delivery) -> Receipt:
        assert delivery.key not in self.at, "mailed twice"
        self.at[delivery.key] = self.world.true
        return super().send(delivery)


@dataclass
class Steady:
    """The clock that never jumps."""

    seconds: float = 50_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class World:
    """The true time, what this machine's clock says, and what is broken now. ``down``: the failure
    that each such source meets; ``flaps``: until when those that come and go stay as they are;
    ``hanging``: those whose polls do not end; ``seen``: how each source stood at the last looks;
    ``nearly``: of some source people are to know within minutes; ``broken``: the faults of late."""

    database_url: str
    chance: Random
    steady: Steady
    brands: Mapping[str, int] = field(default_factory=lambda: BRANDS)
    true: datetime = T0
    lie: timedelta = timedelta(0)
    down: dict[str, ConnectorError] = field(default_factory=dict)
    flaps: dict[str, datetime] = field(default_factory=dict)
    hanging: set[str] = field(default_factory=set)
    let_go: Event = field(default_factory=Event)
    storms: set[tuple[str, int]] = field(default_factory=set)
    heard: dict[str, datetime] = field(default_factory=dict)
    late: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    nearly: bool = False
    seen: dict[str, deque[str]] = field(
        default_factory=lambda: defaultdict(partial(deque, maxlen=25))
    )
    worst: timedelta = timedelta(0)
    deafnesses: int = 0
    faults: int = 0

    def __post_init__(self) -> None:
        self.slack, self.mail = MemorySlack(lambda: self.true), Mail(self)
        for brand in self.brands:
            self.slack.make(brand)
        self.running = self.born()
        self._cursors: dict[str, Any] = {}
        self._told: set[str] = set()

    def wall(self) -> datetime:
        return self.true + self.lie

    # -- the platforms ------------------------------------------------------------------------

    def told_in(self, brand: str, name: str, slot: int) -> list[str]:
        """The ids of what a source tells in a slot."""
        count = STORM if (brand, slot) in self.storms else 1
        return [f"{name}-{slot}-{n}" for n in range(count)]

    def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        """What is new of whole slots. Long enough to fill a disk."""
        if source.name in self.hanging:
            self.let_go.wait()
        if failure := self.down.get(source.name):
            raise failure
        first, now = (cursor or {"n": 0})["n"], (self.true - T0) // SLOT
        made = [
            mention(told, T0 + (slot + 1) * SLOT - MINUTE, f"={source.brand} " + "x" * 200)
            for slot in range(first, now)
            for told in self.told_in(source.brand, source.name, slot)
        ]
        begun = None if cursor else self.true - SLOT
        told = {"n": now, "at": self.true.isoformat()}
        yield Page(tuple(made), cursor=told, covered_from=begun)

    def storm(self) -> None:
        """Half an hour in which much is said of a brand."""
        brand, slot = self.chance.choice(list(self.brands)), (self.true - T0) // SLOT
        self.storms |= {(brand, slot + n) for n in range(1, 4)}

    def _flap(self) -> None:
        """Let those sources come and go whose time it is."""
        for name, until in self.flaps.items():
            if self.true < until:
                continue
            if self.down.pop(name, None):
                self.flaps[name] = self.true + self.chance.randrange(1, 10) * MINUTE
            else:
                self.down[name] = Unavailable("It does not answer.")
                self.flaps[name] = self.true + self.chance.randrange(1, 40) * MINUTE

    # -- the daemon ---------------------------------------------------------------------------

    def born(self) -> Work:
        """A life of the daemon."""
        brands = [
            BrandSettings(
                slug=slug,
                name=slug.title(),
                query=slug,
                slack_channel=f"#{slug}",
                digest=DigestSettings(to=(f"{slug}@example.com",)),
                sources=tuple(
                    SourceSettings(
                        connector="fake", name=f"{slug}{n}", every=(5, 10)[n % 2] * MINUTE
                    )
                    for n in range(count)
                ),
            )
            for slug, count in self.brands.items()
        ]
        slack = SlackSettings(enabled=True)
        app = make_app(
            self.database_url,
            Script(self.fetch, INFO),
            brands=brands,
            now=self.wall(),
            slack=slack,
            workers=len(self.brands) * 12,
        )
        channels: dict[str, Any] = {"slack": channel_to(self.slack, slack), "email": self.mail}
        app = replace(
            app,
            now=self.wall,
            wall=self.wall,
            channels=channels,
            playbooks={"default": default_playbook()},
        )
        made = Work(app, lambda: self.running.status())
        made.loops["heartbeat"].run()  # before anything is done by a clock that may be wrong
        return made

    def die(self) -> None:
        """End this life and begin another, a minute later."""
        self.stop(MINUTE)
        self.running.end()
        self.running = self.born()

    def stop(self, span: timedelta) -> None:
        """Nothing runs for so long: whoever wants to know of that must look from outside."""
        self._pass(span)
        self.heard = dict.fromkeys(self.heard, self.true)

    def live(self, until: datetime, *, calm: bool = False) -> None:
        """Every loop, once a step: a minute, in calm times as far as nothing is due; the daemon's
        own where it counts: each step on the way from a deaf source to a message waits for some
        seconds (for Slack, for a disk), and minutes would add up that are none of Siaga's."""
        while self.true < until:
            self._pass(min(self._step(calm), until - self.true))
            self._flap()
            self._turn()
            self._listen()

    def _turn(self) -> None:
        """Every loop, in any order: the daemon's run side by side. What one of them wakes runs
        again at once there: from a blind source to a message is no matter of minutes."""
        loops = list(self.running.loops.items())
        self.chance.shuffle(loops)
        for _, loop in loops:
            loop._event.clear()
        for name, loop in loops:
            loop.run()
            if name == "poll":
                self._join()
        for name in ("evaluate", "deliver"):
            if self.running.loops[name]._event.is_set():
                self.running.loops[name].run()

    def _pass(self, span: timedelta) -> None:
        self.true += span
        self.steady.seconds += span.total_seconds()

    def _step(self, calm: bool) -> timedelta:
        """Up to the next poll; seconds, where all is well and there is something to send. Where
        some source is not well, no longer than what Siaga would take for a sleep of its own."""
        with self.running.app.db.read() as tx:
            sources = source_states(tx)
            due = next_due(tx)
        polls = min(source.next_poll_at for source in sources) - self.wall()
        well = calm and all(source.ok for source in sources)
        step = min(max(polls, MINUTE), 5 * MINUTE if well else MINUTE)
        if self.nearly:
            return TICK
        if not calm or due is None:
            return step
        return min(max(due - self.wall(), timedelta(seconds=2)), step)

    def _join(self) -> None:
        """Wait for the polls that end."""
        workers = self.running.workers
        for task in list(workers._running.values()):
            while task.thread.is_alive() and not (self.hanging and self._hangs(task.name)):
                task.thread.join(0.01)

    def _hangs(self, number: str) -> bool:
        with self.running.app.db.read() as tx:
            return any(str(s.id) == number and s.name in self.hanging for s in source_states(tx))

    # -- who is told --------------------------------------------------------------------------

    def _listen(self) -> None:
        """See of which sources something was kept, and of which too long nothing was, untold."""
        with self.running.app.db.read() as tx:
            sources = source_states(tx)
            blind = {
                title.partition("/")[2]: incident.id
                for incident in list_incidents(tx)
                if incident.risk_class == BLINDNESS and incident.resolved_at is None
                for _, title in live_sources(incident)
            }
        self.nearly = False
        for source in sources:
            name = source.name
            self.seen[name].append(self._stands(source))
            if source.cursor and source.cursor != self._cursors.get(name):
                self._cursors[name], self.heard[name] = source.cursor, self.true
                self._told.discard(name)
            deaf = self.true - self.heard.get(name, T0)
            if name in self._told or deaf < 10 * MINUTE:
                continue
            if self._is_told(blind.get(name)):
                self._told.add(name)
                self.deafnesses, self.worst = self.deafnesses + 1, max(self.worst, deaf)
            self.nearly |= name not in self._told and NEARLY <= deaf < 2 * IN_TIME
            if deaf > IN_TIME + TICK:  # which is how often this world looks
                before = "\n    ".join((*self.broken[-6:], *self.seen[name]))
                self.late.append(f"{self.true - T0}: {name} deaf for {deaf}:\n    {before}")

    def _stands(self, source: SourceState) -> str:
        """How a source stands, for whoever has to find out why it was told late."""
        return (
            f"{self.true - T0} lie {self.lie}: {source.health} {source.health_kind}"
            f" since {source.health_since}, read {source.last_ok_at}, next {source.next_poll_at},"
            f" down {self.down.get(source.name)!r}, hangs {source.name in self.hanging},"
            f" {source.health_reason}"
        )

    def _is_told(self, incident: int | None) -> bool:
        if self._cries():
            return True
        if incident is None:
            return False
        card, mailed = f":i{incident}:root", f":i{incident}:"
        stands = any(
            told.key.endswith(card) and not self.slack.conversations[told.channel].archived
            for told in self.slack.told
        )
        return stands or any(mailed in key for key in self.mail.at)

    def _cries(self) -> bool:
        """Whether people know that nothing is watched."""
        said = [d.notice.headline for d in self.mail.sent if d.key.startswith("last-resort:")]
        return bool(said) and "works again" not in said[-1]

    # -- the end ------------------------------------------------------------------------------

    def check(self) -> None:
        """Nothing is lost, nothing doubled, nothing deleted; ``late`` has who was told late."""
        with self.running.app.db.read() as tx:
            assert [s.title for s in source_states(tx) if s.health != "ok"] == []
        self.check_kept()
        with self.running.app.db.read() as tx:
            rows = list(tx.scalars(select(NotificationRow)))
        standing: dict[str, int] = {}
        for conversation in self.slack.conversations.values():
            for message in conversation.messages.values():
                key = message["metadata"]["event_payload"]["delivery_key"]
                if not conversation.archived:
                    standing[key] = standing.get(key, 0) + 1
        assert [key for key, count in standing.items() if count > 1] == []
        assert self.slack.deleted == []
        open_ = [(r.delivery_key, r.state) for r in rows if r.state not in ENDED]
        assert open_ == []

    def check_kept(self) -> None:
        """Of every source everything is there once, up to some minutes ago."""
        with self.running.app.db.read() as tx:
            states = source_states(tx)
            stored = sorted(tx.scalars(select(MentionRow.external_id)))
            wiped = tx.scalar(select(func.count()).where(MentionRow.text == ""))
        told = [
            one
            for s in states
            for slot in range((s.cursor or {"n": 0})["n"])
            for one in self.told_in(s.brand, s.name, slot)
        ]
        assert stored == sorted(told)
        behind = (self.true - T0) // SLOT - 3
        reads = [s for s in states if s.health != "blind"]  # a spent quota lasts beyond the fault
        assert all((s.cursor or {"n": 0})["n"] >= behind for s in reads)
        assert wiped == 0, "retention has been fooled"

    def summary(self) -> str:
        with self.running.app.db.read() as tx:
            kept = tx.scalar(select(func.count()).select_from(MentionRow))
            incidents = [i.risk_class for i in tx.scalars(select(IncidentRow))]
        crises = sum(one != BLINDNESS for one in incidents)
        return (
            f"{self.faults} faults, {self.deafnesses} deafnesses told (the latest after "
            f"{self.worst}), {kept} mentions, {len(incidents)} incidents ({crises} crises), "
            f"{len(self.slack.told)} posts and updates, {len(self.mail.at)} mails"
        )
