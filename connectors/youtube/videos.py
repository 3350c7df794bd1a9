"""What YouTube says of videos, broadcasts and their chats, in our nouns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, time, timedelta
from html import unescape
from math import nan
from typing import Any, Literal

from connectors.base import Cursor, Page
from connectors.kit.json_values import UNREADABLE, identity, part_of, text_of, word
from connectors.kit.measures import measures_in
from connectors.kit.times import parse_time
from connectors.youtube.errors import PACIFIC
from monitor.model import (
    Author,
    Mention,
    Metric,
    OwnPost,
    OwnPostKind,
    Removal,
    Standing,
    StandingState,
)

PLATFORM = "youtube"

COUNTED = {"viewCount": "views", "likeCount": "likes", "commentCount": "comments"}

OF_CHANNEL = {"subscriberCount": "followers", "viewCount": "views", "videoCount": "videos"}

CLAIMS = ("claim", "copyright", "trademark")
"""Reasons of a rejection that are somebody's right to it.
https://developers.google.com/youtube/v3/docs/videos#status.rejectionReason"""

REPORTED: Mapping[str, tuple[str, Literal["count", "seconds"], float]] = {
    "views": ("views", "count", 1),
    "estimatedMinutesWatched": ("watch_time", "seconds", 60),
    "subscribersGained": ("subscribers_gained", "count", 1),
    "subscribersLost": ("subscribers_lost", "count", 1),
}

SHORT = re.compile(r"PT(?:[1-5]?\dS|1M)")
"""A duration of a minute at most. Longer Shorts cannot be told from videos."""


def own_post(item: Any) -> OwnPost:
    """A video of the brand's. Raises ``UNREADABLE``."""
    name, snippet = identity(item["id"]), item["snippet"]
    at = parse_time(str(snippet["publishedAt"]))
    if at is None:
        raise ValueError("no time")
    kind: OwnPostKind = "video"
    if item.get("liveStreamingDetails") or snippet.get("liveBroadcastContent") == "live":
        kind = "live"
    elif SHORT.fullmatch(str((item.get("contentDetails") or {}).get("duration") or "")):
        kind = "short_video"
    return OwnPost(
        PLATFORM,
        name,
        at,
        kind,
        text=text_of(snippet.get("description") or ""),
        url=f"https://www.youtube.com/watch?v={name}",
        title=text_of(snippet.get("title") or ""),
    )


def metrics_of(item: Any, now: datetime) -> list[Metric]:
    """What is counted of a video. YouTube writes numbers as text, and leaves hidden ones out."""
    found = measures_in(item.get("statistics"), COUNTED)
    found |= measures_in(item.get("liveStreamingDetails"), {"concurrentViewers": "viewers"})
    name = identity(item["id"])
    return [Metric(PLATFORM, name, ours, value, "count", now) for ours, value in found.items()]


def channel_metrics(item: Any, now: datetime) -> list[Metric]:
    """What is counted of a channel; the number of subscribers may be hidden."""
    name, counted = identity(item["id"]), item.get("statistics")
    hidden = part_of(item, "statistics").get("hiddenSubscriberCount") is True
    return [
        Metric(PLATFORM, name, ours, value, "count", now, "account")
        for ours, value in measures_in(counted, OF_CHANNEL).items()
        if not (hidden and ours == "followers")
    ]


def standing_of(item: Any) -> Standing:
    """How YouTube judges a video: one state, the gravest."""
    name, status = identity(item["id"]), item.get("status") or {}
    details = item.get("contentDetails") or {}

    def judged(state: StandingState, reason: str = "") -> Standing:
        return Standing(PLATFORM, name, "post", state, reason)

    upload = status.get("uploadStatus")
    if upload == "rejected":
        reason = str(status.get("rejectionReason") or "")
        return judged("claimed" if reason in CLAIMS else "rejected", reason)
    if upload == "failed":
        return judged("failed", str(status.get("failureReason") or ""))
    if upload == "deleted":
        return judged("removed", "deleted")
    if (details.get("contentRating") or {}).get("ytRating") == "ytAgeRestricted":
        return judged("restricted", "age")
    region = details.get("regionRestriction") or {}
    for kind in ("blocked", "allowed"):
        codes = region.get(kind)
        if isinstance(codes, list) and (codes or kind == "allowed"):
            shown = ", ".join(str(code) for code in codes[:20])
            more = f" and {len(codes) - 20} more" if len(codes) > 20 else ""
            where = "blocked in" if kind == "blocked" else "shown only in"
            return judged("restricted", f"{where} {shown or 'no country'}{more}")
    return judged("pending" if upload == "uploaded" else "live")


def chat_of(item: Any) -> str:
    """The chat of a broadcast that is on air, "" where there is none."""
    live = item.get("liveStreamingDetails") or {}
    over = live.get("actualEndTime")
    return "" if over else str(live.get("activeLiveChatId") or "")


