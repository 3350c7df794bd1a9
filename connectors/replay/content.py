"""A file of any packing and encoding as UTF-8 lines: gzip, zip, Excel, JSON of several forms.

What is UTF-8 lines already is read where it is; anything else becomes a nameless temporary file.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import re
import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, cast

from connectors.base import Rejected
from connectors.kit.charset import MIXED, SAMPLE, byte_order_mark, decode, guess
from connectors.replay.books import as_csv, book_rows, markup_rows
from connectors.replay.columns import is_header
from connectors.replay.json_files import is_json, json_lines
from connectors.replay.records import printable, temporary
from connectors.replay.table import find_header

PIECE = 1 << 20
HEAD = 1 << 16
MAX_FILES = 200
"""Files in an archive among which the one of mentions is looked for."""

TABLES = (".csv", ".tsv", ".txt", ".tab")
JSON_LINES = (".jsonl", ".ndjson")

Kind = Literal["table", "json"]


@dataclass(frozen=True, slots=True)
class Content:
    """A file as UTF-8 lines that end in a line feed, read from where it stands. ``kind``: a table
    or a JSON object a line; ``form`` and ``encoding`` are what it was, ``notes`` what of it is not
    read, for people."""

    file: IO[bytes]
    kind: Kind
    form: str
    encoding: str
    notes: tuple[str, ...] = ()


def open_content(path: Path, kind: str, encoding: str) -> Content:
    """Open a file. ``kind``: ``auto``, ``csv``, ``jsonl``; ``encoding``: ``auto`` or a codec's
    name. Raises ``Rejected`` with one sentence for a person."""
    try:
        return _open(path, kind, encoding)
    except FileNotFoundError as error:
        raise Rejected(f"there is no file {path}.") from error
    except (OSError, EOFError, lzma.LZMAError, zipfile.BadZipFile) as error:
        why = getattr(error, "strerror", None) or "it is damaged"
        raise Rejected(f"the file {path} cannot be read: {why}.") from error


def _open(path: Path, kind: str, encoding: str) -> Content:
    raw, suffix = _unpacked(path)
    if _starts(raw, b"PK\x03\x04") or _starts(raw, b"\xd0\xcf\x11\xe0"):
        rows, notes = book_rows(path, raw)
        return Content(as_csv(rows), "table", "a workbook", "Excel", notes)
    if _is_tar(raw):
        raise Rejected(f"{path} is a tar archive: unpack it and name the file in it.")
    if other := next((said for magic, said in OTHERS.items() if _starts(raw, magic)), ""):
        raise Rejected(f"{path} is {other}.")
    raw, encoding = _as_utf8(path, raw, encoding)
    begin = raw.tell()
    head = raw.read(1 << 16)
    raw.seek(begin)
    lone = head.count(b"\r") - head.count(b"\r\n")
    if lone > head.count(b"\n"):
        raw = _copied(raw, lambda piece: piece.replace(b"\r", b"\n"))
        head = head.replace(b"\r", b"\n")
    if kind == "auto" and (cells := markup_rows(raw, head)) is not None:
        return Content(as_csv(cells), "table", "a table in a web page", encoding)
    if kind == "auto" and _FEED.match(head):
        raise Rejected(f"{path} is a web feed: give its address to a source of the connector rss.")
    if kind == "auto" and head.lstrip()[:5] == b"<?xml":
        raise Rejected(f"{path} is XML without a table: export it as CSV, JSON or Excel.")
    if kind == "jsonl" or (kind == "auto" and (suffix in JSON_LINES or is_json(head))):
        file, form = json_lines(path, raw, head)
        return Content(file, "json", form, encoding)
    if kind == "auto" and suffix not in TABLES and b"\x00" in head:
        raise Rejected(f"{path} is neither a table nor JSON.")
    return Content(raw, "table", "a table", encoding)


def _is_tar(file: IO[bytes]) -> bool:
    head = file.read(262)
    file.seek(0)
    return head[257:] == b"ustar"


def _starts(file: IO[bytes], magic: bytes) -> bool:
    found = file.read(len(magic)) == magic
    file.seek(0)
    return found


def _unpacked(path: Path) -> tuple[IO[bytes], str]:
    """The file out of gzip, bzip2, xz or zip, at its begin, and its ending."""
    raw, suffixes = _unpacked_alone(path.open("rb"), path.name)
    if not _starts(raw, b"PK\x03\x04"):
        return raw, suffixes[-1]
    with zipfile.ZipFile(raw) as archive:
        names = [n for n in archive.namelist() if _is_content(n)]
        if any(n in ("xl/workbook.xml", "xl/workbook.bin", "content.xml") for n in names):
            raw.seek(0)
            return raw, ".xlsx"
        if "word/document.xml" in names:
            raise Rejected(f"{path} is a Word document: save its table as CSV or Excel.")
        if any(n.endswith(".iwa") for n in names):
            raise Rejected(f"{path} is a Numbers document: export it as CSV or Excel.")
        parts = sorted(filter(_POSTS_OF_X.search, names), key=lambda n: (len(n), n))
        names = [n for n in names if Path(n).suffix.lower() in MENTIONS] or names
        if not parts and len(names) != 1:
            names = [_one_of_mentions(path, archive, names)]
        inner = temporary()
        for name in parts or names:
            with archive.open(name) as unpacked:
                shutil.copyfileobj(unpacked, inner, PIECE)
    inner.seek(0)
    raw, suffixes = _unpacked_alone(inner, (parts or names)[0])
    return raw, suffixes[-1]


def _one_of_mentions(path: Path, archive: zipfile.ZipFile, names: list[str]) -> str:
    """The one file of an archive that is a table of mentions with rows in it, where all others are
    tables too. Raises ``Rejected`` where there is not one."""
    tables = [n for n in names[:MAX_FILES] if Path(n).suffix.lower() in TABLES]
    found = [n for n in tables if _has_mentions(archive, n)]
    if len(found) == 1 and len(tables) == len(names):
        return found[0]
    shown = [printable(Path(n).name) for n in (found or names)[:5]]
    raise Rejected(
        f"{path} holds {len(names)} files: unpack it and name one of them"
        f" (such as {', '.join(shown)})."
    )


def _has_mentions(archive: zipfile.ZipFile, name: str) -> bool:
    with archive.open(name) as unpacked:
        head = decode(unpacked.read(HEAD)).replace("\r\n", "\n").replace("\r", "\n")
    file = io.BytesIO(head.removeprefix("\ufeff").encode("utf-8", "replace"))
    try:
        header = find_header(file, Path(name), delimiter="", skip_rows=None, wanted={})
    except Rejected:
        return False
    return is_header(header.columns) and bool(file.getvalue()[header.end :].strip())


def _unpacked_alone(raw: IO[bytes], name: str) -> tuple[IO[bytes], list[str]]:
    """The file out of what packs one file alone, and the endings of its name that are left."""
    suffixes = [ending.lower() for ending in Path(name).suffixes] or [""]
    for _ in range(MAX_PACKINGS):
        opener = next((of for magic, of in PACKINGS.items() if _starts(raw, magic)), None)
        if opener is None:
            break
        packed, raw = raw, temporary()
        with packed, opener(packed) as unpacked:
            shutil.copyfileobj(unpacked, raw, PIECE)
        suffixes = suffixes[:-1] if len(suffixes) > 1 else suffixes
        raw.seek(0)
    return raw, suffixes


PACKINGS: Mapping[bytes, Callable[[IO[bytes]], IO[bytes]]] = {
    b"\x1f\x8b": lambda packed: cast(IO[bytes], gzip.GzipFile(fileobj=packed)),
    b"BZh": lambda packed: cast(IO[bytes], bz2.BZ2File(packed)),
    b"\xfd7zXZ\x00": lambda packed: cast(IO[bytes], lzma.LZMAFile(packed)),  # noqa: SIM115 - the caller closes it
}
"""Openers of files packed alone, by how they begin."""

MAX_PACKINGS = 3
"""One within the other: a server packs what was packed already."""

OTHERS = {
    b"%PDF-": "a PDF: export it as CSV or Excel",
    b"Rar!": "a RAR archive: unpack it and name the file in it",
    b"7z\xbc\xaf": "a 7-Zip archive: unpack it and name the file in it",
    b"\x28\xb5\x2f\xfd": "packed by Zstandard: unpack it first (zstd -d)",
    b"PAR1": "a Parquet file: save it as CSV or JSON lines (pandas: to_csv)",
    b"SQLite format 3": "an SQLite database: export its table as CSV",
}
"""What strangers bring that is no table and no JSON, by how it begins, and what to do."""

_FEED = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,1000}?-->\s*)?<(?:rss|feed|rdf:RDF)\b", re.DOTALL
)
_POSTS_OF_X = re.compile(r"(?:^|/)data/tweets?(?:-part\d+)?\.js$")
MENTIONS = frozenset(
    (".csv", ".tsv", ".tab", ".json", ".jsonl", ".ndjson", ".js", ".xls", ".xlsx", ".xlsb", ".ods")
)
"""Endings of files of mentions, which in an archive may have a readme beside them."""


def _is_content(name: str) -> bool:
    """Whether a file in an archive is more than what a system keeps beside files."""
    *folders, last = name.split("/")
    return bool(last) and not last.startswith((".", "._")) and "__MACOSX" not in folders


def _copied(file: IO[bytes], change: Callable[[bytes], bytes]) -> IO[bytes]:
    copy = temporary()
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
    copy = temporary()
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
        return "utf-8", MIXED
    raw.seek(where)
    found = guess(raw.read(SAMPLE)) or "cp1252"
    return found, MIXED if found == "utf-8" else "replace"


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
