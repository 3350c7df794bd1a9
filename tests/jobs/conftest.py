"""An app that polls a script, on either database, and an outbox; closed after the test."""

from __future__ import annotations

import io

import pytest
from fakes.lines import make_app
from fakes.post import Post

from monitor.store.engine import Database
from monitor.store.tables.base import Base


@pytest.fixture
def line(database_url):
    opened = []

    def start(script, **how):
        opened.append(make_app(database_url, script, **how))
        return opened[-1]

    yield start
    for app in opened:
        app.db.close()


@pytest.fixture
def post(tmp_path, slack_proxy, room):
    """An outbox with Slack behind a proxy."""
    db = Database(f"sqlite:///{tmp_path / 'siaga.db'}")
    Base.metadata.create_all(db.engine)
    yield Post(db, slack_proxy, room, io.StringIO())
    db.close()
