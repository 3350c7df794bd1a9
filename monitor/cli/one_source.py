"""The one source that a command is about, by its name in the config."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from monitor.app import App, assemble, load_config, needed_config
from monitor.cli.opened import raise_where_nothing_is_watched, url_to_read
from monitor.problems import Problem, no_brand
from monitor.runtime.logs import quiet_logging
from monitor.settings.model import SourceSettings

FAR_BACK = datetime(2006, 1, 1, tzinfo=UTC)
"""A dry run shows all that a platform still gives, within the connector's budget of pages."""


@contextmanager
def app_for(config: Path | None, *, dry_run: bool) -> Iterator[App]:
    """The config's app; for a dry run where there is no database yet, with one that is thrown
    away."""
    quiet_logging()
    path = needed_config(config)
    settings = load_config(path).settings
    raise_where_nothing_is_watched(path, settings)
    with ExitStack() as stack:
        url = url_to_read(stack, settings, path.parent) if dry_run else ""
        app = assemble(settings, folder=path.parent, database_url=url)
        stack.callback(app.db.close)
        yield app


def source_named(app: App, name: str) -> tuple[str, SourceSettings]:
    """The source that ``brand/name`` (or ``brand/connector/name``, as it is shown) means."""
    brand, _, rest = name.partition("/")
    known = app.brands.get(brand)
    if known is None:
        raise Problem(no_brand(brand, app.brands))
    for source in known.sources:
        if rest in (source.name, f"{source.connector}/{source.name}"):
            return brand, source
    there = ", ".join(f"{brand}/{source.name}" for source in known.sources) or "none"
    raise Problem(f"There is no source {name}; the config has {there}.")
