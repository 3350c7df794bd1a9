"""Workbooks, and tables in web pages that are named like workbooks, as CSV.

Many tools write HTML, or Excel 2003's XML, into a file called ``.xls``.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO

from connectors.base import Rejected
from connectors.kit.html_text import Tag, tokens
from connectors.replay.columns import fit, is_header, known_platform, names_time, plain_name
from connectors.replay.records import printable, temporary

Rows = Sequence[Sequence[str]]

HEADER_ROWS = 60
"""Rows of a sheet among which its header is looked for."""

MAX_MARKUP = 64 << 20
"""Bytes of a web page that are read."""

_MARKUP = re.compile(
    rb"\s*<(?:!doctype|\?xml|html|head|meta|style|div|table|workbook)\b", re.IGNORECASE
)
_TABLE = re.compile(rb"<(?:\w+:)?(?:table|worksheet)\b", re.IGNORECASE)


_NUMERIC = re.compile(r"\s*\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b")
_DAY_FIRST = re.compile(r"\s*(?:1[3-9]|2\d|3[01])[/.-](?:0?[1-9]|1[0-2])[/.-]\d{2,4}\b")


def book_rows(path: Path, raw: IO[bytes]) -> tuple[Rows, tuple[str, ...]]:
    """The rows of a workbook, and what of it is not read. Sheets of the same columns are read one
    after the other; of several kinds that with the most mentions. Raises ``Rejected``."""
    from python_calamine import CalamineError, CalamineWorkbook  # 0.02 s, only for workbooks

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw.read()))
        sheets = [(name, book.get_sheet_by_name(name).to_python()) for name in book.sheet_names]
    except (CalamineError, ValueError, OSError) as error:
        raise Rejected(f"the workbook {path} cannot be read: {error}.") from error
    exchanged: list[str] = []
    kinds: dict[frozenset[str], list[tuple[str, list[list[str]], int]]] = {}
    for name, cells in sheets:
        read = [[_cell(cell) for cell in row] for row in cells]
        at = next((n for n, row in enumerate(read[:HEADER_ROWS]) if is_header(row)), None)
        if at is not None:
            if moved := _exchanged(cells, read, at):
                exchanged.append(f"“{printable(moved)}” in “{printable(name)}”")
            names = frozenset(map(plain_name, read[at])) - {""}
            kinds.setdefault(names, []).append((name, read, at))
    if not kinds:
        longest = max((cells for _, cells in sheets), key=len, default=[])
        return [[_cell(cell) for cell in row] for row in longest], ()
    chosen = max(kinds.values(), key=lambda same: sum(len(cells) - at for _, cells, at in same))
    left = [name for same in kinds.values() if same is not chosen for name, _, _ in same]
    (_, first, _), *others = chosen
    named = _platforms(chosen)
    rows: list[Sequence[str]] = list(first)
    header = list(map(plain_name, rows[chosen[0][2]]))
    for _, more, at in others:
        rows.extend(_in_order(more[at + 1 :], list(map(plain_name, more[at])), header))
    notes = _notes([name for name, _, _ in chosen], left, exchanged)
    return rows, notes + named


def _in_order(rows: Rows, names: Sequence[str], header: Sequence[str]) -> Rows:
    """A sheet's rows with their cells where those of the first sheet stand."""
    if names == header or len(set(header)) < len(header):
        return rows
    places = [names.index(name) if name in names else len(names) for name in header]
    return [[row[at] if at < len(row) else "" for at in places] for row in rows]


def _platforms(sheets: Sequence[tuple[str, list[list[str]], int]]) -> tuple[str, ...]:
    """Give the rows the platform that their sheet is named after, where no column names one."""
    platforms = [known_platform(name) for name, _, _ in sheets]
    if not any(platforms) or any(fit("platform", c) for _, rows, at in sheets for c in rows[at]):
        return ()
    for platform, (_, rows, at) in zip(platforms, sheets, strict=True):
        width = max(map(len, rows[at:]))
        for n, row in enumerate(rows[at:]):
            row += [""] * (width - len(row)) + ["platform" if n == 0 else platform]
    return ("Platforms are taken from the sheets' names.",)


def _exchanged(cells: Sequence[Sequence[object]], rows: list[list[str]], at: int) -> str:
    """Give dates their day and month back that a spreadsheet has read the month first: all of
    those that could be read so are dates (up to day 12), all others stayed texts, the day first.
    The name of the first column where that was so; "" where it was in none."""
    found = ""
    for place, name in enumerate(rows[at]):
        if not names_time(name):
            continue
        below = [(n, row[place]) for n, row in enumerate(cells) if n > at and place < len(row)]
        dates = [(n, cell) for n, cell in below if isinstance(cell, dt.datetime | dt.date)]
        texts = [cell for _, cell in below if isinstance(cell, str) and _DAY_FIRST.match(cell)]
        others = [c for _, c in below if isinstance(c, str) and _NUMERIC.match(c)]
        if dates and texts and len(others) == len(texts) and all(c.day <= 12 for _, c in dates):
            for n, cell in dates:
                rows[n][place] = _cell(cell.replace(month=cell.day, day=cell.month))
            found = found or name
    return found


def _notes(read: Sequence[str], left: Sequence[str], exchanged: list[str]) -> tuple[str, ...]:
    said = []
    if exchanged:
        said.append(
            f"Half of the dates in {', '.join(exchanged)} were read the month first by a "
            "spreadsheet, the others stayed texts, the day first: all are read the day first."
        )
    if len(read) > 1:
        said.append(f"Sheets read: {_listed(read)}.")
    if left:
        said.append(
            f"Sheets not read, for their columns are others: {_listed(left)}. "
            "Save each as a file of its own to play it too."
        )
    return tuple(said)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"“{printable(name)}”" for name in names[:10])
    return shown + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def as_csv(rows: Iterable[Sequence[str]]) -> IO[bytes]:
    """Rows as CSV, from its begin."""
    copy = temporary()
    text = io.TextIOWrapper(copy, "utf-8", errors="replace", newline="")
    csv.writer(text).writerows(rows)
    text.flush()
    text.detach()
    copy.seek(0)
    return copy


def _cell(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):  # a time of day in some books
        seconds = round(value.total_seconds()) % 86_400
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def markup_rows(raw: IO[bytes], head: bytes) -> Rows | None:
    """The rows of the tables in a web page or in Excel 2003's XML (UTF-8); None: it is neither."""
    if not _MARKUP.match(head) or not _TABLE.search(head):
        return None
    return _rows(tokens(raw.read(MAX_MARKUP).decode("utf-8", "replace")))


def _rows(parts: Iterable[Tag | str]) -> Rows:
    """Rows and cells, by whichever of the two names them."""
    rows: list[list[str]] = []
    within = False
    for part in parts:
        if isinstance(part, str):
            if within:
                rows[-1][-1] += part
            continue
        name = part.name.rpartition(":")[2]
        if name in ("tr", "row", "table"):
            within = False
            if name != "table" and not part.ends:
                rows.append([])
        elif name in ("td", "th", "cell"):
            within = bool(rows) and not part.ends
            if within:
                rows[-1].append("")
        elif name in ("br", "p", "div") and within and not part.ends and rows[-1][-1]:
            rows[-1][-1] += "\n"
    return rows
