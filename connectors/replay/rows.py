"""A file of mentions as rows in time order, of any size.

The file is read once to learn where each row is and when it was; after that a page costs only its
own rows, from any place, so that a replay resumes in the middle of millions at once. An index
takes 20 bytes a row and keeps no text.
"""

from __future__ import annotations

import hashlib
import os
import re
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from connectors.base import Rejected
from connectors.kit.times import EPOCH
from connectors.replay.footers import Footers
from connectors.replay.moments import Get, Moments, form_of, is_believable
from connectors.replay.records import Record, Records, Row, printable
from connectors.replay.x_posts import LEFT_OUT

HEAD = 1 << 16
MICROSECOND = timedelta(microseconds=1)
NONE = -(1 << 62)

NO_WORDS = "no words"
NO_TIME = "no time that can be read"
NULL_DATE = "a date that stands for none"
FOOTER = "what closes a file and is no mention"
UNDERSTOOD = frozenset({NO_WORDS, LEFT_OUT, FOOTER})
"""Why a row is left out although it was read rightly."""

GetOf = Callable[[Row], Get]


@dataclass(slots=True)
class Left:
    """Rows left out for one reason: how many, the lines they take, and the first of them."""

    count: int = 0
    lines: int = 0
    line: int = 0
    example: str = ""


@dataclass(slots=True)
class Tally:
    """What of a file was read. ``lines`` that are not blank, below the header; ``lines_read`` of
    them in rows that are used; ``left`` out, by reason; ``repaired`` rows with an open quote;
    ``joined``: with delimiters in a text that is not quoted."""

    rows: int = 0
    lines: int = 0
    lines_read: int = 0
    repaired: int = 0
    joined: int = 0
    left: dict[str, Left] = field(default_factory=dict)

    @property
    def skipped(self) -> int:
        """Rows that are not used."""
        return sum(left.count for left in self.left.values())

    @property
    def unread(self) -> int:
        """Lines in rows that could not be read."""
        return sum(left.lines for why, left in self.left.items() if why not in UNDERSTOOD)

    def leave(self, record: Record, why: str, example: str) -> None:
        """Count a row that is not used."""
        left = self.left.setdefault(why, Left())
        if not left.count:
            left.line, left.example = record.line, example
        left.count += 1
        left.lines += record.lines


@dataclass(frozen=True, slots=True)
class RowFile:
    """An indexed file. ``times`` (µs since 1970) ascend; rows of one time keep the file's order.
    ``identity`` changes when the file does; ``doubtful`` are the hashes of ids that several
    different rows have."""

    file: IO[bytes]
    read: Callable[[bytes], Row]
    times: NDArray[np.int64]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int32]
    tally: Tally
    identity: str
    doubtful: frozenset[int]

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
    """Size and a hash of the head: enough to notice that a file is not the one it was. Raises
    OSError."""
    with path.open("rb") as file:
        head = hashlib.sha256(file.read(HEAD)).hexdigest()[:16]
        return f"{os.fstat(file.fileno()).st_size}:{head}"


def id_hash(name: str) -> int:
    """An id in eight bytes."""
    return hash(name) & ((1 << 62) - 1)


