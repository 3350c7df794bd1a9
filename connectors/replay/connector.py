"""A file told again in its own time: JSON lines or CSV, plain or gzipped. No network, no quota.

Rows are told in the order of their times, whatever their order in the file, five minutes a page,
each page saying up to when all has been told: how fast that goes is the player's decision. The
file must not change while it is replayed; that is noticed. Rows without an id get one from their
content, so that two rows equal in platform, time, author and text are one mention.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from connectors.base import Cursor, Info, Options, Page, Rejected, SourceSpec
from connectors.kit.times import bucket_of, parse_time, zone_named
from connectors.replay.rows import Row, RowFile, When, open_rows
from monitor.model import ANY, BUCKET, Author, Mention

MOST = 500
"""Mentions in a page at most."""

UNSEEN = timedelta(days=31)
"""So long without any row was not silence: nobody collected. Told as missed, in one step."""

KEPT = 4
"""Indexed files kept in memory."""

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "full_text", "body", "content", "message", "tweet", "comment"),
    "published_at": (
        "published_at",
        "created_at",
        "published",
        "date",
        "datetime",
        "timestamp",
        "time",
        "created",
        "tweet_created",
    ),
    "id": ("id", "external_id", "id_str", "tweet_id", "post_id", "comment_id"),
    "author": ("author", "username", "user", "handle", "screen_name", "author_name", "name"),
    "url": ("url", "link", "permalink"),
    "platform": ("platform", "network"),
    "lang": ("lang", "language"),
    "title": ("title",),
    "reply_to": ("reply_to", "in_reply_to", "in_reply_to_status_id", "parent_id"),
    "followers": ("followers", "followers_count", "user_followers"),
}
"""Where each field is looked for, unless ``columns`` says otherwise."""


class ReplayOptions(Options):
    """Options of a replay. ``columns`` maps our field to the file's column: ``text: body``."""

    path: Path = Field(description="JSON lines or CSV, plain or .gz.")
    format: Literal["auto", "jsonl", "csv"] = "auto"
    encoding: str = "utf-8"
    columns: dict[str, str] = Field(default_factory=dict)
    platform: str = Field(
        "", description="Platform of every row; else the file's column, else file."
    )
    time_zone: str = Field("UTC", description="Zone of times that name none.")
    time_format: str = Field("", description="strptime format of unusual times: %d/%m/%Y %H:%M")

    @field_validator("columns")
    @classmethod
    def _known(cls, columns: dict[str, str]) -> dict[str, str]:
        if strange := sorted(set(columns) - set(COLUMNS)):
            raise ValueError(
                f"no such field: {', '.join(strange)}; there are: {', '.join(COLUMNS)}"
            )
        return columns

    @field_validator("platform")
    @classmethod
    def _platform(cls, name: str) -> str:
        return platform_named(name)

    @field_validator("encoding")
    @classmethod
    def _encoding(cls, name: str) -> str:
        try:
            return codecs.lookup(name).name
        except LookupError as error:
            raise ValueError(f"no such encoding: {name}") from error

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, name: str) -> str:
        zone_named(name)
        return name


class Replay:
    """Rows of a file as mentions, a bucket a page."""

    info = Info(
        name="replay",
        platform=ANY,
        can=frozenset({"mentions"}),
        options=ReplayOptions,
        lag=timedelta(0),
        every=timedelta(seconds=1),
    )

    def __init__(self, options: ReplayOptions, secrets: Mapping[str, str]) -> None:
        self.options = options

    def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        """Pages from the cursor to the file's end. Raises ``Rejected`` for an unusable file."""
        reader = _reader(self.options)
        rows = reader.rows
        done, position = 0, bucket_of(rows.time(0))
        first = cursor is None
        if cursor:
            if cursor["file"] != rows.identity:
                raise Rejected(
                    f"{self.options.path} is not the file it was when its replay began: put that "
                    f"file back, or replay the new one into a new database."
                )
            done, position = cursor["row"], datetime.fromisoformat(cursor["position"])
        while done < len(rows):
            begun, end = position, bucket_of(position) + BUCKET
            until = min(rows.first_at(end), done + MOST)
            within = until < len(rows) and rows.time(until) < end
            position = rows.time(until) if within else end
            if until == done and rows.time(done) - begun > UNSEEN:
                position = bucket_of(rows.time(done))
            yield Page(
                mentions=tuple(reader.mention(i) for i in range(done, until)),
                covered_from=begun if first else None,
                missed=(begun, position) if position - begun > BUCKET else None,
                cursor={"row": until, "position": position.isoformat(), "file": rows.identity},
                position=position,
                skipped=rows.skipped if first else 0,
            )
            done, first = until, False


