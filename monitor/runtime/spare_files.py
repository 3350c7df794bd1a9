"""Files kept back for the cry for help: where a process has used up what it may open, it can reach
nobody any more, and every source only looks as if its platform were away."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

KEPT = 8
"""Enough for a connection to Slack and one to a mail relay, and to resolve their names."""


class SpareFiles:
    """``needed``: what the last look found. Used by one thread."""

    def __init__(self) -> None:
        self.needed = False
        self._kept: list[int] = []

    def are_needed(self) -> bool:
        """Look whether the process could open a file now; fill up what is kept back."""
        try:
            while len(self._kept) < KEPT:
                self._kept.append(os.open(os.devnull, os.O_RDONLY))
            os.close(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            self.needed = True
        else:
            self.needed = False
        return self.needed

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Give them back for as long as this lasts, if they are needed."""
        while self.needed and self._kept:
            os.close(self._kept.pop())
        yield
