"""What a poll's pages told, all together."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.base import Cursor, Page


def last(pages: Sequence[Page]) -> Cursor | None:
    """Where the next poll goes on."""
    return next(page.cursor for page in reversed(pages) if page.cursor is not None)


def texts(pages: Sequence[Page]) -> set[str]:
    """What was written."""
    return {mention.text for page in pages for mention in page.mentions}


def unseen(pages: Sequence[Page]) -> str:
    """What could not be read, and why."""
    return " ".join(page.unseen for page in pages if page.unseen)
