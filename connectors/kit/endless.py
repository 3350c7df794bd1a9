"""Lists without an end: their pages go round in a circle, or the same one is told again and again.

A list that is read within one request of ours (all replies of a comment) is cut short by nobody
else, so that a poll of it would never end.
"""

from __future__ import annotations

from typing import Any

from connectors.base import Unavailable

MAX_ALIKE = 5
"""So many pages in a row that are the same: a page or two may be told twice."""


class Endless:
    """What was read of one list so far. Raises ``Unavailable`` where it never ends."""

    def __init__(self, platform: str) -> None:
        self.platform, self.marks = platform, set[str]()
        self.rows: Any = None
        self.alike = 0

    def goes_to(self, mark: str) -> None:
        """The next page is that one."""
        if mark in self.marks:
            raise self._failure()
        self.marks.add(mark)

    def told(self, rows: Any) -> None:
        """A page held those rows, and says that there are more."""
        self.alike = self.alike + 1 if rows == self.rows else 0
        self.rows = rows
        if self.alike >= MAX_ALIKE:
            raise self._failure()

    def _failure(self) -> Unavailable:
        return Unavailable(f"{self.platform} repeats the same page for ever.")
