"""A file of mentions as rows in time order: JSON lines or CSV, plain or gzipped, of any size.

The file is read once to learn where each row is and when it was; after that a page costs only its
own rows, from any place, so that a replay resumes in the middle of millions at once. An index
takes 20 bytes a row and keeps no text.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import os
import shutil
import tempfile
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import orjson
from numpy.typing import NDArray

from connectors.base import Rejected
from connectors.kit.times import EPOCH

Row = Mapping[str, Any]
When = Callable[[Row], datetime | None]
"""A row's time; None for a row that cannot be used."""

LONGEST_ROW = 1 << 20
"""Bytes; a longer line is not a mention, and is skipped."""

HEAD = 1 << 16
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class RowFile:
    """An indexed file. ``times`` (µs since 1970) ascend; rows of one time keep the file's order.
    ``skipped`` rows could not be used; ``identity`` changes when the file does."""

    file: IO[bytes]
    read: Callable[[bytes], Row]
    times: NDArray[np.int64]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int32]
    skipped: int
    identity: str

    def __len__(self) -> int:
        return len(self.times)

    def row(self, i: int) -> Row:
        """The i-th row in time order. Safe from several threads."""
        return self.read(os.pread(self.file.fileno(), int(self.lengths[i]), int(self.starts[i])))

    def time(self, i: int) -> datetime:
        """When the i-th row was, aware UTC."""
        return EPOCH + int(self.times[i]) * MICROSECOND

    def first_at(self, time: datetime) -> int:
        """How many rows are before ``time``: the index of the first that is not."""
        return int(np.searchsorted(self.times, (time - EPOCH) // MICROSECOND))


def identity_of(path: Path) -> str:
    """Size and a hash of the head: enough to notice that a file is not the one it was."""
    with path.open("rb") as file:
        head = hashlib.sha256(file.read(HEAD)).hexdigest()[:16]
        return f"{os.fstat(file.fileno()).st_size}:{head}"


def open_rows(
    path: Path, *, kind: str, encoding: str, prepare: Callable[[tuple[str, ...]], When]
) -> RowFile:
    """Index a file. ``kind`` is ``jsonl`` or ``csv``, or ``auto``: by the file's name.

    ``prepare`` is told the columns and gives back how to find a row's time. Raises ``Rejected``
    with one sentence for a person.
    """
    try:
        identity, file = identity_of(path), _as_utf8(path, encoding)
    except FileNotFoundError as error:
        raise Rejected(f"there is no file {path}.") from error
    except (OSError, EOFError) as error:
        why = getattr(error, "strerror", None) or "it is damaged"
        raise Rejected(f"the file {path} cannot be read: {why}.") from error
    except UnicodeError as error:
        raise Rejected(f"the file {path} is not in the encoding {encoding}: {error}.") from error
    is_csv = kind == "csv" or (kind == "auto" and _suffix(path) in (".csv", ".tsv", ".txt"))
    try:
        return _index(path, file, identity, _Csv(file, path) if is_csv else _Lines(file), prepare)
    except UnicodeDecodeError as error:
        raise Rejected(
            f"{path} is not UTF-8 ({error.reason} near “{_near(error)}”): say which encoding it "
            f"has by the option `encoding` (often cp1252 or latin-1)."
        ) from error


def _near(error: UnicodeDecodeError) -> str:
    near = error.object[max(0, error.start - 12) : error.start + 8].decode("utf-8", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in near).split())


def _suffix(path: Path) -> str:
    return (path.with_suffix("") if path.suffix.lower() == ".gz" else path).suffix.lower()


def _as_utf8(path: Path, encoding: str) -> IO[bytes]:
    """The file as seekable UTF-8: itself, or a nameless temporary copy of what it says."""
    raw: IO[bytes] = path.open("rb")
    if raw.read(2) == b"\x1f\x8b":
        raw.seek(0)
        packed, raw = raw, tempfile.TemporaryFile()  # noqa: SIM115
        with packed, gzip.open(packed) as unpacked:
            shutil.copyfileobj(unpacked, raw, 1 << 20)
    raw.seek(0)
    mark = raw.read(4)
    if mark.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    raw.seek(0)
    if codecs.lookup(encoding).name != "utf-8":
        told, raw = raw, tempfile.TemporaryFile()  # noqa: SIM115
        with told:
            reader = codecs.getreader(encoding)(told)
            while piece := reader.read(1 << 20):
                raw.write(piece.encode("utf-8"))
        raw.flush()
    raw.seek(len(codecs.BOM_UTF8) if mark.startswith(codecs.BOM_UTF8) else 0)
    return raw


class _Lines:
    """JSON lines: yields (start, length, row or None) in the file's order."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.columns: tuple[str, ...] = ()

    def read(self, raw: bytes) -> Row:
        return cast(Row, orjson.loads(raw))

    def __iter__(self) -> Iterator[tuple[int, int, Row | None]]:
        start = self.file.tell()
        while raw := self.file.readline(LONGEST_ROW):
            length = len(raw)
            if raw.strip():
                yield start, length, self._row(raw)
            while not raw.endswith(b"\n") and (raw := self.file.readline(LONGEST_ROW)):
                length += len(raw)
            start += length

    def _row(self, raw: bytes) -> Row | None:
        try:
            row = orjson.loads(raw)
        except orjson.JSONDecodeError:
            raw.decode("utf-8")  # the file's encoding is another matter than one broken line
            return None
        return row if isinstance(row, dict) else None


class _Csv:
    """CSV with a header, by comma, semicolon or tab, whichever the header has most of."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self.file = file
        self.at = file.tell()
        header = file.readline(LONGEST_ROW).decode("utf-8")
        self.delimiter = max(",;\t", key=header.count)
        file.seek(self.at)
        reader = csv.reader(self._told(), delimiter=self.delimiter)
        self.columns = tuple(name.strip() for name in next(reader, []))
        if not self.columns:
            raise Rejected(f"{path} is empty.")

    def _told(self) -> Iterator[str]:
        while raw := self.file.readline(LONGEST_ROW):
            self.at += len(raw)
            yield raw.decode("utf-8")

    def read(self, raw: bytes) -> Row:
        fields = next(csv.reader(io.StringIO(raw.decode("utf-8"), ""), delimiter=self.delimiter))
        return dict(zip(self.columns, fields, strict=False))

    def __iter__(self) -> Iterator[tuple[int, int, Row | None]]:
        reader = csv.reader(self._told(), delimiter=self.delimiter)
        while True:
            start, row = self.at, None
            try:
                fields = next(reader)
                if len(fields) == len(self.columns):
                    row = dict(zip(self.columns, fields, strict=True))
                elif not fields:
                    continue
            except csv.Error:
                pass
            except StopIteration:
                return
            yield start, self.at - start, row


def _index(
    path: Path, file: IO[bytes], identity: str, rows: _Lines | _Csv, prepare: Callable[..., When]
) -> RowFile:
    begin = rows.file.tell()
    if isinstance(rows, _Lines):
        rows.columns = _columns(path, rows)
        file.seek(begin)
    when = prepare(rows.columns)
    times, starts, lengths, skipped = array("q"), array("q"), array("i"), 0
    for start, length, row in rows:
        at = when(row) if row is not None else None
        if at is None:
            skipped += 1
            continue
        times.append((at - EPOCH) // MICROSECOND)
        starts.append(start)
        lengths.append(length)
    if not times:
        raise Rejected(
            f"{path} has no rows."
            if not skipped
            else f"none of the {skipped} rows of {path} has both a text and a readable time."
        )
    at_us = np.frombuffer(times, np.int64)
    order = np.argsort(at_us, kind="stable")
    return RowFile(
        file,
        rows.read,
        at_us[order],
        np.frombuffer(starts, np.int64)[order],
        np.frombuffer(lengths, np.int32)[order],
        skipped,
        identity,
    )


def _columns(path: Path, rows: _Lines) -> tuple[str, ...]:
    """The columns of JSON lines: the names that the first objects have."""
    head = list(islice(rows, 100))
    if not head:
        raise Rejected(f"{path} is empty.")
    names = {name: None for _, _, row in head if row for name in row}
    if not names:
        raise Rejected(
            f"{path} is not JSON lines: its first lines are no JSON objects "
            f"(a CSV file needs the ending .csv or the option `format: csv`)."
        )
    return tuple(names)