def chat_page(
    told: Mapping[str, Any], video: str, channel: str, now: datetime
) -> tuple[Callable[[float, Cursor], Page], bool]:
    """The messages of a chat as a page still to be given its cost and cursor, and whether the
    chat is over."""
    mentions, removals, skipped, over = list[Mention](), list[Removal](), 0, False
    for item in told["items"]:
        try:
            snippet = item["snippet"]
            kind = snippet["type"]
            if kind == "chatEndedEvent":
                over = True
            elif gone := _taken_back(snippet):
                removals.append(Removal(PLATFORM, gone, "deleted", now))
            elif (message := _message(item, video, channel)) is not None:
                mentions.append(message)
        except UNREADABLE:
            skipped += 1
    over = over or bool(told.get("offlineAt"))

    def page(units: float, cursor: Cursor) -> Page:
        return Page(
            tuple(mentions),
            removals=tuple(removals),
            skipped=skipped,
            cost={"units": units},
            cursor=cursor,
        )

    return page, over


def _taken_back(snippet: Mapping[str, Any]) -> str:
    deleted, retracted = (
        snippet.get("messageDeletedDetails"),
        snippet.get("messageRetractedDetails"),
    )
    if snippet["type"] == "messageDeletedEvent" and deleted:
        return identity(deleted["deletedMessageId"])
    if snippet["type"] == "messageRetractedEvent" and retracted:
        return identity(retracted["retractedMessageId"])
    return ""


def _message(item: Any, video: str, channel: str) -> Mention | None:
    """A message that somebody wrote; None for the chat's own events."""
    snippet = item["snippet"]
    kind = snippet["type"]
    words = {
        "textMessageEvent": (snippet.get("textMessageDetails") or {}).get("messageText"),
        "superChatEvent": (snippet.get("superChatDetails") or {}).get("userComment"),
        "memberMilestoneChatEvent": (snippet.get("memberMilestoneChatDetails") or {}).get(
            "userComment"
        ),
        "superStickerEvent": "",
    }
    text = words.get(kind)
    if text is None:
        text = snippet.get("displayMessage")
    if kind not in words and not (text and snippet.get("hasDisplayContent")):
        return None
    at, author = parse_time(str(snippet["publishedAt"])), item.get("authorDetails") or {}
    if at is None:
        raise ValueError("no time")
    writer = word(author.get("channelId")) or word(snippet.get("authorChannelId"))
    name = word(author.get("displayName"))
    return Mention(
        platform=PLATFORM,
        external_id=identity(item["id"]),
        published_at=at,
        text=text_of(text or ""),
        author=Author(name if name.startswith("@") else writer or name, name) if writer else None,
        url=f"https://www.youtube.com/watch?v={video}",
        kind="comment",
        root_id=video,
        own=author.get("isChatOwner") is True or (bool(channel) and writer == channel),
        media="sticker" if kind == "superStickerEvent" else "",
    )


def found_video(item: Any) -> Mention | None:
    """A video that a search found: somebody's own words in its title and description. Titles come
    with HTML entities. None if it cannot be read."""
    try:
        named, snippet = item["id"], item["snippet"]
        name = identity(named["videoId"] if isinstance(named, dict) else named)
        at = parse_time(str(snippet.get("publishedAt") or snippet.get("publishTime") or ""))
        if at is None:
            return None
        channel = word(snippet.get("channelId"))
        return Mention(
            platform=PLATFORM,
            external_id=name,
            published_at=at,
            text=unescape(text_of(snippet.get("description") or "")),
            title=unescape(text_of(snippet.get("title") or "")),
            author=Author(channel, word(snippet.get("channelTitle"))) if channel else None,
            url=f"https://www.youtube.com/watch?v={name}",
            kind="post",
        )
    except UNREADABLE:
        return None


def report(told: Mapping[str, Any], channel: str) -> Iterator[Metric]:
    """The newest day of an Analytics report, measured at its end in California. Raises
    ``UNREADABLE`` for one that is none."""
    names = [str(header["name"]) for header in told["columnHeaders"]]
    rows = [dict(zip(names, row, strict=True)) for row in told.get("rows") or []]
    last = max(rows, key=lambda row: str(row["day"]), default=None)
    if last is None:
        return
    day = datetime.fromisoformat(str(last["day"])).date()
    at = datetime.combine(day + timedelta(days=1), time(), PACIFIC)
    end = parse_time(at.isoformat())
    for theirs, (ours, unit, times) in REPORTED.items():
        value: Any = last.get(theirs)
        if value is not None and end is not None:
            number = isinstance(value, int | float) and not isinstance(value, bool)
            counted = value * times if number else nan
            yield Metric(PLATFORM, channel, ours, counted, unit, end, "account")
