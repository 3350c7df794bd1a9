"""The app a command works on: the config's, or that of another database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from monitor.app import App, assemble, config_path, load_config, open_app
from monitor.problems import Problem
from monitor.runtime.logs import quiet_logging
from monitor.store.meta import get_meta


@contextmanager
def opened(config: Path | None) -> Iterator[App]:
    """The app of the config, its database closed at the end."""
    quiet_logging()
    app = open_app(config)
    try:
        yield app
    finally:
        app.db.close()


@contextmanager
def opened_at(config: Path | None, database: str | None) -> Iterator[tuple[App, datetime]]:
    """The app and the domain's time. ``database``: another than the config's; of a replay's
    database the time is the replay's position."""
    quiet_logging()
    app = open_app(config) if database is None else _assembled(config, database)
    try:
        with app.db.read() as tx:
            position = get_meta(tx, "position")
        now = datetime.fromisoformat(position["at"]) if position else app.now()
        yield replace(app, replay=position is not None), now
    finally:
        app.db.close()


def _assembled(config: Path | None, database: str) -> App:
    url = database if "://" in database else f"sqlite:///{Path(database).resolve()}"
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        raise Problem(f"There is no database {database}; name one that a replay has written.")
    settings = load_config(config_path(config)).settings
    return assemble(settings, folder=config.parent if config else Path(), database_url=url)
