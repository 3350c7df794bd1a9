"""A file's rows as mentions: what its columns are, when its rows were, which ids name them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from connectors.base import Rejected
from connectors.kit.times import zone_in
from connectors.replay.columns import Fields, find_fields, platform_named
from connectors.replay.content import Content, open_content
from connectors.replay.moments import Get, Moments
from connectors.replay.options import ReplayOptions
from connectors.replay.records import JsonLines, Records, Row, printable, value_of
from connectors.replay.rows import Index, RowFile, id_hash, identity_of
from connectors.replay.table import Header, Table, find_header
from monitor.model import Author, Mention

KEPT = 4
"""Indexed files kept in memory."""

MAX_UNREAD = 0.2
MIN_UNREAD = 10
"""More lines than this share (and this number) that cannot be read are told before anything is
played: a file that is half read looks like a quiet one."""

SCIENTIFIC = re.compile(r"\d+([.,]\d+)?[eE]\+?\d+")
"""What a spreadsheet makes of a long number: its last digits are gone."""


@dataclass(slots=True)
class Reader:
    """An indexed file and which of its columns is what."""

    options: ReplayOptions
    content: Content
    header: Header | None
    fields: Fields
    zone: tzinfo
    zone_from: str
    moments: Moments
    rows: RowFile
    rounded_ids: int = 0
    rounded_id: str = ""
    notes: list[str] = field(default_factory=list)

    def mention(self, i: int) -> Mention:
        """The i-th row in time order."""
        get = getter(self.fields, self.rows.row(i))
        at, author = self.rows.time(i), get("author")
        text, title = get("text"), get("title")
        platform = self.options.platform or platform_named(get("platform")) or "file"
        content = "\x1f".join((platform, at.isoformat(), author, text or title))
        followers = re.sub(r"[.,\s]", "", get("followers"))
        return Mention(
            platform=platform,
            external_id=self.own_id(get("id"))
            or hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:24],
            published_at=at,
            text=text or title,
            author=Author(author, followers=int(followers) if followers.isdecimal() else None)
            if author
            else None,
            url=get("url"),
            title=title if text else "",
            reply_to=get("reply_to") or None,
            lang_hint=get("lang"),
        )

    def own_id(self, name: str) -> str:
        """A row's id where it names that row alone; "" for what is none."""
        if not name or SCIENTIFIC.fullmatch(name) or id_hash(name) in self.rows.doubtful:
            return ""
        return name


def getter(fields: Fields, row: Row) -> Get:
    """How to ask a row for our fields."""

    def get(ours: str) -> str:
        column = fields.columns.get(ours)
        if column is None:
            return ""
        value = value_of(row, column)
        if value.startswith('="') and value.endswith('"'):
            value = value[2:-1]  # how exports keep spreadsheets from rounding a number
        return _said(value) if ours == "text" and value[:2] == '{"' else value

    return get


def read_file(options: ReplayOptions) -> Reader:
    """Open and index a file. Raises ``Rejected`` with one sentence for a person."""
    path = options.path
    content = open_content(path, options.format, options.encoding)
    records, header = _records(options, content)
    fields = _fields(path, records.columns, options)
    zone, zone_from = _zone(options, fields, header)
    moments = Moments(zone, options.time_format)
    if isinstance(records, Table):
        found = fields.columns
        records.need([found["text"], found["published_at"]], found["text"])
    index = Index(path, moments, lambda row: getter(fields, row))
    rows = index.build(content.file, records, identity_of(path))
    reader = Reader(options, content, header, fields, zone, zone_from, moments, rows)
    _look_at_ids(reader)
    if not options.skip_unreadable:
        _refuse_half_a_file(reader)
    return reader


def _records(options: ReplayOptions, content: Content) -> tuple[Records, Header | None]:
    if content.kind == "json":
        return JsonLines(content.file, options.path), None
    header = find_header(
        content.file,
        options.path,
        delimiter=options.delimiter,
        skip_rows=options.skip_rows,
        wanted=options.columns,
    )
    return Table(content.file, header), header


