"""What Instagram says, in our nouns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from connectors.kit.json_values import UNREADABLE, identity, number, text_of
from connectors.kit.meta.graph import after_of
from connectors.kit.own_content import CommentPage, Listed, with_replies
from connectors.kit.times import parse_time
from monitor.model import Author, Mention, Metric, OwnPost, OwnPostKind, Standing

PLATFORM = "instagram"

MEDIA_FIELDS = (
    "id",
    "caption",
    "media_type",
    "media_product_type",
    "permalink",
    "timestamp",
    "comments_count",
    "like_count",
    "is_comment_enabled",
    "copyright_check_information",
)
REPLY_FIELDS = "id,text,timestamp,username,from,hidden,like_count,parent_id"
COMMENT_FIELDS = (*REPLY_FIELDS.split(","), f"replies.limit(50){{{REPLY_FIELDS}}}")
TAG_FIELDS = (
    "id",
    "caption",
    "timestamp",
    "permalink",
    "username",
    "media_type",
    "comments_count",
    "like_count",
)
HASHTAG_FIELDS = ("id", "caption", "permalink", "timestamp", "comments_count", "like_count")

PRODUCTS: dict[str, OwnPostKind] = {"REELS": "reel", "STORY": "story", "AD": "ad", "LIVE": "live"}
TYPES: dict[str, OwnPostKind] = {"IMAGE": "image", "CAROUSEL_ALBUM": "image", "VIDEO": "video"}


def media(row: Any, now: datetime) -> Listed | None:
    """An own post with what is counted of it and how it stands; None if it cannot be read."""
    try:
        name, at = identity(row["id"]), _time(row)
        kind = PRODUCTS.get(str(row.get("media_product_type") or ""))
        shown = OwnPost(
            PLATFORM,
            name,
            at,
            kind or TYPES.get(str(row.get("media_type") or ""), "image"),
            text=text_of(row.get("caption") or ""),
            url=_link(row),
        )
        counts = {
            "comments": number(row.get("comments_count")),
            "likes": number(row.get("like_count")),
        }
        return Listed(
            shown,
            counts["comments"],
            tuple(
                Metric(PLATFORM, name, what, float(n), "count", now)
                for what, n in counts.items()
                if n is not None
            ),
            tuple(_standings(row, name)),
        )
    except UNREADABLE:
        return None


def _standings(row: Mapping[str, Any], name: str) -> Iterator[Standing]:
    """What the copyright check found; that it finds nothing any more ends an earlier match.
    https://developers.facebook.com/docs/instagram-platform/reference/ig-media"""
    check = row.get("copyright_check_information")
    status = check.get("status") if isinstance(check, dict) else None
    told = [part for part in (check, status) if isinstance(part, dict)]
    found = {part["matches_found"] for part in told if "matches_found" in part}
    if True in found:
        yield Standing(PLATFORM, name, "post", "claimed", "copyright check: matches found")
    elif False in found:
        yield Standing(PLATFORM, name, "post", "live")


def comments(told: Mapping[str, Any], after: str, of: OwnPost, own: frozenset[str]) -> CommentPage:
    """A page of comments with the replies that came with them. ``own``: the brand's account, its
    id and its name."""
    rows = told.get("data")

    def read(row: Any, parent: str | None) -> Mention | None:
        return comment(row, of, parent, own)

    return with_replies(rows if isinstance(rows, list) else [], after, read, replies_of)


def replies_of(row: Any) -> list[Any]:
    """The replies that came with a comment."""
    replies = row.get("replies") if isinstance(row, dict) else None
    data = replies.get("data") if isinstance(replies, dict) else None
    return data if isinstance(data, list) else []


def more_replies(row: Any) -> str:
    """The mark behind the replies that came with a comment, "" where they were all of them."""
    replies = row.get("replies") if isinstance(row, dict) else None
    return after_of(replies) if isinstance(replies, dict) else ""


def comment(row: Any, of: OwnPost, parent: str | None, own: frozenset[str]) -> Mention | None:
    """A comment or a reply; None if it cannot be read."""
    try:
        author = _author(row)
        above = parent or row.get("parent_id")
        text = text_of(row.get("text") or "")
        return Mention(
            platform=PLATFORM,
            external_id=identity(row["id"]),
            published_at=_time(row),
            text=text,
            author=author,
            url=of.url,
            kind="reply" if above else "comment",
            reply_to=identity(above) if above else of.external_id,
            root_id=of.external_id,
            own=bool(own & _names(row)),
            media="" if text else "other",
            likes=number(row.get("like_count")),
        )
    except UNREADABLE:
        return None


def tagged(row: Any) -> Mention | None:
    """Somebody's post that tags the account or carries a hashtag; None if it cannot be read. The
    newest hashtag posts have no time where it was not asked for: those are unreadable."""
    try:
        return Mention(
            platform=PLATFORM,
            external_id=identity(row["id"]),
            published_at=_time(row),
            text=text_of(row.get("caption") or ""),
            author=_author(row),
            url=_link(row),
            kind="post",
            media="" if row.get("caption") else "image",
        )
    except UNREADABLE:
        return None


def _author(row: Mapping[str, Any]) -> Author | None:
    """By name, else by id; a comment of a deleted or restricted account has neither."""
    told = row.get("from") or row.get("user") or {}
    handle = str(row.get("username") or told.get("username") or told.get("id") or "")
    return Author(handle) if handle else None


def _names(row: Mapping[str, Any]) -> set[str]:
    told = row.get("from") or row.get("user") or {}
    return {str(row.get("username") or ""), str(told.get("username") or ""), str(told.get("id"))}


def _time(row: Mapping[str, Any]) -> datetime:
    at = parse_time(str(row["timestamp"]))
    if at is None:
        raise ValueError("no time")
    return at


def _link(row: Mapping[str, Any]) -> str:
    link = str(row.get("permalink") or "")
    return link if link.startswith(("https://", "http://")) else ""


def ad(row: Any) -> Listed | None:
    """The media an ad shows, as an own post; None where there is none."""
    try:
        shown = identity(row["creative"]["effective_instagram_media_id"])
        at = parse_time(str(row["updated_time"]))
        name = text_of(row.get("name") or "")
        return Listed(OwnPost(PLATFORM, shown, at, "ad", title=name)) if at else None
    except UNREADABLE:
        return None
