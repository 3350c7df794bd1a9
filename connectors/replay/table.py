"""A table of text, as RFC 4180 has it and as people's tools write it.

https://www.rfc-editor.org/rfc/rfc4180. Delimiter, lines above the header and the header are found;
a quote that is never closed costs its own row at most, not all rows to the end of the file.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from connectors.base import Rejected
from connectors.replay.columns import fit, is_header, names_text, names_time, plain_name
from connectors.replay.names import COLUMNS
from connectors.replay.quotes import OTHERS, quotes_of, requoted
from connectors.replay.records import MAX_ROW_BYTES, Record, Row, rest_of_line

DELIMITERS = (",", ";", "\t", "|", "^", "~")
csv.field_size_limit(MAX_ROW_BYTES)

MAX_LINES = 200
"""Lines in one row at most: a quote that swallows more was not closed."""

HEAD_LINES = 200
BELOW = 10
"""Lines below one that names a text and a time, among which a better header is looked for."""

MAX_HEADER_LINES = 5
_ESCAPED = re.compile(r"\\\"(?!\s*(?:[,;\t|]|$))")
"""A quote within a text that was written with a backslash."""

_SEPARATOR = re.compile(r"\s*\"?sep=(.)\"?\s*$", re.IGNORECASE)

IsRow = Callable[[Row], bool]


@dataclass(frozen=True, slots=True)
class Header:
    """What the first lines say: the delimiter, what stands above the header, where it is (line
    number from 1), its columns, where the rows begin, whether quotes come after a space, the
    quotes around cells: an opening and a closing one, and what a spreadsheet that took all of a row
    for one cell has put behind it."""

    delimiter: str
    above: tuple[str, ...]
    line: int
    columns: tuple[str, ...]
    end: int
    spaced: bool = False
    quotes: str = '""'
    tail: str = ""


class Table:
    """A table's rows."""

    def __init__(self, file: IO[bytes], header: Header) -> None:
        self.file = file
        self.header = header
        self.columns = tuple(dict.fromkeys(name for name in header.columns if name))
        self._widths = len(header.columns)
        self._closing = (b'"', header.quotes[1].encode())
        self._text_at: int | None = None
        self._least = 1

    def need(self, time: str, texts: Sequence[str]) -> None:
        """Say which column holds a row's time, and which its text, the first or one of others."""
        place = self.header.columns.index
        self._least = max(place(time), min(map(place, texts))) + 1
        self._text_at = place(texts[0])

    def read(self, raw: bytes) -> Row:
        """The row that these bytes are. Raises ValueError where they are none."""
        text = _text(raw)
        fields, whole = self._fields(text)
        row = self._row(fields if whole else self._unquoted(text))
        if row is None:
            raise ValueError("no row")
        return row

    def records(self, is_row: IsRow) -> Iterator[Record]:
        """All rows in the file's order. ``is_row`` tells whether one could stand alone."""
        start, line = self.header.end, self.header.line + 1
        self.file.seek(start)
        while raw := self.file.readline(MAX_ROW_BYTES):
            length, lines = len(raw), 1
            if b"\r" in raw[:-2] and (pieces := self._old_lines(raw, is_row)):
                for piece in pieces:
                    yield Record(start, len(piece), line, 1, self.read(piece))
                    start += len(piece)
                length, lines = 0, 1
            elif not raw.endswith(b"\n") and length == MAX_ROW_BYTES:
                length += rest_of_line(self.file)
                yield Record(start, length, line, 1, None, "more than 1 MiB")
            elif raw.strip() and (record := self._record(start, line, raw, is_row)) is not None:
                length, lines = record.length, record.lines
                yield record
            start, line = start + length, line + lines

    def _old_lines(self, raw: bytes, is_row: IsRow) -> list[bytes]:
        """The rows in a line that ends in itself as old Macs' lines do, where all of them are rows:
        files that were put together from several."""
        pieces = re.findall(rb"[^\r]*\r?\n?", raw)[:-1]
        for piece in pieces:
            fields, whole = self._fields(_text(piece))
            row = self._row(fields) if whole and len(fields) >= self._widths else None
            if row is None or not is_row(row):
                return []
        return pieces

    def _record(self, start: int, line: int, raw: bytes, is_row: IsRow) -> Record | None:
        text = _text(raw)
        fields, whole = self._fields(text)
        if not any(field.strip() for field in fields):
            return None  # delimiters alone: the empty rows of a spreadsheet
        if whole:
            row = self._row(fields)
            why = "" if row is not None else self._width(fields)
            wider = row is not None and any(field.strip() for field in fields[self._widths :])
            return Record(start, len(raw), line, 1, row, why, joined=wider)
        alone = self._row(self._unquoted(text))
        stands_alone = alone is not None and is_row(alone)
        joined, lines = raw, 1
        while lines < MAX_LINES and len(joined) < MAX_ROW_BYTES:
            more = self.file.readline(MAX_ROW_BYTES)
            if not more or self._begins_a_row(more, stands_alone, is_row):
                break
            joined, lines = joined + more, lines + 1
            if not any(quote in more for quote in self._closing):
                continue
            fields, whole = self._fields(_text(joined))
            if whole:
                row = self._row(fields)
                short = stands_alone and len(fields) < self._widths
                if row is None or (short and self._holds_a_row(joined[len(raw) :], is_row)):
                    break
                return Record(start, len(joined), line, lines, row)
        self.file.seek(start + len(raw))  # the lines after it are rows of their own
        why = "" if alone is not None else "a quote that is not closed"
        return Record(start, len(raw), line, 1, alone, why, repaired=True)

    def _holds_a_row(self, lines: bytes, is_row: IsRow) -> bool:
        """Whether one of some lines is the begin of a row, if quotes mean nothing in it."""
        rows = (self._row(self._unquoted(line)) for line in _text(lines).split("\n"))
        return any(row is not None and is_row(row) for row in rows)

    def _begins_a_row(self, line: bytes, first_stands_alone: bool, is_row: IsRow) -> bool:
        """Whether a line within quotes is a row of its own, so that the quote was not meant."""
        if b'"' in line and not first_stands_alone:
            return False
        text = _text(line)
        if len(text.split(self.header.delimiter)) < max(self._widths, 2):
            return False
        fields, _ = self._fields(text)
        row = self._row(fields)
        return row is not None and len(fields) >= self._widths and is_row(row)

    def _fields(self, text: str) -> tuple[list[str], bool]:
        """The fields of a record, and whether it is whole: all quotes are closed."""
        text = text.rstrip("\r\n").rstrip(self.header.tail) if self.header.tail else text
        text = text.rstrip("\r\n")
        if self.header.quotes != '""':
            text = requoted(text, self.header.quotes, self.header.delimiter)
        if '"' not in text:
            return text.split(self.header.delimiter), True
        lines = _Once(text)
        try:
            fields = next(
                csv.reader(
                    lines,
                    delimiter=self.header.delimiter,
                    skipinitialspace=self.header.spaced,
                    escapechar="\\" if _ESCAPED.search(text) else None,
                )
            )
            if len(fields) == 1 < self._widths and self.header.delimiter in fields[0]:
                fields = _cells(fields[0], self.header.delimiter)  # quoted as a whole
            return fields, not lines.asked_again
        except csv.Error:
            return self._unquoted(text), True

    def _unquoted(self, text: str) -> list[str]:
        """The fields where quotes mean nothing."""
        split = text.rstrip("\r\n").split(self.header.delimiter)
        quotes = f'"{self.header.quotes}'
        return [field.strip(quotes).replace('""', '"') for field in split]

    def _row(self, fields: list[str]) -> Row | None:
        width = self._widths
        if len(fields) > width:
            more = fields[width:]
            if self._text_at is not None and any(more):  # delimiters in a text without quotes
                end = self._text_at + len(more) + 1
                text = self.header.delimiter.join(fields[self._text_at : end])
                fields = [*fields[: self._text_at], text, *fields[end:]]
            elif any(field.strip() for field in more):
                return None
        elif len(fields) < max(self._least, 2 if width > 1 else 1):
            return None
        pairs = list(zip(self.header.columns, fields, strict=False))
        return {name: value for name, value in reversed(pairs) if name}  # the first of a name

    def _width(self, fields: list[str]) -> str:
        return f"{len(fields)} cells where the header has {self._widths}"


