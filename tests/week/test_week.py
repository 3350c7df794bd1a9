"""A week in virtual time in which everything fails, several things at a time: nothing is lost,
nothing is told twice, nothing is deleted, and every deafness is told within fifteen minutes."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from fakes.lines import T0
from week.faults import some
from week.world import MINUTE, Steady, World

from monitor.jobs.upkeep import clock
from monitor.runtime import guard, worker_loop, workers


def a_round(world: World) -> None:
    """Some faults that overlap, and a time in which all is well."""
    chance = world.chance
    with ExitStack() as mended:
        for fault in some(world):
            world.broken.append(f"{world.true - T0} {fault.__name__}")
            mended.enter_context(fault(world))
            world.faults += 1
            world.live(world.true + chance.randrange(2, 15) * MINUTE)
        world.live(world.true + chance.randrange(15, 45) * MINUTE)
    world.broken.append(f"{world.true - T0} all is well")
    if chance.random() < 0.3:
        world.storm()
    world.live(world.true + chance.randrange(90, 200) * MINUTE, calm=True)
    world.check_kept()


def check_life(
    database_url: str, monkeypatch: pytest.MonkeyPatch, folder: Path, days: float, seed: int
) -> World:
    monkeypatch.setenv("SIAGA_RUNTIME_DIR", str(folder / "run"))
    steady = Steady()
    for module in (guard, worker_loop, workers, clock):
        monkeypatch.setattr(module, "monotonic", steady)
    world = World(database_url, Random(seed), steady)
    world.live(T0 + timedelta(hours=1), calm=True)
    while world.true < T0 + timedelta(days=days):
        a_round(world)
    world.live(world.true + timedelta(hours=8), calm=True)
    print(f"{days} days, seed {seed}: {world.summary()}")
    world.check()
    world.running.end()
    assert world.late == [], "\n".join(world.late)
    return world


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(3))
def test_a_week_of_faults_is_told_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    url = f"sqlite:///{tmp_path / 'siaga.db'}"
    assert check_life(url, monkeypatch, tmp_path, 7, seed).faults >= 50


@pytest.mark.soak
def test_a_week_of_faults_on_postgresql(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert check_life(postgres_url, monkeypatch, tmp_path, 7, 3).faults >= 50
