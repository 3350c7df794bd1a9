"""A source goes deaf right after a good poll, while what would tell of it is broken too: people
know within fifteen minutes all the same, by another way. The daemon's own loops, virtual time."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from fakes.lines import T0
from week.faults import full_disk, locked_database, no_slack
from week.world import IN_TIME, MINUTE, TICK, Steady, World

from connectors.base import Unavailable
from monitor.jobs.upkeep import clock
from monitor.runtime import guard, worker_loop, workers


def nothing(world: World) -> AbstractContextManager[None]:
    return nullcontext()


def deaf_while(
    also: Any, database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> World:
    """A life in which two sources go deaf, asked every 5 minutes and every 10, and something else
    breaks when that is to be told."""
    monkeypatch.setenv("SIAGA_RUNTIME_DIR", str(folder / "run"))
    steady = Steady()
    for module in (guard, worker_loop, workers, clock):
        monkeypatch.setattr(module, "monotonic", steady)
    world = World(database_url, Random(1), steady, brands={"kopi": 2})
    world.live(T0 + 20 * MINUTE, calm=True)
    while world.heard["kopi1"] != world.true:
        world.live(world.true + TICK)
    deaf = world.true
    world.down = dict.fromkeys(["kopi0", "kopi1"], Unavailable("It does not answer."))
    late = timedelta(seconds=9)  # so that each look comes as late as it may
    world.live(deaf + 13 * MINUTE - TICK)
    world.live(deaf + 14 * MINUTE - TICK + late)
    with also(world):
        world.live(deaf + IN_TIME + MINUTE)
    world.running.end()
    return world


@pytest.mark.parametrize("also", [nothing, no_slack, locked_database])
def test_a_deafness_is_told_in_time_by_some_way(also, tmp_path, monkeypatch):
    world = deaf_while(also, f"sqlite:///{tmp_path / 'siaga.db'}", tmp_path, monkeypatch)
    assert (world.deafnesses, world.late) == (2, [])
    assert timedelta(minutes=14) < world.worst <= IN_TIME


def test_a_deafness_on_a_full_disk_is_told_in_time(postgres_url, tmp_path, monkeypatch):
    world = deaf_while(full_disk, postgres_url, tmp_path, monkeypatch)
    assert (world.deafnesses, world.late) == (2, [])
    assert timedelta(minutes=14) < world.worst <= IN_TIME
