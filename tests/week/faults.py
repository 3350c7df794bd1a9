"""What goes wrong in a week: each fault breaks the world for as long as it is entered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

from fakes import ill_database
from fakes.slack_memory import LOST, UNHEARD
from week.world import BRANDS, MINUTE, World

from connectors.base import RateLimited, Unauthorized, Unavailable

LIES = [timedelta(hours=1), timedelta(hours=-1), timedelta(1), timedelta(-1), timedelta(400)]

SOURCES = [f"{brand}{n}" for brand, count in BRANDS.items() for n in range(count)]

Fault = Callable[[World], AbstractContextManager[None]]


@contextmanager
def lying_clock(world: World) -> Iterator[None]:
    world.lie = world.chance.choice(LIES)
    yield
    world.lie = timedelta(0)


@contextmanager
def no_network(world: World) -> Iterator[None]:
    """For all sources, and for Slack as well now and then."""
    world.down |= dict.fromkeys(SOURCES, Unavailable("It does not answer."))
    world.slack.away = world.chance.random() < 0.3
    yield
    world.down.clear()
    world.slack.away = False


@contextmanager
def flapping_network(world: World) -> Iterator[None]:
    """Each source comes and goes for itself, for minutes at a time."""
    world.flaps = dict.fromkeys(SOURCES, world.true)
    yield
    world.flaps.clear()
    world.down.clear()


@contextmanager
def refusals(world: World) -> Iterator[None]:
    """A token that has ended, a quota that is spent, a host that is away: some sources each."""
    for failure in (
        Unauthorized("The token is refused (401)."),
        RateLimited("The quota is spent.", world.wall() + timedelta(hours=6)),
        Unavailable("It does not answer."),
    ):
        world.down |= dict.fromkeys(world.chance.sample(SOURCES, 3), failure)
    yield
    world.down.clear()


@contextmanager
def hanging_polls(world: World) -> Iterator[None]:
    world.let_go.clear()
    world.hanging = set(world.chance.sample(SOURCES, 4))
    yield
    world.hanging = set()
    world.let_go.set()


@contextmanager
def full_disk(world: World) -> Iterator[None]:
    with ill_database.full_disk(world.running.app):
        yield


@contextmanager
def locked_database(world: World) -> Iterator[None]:
    with ill_database.locked(world.running.app):
        yield


@contextmanager
def no_slack(world: World) -> Iterator[None]:
    world.slack.away = True
    yield
    world.slack.away = False


@contextmanager
def silent_slack(world: World) -> Iterator[None]:
    """It takes what it is told, or does not, and does not say."""
    world.slack.fate = lambda: world.chance.choice([LOST, UNHEARD, "", "", "", ""])
    yield
    world.slack.fate = lambda: ""


@contextmanager
def renamed_channel(world: World) -> Iterator[None]:
    room = world.slack.named(world.chance.choice(list(BRANDS)))
    name, room.name = room.name, f"{room.name}-old"
    yield
    room.name = name


@contextmanager
def archived_channel(world: World) -> Iterator[None]:
    """It comes back as it was, or another one is made under its name."""
    room = world.slack.named(world.chance.choice(list(BRANDS)))
    room.archived = True
    yield
    if world.chance.random() < 0.5:
        world.slack.make(room.name)
    else:
        room.archived = False


@contextmanager
def death(world: World) -> Iterator[None]:
    world.die()
    yield


@contextmanager
def sleep(world: World) -> Iterator[None]:
    """The process is stopped, and goes on."""
    world.stop(world.chance.randrange(5, 60) * MINUTE)
    yield


KINDS: dict[str, list[Fault]] = {
    "clock": [lying_clock],
    "network": [no_network, flapping_network, flapping_network, refusals, hanging_polls],
    "database": [full_disk, locked_database],
    "slack": [no_slack, silent_slack, renamed_channel, archived_channel],
    "life": [death, sleep],
}
"""Of one kind there is one at a time; those of different kinds overlap."""


def some(world: World) -> list[Fault]:
    """One to three faults of different kinds."""
    chance = world.chance
    kinds = chance.sample(list(KINDS), chance.choice([1, 2, 2, 3]))
    if {"database", "life"} <= set(kinds):  # another life would have a database that is well
        kinds.remove("life")
    faults = [chance.choice(KINDS[kind]) for kind in kinds]
    if not world.running.app.db.is_sqlite:
        faults = [full_disk if fault is locked_database else fault for fault in faults]
    return faults
