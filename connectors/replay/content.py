"""A file of any packing and encoding as UTF-8 lines: gzip, zip, Excel, JSON of several forms.

What is UTF-8 lines already is read where it is; anything else becomes a nameless temporary file.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import gzip
import io
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import orjson

from connectors.base import Rejected
from connectors.kit.charset import SAMPLE, byte_order_mark, guess
from connectors.replay.columns import known_names, plain_name
from connectors.replay.records import DEPTH
from connectors.replay.x_posts import is_page, posts_of

MAX_JSON = 512 << 20
"""Bytes of a JSON file that is one value; JSON lines may be of any size."""

PIECE = 1 << 20
TABLES = (".csv", ".tsv", ".txt", ".tab")
JSON_LINES = (".jsonl", ".ndjson")
BOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_SCRIPT = re.compile(rb"\s*window\.[\w.\[\]'\"]+\s*=\s*(?=[\[{])")

Kind = Literal["table", "json"]


@dataclass(frozen=True, slots=True)
class Content:
    """A file as UTF-8 lines that end in a line feed, read from where it stands. ``kind``: a table
    or a JSON object a line; ``form`` and ``encoding`` are what it was, for people."""

    file: IO[bytes]
    kind: Kind
    form: str
    encoding: str


def open_content(path: Path, kind: str, encoding: str) -> Content:
    """Open a file. ``kind``: ``auto``, ``csv``, ``jsonl``; ``encoding``: ``auto`` or a codec's
    name. Raises ``Rejected`` with one sentence for a person."""
    try:
        return _open(path, kind, encoding)
    except FileNotFoundError as error:
        raise Rejected(f"there is no file {path}.") from error
    except (OSError, EOFError, zipfile.BadZipFile) as error:
        why = getattr(error, "strerror", None) or "it is damaged"
        raise Rejected(f"the file {path} cannot be read: {why}.") from error


def _open(path: Path, kind: str, encoding: str) -> Content:
    raw, suffix = _unpacked(path)
    if suffix in BOOKS or _starts(raw, b"\xd0\xcf\x11\xe0"):
        return Content(_book_as_csv(path, raw), "table", "a workbook", "Excel")
    raw, encoding = _as_utf8(path, raw, encoding)
    begin = raw.tell()
    head = raw.read(1 << 16)
    raw.seek(begin)
    if b"\n" not in head and b"\r" in head:
        raw = _copied(raw, lambda piece: piece.replace(b"\r", b"\n"))
        head = head.replace(b"\r", b"\n")
    is_json = re.match(rb"\s*([\[{]\s*[\[{\"\]}]|window\.)", head) is not None
    if kind == "jsonl" or (kind == "auto" and (suffix in JSON_LINES or is_json)):
        return _json(path, raw, head, encoding)
    if kind == "auto" and suffix not in TABLES and b"\x00" in head:
        raise Rejected(f"{path} is neither a table nor JSON.")
    return Content(raw, "table", "a table", encoding)


def _starts(file: IO[bytes], magic: bytes) -> bool:
    found = file.read(len(magic)) == magic
    file.seek(0)
    return found


def _unpacked(path: Path) -> tuple[IO[bytes], str]:
    """The file out of gzip or zip, at its begin, and its ending."""
    raw: IO[bytes] = path.open("rb")
    suffix = path.suffix.lower()
    if _starts(raw, b"\x1f\x8b"):
        packed, raw = raw, _temporary()
        with packed, gzip.open(packed) as unpacked:
            shutil.copyfileobj(unpacked, raw, PIECE)
        suffix = path.with_suffix("").suffix.lower() if suffix == ".gz" else suffix
        raw.seek(0)
    if _starts(raw, b"PK\x03\x04"):
        with zipfile.ZipFile(raw) as archive:
            names = [n for n in archive.namelist() if not n.endswith("/") and "__MACOSX" not in n]
            if any(n in ("xl/workbook.xml", "xl/workbook.bin", "content.xml") for n in names):
                raw.seek(0)
                return raw, ".xlsx"
            if len(names) != 1:
                raise Rejected(f"{path} holds {len(names)} files: unpack it and name one of them.")
            inner = _temporary()
            with archive.open(names[0]) as unpacked:
                shutil.copyfileobj(unpacked, inner, PIECE)
        raw, suffix = inner, Path(names[0]).suffix.lower()
        raw.seek(0)
    return raw, suffix


def _temporary() -> IO[bytes]:
    return tempfile.TemporaryFile()  # it goes with its last user


def _copied(file: IO[bytes], change: Callable[[bytes], bytes]) -> IO[bytes]:
    copy = _temporary()
    with file:
        while piece := file.read(PIECE):
            copy.write(change(piece))
    copy.seek(0)
    return copy


def _as_utf8(path: Path, raw: IO[bytes], stated: str) -> tuple[IO[bytes], str]:
    """The file as UTF-8 behind its byte order mark, and the encoding it was in."""
    sample = raw.read(SAMPLE)
    raw.seek(0)
    marked, length = byte_order_mark(sample)
    encoding, errors = marked or stated, "strict"
    if not marked and stated == "auto":
        encoding, errors = _guessed(path, raw, sample)
    if encoding == "utf-8" and errors == "strict":
        if stated != "auto" and not marked:
            _check(path, raw)
        raw.seek(length)
        return raw, "utf-8"
    raw.seek(length)
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    copy = _temporary()
    try:
        with raw:
            while piece := raw.read(PIECE):
                copy.write(decoder.decode(piece).encode("utf-8", "replace"))
            copy.write(decoder.decode(b"", final=True).encode("utf-8", "replace"))
    except UnicodeError as error:
        raise Rejected(f"the file {path} is not in the encoding {encoding}: {error}.") from error
    copy.seek(0)
    return copy, encoding


def _guessed(path: Path, raw: IO[bytes], sample: bytes) -> tuple[str, str]:
    """The encoding of a file that states none, and how its errors are taken: text that is UTF-8
    but for a few broken letters is UTF-8."""
    encoding = guess(sample)
    if not encoding:
        raise Rejected(f"{path} is not text: it is neither a table nor JSON.")
    if encoding != "utf-8":
        return encoding, "replace"
    where = _first_error(raw)
    if where is None:
        return "utf-8", "strict"
    raw.seek(0)
    before = raw.read(where)
    if any(byte > 127 for byte in before):
        return "utf-8", "replace"
    raw.seek(where)
    return guess(raw.read(SAMPLE)) or "cp1252", "replace"


def _first_error(raw: IO[bytes]) -> int | None:
    raw.seek(0)
    decoder, at = codecs.getincrementaldecoder("utf-8")(), 0
    while piece := raw.read(PIECE):
        try:
            decoder.decode(piece)
        except UnicodeDecodeError as error:
            return max(0, at + error.start - 4)
        at += len(piece)
    return None


def _check(path: Path, raw: IO[bytes]) -> None:
    where = _first_error(raw)
    if where is not None:
        raw.seek(max(0, where - 12))
        text = raw.read(24).decode("utf-8", "replace")
        near = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        raise Rejected(
            f"{path} is not UTF-8 (near “{near}”): say which encoding it has by the option "
            f"`encoding` (often cp1252 or latin-1), or leave it out."
        )


def _json(path: Path, raw: IO[bytes], head: bytes, encoding: str) -> Content:
    """JSON lines as they are; a list, an object that holds one, or a script, as JSON lines."""
    begin = raw.tell()
    first = head.partition(b"\n")[0]
    if not _SCRIPT.match(head):
        row = _loaded(first)
        if isinstance(row, dict) and not is_page(row):
            one = head.strip().count(b"\n") == 0
            if not (one and len(head) < 1 << 16 and _list_in(row) is not None):
                return Content(raw, "json", "JSON lines", encoding)
        elif is_page(row):
            return Content(_written(_pages(raw)), "json", "X API pages", encoding)
        elif row is None and not re.match(rb"\s*[\[{]", head):
            return Content(raw, "json", "JSON lines", encoding)
    data = raw.read(MAX_JSON + 1)
    if len(data) > MAX_JSON:
        raise Rejected(
            f"{path} is one JSON value of more than {MAX_JSON >> 20} MiB: make it "
            "JSON lines first (jq -c '.[]')."
        )
    value = _loaded(_SCRIPT.sub(b"", data, count=1).strip().rstrip(b";"))
    rows = posts_of(value) if is_page(value) else _list_in(value)
    if rows is None:
        raw.seek(begin)
        return Content(raw, "json", "JSON lines", encoding)
    script = "an X archive" if _SCRIPT.match(head) else "a JSON list"
    return Content(_written(rows), "json", script, encoding)


def _loaded(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None


def _list_in(value: Any) -> Iterator[dict[str, Any]] | None:
    """The rows of a JSON value that holds one list of them; None where there is none."""
    if isinstance(value, dict):
        texts, times = known_names({})
        names = {plain_name(name) for name in value}
        if names & texts and names & times:
            return None  # a row itself, whatever lists it holds
        lists = list(_lists(value, DEPTH))
        value = lists[0] if len(lists) == 1 else None
    if not isinstance(value, list):
        return None
    return (_unwrapped(item) for item in value if isinstance(item, dict))


def _lists(value: dict[str, Any], depth: int) -> Iterator[list[Any]]:
    """The lists of objects in an object and in the objects in it."""
    for inner in value.values():
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            yield inner
        elif isinstance(inner, dict) and depth:
            yield from _lists(inner, depth - 1)


def _unwrapped(item: dict[str, Any]) -> dict[str, Any]:
    """``{"tweet": {…}}`` as what is in it."""
    if len(item) == 1:
        (inner,) = item.values()
        return inner if isinstance(inner, dict) else item
    return item


def _pages(raw: IO[bytes]) -> Iterator[dict[str, Any]]:
    for line in raw:
        if is_page(page := _loaded(line)):
            yield from posts_of(page)


def _written(rows: Iterator[dict[str, Any]]) -> IO[bytes]:
    copy = _temporary()
    for row in rows:
        copy.write(orjson.dumps(row) + b"\n")
    copy.seek(0)
    return copy


def _book_as_csv(path: Path, raw: IO[bytes]) -> IO[bytes]:
    """The first sheet of a workbook that has rows, as CSV."""
    from python_calamine import CalamineError, CalamineWorkbook  # 0.02 s, only for workbooks

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw.read()))
        sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    except (CalamineError, ValueError, OSError) as error:
        raise Rejected(f"the workbook {path} cannot be read: {error}.") from error
    rows = max(sheets, key=len, default=[])
    copy = _temporary()
    text = io.TextIOWrapper(copy, "utf-8", newline="")
    csv.writer(text).writerows([[_cell(cell) for cell in row] for row in rows])
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