class Index:
    """Builds a ``RowFile``: one reading of all rows."""

    def __init__(self, path: Path, moments: Moments, get_of: GetOf) -> None:
        self.path = path
        self.moments = moments
        self.get_of = get_of
        self.tally = Tally()
        self.times, self.others = array("q"), array("q")
        self.starts, self.lengths = array("q"), array("i")
        self.ids, self.contents = array("q"), array("q")
        self.footers = Footers()

    def build(self, file: IO[bytes], records: Records, identity: str) -> RowFile:
        """Read all rows. Raises ``Rejected`` where none is of use, or day and month are not
        known."""
        for record in records.records(self._could_stand_alone):
            self._take(record)
        if not self.times:
            raise Rejected(self._nothing())
        self._leave_footers()
        times = self._settled()
        order = np.argsort(times, kind="stable")
        return RowFile(
            file,
            records.read,
            times[order],
            np.frombuffer(self.starts, np.int64)[order],
            np.frombuffer(self.lengths, np.int32)[order],
            self.tally,
            identity,
            self._doubtful(),
        )

    def _could_stand_alone(self, row: Row) -> bool:
        return is_believable(self.moments.read(self.get_of(row))[0])

    def _take(self, record: Record) -> None:
        tally = self.tally
        tally.lines += record.lines
        tally.repaired += record.repaired
        if record.row is None:
            tally.leave(record, record.why, "")
            return
        get = self.get_of(record.row)
        first, second = self.moments.read(get)
        if not (get("text") or get("title")):
            tally.leave(record, NO_WORDS, "")
        elif first is None:
            tally.leave(record, NO_TIME, self.moments.text(get))
        elif not is_believable(first):
            tally.leave(record, NULL_DATE, self.moments.text(get))
        else:
            tally.rows += 1
            tally.lines_read += record.lines
            tally.joined += record.joined
            self.times.append((first - EPOCH) // MICROSECOND)
            self.others.append(NONE if second is None else (second - EPOCH) // MICROSECOND)
            self.starts.append(record.start)
            self.lengths.append(record.length)
            name = get("id")
            self.ids.append(id_hash(name) if name else NONE)
            self.contents.append(id_hash(f"{get('author')}\x1f{get('text') or get('title')}"))
            self.footers.saw(record, get)

    def _leave_footers(self) -> None:
        """Take back the last rows that close the file and are no mentions."""
        columns = (self.times, self.others, self.starts, self.lengths, self.ids, self.contents)
        for record, said in self.footers.found():
            for column in columns:
                column.pop()
            self.tally.rows -= 1
            self.tally.lines_read -= record.lines
            self.tally.joined -= record.joined
            self.tally.leave(record, FOOTER, said)

    def _settled(self) -> NDArray[np.int64]:
        """The times, with the order of day and month that the whole file has."""
        times, others = np.frombuffer(self.times, np.int64), np.frombuffer(self.others, np.int64)
        moments = self.moments
        if len(moments.shown) == 2:
            raise Rejected(
                f"{self.path} has dates in two orders, “{printable(moments.shown[True])}” and "
                f"“{printable(moments.shown[False])}”: say which is meant by --time-format "
                f'"{form_of(moments.shown[True], day_first=True)}" or '
                f'"{form_of(moments.shown[False], day_first=False)}".'
            )
        ambiguous = others != NONE
        if not ambiguous.any() or moments.day_first:
            return times
        if moments.day_first is None:
            example = printable(moments.example)
            day, month = (form_of(example, day_first=first) for first in (True, False))
            raise Rejected(
                f"{self.path} has dates such as “{example}”, and nothing in it says "
                f"whether the day or the month comes first: say --time-format "
                f'"{day}" (day first) or "{month}" (month first).'
            )
        return np.where(ambiguous, others, times)

    def _doubtful(self) -> frozenset[int]:
        ids = np.frombuffer(self.ids, np.int64)
        contents = np.frombuffer(self.contents, np.int64)
        order = np.lexsort((contents, ids))
        ids, contents = ids[order], contents[order]
        same = (ids[1:] == ids[:-1]) & (contents[1:] != contents[:-1]) & (ids[1:] != NONE)
        return frozenset(int(name) for name in ids[1:][same])

    def _nothing(self) -> str:
        tally = self.tally
        if not tally.skipped:
            return f"{self.path} has no rows."
        why, left = max(tally.left.items(), key=lambda item: item[1].count)
        example = f" (line {left.line}: “{printable(left.example)}”)" if left.example else ""
        remedy = {
            NO_TIME: _remedy(left.example),
            NO_WORDS: " Say which column holds the text by --column text=….",
        }.get(why, "")
        return (
            f"none of the {tally.skipped:,} rows of {self.path} has both a text and a readable "
            f"time: {left.count:,} with {why}{example}.{remedy}"
        )


_RELATIVE = re.compile(
    r"\b(ago|lalu|yesterday|kemarin|today|hari ini|just now|baru saja)\b|^\d+\s?[smhdwyj]$"
)
_ROUNDED = re.compile(r"\d([.,]\d+)?[eE]\+?\d+")
_WITHOUT_A_YEAR = re.compile(r"(?=.*[A-Za-z]{3})(?!.*\d{4})[\w\s:.,]*")


def _remedy(example: str) -> str:
    """What helps where no time can be read, by one of them."""
    if _RELATIVE.search(example.lower()):
        return " That says when it was read, not when it was said: export dates instead."
    if _ROUNDED.fullmatch(example):
        return " A spreadsheet has rounded them: export again, and keep that column as text."
    if _WITHOUT_A_YEAR.fullmatch(example):
        return " They name no year: write it into that column, or export again with it."
    return (
        " Say how its times are written by --time-format, or which column they are in by "
        "--column published_at=…."
    )
