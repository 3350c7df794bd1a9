"""``siaga run``: the daemon."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from monitor.app import config_path, open_config
from monitor.cli.options import config_option, show_logging
from monitor.runtime.daemon import Daemon
from monitor.runtime.only_one import only_one


@click.command()
@config_option
@click.option("--verbose", is_flag=True, help="Log every step, not only what matters.")
def run(config: Path | None, verbose: bool) -> None:
    """The daemon: listen, notice, tell. Ends on SIGTERM or Ctrl-C; SIGHUP reloads the config."""
    show_logging(verbose)
    config = config_path(config)
    app = open_config(config)
    with only_one(app.db):
        if not app.brands:
            click.echo(
                "No brand is configured yet: copy config/siaga.example.yaml to siaga.yaml "
                "and make it yours.",
                err=True,
            )
        code = Daemon(app, config).run()
    sys.exit(code)
