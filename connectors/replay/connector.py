"""A file told again in its own time: CSV, JSON or Excel, plain or packed. No network, no quota.

Rows are told in the order of their times, whatever their order in the file, five minutes a page,
each page saying up to when all has been told: how fast that goes is the player's decision. The
file must not change while it is replayed; that is noticed. Rows without an id get one from their
content, so that two rows equal in platform, time, author and text are one mention.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from connectors.base import Cursor, Info, Page, Rejected, SourceSpec
from connectors.kit.times import bucket_of
from connectors.replay.options import ReplayOptions
from connectors.replay.reader import reader_of
from monitor.model import ANY, BUCKET

MAX_MENTIONS = 500
"""Mentions in a page at most."""

UNSEEN = timedelta(days=31)
"""So long without any row was not silence: nobody collected. Told as missed, in one step."""


class Replay:
    """Rows of a file as mentions, a bucket a page."""

    info = Info(
        name="replay",
        platform=ANY,
        can=frozenset({"mentions"}),
        options=ReplayOptions,
        lag=timedelta(0),
        every=timedelta(seconds=1),
        title="File",
        recorded=True,
    )

    def __init__(self, options: ReplayOptions, secrets: Mapping[str, str]) -> None:
        self.options = options

    def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        """Pages from the cursor to the file's end. Raises ``Rejected`` for an unusable file."""
        reader = reader_of(self.options)
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
        at = rows.time(done) if done < len(rows) else None
        while at is not None:
            begun, end = position, bucket_of(position) + BUCKET
            until = done if at >= end else min(rows.first_at(end), done + MAX_MENTIONS)
            if until > done:
                at = rows.time(until) if until < len(rows) else None
            position = at if at is not None and at < end else end
            if until == done and at is not None and at - begun > UNSEEN:
                position = bucket_of(at)
            yield Page(
                mentions=tuple(reader.mention(i) for i in range(done, until)),
                covered_from=begun if first else None,
                missed=(begun, position) if position - begun > BUCKET else None,
                cursor={"row": until, "position": position.isoformat(), "file": rows.identity},
                position=position,
                skipped=rows.tally.skipped if first else 0,
            )
            done, first = until, False
