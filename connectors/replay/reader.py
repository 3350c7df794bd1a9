"""A file's rows as mentions: what its columns are, when its rows were, which ids name them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta, tzinfo
from itertools import islice
from pathlib import Path
from threading import Lock
from zoneinfo import ZoneInfo

from connectors.base import Rejected
from connectors.kit.links import unwrapped
from connectors.kit.times import excel_time, zone_in
from connectors.replay.columns import (
    Fields,
    Reads,
    Values,
    find_fields,
    known_platform,
    no_value,
    platform_named,
    platform_of,
)
from connectors.replay.content import Content, open_content
from connectors.replay.moments import (
    Get,
    Moments,
    either,
    is_believable,
    is_day_second,
    is_year_first,
)
from connectors.replay.names import SORTS
from connectors.replay.options import ReplayOptions
from connectors.replay.records import JsonLines, Records, Row, printable, value_of
from connectors.replay.rows import Index, RowFile, id_hash, identity_of
from connectors.replay.table import Header, Table, find_header
from connectors.replay.words import of_bytes, said, unmarked
from monitor.model import Author, Mention

KEPT = 4
"""Indexed files kept in memory."""

MAX_UNREAD = 0.2
MIN_UNREAD = 10
"""More lines than this share (and this number) that cannot be read are told before anything is
played: a file that is half read looks like a quiet one."""

MANY_DATES = 5
DAY_US = 86_400_000_000
SAMPLED = 200
"""Rows that are looked at to tell which column is what."""

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
        text, title = unmarked(get("text")), unmarked(get("title"))
        platform = self._platform(get)
        content = "\x1f".join((platform, at.isoformat(), author, text or title))
        return Mention(
            platform=platform,
            external_id=self.own_id(get("id"))
            or hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:24],
            published_at=at,
            text=text or title,
            author=Author(author, followers=_number(get("followers"))) if author else None,
            url=get("url"),
            title=title if text else "",
            reply_to=get("reply_to") or None,
            lang_hint=get("lang"),
        )

    def _platform(self, get: Get) -> str:
        """What was said, else what the row says, else whose page it links to, else whose export
        the file is or which page the lines above its header name."""
        tool, said = self.fields.tool, get("platform")
        return (
            self.options.platform
            or known_platform(said)
            or (platform_of(get("url")) if said.strip().lower() in SORTS else "")
            or platform_named(said)
            or platform_of(site := get("site"))
            or known_platform(site)
            or platform_of(get("url"))
            or (tool.platform if tool else "")
            or (platform_above(self.header) if self.header else "")
            or "file"
        )

    def own_id(self, name: str) -> str:
        """A row's id where it names that row alone; "" for what is none."""
        if not name or SCIENTIFIC.fullmatch(name) or id_hash(name) in self.rows.doubtful:
            return ""
        return name


def getter(fields: Fields, row: Row) -> Get:
    """How to ask a row for our fields."""

    def get(ours: str) -> str:
        column = fields.site if ours == "site" else fields.columns.get(ours)
        value = _value(row, column, ours) if column else ""
        for other in () if value else fields.more.get(ours, ()):
            if value := _value(row, other, ours):
                break
        return value

    return get


def _value(row: Row, column: str, ours: str) -> str:
    value = value_of(row, column)
    if value[:1] in "='\"" and (shielded := _SHIELDED.fullmatch(value)):
        # how exports keep spreadsheets from rounding and running it
        value = shielded[1] or shielded[2] or shielded[3]
    if no_value(value):
        return ""
    if value[:1] == "=" and (found := _LINK_FORMULA.fullmatch(value)):
        value = found[1]
    if ours == "url":
        return unwrapped(value)
    if ours == "id":
        return value.removesuffix(".0") if value[:-2].isdigit() else value
    if ours in ("text", "title", "author") and value[:2] in ("b'", 'b"'):
        value = of_bytes(value)
    return said(value) if ours == "text" and value[:2] == '{"' else value


_LINK_FORMULA = re.compile(r"=\s*HYPERLINK\(\s*\"([^\"]+)\".*\)", re.IGNORECASE | re.DOTALL)
_SHIELDED = re.compile(r"=\"(.*)\"|[\"'](\d+)\"?|'([=+\-@][^']*)", re.DOTALL)


def read_file(options: ReplayOptions) -> Reader:
    """Open and index a file. Raises ``Rejected`` with one sentence for a person."""
    path = options.path
    content = open_content(path, options.format, options.encoding)
    records, header = _records(options, content)
    fields = _fields(path, records, options)
    zone, zone_from = _zone(options, fields, header)
    moments = Moments(zone, options.time_format)
    if not options.time_format:
        dates = _sample(records)(fields.columns["published_at"])
        moments.year_first, moments.day_second = is_year_first(dates), is_day_second(dates)
    if isinstance(records, Table):
        found = fields.columns
        texts = (
            found["text"],
            *fields.more.get("text", ()),
            *([found["title"]] if "title" in found else ()),
        )
        records.need(found["published_at"], texts)
    index = Index(path, moments, lambda row: getter(fields, row))
    rows = index.build(content.file, records, identity_of(path))
    reader = Reader(options, content, header, fields, zone, zone_from, moments, rows)
    reader.notes.extend(content.notes)
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


