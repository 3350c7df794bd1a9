"""What YouTube says, in our nouns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connectors.kit.html_text import text_from_html
from connectors.kit.json_values import (
    UNREADABLE,
    identity,
    number,
    part_of,
    text_of,
    word,
)
from connectors.kit.undated import when
from monitor.model import Author, Mention

MARKED = re.compile(r"<br ?/?>|<a href=|&(?:amp|lt|gt|quot|#39);")
"""What YouTube's own HTML is known by."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread of comments with the replies that came with it. ``total``: how many there are;
    ``top``: None where what is answered is gone or cannot be read."""

    id: str
    video: str
    top: Mention | None
    replies: tuple[Mention, ...]
    total: int


def threads_of(items: list[Any], channel: str, now: datetime) -> tuple[list[Thread], int]:
    """The threads of a list, and how many comments were unreadable. ``channel`` is the brand's
    own."""
    threads: list[Thread] = []
    skipped = 0
    for item in items:
        try:
            name, snippet = identity(item["id"]), item["snippet"]
            told = part_of(item, "replies").get("comments") or []
            top = part_of(snippet, "topLevelComment")
            video = word(part_of(top, "snippet").get("videoId")) or word(snippet.get("videoId"))
            thread = Thread(name, video, None, (), number(snippet.get("totalReplyCount")) or 0)
            begun = _read(top, thread, None, channel, now)
            found = [reply(one, thread, channel, now) for one in told]
        except UNREADABLE:
            skipped += 1
            continue
        skipped += found.count(None) + (begun is None)
        answers = tuple(one for one in found if one is not None)
        if begun is not None:
            begun = replace(begun, replies=number(snippet.get("totalReplyCount")))
        if begun is not None or answers:
            threads.append(replace(thread, top=begun, replies=answers))
    return threads, skipped


def reply(item: Any, thread: Thread, channel: str, now: datetime) -> Mention | None:
    """A reply within its thread, or that came without it; None if it cannot be read."""
    return _read(item, thread, thread.id, channel, now)


def _read(
    item: Any, thread: Thread, parent: str | None, channel: str, now: datetime
) -> Mention | None:
    try:
        return _comment(item, thread.video, parent, channel, now)
    except UNREADABLE:
        return None


def _comment(comment: Any, video: str, parent: str | None, channel: str, now: datetime) -> Mention:
    snippet, own_id = comment["snippet"], identity(comment["id"])
    parent = parent and identity(snippet.get("parentId") or parent)
    video = word(snippet.get("videoId")) or video
    picture = bool(snippet.get("imageUrl"))
    text = snippet.get("textOriginal") or _shown(snippet, picture=picture)
    words = text_of(text or "")
    author = _channel_in(snippet)
    return Mention(
        platform="youtube",
        external_id=own_id,
        **when(now, snippet.get("publishedAt"), snippet.get("updatedAt")),
        text=words,
        author=_author(snippet),
        url=_link(video, word(snippet.get("channelId")), own_id),
        kind="reply" if parent else "comment",
        reply_to=parent,
        root_id=video or None,
        likes=number(snippet.get("likeCount")),
        own=bool(channel) and author == channel,
        media="image" if picture and not words.strip() else "",
    )


def _shown(snippet: Mapping[str, Any], *, picture: bool) -> Any:
    """The words as they are shown: plain, as asked for, or in YouTube's own HTML."""
    told = snippet.get("textDisplay") if picture else snippet["textDisplay"]
    return text_from_html(told) if isinstance(told, str) and MARKED.search(told) else told


def _link(video: str, channel: str, own_id: str) -> str:
    """Where people see a comment: under a video, else in what was said of the channel itself."""
    if video:
        return f"https://www.youtube.com/watch?v={video}&lc={own_id}"
    return f"https://www.youtube.com/channel/{channel}/discussion?lc={own_id}" if channel else ""


def _author(snippet: Mapping[str, Any]) -> Author | None:
    """An @handle where the name is one, else the channel's id, which a deleted account lacks."""
    name = word(snippet.get("authorDisplayName"))
    channel = _channel_in(snippet)
    handle = name if name.startswith("@") else channel or name
    return Author(handle, name) if handle else None


def _channel_in(snippet: Mapping[str, Any]) -> str:
    told = snippet.get("authorChannelId")
    return str((told.get("value") if isinstance(told, dict) else told) or "")
