"""The app a command works on: the config's, or that of another database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from monitor.app import (
    App,
    Opened,
    assemble,
    complete,
    config_path,
    load_config,
    open_config,
)
from monitor.cli.remote import SERVED
from monitor.problems import NotHere, Problem
from monitor.runtime.logs import quiet_logging
from monitor.store.meta import get_meta


@contextmanager
def opened(config: Path | None, *, create: bool = False) -> Iterator[App]:
    """The app of the config, its database closed at the end. ``create``: make the database where
    there is none. Raises ``NotHere``."""
    quiet_logging()
    app = _app_of(config, create)
    try:
        yield app
    finally:
        app.db.close()


@contextmanager
def opened_at(
    config: Path | None, database: str | None, *, create: bool = False
) -> Iterator[tuple[App, datetime]]:
    """The app and the domain's time. ``database``: another than the config's; of a replay's
    database the time is the replay's position. Within the daemon it is the daemon's own app.
    Raises ``NotHere``. ``create``: make the database where there is none."""
    if served := SERVED.get():
        if database is not None or config is not None:
            raise Problem("The daemon has its own config and database.")
        yield served.app, served.app.now()
        return
    quiet_logging()
    app = _app_of(config, create) if database is None else _assembled(config, database)
    try:
        with app.db.read() as tx:
            position = get_meta(tx, "position")
        now = datetime.fromisoformat(position["at"]) if position else app.now()
        yield replace(app, replay=position is not None), now
    finally:
        app.db.close()


def opened_config(config: Path | None, *, create: bool = False) -> Opened:
    """The config's settings and its database. Raises ``NotHere``."""
    try:
        return open_config(config, create=create)
    except Problem as problem:
        raise NotHere(str(problem)) from problem


def _app_of(config: Path | None, create: bool) -> App:
    opened = opened_config(config, create=create)
    try:
        return complete(opened)
    except Problem as problem:
        raise NotHere(str(problem)) from problem


def _assembled(config: Path | None, database: str) -> App:
    url = database if "://" in database else f"sqlite:///{Path(database).resolve()}"
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        raise Problem(f"There is no database {database}; name one that a replay has written.")
    settings = load_config(config_path(config)).settings
    return assemble(settings, folder=config.parent if config else Path(), database_url=url)
