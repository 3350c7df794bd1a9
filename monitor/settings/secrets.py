"""Secrets: from the environment, or from a file that the environment names. Never from config."""

from __future__ import annotations

import os
from pathlib import Path

from monitor.problems import Problem


def secret(name: str) -> str:
    """The secret ``NAME``, else the content of the file that ``NAME_FILE`` names, else ``""``.

    White space around it is dropped: a file usually ends with a line break, which is in no token.
    Raises Problem where the named file cannot be read; the text says which, never what is in it.
    """
    if value := os.environ.get(name, "").strip():
        return value
    file = os.environ.get(f"{name}_FILE", "").strip()
    if not file:
        return ""
    try:
        return Path(file).read_text("utf-8").strip()
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or a NUL in the name
        why = error.strerror if isinstance(error, OSError) else "it is not a UTF-8 text"
        raise Problem(f"cannot read {name} from {file}, which {name}_FILE names: {why}") from None
