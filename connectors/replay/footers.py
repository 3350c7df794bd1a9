"""The last rows of an export that are no mentions: its sum, when and by what it was made. They may
stand in the columns of a date and a text, and then only what they leave empty tells them."""

from __future__ import annotations

import re
from collections import deque

from connectors.replay.moments import Get
from connectors.replay.records import Record

BESIDE = ("id", "author", "url", "platform")
"""Columns that a mention fills as all others of its file do."""

LAST, FEWEST = 3, 5
"""So many rows at the end may be such; so many before them tell what a row fills."""

CLOSING = re.compile(
    r"^\W*(?:(?:grand |sub)?total|jumlah|count|sum|rows?|exported|generated|created|downloaded"
    r"|report|diekspor|dibuat|diunduh|laporan|sumber|source|copyright|©|page|halaman|end of)\b"
    r"|^[\d.,\s]+$",
    re.IGNORECASE,
)
"""Words such a row begins with, or the number it is."""


class Footers:
    """What rows fill, and of the last ones what they are."""

    def __init__(self) -> None:
        self._last: deque[tuple[Record, frozenset[str], str]] = deque()
        self._always: frozenset[str] | None = None
        self._seen = 0

    def saw(self, record: Record, get: Get) -> None:
        """A row that reads as a mention."""
        filled = frozenset(name for name in BESIDE if get(name))
        said = " ".join(filter(None, map(get, ("author", "title", "text"))))
        self._last.append((record, filled, said[:100]))
        if len(self._last) > LAST:
            _, before, _ = self._last.popleft()
            self._always = before if self._always is None else self._always & before
            self._seen += 1

    def found(self) -> list[tuple[Record, str]]:
        """The rows at the end that are none, the last first, each with what it says."""
        found: list[tuple[Record, str]] = []
        always = self._always or frozenset()
        if self._seen < FEWEST or not always:
            return found
        for record, filled, said in reversed(self._last):
            has = len(filled & always)
            closing = CLOSING.search(said) and has <= 1 and has < len(always)
            if not closing and (has or len(always) < 2):
                break
            found.append((record, said))
        return found
