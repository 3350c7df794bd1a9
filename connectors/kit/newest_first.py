"""Lists that are newest first, where a platform knows no "since": read back to a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from connectors.base import Page
from connectors.kit.listed import Listed
from monitor.model import Mention

T = TypeVar("T")


def posts_since(
    batches: Iterable[Sequence[Any]], parse: Callable[[Any], Listed | None], since: datetime
) -> Iterator[tuple[list[Listed], int]]:
    """Pages of own posts, each with the number of rows that ``parse`` could not read."""
    for _, young, skipped in _since(batches, parse, lambda one: one.post.published_at, since):
        yield young, skipped


def mentions_since(
    batches: Iterable[Sequence[Any]],
    parse: Callable[[Any], Mention | None],
    since: datetime,
    below: Callable[[Any], Iterable[Mention]] = lambda _: (),
) -> Iterator[Page]:
    """Pages of what others wrote; rows that ``parse`` could not read are counted. ``below`` reads
    the comments that came within a row: young ones may stand under an old post."""
    for rows, young, skipped in _since(batches, parse, lambda one: one.published_at, since):
        told = [mention for row in rows for mention in below(row)]
        yield Page(mentions=(*young, *told), skipped=skipped)


def _since(
    batches: Iterable[Sequence[Any]],
    parse: Callable[[Any], T | None],
    at: Callable[[T], datetime],
    since: datetime,
) -> Iterator[tuple[Sequence[Any], list[T], int]]:
    for rows in batches:
        read = [one for row in rows if (one := parse(row)) is not None]
        young = [one for one in read if at(one) >= since]
        yield rows, young, len(rows) - len(read)
        if read and not young:
            return
