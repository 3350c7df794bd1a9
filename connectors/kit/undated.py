"""Entries whose time is missing or cannot be read: kept, for what they say may matter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from connectors.base import Page, SourceSpec
from connectors.kit.measures import readable
from connectors.kit.times import parse_time
from monitor.model import BUCKET


def when(now: datetime, *told: Any) -> dict[str, Any]:
    """The fields of a mention that say when it was written: the first time of ``told`` that can be
    read, else that it is seen now."""
    at = stated(*told)
    if at is not None:
        return {"published_at": at}
    return {"published_at": now, "time_is": "first_seen", "stable_time": False}


def stated(*told: Any) -> datetime | None:
    """The first of these times that can be read."""
    return next((at for one in told if one and (at := parse_time(str(one)))), None)


def judged(pages: Iterable[Page], source: SourceSpec, *, first: bool) -> Iterator[Page]:
    """The pages of a poll, with their unreadable values and undated mentions counted. At a
    ``first`` poll these were there before anybody looked: they stand before all that is watched."""
    for page in map(readable, pages):
        undated = sum(one.time_is != "stated" for one in page.mentions)
        if undated and first:
            before = source.since - BUCKET
            told = tuple(
                one
                if one.time_is == "stated"
                else replace(one, published_at=before, time_is="unknown")
                for one in page.mentions
            )
            page = replace(page, mentions=told)
        yield replace(page, undated=page.undated + undated) if undated else page