def _fields(path: Path, records: Records, options: ReplayOptions) -> Fields:
    columns = records.columns
    fields = find_fields(columns, options.columns, _sample(records), _reads(options.time_format))
    for ours in options.columns:
        if fields.columns[ours] not in columns:
            wanted = options.columns[ours]
            raise Rejected(_lacks(path, f"column {wanted!r} (for {ours})", columns))
    if "text" not in fields.columns and "title" in fields.columns:
        fields = replace(fields, columns={**fields.columns, "text": fields.columns["title"]})
    for needed in ("text", "published_at"):
        if needed not in fields.columns:
            raise Rejected(_lacks(path, f"column for {needed}", columns))
    return fields


def _sample(records: Records) -> Values:
    rows = [r.row for r in islice(records.records(lambda _: True), SAMPLED) if r.row is not None]
    known: dict[str, Sequence[str]] = {}

    def values(column: str) -> Sequence[str]:
        if column not in known:
            found = (_value(row, column, "") for row in rows)
            known[column] = [value for value in found if value]
        return known[column]

    return values


def _reads(form: str) -> Reads:
    """Whether a value is a time, of whatever order of day and month."""
    return lambda value: (
        any(is_believable(at) for at in (either(value, form)))
        or (not form and excel_time(value.replace(",", ".")) is not None)
    )


def _lacks(path: Path, what: str, columns: tuple[str, ...]) -> str:
    shown = ", ".join(printable(column) for column in columns[:30])
    shown += ", …" if len(columns) > 30 else ""
    return (
        f"{path} has no {what}: it has {shown}; say which it is by the option `columns`, such as "
        f"`text: body` (siaga replay: --column text=body), or write names into its first line."
    )


def _zone(options: ReplayOptions, fields: Fields, header: Header | None) -> tuple[tzinfo, str]:
    """The zone of times that name none, and where it is from: what was said, else what the
    column's name or the lines above the header say, else UTC."""
    if options.time_zone:
        return ZoneInfo(options.time_zone), "as you said"
    for ours in ("published_at", "clock"):
        column = fields.columns.get(ours, "")
        if zone := zone_in(column):
            return zone, f"by the column's name “{printable(column)}”"
    for line in header.above if header else ():
        if zone := zone_in(line):
            return zone, f"by the line “{printable(line)}”"
    return UTC, ""


def platform_above(header: Header) -> str:
    """The platform that links in the lines above a header lead to."""
    links = re.findall(r"https?://[^\s,;\"]+", " ".join(header.above))
    return next(filter(None, map(platform_of, links)), "")


_COUNT = re.compile(
    r"(\d{1,3}(?:([.,'\s])\d{3})(?:\2\d{3})*|\d{1,15})(?:[.,](\d+))?\s?(k|rb|ribu|m|mn|jt|juta)?\+?",
    re.IGNORECASE,
)
_TIMES = {"k": 1000, "rb": 1000, "ribu": 1000, "m": 10**6, "mn": 10**6, "jt": 10**6, "juta": 10**6}


def _number(text: str) -> int | None:
    """A count as exports write it: 1234, 1.234, 1,234.0, 1,2 rb, 3.4M."""
    found = _COUNT.fullmatch(text)
    if found is None:
        return None
    whole = re.sub(r"\D", "", found[1])
    return int(float(f"{whole}.{found[3] or 0}") * _TIMES.get((found[4] or "").lower(), 1))


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
    if len(rows) > MANY_DATES and not (rows.times[:SAMPLED] % DAY_US - _midnight(reader)).any():
        reader.notes.append(
            "No row has a time of day: each day is read as its first minute. If one stands in "
            "another column, say which by --column clock=…."
        )
    if rows.tally.repaired:
        reader.notes.append(
            f"{counted(rows.tally.repaired, 'row')} had a quote that is not closed; nothing after "
            "it is lost."
        )
    if rows.tally.joined:
        reader.notes.append(
            f"{counted(rows.tally.joined, 'row')} had more cells than the header: a text without "
            "quotes that holds what separates columns is read as one."
        )


def _midnight(reader: Reader) -> int:
    """When days of the file's zone begin, in microseconds of a day of UTC."""
    offset = reader.rows.time(0).astimezone(reader.zone).utcoffset() or timedelta()
    return -(offset // timedelta(microseconds=1)) % DAY_US


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