class _Once:
    """One record's text as the lines a csv reader asks for; it asks again for what is missing."""

    def __init__(self, text: str) -> None:
        self.left: str | None = text
        self.asked_again = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.left is None:
            self.asked_again = True
            raise StopIteration
        text, self.left = self.left, None
        return text


def find_header(
    file: IO[bytes],
    path: Path,
    *,
    delimiter: str,
    skip_rows: int | None,
    wanted: Mapping[str, str],
) -> Header:
    """Find a table's header: the first line that names a text and a time, else the first there is.
    ``delimiter`` ("": found) and ``skip_rows`` (None: found) say what is known. Raises
    ``Rejected``."""
    lines, ends = _head(file)
    if not lines or not any(line.strip() for line in lines):
        raise Rejected(f"{path} is empty.")
    first = 0
    if stated := _SEPARATOR.match(lines[0]):
        first, delimiter = 1, delimiter or stated[1]
    if skip_rows is not None and skip_rows >= len(lines):
        raise Rejected(f"{path} has no line {skip_rows} that could be a header.")
    tried = _tried(lines, range(first, len(lines)) if skip_rows is None else [skip_rows])
    own = {plain_name(theirs): ours for ours, theirs in wanted.items()}
    found = _likeliest(tried, delimiter, own, first)
    if found is None:
        raise Rejected(f"{path} has no line {skip_rows or 0} that could be a header.")
    line, sign, cells = found
    rows = lines[line.last + 1 :]
    tail = ";" if sign != ";" and line.text.endswith(";") else ""
    if tail:
        cells = _Line(line.first, line.last, line.text.rstrip(tail), line.above).cells(sign)
    columns = _named([_bare(cell) for cell in cells], rows, sign)
    above = tuple(text.strip() for text in lines[: line.first])
    spaced = _quotes_follow_spaces([line.text], sign) or _quotes_follow_spaces(rows[:20], sign)
    quotes = quotes_of(rows[:20], sign)
    place = line.first + 1, tuple(columns), ends[line.last]
    return Header(sign, above, *place, spaced, quotes, tail)


