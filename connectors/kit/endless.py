"""Lists without an end: their pages go round in a circle, or the same one is told again and again.

A list that is read within one request of ours (all replies of a comment) is cut short by nobody
else, so that a poll of it would never end.

And lists whose end is not told: a page that holds as many rows as were asked for, and not the mark
by which the platform says that there are no more, may not be the last one. Its rows are told, and
then that.
"""

from __future__ import annotations

from typing import Any

from connectors.base import Unavailable

MAX_ALIKE = 5
"""So many pages in a row that are the same: a page or two may be told twice."""


NOWHERE, UNTOLD = "?", "??"
"""Marks of a next page that is said to be there, and not where; and of one of which is not said
whether it is there."""


def checked(mark: str, platform: str) -> str:
    """A mark that leads somewhere, "" the top of a list. Raises ``Unavailable`` for another."""
    if mark == NOWHERE:
        raise Unavailable(f"{platform} says that there is more, and not where.")
    if mark == UNTOLD:
        raise Unavailable(f"{platform} does not say whether there is more.")
    return mark


def mark_of(value: Any) -> str:
    """A mark as text; "" where there is none, ``NOWHERE`` for what cannot be one."""
    if value is None or value == "":
        return ""
    told = isinstance(value, str | int) and not isinstance(value, bool)
    text = str(value)
    return text if told and text.isascii() and text.isprintable() else NOWHERE


class Endless:
    """What was read of one list so far. Raises ``Unavailable`` where it never ends."""

    def __init__(self, platform: str) -> None:
        self.platform, self.marks = platform, set[str]()
        self.rows: Any = None
        self.alike = 0

    def goes_to(self, mark: str) -> None:
        """The next page is that one."""
        checked(mark, self.platform)
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
