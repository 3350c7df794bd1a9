"""Values from a stranger's JSON, believed only in the type they should have."""

from __future__ import annotations

from collections.abc import Mapping
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


def id_in(told: Any) -> str | None:
    """The id of what is told as an object or as its id alone; None where there is none. Raises
    ValueError for what is no id."""
    name = told.get("id") if isinstance(told, dict) else told
    return None if name in (None, "", "0", 0) else identity(name)


def part_of(row: Any, name: str) -> Mapping[str, Any]:
    """An object within a row; an empty one where it is missing or something else."""
    told = row.get(name) if isinstance(row, dict) else None
    return told if isinstance(told, dict) else {}


def rows_in(told: Any) -> list[Any]:
    """The rows of a list as Meta tells it within a row; none where it is none."""
    rows = told.get("data") if isinstance(told, dict) else None
    return rows if isinstance(rows, list) else []


def text_of(value: Any) -> str:
    """A text. Raises ValueError for what is none."""
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


def word(value: Any) -> str:
    """A name or an id that may be left out; "" where there is none, or something else."""
    told = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value) if told and value else ""


def number(value: Any) -> int | None:
    """A number of things, from an int or its digits; None for anything else."""
    if isinstance(value, str) and value.isdecimal() and len(value) < 16:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST:
        return None
    return value
