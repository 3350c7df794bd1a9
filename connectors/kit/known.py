"""What a connector remembers of the comments it has read: enough to notice edits and deletions.

Kept in the cursor, for connectors have no other memory: of each comment its time and a checksum of
its text, the newest ``REMEMBERED`` of all posts.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from monitor.model import Mention, Removal

REMEMBERED = 1000
"""About 60 kB of cursor."""


class Known:
    """The comments read before, by the post they stand under."""

    def __init__(self, platform: str, now: datetime, kept: Mapping[str, Any] | None = None) -> None:
        self.platform, self.now = platform, now
        self.posts: dict[str, dict[str, list[int]]] = {
            post: {name: list(mark) for name, mark in marks.items()}
            for post, marks in (kept or {}).items()
        }

    def read(self, post: str, mention: Mention) -> Removal | None:
        """Remember a comment as it reads now; the edit, if it read differently before."""
        marks = self.posts.setdefault(post, {})
        before = marks.get(mention.external_id)
        checksum = zlib.crc32(mention.text.encode("utf-8", "replace"))
        mark = [int(mention.published_at.timestamp()), checksum, 0]
        marks[mention.external_id] = mark
        if before is None or before[1] == mark[1]:
            return None
        return Removal(self.platform, mention.external_id, "edited", self.now, mention.text)

    def missing(self, post: str, since: datetime, seen: Iterable[str]) -> list[Removal]:
        """Those that stood under the post and were not among the ``seen`` twice in a row, where
        all since then have been read. They are forgotten. Once is not enough: platforms answer
        with short lists when they are not well, and a removal takes the text away for good."""
        marks, start, there = self.posts.get(post, {}), since.timestamp(), set(seen)
        away = [name for name, mark in marks.items() if mark[0] >= start and name not in there]
        gone = [name for name in away if marks[name][2]]
        for name in away:
            marks[name][2] = 1
        for name in gone:
            del marks[name]
        return [Removal(self.platform, name, "deleted", self.now) for name in gone]

    def forget(self, post: str) -> list[Removal]:
        """The post is gone, and what stood under it with it."""
        return [
            Removal(self.platform, name, "deleted", self.now) for name in self.posts.pop(post, {})
        ]

    def dump(self) -> dict[str, dict[str, list[int]]]:
        """JSON, the newest comments only."""
        marks = [
            (mark, post, name) for post, marks in self.posts.items() for name, mark in marks.items()
        ]
        kept: dict[str, dict[str, list[int]]] = {}
        for mark, post, name in sorted(marks, reverse=True)[:REMEMBERED]:
            kept.setdefault(post, {})[name] = mark
        return kept


def moment(epoch: int) -> datetime:
    """Seconds since 1970 as aware UTC."""
    return datetime.fromtimestamp(epoch, UTC)
