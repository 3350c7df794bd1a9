"""A week in virtual time in which everything fails in turn: the clock lies, the disk is full, the
database is locked, the network is away. The daemon's own loops live through it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from fakes.crisis import default_playbook
from fakes.ill_database import full_disk, locked
from fakes.lines import INFO, T0, Script, make_app, mention
from fakes.rooms import Room
from sqlalchemy import select

from alerting.channels.base import Delivery
from alerting.model import Receipt
from connectors.base import Cursor, Page, SourceSpec, Unavailable
from monitor.jobs.upkeep import clock
from monitor.runtime import guard, worker_loop
from monitor.runtime.work import Work
from monitor.settings.model import BrandSettings, DigestSettings, SlackSettings, SourceSettings
from monitor.store.sources import source_states
from monitor.store.tables.listening import MentionRow

SOURCES = 6
STEP = timedelta(minutes=1)
TELL_WITHIN = timedelta(minutes=15)
"""Of the begin that can be known: of a network that is away, the first poll that fails."""

LIES = [timedelta(hours=1), timedelta(hours=-1), timedelta(1), timedelta(-1), timedelta(400)]


@dataclass
class World:
    """The true time, what the machine's clock says, and what is broken now."""

    true: datetime = T0
    lie: timedelta = timedelta(0)
    away: bool = False
    told: list[tuple[datetime, Delivery]] = field(default_factory=list)

    def wall(self) -> datetime:
        return self.true + self.lie

    def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        """A thing every two minutes from each source, long enough to fill a disk."""
        if self.away:
            raise Unavailable("It does not answer.")
        first, now = (cursor or {"n": 0})["n"], (self.true - T0) // timedelta(minutes=2)
        made = [
            mention(f"{source.name}-{n}", self.wall() - timedelta(seconds=1), "=kopi " + "x" * 2000)
            for n in range(first, now)
        ]
        yield Page(tuple(made), cursor={"n": now}, covered_from=None if cursor else self.wall())


class Timed(Room):
    """A room that knows when it was told."""

    def __init__(self, name: str, world: World) -> None:
        super().__init__(name)
        self.world = world

    def send(self, delivery: Delivery) -> Receipt:
        self.world.told.append((self.world.true, delivery))
        return super().send(delivery)


def daemon(database_url: str, world: World) -> Work:
    brand = BrandSettings(
        slug="kopi",
        name="Kopi",
        query="kopi",
        digest=DigestSettings(to=("rina@example.com",)),
        sources=tuple(SourceSettings(connector="fake", name=f"s{n}") for n in range(SOURCES)),
    )
    slack = SlackSettings(enabled=True, channel="#crisis")
    app = make_app(database_url, Script(world.fetch, INFO), brands=[brand], slack=slack)
    rooms: dict[str, Any] = {"slack": Timed("slack", world), "email": Timed("email", world)}
    app = replace(
        app,
        now=world.wall,
        wall=world.wall,
        channels=rooms,
        playbooks={"default": default_playbook()},
    )
    running = Work(app, lambda: running.status())
    return running


def live(running: Work, world: World, steady: dict[str, float], until: datetime) -> None:
    """Each loop once a minute."""
    while world.true < until:
        world.true += STEP
        steady["s"] += STEP.total_seconds()
        for loop in running.loops.values():
            loop.run()
            running.workers.join()


def broken(running: Work, world: World, fault: str, chance: Random) -> ExitStack:
    """Break it; closing what is returned mends it."""
    mended = ExitStack()
    match fault:
        case "clock":
            world.lie = chance.choice(LIES)
            mended.callback(setattr, world, "lie", timedelta(0))
        case "network":
            world.away = True
            mended.callback(setattr, world, "away", False)
        case "disk":
            mended.enter_context(full_disk(running.app))
        case "lock":
            mended.enter_context(locked(running.app))
    return mended


def check_life(
    database_url: str, monkeypatch: pytest.MonkeyPatch, folder: Any, days: float, seed: int
) -> int:
    """So many days. How many faults there were."""
    monkeypatch.setenv("SIAGA_RUNTIME_DIR", str(folder / "run"))
    steady = {"s": 50_000.0}
    for module in (guard, worker_loop, clock):
        monkeypatch.setattr(module, "monotonic", lambda: steady["s"])
    world, chance, late = World(), Random(seed), []
    running = daemon(database_url, world)
    faults = ["clock", "network", "disk"] + (["lock"] if running.app.db.is_sqlite else [])
    live(running, world, steady, T0 + timedelta(hours=1))
    number = 0
    while world.true < T0 + timedelta(days=days):
        fault, begun = faults[number % len(faults)], world.true
        number += 1
        with broken(running, world, fault, chance):
            live(running, world, steady, begun + timedelta(minutes=chance.randrange(30, 90)))
        until = begun + TELL_WITHIN + STEP + (INFO.every if fault == "network" else timedelta(0))
        told = [at for at, _ in world.told if begun < at <= until]
        if fault != "clock" and not told:
            late.append((fault, begun, world.told[-3:]))
        live(running, world, steady, world.true + timedelta(minutes=chance.randrange(90, 150)))
        check_nothing_lost(running, world)
    assert late == []
    keys = [d.key for _, d in world.told if not d.key.startswith("last-resort:")]
    assert len(set(keys)) == len(keys), "told twice"
    running.end()
    return number


def check_nothing_lost(running: Work, world: World) -> None:
    """Every source is read up to some minutes ago, and each of its things is there once."""
    with running.app.db.read() as tx:
        cursors = {source.name: source.cursor or {"n": 0} for source in source_states(tx)}
        stored = sorted(tx.scalars(select(MentionRow.external_id)))
        texts = set(tx.scalars(select(MentionRow.text)))
    assert stored == sorted(f"{name}-{n}" for name, c in cursors.items() for n in range(c["n"]))
    behind = (world.true - T0) // timedelta(minutes=2) - 8
    assert all(cursor["n"] >= behind for cursor in cursors.values())
    assert "" not in texts, "retention has been fooled"


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
def test_a_week_of_faults_loses_nothing_and_every_deafness_is_told_in_time(
    database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, seed: int
) -> None:
    assert check_life(database_url, monkeypatch, tmp_path, 7, seed) >= 20