def _likeliest(
    tried: Iterable[_Line], delimiter: str, own: Mapping[str, str], first: int
) -> tuple[_Line, str, list[str]] | None:
    """The line that looks most like a header, what separates its cells, and those; None: none
    has any. ``first``: the first line that may be one although it names nothing."""
    best: tuple[tuple[int, int, int], _Line, str, list[str]] | None = None
    for line in tried:
        if best is not None and best[0][0] == 2 and line.first > best[1].first + BELOW:
            break
        for sign in [delimiter] if delimiter else DELIMITERS:
            cells = line.cells(sign)
            if any(map(plain_name, cells)):
                score = _score(cells, own, alone=line.first == first)
                if best is None or score > best[0]:
                    best = (score, line, sign, cells)
    return best[1:] if best else None


def _bare(cell: str) -> str:
    """A column's name without the quotes around it that are not the standard's."""
    inside = cell.strip()
    return inside[1:-1] if inside[:1] + inside[-1:] in OTHERS else cell


def _named(cells: Sequence[str], rows: Sequence[str], delimiter: str) -> list[str]:
    columns, seen = [], Counter[str]()
    for cell in cells:
        name = " ".join(cell.split())
        seen[name] += 1
        columns.append(f"{name} ({seen[name]})" if name and seen[name] > 1 else name)
    return ["", *columns] if _rows_have_names(rows, columns, delimiter) else columns


def _quotes_follow_spaces(lines: Sequence[str], delimiter: str) -> bool:
    """Whether most of some lines have a space between a delimiter and a quote."""
    return sum(f'{delimiter} "' in line for line in lines) * 2 > len(lines)


@dataclass(frozen=True, slots=True)
class _Line:
    """What may be a header: from its first line to its last, and the line above it, whose cells
    stand for those that are empty in it (merged cells of a spreadsheet)."""

    first: int
    last: int
    text: str
    above: str = ""

    def cells(self, delimiter: str) -> list[str]:
        """Its cells."""
        own = _cells(self.text, delimiter)
        if len(own) == 1 and delimiter in own[0]:  # a row in quotes as a whole
            own = _cells(own[0], delimiter)
        above = _cells(self.above, delimiter) if self.above else []
        if len(above) != len(own):
            return [] if self.above else own
        return [cell if cell.strip() else over for cell, over in zip(own, above, strict=True)]


def _tried(lines: Sequence[str], places: Sequence[int]) -> Iterator[_Line]:
    for n in places:
        yield _Line(n, n, lines[n])
        if lines[n].count('"') % 2:  # a cell of several lines
            for last in range(n + 1, min(n + MAX_HEADER_LINES, len(lines))):
                text = "\n".join(lines[n : last + 1])
                if text.count('"') % 2 == 0:
                    yield _Line(n, last, text)
                    break
        if n and lines[n - 1].strip():
            yield _Line(n, n, lines[n], lines[n - 1])


def _score(cells: Sequence[str], own: Mapping[str, str], *, alone: bool) -> tuple[int, int, int]:
    """How much a line looks like a header: whether it names a text and a time, how many of its
    cells name something, how many it has. ``own``: names of the user's own; ``alone``: it is the
    first line, which may be one although it names nothing."""
    said = [own.get(plain_name(cell)) for cell in cells]
    texts = any(ours in ("text", "title") for ours in said) or any(map(names_text, cells))
    times = "published_at" in said or any(map(names_time, cells))
    known = sum(
        ours is not None or any(fit(field, cell) is not None for field in COLUMNS)
        for ours, cell in zip(said, cells, strict=True)
    )
    hits = texts + times
    return hits, known if hits else 0, len(cells) if hits or alone else 0


def _rows_have_names(lines: Sequence[str], columns: Sequence[str], delimiter: str) -> bool:
    """Whether the rows begin with a number that the header has no column for: R's row names."""
    rows = [_cells(line, delimiter) for line in lines[:10] if line.strip()]
    numbered = is_header(columns) and fit("id", columns[0]) is None
    return (
        bool(rows)
        and numbered
        and all(
            len(row) == len(columns) + 1 and row[0].isdigit() and row[-1].strip() for row in rows
        )
    )


def _head(file: IO[bytes]) -> tuple[list[str], list[int]]:
    """The first lines and where each ends."""
    lines, ends, at = [], [], file.tell()
    for _ in range(HEAD_LINES):
        raw = file.readline(MAX_ROW_BYTES)
        if not raw:
            break
        at += len(raw)
        lines.append(_text(raw).rstrip("\r\n"))
        ends.append(at)
    return lines, ends


def _text(raw: bytes) -> str:
    """UTF-8 as text, without the zeros that broken disks and programs leave in it."""
    text = raw.decode("utf-8", "replace")
    return text.replace("\0", "") if "\0" in text else text


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return line.split(delimiter)