class _Reader:
    """A file's rows and which of its columns is what."""

    def __init__(self, options: ReplayOptions) -> None:
        self.options = options
        self.zone = ZoneInfo(options.time_zone)
        self.fields: dict[str, str] = {}
        self.rows: RowFile = open_rows(
            options.path, kind=options.format, encoding=options.encoding, prepare=self._prepare
        )

    def _prepare(self, columns: tuple[str, ...]) -> When:
        lower = {name.lower(): name for name in reversed(columns)}
        for ours, usual in COLUMNS.items():
            wanted = self.options.columns.get(ours)
            if wanted and wanted not in columns:
                raise Rejected(self._lacks(f"column {wanted!r} (for {ours})", columns))
            found = wanted or next((lower[name] for name in usual if name in lower), None)
            if found:
                self.fields[ours] = found
        for needed in ("text", "published_at"):
            if needed not in self.fields:
                raise Rejected(self._lacks(f"column for {needed}", columns))
        return lambda row: self.time(row) if self._get(row, "text") else None

    def _lacks(self, what: str, columns: tuple[str, ...]) -> str:
        return (
            f"{self.options.path} has no {what}: it has {', '.join(columns)}; "
            f"say which it is by the option `columns`, such as `text: body`."
        )

    def _get(self, row: Row, ours: str) -> str:
        value = row.get(self.fields.get(ours, ""))
        return "" if value is None or isinstance(value, dict | list) else str(value).strip()

    def time(self, row: Row) -> datetime | None:
        return parse_time(self._get(row, "published_at"), self.zone, self.options.time_format)

    def mention(self, i: int) -> Mention:
        row = self.rows.row(i)
        at, text, author = self.rows.time(i), self._get(row, "text"), self._get(row, "author")
        platform = self.options.platform or platform_named(self._get(row, "platform")) or "file"
        content = "\x1f".join((platform, at.isoformat(), author, text))
        followers = self._get(row, "followers")
        return Mention(
            platform=platform,
            external_id=self._get(row, "id") or hashlib.sha256(content.encode()).hexdigest()[:24],
            published_at=at,
            text=text,
            author=Author(author, followers=int(followers) if followers.isdecimal() else None)
            if author
            else None,
            url=self._get(row, "url"),
            title=self._get(row, "title"),
            reply_to=self._get(row, "reply_to") or None,
            lang_hint=self._get(row, "lang"),
        )


def platform_named(name: str) -> str:
    """A platform as we call it."""
    name = name.strip().lower()
    return "x" if name == "twitter" else name


_lock = Lock()
_known: dict[tuple[str, int, int], _Reader] = {}


def _reader(options: ReplayOptions) -> _Reader:
    """The indexed file. Kept, because every poll is a fresh connector and the file the same."""
    try:
        stat = options.path.stat()
    except OSError:
        return _Reader(options)  # it says why
    key = (options.model_dump_json(), stat.st_size, stat.st_mtime_ns)
    with _lock:
        if key not in _known:
            while len(_known) >= KEPT:
                _known.pop(next(iter(_known)))
            _known[key] = _Reader(options)
        return _known[key]