def _fields(path: Path, columns: tuple[str, ...], options: ReplayOptions) -> Fields:
    fields = find_fields(columns, options.columns)
    for ours in options.columns:
        if fields.columns[ours] not in columns:
            wanted = options.columns[ours]
            raise Rejected(_lacks(path, f"column {wanted!r} (for {ours})", columns))
    if "text" not in fields.columns and "title" in fields.columns:
        fields = Fields({**fields.columns, "text": fields.columns["title"]}, fields.tool)
    for needed in ("text", "published_at"):
        if needed not in fields.columns:
            raise Rejected(_lacks(path, f"column for {needed}", columns))
    return fields


def _lacks(path: Path, what: str, columns: tuple[str, ...]) -> str:
    shown = ", ".join(printable(column) for column in columns[:30])
    shown += ", …" if len(columns) > 30 else ""
    return (
        f"{path} has no {what}: it has {shown}; say which it is by the option `columns`, such as "
        f"`text: body` (siaga replay: --column text=body)."
    )


def _zone(options: ReplayOptions, fields: Fields, header: Header | None) -> tuple[tzinfo, str]:
    """The zone of times that name none, and where it is from: what was said, else what the
    column's name or the lines above the header say, else UTC."""
    if options.time_zone:
        return ZoneInfo(options.time_zone), "as you said"
    column = fields.columns["published_at"]
    if zone := zone_in(column):
        return zone, f"by the column's name “{printable(column)}”"
    for line in header.above if header else ():
        if zone := zone_in(line):
            return zone, f"by the line “{printable(line)}”"
    return UTC, ""


def _look_at_ids(reader: Reader) -> None:
    rows = reader.rows
    for i in range(min(len(rows), 1000)):
        name = getter(reader.fields, rows.row(i))("id")
        if SCIENTIFIC.fullmatch(name):
            reader.rounded_ids += 1
            reader.rounded_id = reader.rounded_id or name
    if reader.rounded_ids:
        reader.notes.append(
            f"Ids such as {reader.rounded_id} were rounded by a spreadsheet and name nothing: "
            "those rows get ids of their own content."
        )
    elif rows.doubtful:
        reader.notes.append(
            f"{counted(len(rows.doubtful), 'id')} stood for several different rows and names none "
            "of them: those rows get ids of their own content."
        )
    if rows.tally.repaired:
        reader.notes.append(
            f"{counted(rows.tally.repaired, 'row')} had a quote that is not closed; nothing after "
            "it is lost."
        )


def _refuse_half_a_file(reader: Reader) -> None:
    tally = reader.rows.tally
    if tally.unread <= MIN_UNREAD or tally.unread <= MAX_UNREAD * tally.lines:
        return
    reasons = "; ".join(
        f"{counted(left.count, 'row')} with {why}"
        + (
            f" (line {left.line}: “{printable(left.example)}”)"
            if left.example
            else f" (line {left.line})"
        )
        for why, left in tally.left.items()
    )
    raise Rejected(
        f"only {tally.lines_read:,} of {tally.lines:,} lines of {reader.options.path} were read: "
        f"{reasons}. Look with `siaga replay --preview` and say what is different (--delimiter, "
        f"--time-format, --column), or leave those rows out with --skip-unreadable."
    )


def counted(count: int, noun: str) -> str:
    """A number of things, in words."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _said(value: str) -> str:
    """The text in YouTube Takeout's pieces: ``{"text":"one"},{"text":"two"}``."""
    try:
        pieces: Any = orjson.loads(f"[{value}]")
    except orjson.JSONDecodeError:
        return value
    if len(pieces) == 1 and isinstance(inner := pieces[0].get("takeoutSegments"), list):
        pieces = inner
    texts = [piece.get("text") for piece in pieces if isinstance(piece, dict)]
    words = "".join(text for text in texts if isinstance(text, str)).strip()
    return words or value


_lock = Lock()
_known: dict[tuple[str, int, int], Reader] = {}


def reader_of(options: ReplayOptions) -> Reader:
    """The indexed file. Kept, because every poll is a fresh connector and the file the same."""
    try:
        stat = options.path.stat()
    except OSError:
        return read_file(options)  # it says why
    key = (options.model_dump_json(), stat.st_size, stat.st_mtime_ns)
    with _lock:
        if key not in _known:
            while len(_known) >= KEPT:
                _known.pop(next(iter(_known)))
            _known[key] = read_file(options)
        return _known[key]
