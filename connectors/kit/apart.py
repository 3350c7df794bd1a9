"""Parts of a poll that do not hang on each other: where one is refused, the others are read.

The rule for all connectors: what can be read is told, and each part keeps a mark of its own of how
far it was read. A part that is refused is told as unseen with the platform's reason
(``Page.unseen``), so that its silence is never taken for calm. Only where the main part is refused,
by which the source mostly listens, has the whole poll failed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from connectors.base import Cursor, Page, Rejected, Unauthorized

T = TypeVar("T")
Refusal = Rejected | Unauthorized

AGAIN = timedelta(hours=1)
"""A part that was refused twice in a row is asked for again after this: the first time may have
been a slip of the platform, and requests are counted."""

SAID = 3
"""So many refused parts are told with their reasons."""

MAX_WHY = 300
"""Characters of a reason that the cursor keeps."""


class Apart:
    """What a poll reads part by part, and what of it was refused.

    ``refused``  of each such part when it was asked for last (epoch), how often in a row it was
                 refused, and why; kept in the cursor under that name
    ``first``    the first refusal of this poll; ``main`` that of the main part
    """

    def __init__(self, now: datetime, cursor: Mapping[str, Any] | None = None) -> None:
        self.now = now
        self.before: Mapping[str, Any] = dict((cursor or {}).get("refused") or {})
        self.refused: dict[str, list[Any]] = {}
        self.first: Refusal | None = None
        self.main: Refusal | None = None

    def read(self, part: Iterator[T], *, unseen: str, main: bool = False) -> Iterator[T]:
        """What a part tells, as far as it may be read. ``unseen``: what people do not see without
        it. Raises what concerns all parts: a token that is not accepted, a platform that is down
        or asks to slow down."""
        if not main and self._waits(unseen):
            self.refused[unseen] = list(self.before[unseen])
            return
        try:
            yield from part
        except (Rejected, Unauthorized) as error:
            self.refuse(error, unseen=unseen, main=main)

    def refuse(self, error: Refusal, *, unseen: str, main: bool = False) -> None:
        """A part was refused. Raises the error where it concerns all parts."""
        if isinstance(error, Unauthorized) and error.reason != "permission":
            raise error
        self.first = self.first or error
        if main:
            self.main = self.main or error
            return
        times = self.before[unseen][1] if unseen in self.before else 0
        self.refused[unseen] = [int(self.now.timestamp()), times + 1, str(error)[:MAX_WHY]]

    def one_of(self, parts: Apart) -> None:
        """Those ``parts`` were refused, and others like them were read."""
        self.refused |= parts.refused
        self.first = self.first or parts.first

    def check(self) -> None:
        """Raise the refusal of the main part, if it was refused."""
        if self.main is not None:
            raise self.main

    def end(self, cursor: Cursor | None = None) -> Iterator[Page]:
        """The last page, where something was refused: what is not seen. Raises as ``check``."""
        self.check()
        if self.refused:
            yield Page(unseen=self.told(), cursor=cursor)

    def kept(self) -> dict[str, Any]:
        """What the cursor keeps."""
        return {"refused": self.refused} if self.refused else {}

    def _waits(self, part: str) -> bool:
        if part not in self.before:
            return False
        at, times, _ = self.before[part]
        age = self.now.timestamp() - at
        return bool(times > 1 and 0 <= age < AGAIN.total_seconds())

    def told(self) -> str:
        """What is not seen and why; "" where nothing was refused."""
        parts = [_unseen(what, why) for what, (_, _, why) in self.refused.items()]
        told, more = parts[:SAID], len(parts) - SAID
        if more > 0:
            part_unseen = f"{more} more parts are unseen"
            told.append(part_unseen)
        return also(told) if told else ""


def _unseen(what: str, why: str) -> str:
    part_unseen = f"{what} unseen: {why}"
    return " ".join(part_unseen.split())


def also(sentences: list[str]) -> str:
    """Several reasons as one."""
    part_unseen = sentences[-1]
    for one in reversed(sentences[:-1]):
        rest = part_unseen
        part_unseen = f"{one} — also: {rest}"
    return part_unseen
