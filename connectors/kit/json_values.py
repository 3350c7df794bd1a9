"""Values from a stranger's JSON, believed only in the type they should have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orjson

UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError)
"""What reading JSON of another shape than promised raises: such an entry is skipped."""

LONGEST_ID = 300
MOST = 2**53


def read_json(body: bytes) -> Any:
    """What an answer tells as JSON. Raises ValueError where it is none.

    Texts that were cut in the middle of an emoji end in half a character (``\\ud83d``), and some
    bodies hold bytes that are no UTF-8: strictly none of that is JSON, but of one such text all
    others of its page would go unheard, and the code of an error with them. They become U+FFFD.
    """
    try:
        return orjson.loads(body)
    except ValueError:
        pass
    try:
        told = json.loads(body.decode("utf-8-sig", "replace"), strict=False)
        whole = json.dumps(told, ensure_ascii=False)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    joined = whole.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return orjson.loads(joined)


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
