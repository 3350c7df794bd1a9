"""Worlds, each of its own, with Slack behind a proxy that enforces Slack's pace."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from fakes.crisis import watching
from fakes.slack_emulator import Emulator
from fakes.slack_proxy import proxied
from history.record import History
from history.stories import EVENING_S, an_evening
from history.world import World


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, ready for use."""
    file = tmp_path_factory.mktemp("prepared") / "world.db"
    watching(f"sqlite:///{file}").db.close()
    return file


@contextmanager
def one_world(prepared: Path, emulator: Emulator, folder: Path, **how: Any) -> Iterator[World]:
    """A world in a folder of its own."""
    shutil.copy(prepared, folder / "world.db")
    with proxied(emulator.url) as proxy:
        proxy.rate_s, proxy.updates_a_minute = 1.0, 50
        made = World(folder, proxy, emulator.room(), **how)
        try:
            yield made
        finally:
            made.close()


@pytest.fixture
def world(
    prepared: Path, slack_emulator: Emulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., World]]:
    """Makes worlds; each is closed after the test."""
    with ExitStack() as stack:

        def make(**how: Any) -> World:
            folder = tmp_path_factory.mktemp("world")
            return stack.enter_context(one_world(prepared, slack_emulator, folder, **how))

        yield make


@pytest.fixture(scope="module")
def told_evening(
    prepared: Path, slack_emulator: Emulator, tmp_path_factory: pytest.TempPathFactory
) -> History:
    """The record of an evening in which nothing went wrong, and of a restart after it."""
    with one_world(prepared, slack_emulator, tmp_path_factory.mktemp("evening")) as world:
        an_evening(world)
        world.run(EVENING_S)
        world.rest()
        return world.history()
