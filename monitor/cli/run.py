"""``siaga run``: the daemon."""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

import click

from monitor.app import channels_of, load_config, needed_config, open_settings
from monitor.cli.options import config_option
from monitor.cli.remote import carried_out
from monitor.problems import Problem
from monitor.runtime.daemon import Daemon
from monitor.runtime.logs import show_logging
from monitor.runtime.only_one import PATIENCE_S, only_one
from monitor.settings.model import Settings
from monitor.settings.places import storage_url
from monitor.store.engine import DatabaseProblem, shown, understood
from monitor.web.serve import PageProblem


@click.command()
@config_option
@click.option("--verbose", is_flag=True, help="Log every step, not only what matters.")
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    help="Default: the config's log.format, else text.",
)
def run(config: Path | None, verbose: bool, log_format: str | None) -> None:
    """The daemon: listen, notice, tell. Ends on SIGTERM or Ctrl-C; SIGHUP reloads the config."""
    show_logging(verbose=verbose, form=log_format or "text")
    config = needed_config(config)
    settings = load_config(config).settings
    show_logging(verbose=verbose, form=log_format or settings.log.format)
    if not settings.brands:
        raise Problem(
            f"{config} names no brand, so nothing would be watched; add one under `brands:`."
        )
    group = click.get_current_context().find_root().command
    try:
        opened = open_settings(settings, config.parent)
        with only_one(opened.db, PATIENCE_S):
            code = Daemon(opened, config, answer=partial(carried_out, group)).run()
    except (DatabaseProblem, PageProblem) as problem:
        _cry(settings, config.parent, str(problem))
        raise
    sys.exit(code)


def _cry(settings: Settings, folder: Path, problem: str) -> None:
    """Tell people past the database why it does not start: a daemon that does not is as silent as
    one that is well."""
    from monitor.runtime.guard import cry_once  # HTTP: 0.1 s, only where it cannot start

    url = storage_url(settings, folder)
    with suppress(DatabaseProblem):  # of a URL that names none: which of them does not matter
        url = shown(understood(url))
    cry_once(url, settings, channels_of(settings), lambda _: [problem], [problem])
