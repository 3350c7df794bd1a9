"""What the commands share: options, counted words, times."""

from __future__ import annotations

from datetime import datetime
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


NUMBER = click.IntRange(1, 2**63 - 1)
"""The number of something that is stored."""


def count_of(number: int, noun: str) -> str:
    """``1 brand``, ``1,200 brands``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def utc(at: datetime) -> str:
    """``2026-02-14 08:05 UTC``."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
