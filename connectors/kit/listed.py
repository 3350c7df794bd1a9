"""What a platform tells of a brand's own posts and what stands under them, and how it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from connectors.base import Rejected, Unavailable
from connectors.kit.apart import Apart
from monitor.model import Mention, Metric, OwnPost, Standing


class PostGone(Rejected):
    """The post is deleted or not visible any more: its comments are gone with it."""


class PostHidden(Unavailable):
    """The post is there, and what stands under it is not shown."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An own post as the platform's list tells it. ``comments``: how many; None: not told.
    ``told``: comments that came with the list itself."""

    post: OwnPost
    comments: int | None = None
    metrics: tuple[Metric, ...] = ()
    standings: tuple[Standing, ...] = ()
    told: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True)
class CommentPage:
    """A page of comments with their replies. ``after``: the mark of the next page, "" at the end.
    ``oldest``: the time of its oldest top-level comment, where the list is in that order."""

    mentions: tuple[Mention, ...]
    after: str = ""
    oldest: datetime | None = None
    skipped: int = 0


def with_replies(
    rows: Sequence[Any],
    after: str,
    read: Callable[[Any, str | None], Mention | None],
    replies_of: Callable[[Any], Sequence[Any]],
) -> CommentPage:
    """A page of comments that come with their replies. ``read`` is given a row and the id of the
    comment it answers, and says None where it cannot be read: its replies are then left out.
    """
    found: list[Mention] = []
    times, skipped = list[datetime](), 0
    for row in rows:
        mention = read(row, None)
        if mention is None:
            skipped += 1
            continue
        found.append(mention)
        times += [mention.published_at] if mention.time_is == "stated" else []
        for reply in replies_of(row):
            answer = read(reply, mention.external_id)
            skipped += answer is None
            found += [answer] if answer else []
    ordered = bool(times) and times == sorted(times, reverse=True)
    return CommentPage(tuple(found), after, times[-1] if ordered else None, skipped)


class OwnContent(Protocol):
    """What a platform is asked. All raise a ``ConnectorError``, ``comments`` also ``PostGone``."""

    platform: str

    def posts(self, back_to: datetime, parts: Apart) -> Iterator[tuple[list[Listed], int]]:
        """Pages of own posts, newest first, back to then, with the number of unreadable ones.
        Lists beside the main one are read as ``parts``."""
        ...

    def comments(self, post: OwnPost, after: str) -> CommentPage:
        """One page of a post's comments."""
        ...

    def exists(self, post_id: str) -> bool:
        """Whether a post that is not listed any more can still be seen."""
        ...
