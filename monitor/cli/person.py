"""Who does what a command does."""

from __future__ import annotations

import click

from monitor.cli.remote import current_user

who_option = click.option("--who", default=None, help="Who does it; default: your login name.")


def who_is(named: str | None) -> str:
    """The person named, else whoever gives the command."""
    return (named or "").strip() or current_user().strip() or "somebody"
