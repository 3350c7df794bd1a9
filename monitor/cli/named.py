"""The language that somebody at a terminal names, before any catalog of texts is loaded."""

from __future__ import annotations

import os

VARIABLES = ("SIAGA_LANGUAGE", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""Variables that say in which language somebody wants to be spoken to, the strongest first."""


def named() -> str:
    """What the first of them that is set says; "" where none is."""
    return next(filter(None, map(os.environ.get, VARIABLES)), "")
