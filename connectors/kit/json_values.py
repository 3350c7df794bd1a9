"""Values from a stranger's JSON, believed only in the type they should have."""

from __future__ import annotations

from typing import Any

UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError)
"""What reading JSON of another shape than promised raises: such an entry is skipped."""

LONGEST_ID = 300
MOST = 2**53


def identity(value: Any) -> str:
    """An id as text. Raises ValueError for what is none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("no id")
    name = str(value)
    if not 0 < len(name) <= LONGEST_ID or not name.isprintable():
        raise ValueError("no id")
    return name


def text_of(value: Any) -> str:
    """A text. Raises ValueError for what is none."""
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


def number(value: Any) -> int | None:
    """A number of things, from an int or its digits; None for anything else."""
    if isinstance(value, str) and value.isdecimal() and len(value) < 16:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST:
        return None
    return value
