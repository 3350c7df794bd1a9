"""What TikTok's Business API says, in our nouns. Shapes from the documentation, unproven: no
comment, mention or ad of theirs was ever recorded in public."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from connectors.kit.json_values import (
    UNREADABLE,
    id_in,
    identity,
    number,
    part_of,
    text_of,
    word,
)
from connectors.kit.listed import CommentPage, Listed, with_replies
from connectors.kit.measures import measure
from connectors.kit.undated import stated, when
from monitor.model import Author, Mention, Metric, OwnPost, Standing, StandingState

PLATFORM = "tiktok"

VIDEO_FIELDS = (
    "item_id",
    "create_time",
    "caption",
    "share_url",
    "video_views",
    "likes",
    "comments",
    "shares",
    "reach",
)
HASHTAG_FIELDS = (
    "item_id",
    "create_time",
    "video_link",
    "caption",
    "likes",
    "comments",
    "shares",
)
MENTION_FIELDS = (*HASHTAG_FIELDS, "views", "reach", "creator_handle_name")
COMMENT_MENTION_FIELDS = (
    "item_id",
    "video_link",
    "comment_id",
    "comment_type",
    "comment_text",
    "comment_create_time",
    "comment_likes",
    "commenter_display_name",
)
AD_FIELDS = (
    "ad_id",
    "adgroup_id",
    "ad_name",
    "ad_text",
    "secondary_status",
    "create_time",
    "modify_time",
)
VIDEO_IDS = ("item_id", "id")
COMMENT_IDS = ("comment_id", "id")
"""The second is the name in TikTok's other API, of videos and of research."""

REPLIES = ("replies", "reply_count", "reply_comment_total")
LIKES = ("likes", "like_count", "digg_count")
METRICS = {
    "views": ("video_views", "view_count"),
    "likes": LIKES,
    "comments": ("comments", "comment_count"),
    "shares": ("shares", "share_count"),
    "reach": ("reach",),
}

AD_STATES: dict[str, StandingState] = {
    "AD_STATUS_AUDIT_DENY": "disapproved",
    "AD_STATUS_REAUDIT_DENY": "disapproved",
    "AD_STATUS_ADVERTISER_AUDIT_DENY": "restricted",
    "AD_STATUS_PARTIAL_AUDIT_DENY": "limited",
    "AD_STATUS_PARTIAL_AUDIT_AND_DELIVERY_OK": "limited",
    "AD_STATUS_AUDIT": "pending",
    "AD_STATUS_REAUDIT": "pending",
    "AD_STATUS_ADVERTISER_AUDIT": "pending",
    "AD_STATUS_DELIVERY_OK": "live",
}
"""``secondary_status`` of an ad -> state; the others (paused, scheduled, spent) are no trouble.
https://business-api.tiktok.com/portal/docs?id=1739381752981505"""


def video(row: Any, now: datetime) -> Listed | None:
    """An own video with what is counted of it; None if it cannot be read."""
    try:
        name = _id(row, *VIDEO_IDS)
        shown = OwnPost(
            PLATFORM,
            name,
            stated(row.get("create_time")) or now,
            "short_video",
            text=_words(row, "caption", "video_description", "title"),
            url=_link(row.get("share_url")),
        )
        told = {ours: measure(*map(row.get, theirs)) for ours, theirs in METRICS.items()}
        metrics = tuple(
            Metric(PLATFORM, name, what, n, "count", now)
            for what, n in told.items()
            if n is not None
        )
        return Listed(shown, counted(row, *METRICS["comments"]), metrics)
    except UNREADABLE:
        return None


def comments(data: Mapping[str, Any], after: str, of: OwnPost, now: datetime) -> CommentPage:
    """A page of comments with the replies that came with them."""

    def read(row: Any, parent: str | None) -> Mention | None:
        return comment(row, of, parent, now)

    return with_replies(data.get("comments") or [], after, read, replies_of)


def replies_of(row: Any) -> list[Any]:
    """The replies that came with a comment: three at most."""
    told = row.get("reply_list") if isinstance(row, dict) else None
    return told if isinstance(told, list) else []


def comment(row: Any, of: OwnPost, parent: str | None, now: datetime) -> Mention | None:
    """A comment or a reply; None if it cannot be read."""
    try:
        above = parent or id_in(row.get("parent_comment_id"))
        above = None if above == of.external_id else above  # so a comment's parent is its video
        text = text_of(row.get("text") or row.get("content") or "")
        return Mention(
            platform=PLATFORM,
            external_id=_id(row, *COMMENT_IDS),
            **when(now, row.get("create_time")),
            text=text,
            author=_author(row),
            url=of.url,
            kind="reply" if above else "comment",
            reply_to=above or of.external_id,
            root_id=of.external_id,
            own=True in (row.get("owner"), row.get("is_owner")),
            media="" if text else "image",
            likes=counted(row, *LIKES),
            replies=counted(row, *REPLIES),
        )
    except UNREADABLE:
        return None


def _id(row: Mapping[str, Any], *names: str) -> str:
    """Raises ``UNREADABLE`` where there is none."""
    return identity(next((row[name] for name in names if row.get(name)), None))


def _words(row: Mapping[str, Any], *names: str) -> str:
    return next((text_of(row[name]) for name in names if row.get(name)), "")


