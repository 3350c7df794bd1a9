"""Whatever the process, the network, Slack and the machine do: nothing lost, nothing doubled, and
nobody is called in vain. Each time the history checker proves it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest
from history.check import prove
from history.mortal import POINTS, Doom, Fate
from history.record import Window
from history.stories import (
    EVENING_S,
    a_busy_evening,
    an_evening,
    pressed,
    storm_that_goes_on,
)
from history.world import World

Worlds = Callable[..., World]

SHORT_S = 900.0
"""A card, lines, a step and an acknowledgement."""


def short(world: World) -> None:
    storm_that_goes_on(world, 7)
    pressed(world, 700, "ack")


@pytest.mark.parametrize(
    "nth",
    [pytest.param(1, marks=pytest.mark.soak), 2, pytest.param(3, marks=pytest.mark.soak)],
)
@pytest.mark.parametrize("point", POINTS)
def test_a_death_at_any_named_point_loses_and_doubles_nothing(
    world: Worlds, point: str, nth: int
) -> None:
    made = world(fate=Fate(point, nth))
    short(made)
    if point == "in call":
        made.proxy.fault("hang_after", times=3)
    made.run(SHORT_S)
    made.rest()
    assert made.deaths == 2
    prove(made.history())


@pytest.mark.soak
def test_a_death_at_every_commit_and_every_call_loses_and_doubles_nothing(world: Worlds) -> None:
    calm = world()
    short(calm)
    calm.run(SHORT_S)
    passed: Counter[str] = calm.fate.passed
    for point in POINTS:
        for nth in range(1, passed[point] + 1):
            made = world(fate=Fate(point, nth))
            short(made)
            made.run(SHORT_S)
            made.rest(30)
            prove(made.history())
    print(f"died at {sum(passed.values())} points: {dict(passed)}")


def busy(worlds: Worlds, seed: int) -> World:
    """A busy evening in which the process dies now and then, wherever it then is."""
    doom = Doom(chance=Random(seed))
    made = worlds(fate=doom)
    a_busy_evening(made)
    made.run(EVENING_S + 240)  # many deaths leave much to be looked up: until all is told
    doom.over = True
    made.rest()
    prove(made.history())
    return made


@pytest.mark.soak
def test_a_thousand_deaths_while_people_press(world: Worlds) -> None:
    deaths, seed = 0, 0
    while deaths < 1000:
        deaths, seed = deaths + busy(world, seed).deaths, seed + 1
    print(f"{deaths} deaths in {seed} evenings")


@pytest.mark.soak
def test_an_evening_with_an_outage_at_every_turn(world: Worlds) -> None:
    made = world()
    an_evening(made)
    for start in range(100, 1500, 300):
        made.run(start)
        with made.outage():
            made.run(start + 120)
    made.run(EVENING_S + 200)
    made.rest()
    prove(made.history())


@pytest.mark.soak
def test_slack_that_says_too_fast_again_and_again(world: Worlds) -> None:
    """For as long as it says so it takes nothing: that is an outage."""
    made = world()
    short(made)
    for first in range(0, 12, 2):
        made.proxy.fault("429", "*", times=3, first=first, retry_after=20)
    made.run(SHORT_S + 300)
    refused = [call.when for call in made.proxy.calls if call.outcome == "ratelimited"]
    assert len(refused) >= 9
    made.outages += [Window(at, at + timedelta(seconds=20)) for at in refused]
    made.rest()
    prove(made.history())


@pytest.mark.parametrize(
    "fault",
    [
        "hang_after",
        *(
            pytest.param(kind, marks=pytest.mark.soak)
            for kind in ("drop_after", "500_after", "garbage_after")
        ),
    ],
)
def test_slack_that_takes_and_never_answers(world: Worlds, fault: str) -> None:
    made = world()
    short(made)
    made.proxy.fault(fault, "chat.postMessage", times=4)
    made.proxy.fault(fault, "chat.update", times=2)
    made.run(SHORT_S + 300)
    made.rest()
    prove(made.history())


@pytest.mark.soak
def test_half_open_sockets(world: Worlds) -> None:
    """Connections are taken, nothing is ever answered, and nothing has arrived."""
    made = world()
    short(made)
    made.run(60)
    start = made.clock()
    fault = made.proxy.fault("hang_before", "*", times=10**6)
    made.run(400)
    made.proxy.faults.remove(fault)
    fault.released.set()
    made.outage_was(start)
    made.run(SHORT_S + 300)
    made.rest()
    prove(made.history())


@pytest.mark.soak
@pytest.mark.parametrize("jump_s", [3600.0, 90.0, -90.0])
def test_a_clock_that_jumps(world: Worlds, jump_s: float) -> None:
    made = world()
    short(made)
    made.run(400)
    start = made.clock()
    made.clock.now = start + timedelta(seconds=jump_s)
    made.down_was(min(start, made.clock()), max(start, made.clock()))
    made.run(SHORT_S + max(0, jump_s) + 300)
    made.rest()
    prove(made.history())


@pytest.mark.soak
def test_a_full_disk(world: Worlds) -> None:
    made = world()
    short(made)
    made.run(60)
    with made.full_disk():
        made.run(400)
    assert any("full" in error for error in made.errors)
    made.run(SHORT_S + 300)
    made.rest()
    prove(made.history())
