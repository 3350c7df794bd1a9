"""What YouTube says, in our nouns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from connectors.base import ConnectorError, RateLimited, Rejected, Unauthorized, Unavailable
from connectors.kit.http import Response, failure, redact
from connectors.kit.json_values import UNREADABLE, identity, number, part_of, text_of
from connectors.kit.times import midnight_after
from connectors.kit.undated import when
from monitor.model import Author, Mention

PACIFIC = ZoneInfo("America/Los_Angeles")

ENDED = ("invalid_grant", "invalid_token", "ACCESS_TOKEN_EXPIRED")
"""A person's consent that is not taken (any more), whatever status it comes with.
https://developers.google.com/identity/protocols/oauth2#expiration"""


class CommentsClosed(ConnectorError):
    """A video without comments: nothing is wrong."""


class NothingThere(Rejected):
    """A live chat that has ended, or a channel that has published nothing: nothing is wrong."""


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
            video = part_of(top, "snippet").get("videoId") or snippet.get("videoId") or ""
            thread = Thread(name, str(video), None, (), number(snippet.get("totalReplyCount")) or 0)
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
    video = str(snippet.get("videoId") or video)
    picture = bool(snippet.get("imageUrl"))
    text = snippet.get("textOriginal") or (snippet.get("textDisplay") if picture else None)
    words = text_of(text or ("" if picture else snippet["textDisplay"] or ""))
    author = _channel_in(snippet)
    return Mention(
        platform="youtube",
        external_id=own_id,
        **when(now, snippet.get("publishedAt"), snippet.get("updatedAt")),
        text=words,
        author=_author(snippet),
        url=_link(video, str(snippet.get("channelId") or ""), own_id),
        kind="reply" if parent else "comment",
        reply_to=parent,
        root_id=video or None,
        likes=number(snippet.get("likeCount")),
        own=bool(channel) and author == channel,
        media="image" if picture and not words.strip() else "",
    )


def _link(video: str, channel: str, own_id: str) -> str:
    """Where people see a comment: under a video, else in what was said of the channel itself."""
    if video:
        return f"https://www.youtube.com/watch?v={video}&lc={own_id}"
    return f"https://www.youtube.com/channel/{channel}/discussion?lc={own_id}" if channel else ""


def _author(snippet: Mapping[str, Any]) -> Author | None:
    """An @handle where the name is one, else the channel's id, which a deleted account lacks."""
    name = str(snippet.get("authorDisplayName") or "")
    channel = _channel_in(snippet)
    handle = name if name.startswith("@") else channel or name
    return Author(handle, name) if handle else None


def _channel_in(snippet: Mapping[str, Any]) -> str:
    told = snippet.get("authorChannelId")
    return str((told.get("value") if isinstance(told, dict) else told) or "")


def failed(error: Any, now: datetime, secrets: Mapping[str, str]) -> ConnectorError:
    """The failure that an ``HttpError`` stands for."""
    status, reason, said = int(error.status_code), *_words(error.content)
    said = redact(said, secrets)[:200]
    if reason in ("quotaExceeded", "dailyLimitExceeded"):
        return RateLimited("YouTube's quota is spent for today.", midnight_after(now, PACIFIC))
    if reason in ("rateLimitExceeded", "userRateLimitExceeded") or status == 429:
        return RateLimited("YouTube asks us to slow down.", now + timedelta(seconds=60))
    if reason == "commentsDisabled":
        return CommentsClosed("comments are closed")
    if reason in ("liveChatEnded", "liveChatDisabled", "liveChatNotFound", "playlistNotFound"):
        return NothingThere("YouTube has nothing there.")
    if reason in ("keyInvalid", "API_KEY_INVALID"):
        return Unauthorized("YouTube does not know the key: check YOUTUBE_API_KEY.")
    if reason in ENDED:
        return Unauthorized(f"YouTube refuses the token ({reason}): run `siaga connect youtube`.")
    if status == 403:
        return Unauthorized(f"YouTube refuses the key: {said or reason}", "permission")
    if reason == "processingFailure":
        return Unavailable("YouTube could not process the request.")
    if status in (400, 404):
        return Rejected(f"YouTube does not know the channel or video: {said or reason or status}")
    headers = {str(k).lower(): str(v) for k, v in error.resp.items()}
    return failure(Response(status, headers, b"", "YouTube"), now) or Unavailable(
        f"YouTube answered {status}."
    )


def _words(content: bytes) -> tuple[str, str]:
    """The reason and the message of an error body, both empty if it is none of theirs."""
    try:
        error = orjson.loads(content)["error"]
        if isinstance(error, str):
            return error, error
        said, details = str(error.get("message") or ""), error.get("details") or []
        reasons = [d["reason"] for d in details if isinstance(d, dict) and "reason" in d]
        reasons += [e.get("reason") for e in error.get("errors") or []]
        return str(reasons[0] if reasons else ""), said
    except UNREADABLE:
        return "", ""