def counted(row: Mapping[str, Any], *names: str) -> int | None:
    """How many, under the first name that tells it."""
    return next((n for name in names if (n := number(row.get(name))) is not None), None)


def mentioned_video(row: Any, now: datetime) -> Mention | None:
    """Somebody's video that mentions the account or carries one of its hashtags."""
    try:
        name = word(row.get("creator_handle_name")) or _creator(row.get("video_link"))
        return Mention(
            platform=PLATFORM,
            external_id=identity(row["item_id"]),
            **when(now, row.get("create_time")),
            text=text_of(row.get("caption") or ""),
            author=Author(name) if name else None,
            url=_link(row.get("video_link")),
            kind="post",
            media="" if row.get("caption") else "video",
            reach=number(row.get("reach")) or number(row.get("views")),
            likes=number(row.get("likes")),
            replies=number(row.get("comments")),
        )
    except UNREADABLE:
        return None


def mentioned_comment(row: Any, now: datetime) -> Mention | None:
    """Somebody's comment that mentions the account, under any video."""
    try:
        above = id_in(row.get("parent_comment_id"))
        return Mention(
            platform=PLATFORM,
            external_id=identity(row["comment_id"]),
            **when(now, row.get("comment_create_time"), row.get("create_time")),
            text=text_of(row.get("comment_text") or row.get("text") or ""),
            author=_author(row),
            url=_link(row.get("video_link")),
            kind="reply" if above or row.get("comment_type") == "REPLY" else "comment",
            reply_to=above,
            root_id=id_in(row.get("item_id")),
            likes=counted(row, "comment_likes", *LIKES),
        )
    except UNREADABLE:
        return None


def ad_comment(row: Any, now: datetime) -> Mention | None:
    """A comment under an ad, as the ads side tells it."""
    try:
        text = text_of(row.get("content") or row.get("text") or "")
        ad = row.get("ad_id") or row.get("tiktok_item_id")
        name = word(row.get("user_name")) or word(row.get("username"))
        return Mention(
            platform=PLATFORM,
            external_id=identity(row["comment_id"]),
            **when(now, row.get("create_time")),
            text=text,
            author=Author(name) if name else None,
            kind="reply" if row.get("comment_type") == "REPLY" else "comment",
            reply_to=identity(ad) if ad else None,
            root_id=identity(ad) if ad else None,
            media="" if text else "image",
            likes=number(row.get("likes")),
            replies=number(row.get("replies")),
        )
    except UNREADABLE:
        return None


def ad(row: Any, now: datetime) -> OwnPost | None:
    """An ad as a post of the brand's; None if it cannot be read."""
    try:
        return OwnPost(
            PLATFORM,
            identity(row["ad_id"]),
            stated(row.get("create_time"), row.get("modify_time")) or now,
            "ad",
            text=text_of(row.get("ad_text") or ""),
            title=text_of(row.get("ad_name") or ""),
        )
    except UNREADABLE:
        return None


def ad_standing(row: Any, reasons: Mapping[str, str]) -> Standing | None:
    """How an ad is judged; None where that is nobody's trouble or cannot be read."""
    try:
        name = identity(row["ad_id"])
        status = str(row.get("secondary_status") or "")
        state = AD_STATES.get(status) or ("disapproved" if "_DENY" in status else None)
        return Standing(PLATFORM, name, "ad", state, reasons.get(name, "")) if state else None
    except UNREADABLE:
        return None


def review_reasons(data: Mapping[str, Any]) -> dict[str, str]:
    """Ad id -> why the review refused it, in the platform's words."""
    told = data.get("ad_review_map") or data.get("ad_review_infos") or {}
    rows = (
        told.items()
        if isinstance(told, dict)
        else ((str(row.get("ad_id")), row) for row in told if isinstance(row, dict))
    )
    return {str(name): "; ".join(dict.fromkeys(_said(row)))[:500] for name, row in rows}


def _said(told: Any, key: str = "") -> Iterator[str]:
    """The texts under any name with "reason" in it."""
    if isinstance(told, dict):
        for name, value in told.items():
            yield from _said(value, name if "reason" in name.lower() or not key else key)
    elif isinstance(told, list):
        for value in told:
            yield from _said(value, key)
    elif isinstance(told, str) and "reason" in key.lower() and told:
        yield told


def _author(row: Mapping[str, Any]) -> Author | None:
    """By name, else by the id that is told: ``user_id`` gives way to ``unique_identifier``."""
    told = {**part_of(row, "user"), **{name: value for name, value in row.items() if value}}
    shown = word(told.get("display_name")) or word(told.get("commenter_display_name"))
    names = ("username", "commenter_handle_name", "unique_identifier", "user_id")
    handle = next((one for name in names if (one := word(told.get(name)))), shown)
    return Author(handle, shown) if handle else None


def _creator(told: Any) -> str:
    """Whose video it is by its address: lists of hashtags do not tell it otherwise."""
    found = re.match(r"https://(?:www\.|m\.)?tiktok\.com/@([\w.]{1,50})/", str(told or ""))
    return found[1] if found else ""


def _link(told: Any) -> str:
    link = str(told or "")
    return link if link.startswith(("https://", "http://")) else ""
