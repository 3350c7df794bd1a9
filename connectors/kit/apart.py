"""Lists that do not hang on each other: where one is refused, the others are read all the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from connectors.base import Rejected, Unauthorized

T = TypeVar("T")


class Apart:
    """What a poll reads part by part. A part that is not permitted or not known costs no other
    part; the first refusal is raised when all have been read (``end``)."""

    def __init__(self) -> None:
        self.refused: Rejected | Unauthorized | None = None

    def read(self, part: Iterator[T]) -> Iterator[T]:
        """What a part tells, as far as it may be read. Raises what concerns all parts: a token
        that is not accepted, a platform that is down or asks to slow down."""
        try:
            yield from part
        except Rejected as error:
            self.refused = self.refused or error
        except Unauthorized as error:
            if error.reason != "permission":
                raise
            self.refused = self.refused or error

    def end(self) -> None:
        """Raise what was refused, if anything was."""
        if self.refused is not None:
            raise self.refused
