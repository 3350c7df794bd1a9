"""An app that polls a script, on either database, and an outbox; closed after the test."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.databases import sqlite_with_tables
from fakes.lines import Script, make_app
from fakes.post import Post
from fakes.slack_emulator import Room
from fakes.slack_proxy import Proxy

from monitor.app import App
from monitor.store.engine import Database


@pytest.fixture
def line(database_url: str) -> Iterator[Callable[..., App]]:
    opened: list[App] = []

    def start(script: Script, **how: Any) -> App:
        opened.append(make_app(database_url, script, **how))
        return opened[-1]

    yield start
    for app in opened:
        app.db.close()


@pytest.fixture
def post(tmp_path: Path, slack_proxy: Proxy, room: Room) -> Iterator[Post]:
    """An outbox with Slack behind a proxy."""
    db = Database(sqlite_with_tables(tmp_path / "siaga.db", named=False))
    yield Post(db, slack_proxy, room, io.StringIO())
    db.close()
