"""What the commands share: the option for the config, and how they log."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import click

config_option = click.option(
    "--config",
    "-c",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="SIAGA_CONFIG",
    help="The config file; default: siaga.yaml here, if it is there.",
)

database_option = click.option(
    "--database",
    metavar="FILE",
    help="Another database than the config's: one a replay or the demo wrote.",
)

CHATTY = (
    "alembic",
    "apscheduler",
    "googleapiclient",
    "httpcore2",
    "httpx2",
    "slack_sdk",
    "tweepy",
    "urllib3",
)
"""Libraries that log every step or request, some with its URL and so with a key in it."""


def show_logging(verbose: bool = False) -> None:
    """Log to standard error, a line each; without the time where the journal adds it."""
    moment = "" if os.environ.get("JOURNAL_STREAM") else "%(asctime)s "
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.DEBUG if verbose else logging.INFO,
        format=f"{moment}%(levelname)-7s %(message)s",
        datefmt="%Y-%m-%d %H:%M:%S",
        force=True,
    )
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def quiet_logging() -> None:
    """Only what is wrong, for commands whose output is their answer."""
    show_logging()
    logging.getLogger().setLevel(logging.WARNING)


def count_of(number: int, noun: str) -> str:
    """``1 brand``, ``1,200 brands``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
