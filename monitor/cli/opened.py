"""The app a command works on: the config's, or that of another database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from alerting.channels.sanitize import clean
from monitor.app import (
    App,
    Opened,
    assemble,
    complete,
    config_path,
    load_config,
    needed_config,
    open_settings,
)
from monitor.cli.language import _, told
from monitor.cli.remote import SERVED
from monitor.problems import NotHere, Problem
from monitor.runtime.logs import quiet_logging
from monitor.settings.load import ConfigProblem
from monitor.settings.model import Settings
from monitor.settings.places import storage_url
from monitor.store.engine import Database
from monitor.store.meta import get_meta
from monitor.store.schema import is_made


@contextmanager
def opened(
    config: Path | None, *, create: bool = False, reads: bool = False, brandless: bool = False
) -> Iterator[App]:
    """The app of the config, its database closed at the end. ``create``: make the database where
    there is none; ``reads``, ``brandless``: as in ``opened_config``. Raises ``NotHere``."""
    quiet_logging()
    with opened_config(config, create=create, reads=reads, brandless=brandless) as found:
        yield _app_of(found)


@contextmanager
def opened_at(
    config: Path | None, database: str | None, *, reads: bool = False
) -> Iterator[tuple[App, datetime]]:
    """The app and the domain's time. ``database``: another than the config's; of a replay's
    database the time is the replay's position. Within the daemon it is the daemon's own app.
    Raises ``NotHere``. ``reads``: as in ``opened``."""
    if served := SERVED.get():
        if database is not None or config is not None:
            raise Problem("The daemon has its own config and database.")
        yield served.app, served.app.now()
        return
    quiet_logging()
    with ExitStack() as stack:
        if database is None:
            app = stack.enter_context(opened(config, reads=reads))
        else:
            app = _assembled(config, database)
            stack.callback(app.db.close)
        with app.db.read() as tx:
            position = get_meta(tx, "position")
        now = datetime.fromisoformat(position["at"]) if position else app.now()
        yield replace(app, replay=position is not None), now


@contextmanager
def opened_config(
    config: Path | None, *, create: bool = False, reads: bool = False, brandless: bool = False
) -> Iterator[Opened]:
    """The config's settings and its database, closed at the end. ``reads``: where there is no
    database yet, an empty one that is thrown away. ``brandless``: also of a config that watches
    nothing, and never has. Raises ``NotHere``."""
    with ExitStack() as stack:
        try:
            path = needed_config(config)
            settings, folder = load_config(path).settings, path.parent
            if not brandless:
                raise_where_nothing_is_watched(path, settings)
            url = url_to_read(stack, settings, folder) if reads else ""
            found = open_settings(settings, folder, url, create=create or reads)
        except Problem as problem:
            raise NotHere(str(problem)) from problem
        stack.callback(found.db.close)
        yield found


def raise_where_nothing_is_watched(path: Path, settings: Settings) -> None:
    """Raise ``Problem`` where the config has no brand and there is no database yet: none is made
    for it, and there is nothing to tell."""
    if not settings.brands and not is_made(storage_url(settings, path.parent)):
        raise_without_brands(path, settings)


def raise_without_brands(path: Path, settings: Settings) -> None:
    """Raise ``Problem`` where the config has no brand."""
    if not settings.brands:
        raise Problem(f"{path} names no brand, so nothing would be watched; add one to `brands:`.")


def url_to_read(stack: ExitStack, settings: Settings, folder: Path) -> str:
    """Where the database is; where there is none yet, an empty one that ``stack`` throws away.
    Raises ``DatabaseProblem``."""
    url = storage_url(settings, folder)
    if is_made(url):
        return url
    scratch = stack.enter_context(TemporaryDirectory(prefix="siaga-"))
    return f"sqlite:///{scratch}/empty.db"


def _app_of(found: Opened) -> App:
    try:
        return complete(found)
    except Problem as problem:
        raise NotHere(str(problem)) from problem


def _assembled(config: Path | None, database: str) -> App:
    url = database if "://" in database else f"sqlite:///{Path(database).resolve()}"
    with closing(Database(url)) as db:
        if db.is_missing():
            raise Problem(f"There is no database {database}; name one that a replay has written.")
    try:
        settings = load_config(config_path(config)).settings
    except ConfigProblem as problem:  # whoever names the database can acknowledge all the same
        without = _("done without the config")
        click.echo(clean(f"siaga: {told(problem)} ({without})"), err=True)
        settings = Settings()
    return assemble(settings, folder=config.parent if config else Path(), database_url=url)
