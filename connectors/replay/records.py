"""Rows where they stand in a file, whatever form it has; and JSON lines, the plainest form."""

from __future__ import annotations

import ast
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, Protocol, cast

import orjson

from connectors.base import Rejected
from connectors.replay.x_posts import LEFT_OUT, whole

Row = Mapping[str, Any]

MAX_ROW_BYTES = 1 << 20
"""Bytes; a longer row is not a mention."""

DEPTH = 3
"""Objects in objects whose values are columns: ``user.screen_name``."""

MAX_ITEMS = 10
"""Objects of a list in a row that are looked at."""


@dataclass(frozen=True, slots=True)
class Record:
    """A row where it stands: byte, bytes, line number from 1, lines. ``row`` is None where it
    cannot be used, ``why`` says so; ``repaired``: it had a quote that was not closed; ``joined``:
    it had more cells than the header, and those in the text's place were read as one."""

    start: int
    length: int
    line: int
    lines: int
    row: Row | None
    why: str = ""
    repaired: bool = False
    joined: bool = False


class Records(Protocol):
    """The rows of a file of some form."""

    columns: tuple[str, ...]

    def read(self, raw: bytes) -> Row:
        """The row that these bytes are. Raises ValueError where they are none."""
        ...

    def records(self, is_row: Callable[[Row], bool]) -> Iterator[Record]:
        """All rows in the file's order. ``is_row`` tells whether one could stand alone."""
        ...


class JsonLines:
    """A JSON object a line. ``columns`` are the names that the first objects have."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self.file = file
        self.begin = file.tell()
        head = list(islice(self.records(lambda _: True), 100))
        if not head:
            raise Rejected(f"{path} is empty.")
        names = {name: None for record in head if record.row for name in _names(record.row)}
        if all(record.why == LEFT_OUT for record in head):
            names = {"text": None, "created_at": None}
        if not names:
            raise Rejected(
                f"{path} is not JSON lines: its first lines are no JSON objects "
                f"(a CSV file needs the ending .csv or the option `format: csv`)."
            )
        self.columns = tuple(names)

    def read(self, raw: bytes) -> Row:
        return cast(Row, whole(loaded(raw)))

    def records(self, is_row: Callable[[Row], bool]) -> Iterator[Record]:
        self.file.seek(self.begin)
        start, line = self.begin, 1
        while raw := self.file.readline(MAX_ROW_BYTES):
            length = len(raw)
            if not raw.endswith(b"\n") and length == MAX_ROW_BYTES:
                length += rest_of_line(self.file)
                yield Record(start, length, line, 1, None, "more than 1 MiB")
            elif raw.strip():
                yield self._record(start, line, raw)
            start, line = start + length, line + 1

    def _record(self, start: int, line: int, raw: bytes) -> Record:
        row = loaded(raw)
        if row is None:
            return Record(start, len(raw), line, 1, None, "no JSON")
        if not isinstance(row, dict):
            return Record(start, len(raw), line, 1, None, "no JSON object")
        complete = whole(row)
        why = "" if complete is not None else LEFT_OUT
        return Record(start, len(raw), line, 1, complete, why)


_PYTHON = re.compile(r"\[?\s*\{\s*'")
MAX_PYTHON = 16 << 20
"""Characters of what Python has printed that are read: it takes a hundred times as much memory."""


def loaded(raw: bytes) -> Any:
    """A JSON value, with what people's programs leave in it: NaN, a comma behind it, control
    characters, lone surrogates, Python's way to write it. None where it is none."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        pass
    text = raw.decode("utf-8", "replace").strip().rstrip(",")
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        pass
    if not _PYTHON.match(text) or len(text) > MAX_PYTHON:
        return None
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def value_of(row: Row, column: str) -> str:
    """A row's value as text, ``""`` where there is none; ``user.name`` is the name in ``user``, or
    in the first of several that has one."""
    value = row.get(column)
    if value is None and "." in column:
        value = _within(row, column.split("."))
    while isinstance(value, Mapping):
        ((name, inner),) = value.items() if len(value) == 1 else (("", None),)
        value = inner if name.startswith("$") else None  # MongoDB's {"$date": …}
    if isinstance(value, list):
        value = _joined(value)
    if value is None or isinstance(value, dict | list):
        return ""
    text = value.strip() if isinstance(value, str) else str(value)
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _joined(pieces: Sequence[Any]) -> str | None:
    """A text in pieces, plain ones and objects of a type, as Telegram exports it; None: none."""
    texts = [piece.get("text") if isinstance(piece, Mapping) else piece for piece in pieces]
    typed = any(isinstance(piece, Mapping) and "type" in piece for piece in pieces)
    whole = typed and all(isinstance(text, str) for text in texts)
    return "".join(map(str, texts)) if whole else None


def _within(value: Any, path: Sequence[str]) -> Any:
    for n, part in enumerate(path):
        if isinstance(value, list):
            inner = (_within(item, path[n:]) for item in value[:MAX_ITEMS])
            return next((found for found in inner if found is not None), None)
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def temporary() -> IO[bytes]:
    """A file without a name, which goes with its last user."""
    return tempfile.TemporaryFile()


def printable(text: str, most: int = 60) -> str:
    """A stranger's words for a terminal: one line, no escapes, not longer than that."""
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return words[:most] + ("…" if len(words) > most else "")


def rest_of_line(file: IO[bytes]) -> int:
    """Read to the end of the line; how many bytes that were."""
    length = 0
    while piece := file.readline(MAX_ROW_BYTES):
        length += len(piece)
        if piece.endswith(b"\n"):
            break
    return length


def _names(row: Row, before: str = "", depth: int = DEPTH) -> Iterator[str]:
    for name, value in row.items():
        if isinstance(value, dict) and depth and not _is_wrapped(value):
            yield from _names(value, f"{before}{name}.", depth - 1)
        elif isinstance(value, list) and depth and value and isinstance(value[0], dict):
            for item in value[:MAX_ITEMS]:
                if isinstance(item, dict):
                    yield from _names(item, f"{before}{name}.", depth - 1)
        else:
            yield f"{before}{name}"


def _is_wrapped(value: Mapping[str, Any]) -> bool:
    return len(value) == 1 and next(iter(value)).startswith("$")
