"""An app that polls a script, on either database; closed after the test."""

from __future__ import annotations

import pytest
from fakes.lines import make_app


@pytest.fixture
def line(database_url):
    opened = []

    def start(script, **how):
        opened.append(make_app(database_url, script, **how))
        return opened[-1]

    yield start
    for app in opened:
        app.db.close()
