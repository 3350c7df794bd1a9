"""Comments of a channel or of a video with their replies, and what became of those known.

https://developers.google.com/youtube/v3/docs/commentThreads/list. A new reply does not lift its
thread: a deep poll looks through the threads of the last days, asks for replies where their number
changed, and notices edits and deletions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from connectors.base import Page, Rejected, Unauthorized, concerns_all
from connectors.kit.endless import NOWHERE, mark_of
from connectors.kit.known import Known
from connectors.youtube.api import YouTubeApi
from connectors.youtube.errors import CommentsClosed
from connectors.youtube.parse import Thread, reply, threads_of
from monitor.model import Mention, Removal

BEGINNING = datetime.fromtimestamp(0, UTC)

MAX_PAGES = 1000
"""In one look: 100,000 threads. What is not reached is reported as missed."""

MAX_REPLIES = 100
"""Threads in one look whose replies are asked for: each is a unit of the day's."""


@dataclass(slots=True)
class Look:
    """How far a look at comments goes and has come, whatever polls it takes.

    ``back_to``  what is told: everything since then
    ``reached``  since when all was told, the end of ``until`` unless there was too much
    ``deep``     threads are looked through for late replies and what is gone
    ``token``    the mark of the page it goes on with, "" the top of a list
    ``pages``    how many were read; ``replies``: of how many threads these were asked for
    """

    back_to: datetime
    reached: datetime
    deep: bool
    token: str = ""
    pages: int = 0
    replies: int = 0

    def dump(self) -> dict[str, Any]:
        """JSON."""
        times = {"back_to": self.back_to.isoformat(), "reached": self.reached.isoformat()}
        return {**asdict(self), **times}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Look:
        """As it was kept."""
        times = {name: datetime.fromisoformat(kept[name]) for name in ("back_to", "reached")}
        return cls(**{**kept, **times})


class Comments:
    """One poll of comments. ``replies``: the numbers of replies at the last look; ``seen`` takes
    the present ones. ``channel``: the brand's own id, for its own answers."""

    def __init__(
        self, api: YouTubeApi, known: Known, replies: Mapping[str, int], channel: str
    ) -> None:
        self.api, self.known, self.replies, self.channel = api, known, replies, channel
        self.seen: dict[str, int] = {}

    def threads(self, target: Mapping[str, Any], look: Look) -> Iterator[tuple[Page, bool]]:
        """Pages of comments of one channel or video, from the mark of the ``look`` on; each with
        whether all before that mark was told, so that another poll may go on from it.

        Raises ``CommentsClosed`` for a video without comments.
        """
        oldest, there, whole = self.api.now, set[str](), not look.token
        (place,) = target.values()
        for told in self.api.pages(
            self.api.service.commentThreads().list,
            token=look.token,
            part="snippet,replies",
            order="time",
            maxResults=100,
            textFormat="plainText",
            **target,
        ):
            threads, skipped = threads_of(told["items"], self.channel, self.api.now)
            edits = [e for t in threads for e in self._remembered(place, t)]
            there |= {thread.id for thread in threads}
            page = Page(_since(threads, look.back_to), cost={"units": 1}, skipped=skipped)
            yield replace(page, removals=tuple(edits)), False
            for page in self._more_replies(threads, look):
                yield page, False
            tops = [thread.top for thread in threads if thread.top is not None]
            if tops:  # the last one: a pinned comment is old and stands first
                oldest = tops[-1].published_at
            look.token, look.pages = mark_of(told.get("nextPageToken")), look.pages + 1
            if not look.token or oldest < look.back_to:
                break
            if look.pages >= MAX_PAGES:
                look.reached = max(look.reached, oldest)
                return
            if look.token != NOWHERE:
                yield Page(), True
        if look.deep and whole:
            yield Page(removals=tuple(self._deleted(place, look.back_to, there))), False

    def _more_replies(self, threads: list[Thread], look: Look) -> Iterator[Page]:
        """The replies that did not come with their threads, of threads that got or lost some."""
        for thread in threads:
            whole = {m.external_id for m in thread.replies}
            if thread.total > len(whole):  # five at most come with their thread, often fewer
                if look.replies >= MAX_REPLIES:
                    continue  # not remembered, so that the next look through asks for them
                self.seen[thread.id] = thread.total
                if self.replies.get(thread.id) == thread.total and not self._in_doubt(thread.id):
                    continue
                whole = set()
                look.replies += 1
                for told in self.api.pages(
                    self.api.service.comments().list,
                    part="snippet",
                    parentId=thread.id,
                    maxResults=100,
                    textFormat="plainText",
                ):
                    read = [
                        reply(item, thread, self.channel, self.api.now) for item in told["items"]
                    ]
                    found = [m for m in read if m is not None]
                    whole |= {m.external_id for m in found}
                    yield self._replies_page(thread, found, look.back_to, read.count(None))
            all_seen = look.deep and len(whole) >= thread.total
            if all_seen and (lost := self.known.missing(thread.id, BEGINNING, whole)):
                yield Page(removals=tuple(lost))  # the poller counts pages: an empty one is dear

    def _replies_page(
        self, thread: Thread, found: list[Mention], back_to: datetime, skipped: int
    ) -> Page:
        edits = [e for m in found if (e := self.known.read(thread.id, m))]
        new = tuple(m for m in found if m.published_at >= back_to)
        return Page(new, cost={"units": 1}, skipped=skipped, removals=tuple(edits))

    def _in_doubt(self, thread: str) -> bool:
        """Whether a reply of it was missing at the last look."""
        return any(mark[2] for mark in self.known.posts.get(thread, {}).values())

    def _remembered(self, place: str, thread: Thread) -> list[Removal]:
        edits = [self.known.read(place, thread.top)] if thread.top is not None else []
        edits += [self.known.read(thread.id, m) for m in thread.replies]
        return [edit for edit in edits if edit]

    def _deleted(self, place: str, back_to: datetime, there: set[str]) -> Iterator[Removal]:
        for gone in self.known.missing(place, back_to, there):
            yield gone
            yield from self.known.forget(gone.external_id)


def _since(threads: list[Thread], back_to: datetime) -> tuple[Mention, ...]:
    """What was written in threads since then."""
    read = (m for thread in threads for m in (thread.top, *thread.replies) if m is not None)
    return tuple(m for m in read if m.published_at >= back_to)


def held(api: YouTubeApi, channel: str, back_to: datetime) -> Iterator[Page]:
    """What viewers wrote under the channel's videos and YouTube holds for review: nobody else sees
    it, but it was said. Only the channel's owner is told; nothing where the consent does not reach
    so far. https://developers.google.com/youtube/v3/docs/commentThreads/list#moderationStatus"""
    pages = api.pages(
        api.service.commentThreads().list,
        part="snippet,replies",
        moderationStatus="heldForReview",
        allThreadsRelatedToChannelId=channel,
        order="time",
        maxResults=100,
        textFormat="plainText",
    )
    try:
        while api.may_ask() and (told := next(pages, None)):
            found, skipped = threads_of(told["items"], channel, api.now)
            yield Page(_since(found, back_to), cost={"units": 1}, skipped=skipped)
            last = found[-1].top if found else None
            if last is not None and last.published_at < back_to:
                return
    except (CommentsClosed, Rejected):
        return
    except Unauthorized as error:
        if concerns_all(error):
            raise
