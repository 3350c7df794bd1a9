"""Where the files are that ship with Siaga: playbooks, scenarios, the example config."""

from __future__ import annotations

from pathlib import Path

from monitor.problems import Problem


def shipped(folder: str) -> Path:
    """``config/<folder>`` of a checkout, or its copy inside the installed wheel; ``""`` is all of
    ``config/``. Raises Problem where there is neither."""
    here = Path(__file__).resolve().parent.parent
    for base in (here / "_shipped", here.parent / "config"):
        if (base / folder).exists():
            return base / folder
    raise Problem(f"this installation lacks its files `{folder}`; install siaga again")
