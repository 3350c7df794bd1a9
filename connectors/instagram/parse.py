"""What Instagram says, in our nouns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from connectors.kit.endless import UNTOLD
from connectors.kit.json_values import (
    UNREADABLE,
    id_in,
    identity,
    number,
    rows_in,
    text_of,
    word,
)
from connectors.kit.listed import CommentPage, Listed, with_replies
from connectors.kit.measures import measures_in
from connectors.kit.meta.graph import after_of
from connectors.kit.undated import stated, when
from monitor.model import Author, Mention, Metric, OwnPost, OwnPostKind, Standing

PLATFORM = "instagram"

Media = Literal["", "image", "video"]

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
WITHIN = 50
"""Replies that come with their comment, at most."""
COMMENT_FIELDS = (*REPLY_FIELDS.split(","), f"replies.limit({WITHIN}){{{REPLY_FIELDS}}}")
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

MEDIA: dict[str, Media] = {"VIDEO": "video", "REELS": "video"}
PRODUCTS: dict[str, OwnPostKind] = {"REELS": "reel", "STORY": "story", "AD": "ad", "LIVE": "live"}
TYPES: dict[str, OwnPostKind] = {"IMAGE": "image", "CAROUSEL_ALBUM": "image", "VIDEO": "video"}


def media(row: Any, now: datetime, own: frozenset[str] = frozenset()) -> Listed | None:
    """An own post with what is counted of it and how it stands; None if it cannot be read."""
    try:
        name, at = identity(row["id"]), stated(row.get("timestamp"))
        kind = PRODUCTS.get(str(row.get("media_product_type") or "")) or _by_link(_link(row))
        shown = OwnPost(
            PLATFORM,
            name,
            at or now,
            kind or TYPES.get(str(row.get("media_type") or ""), "image"),
            text=text_of(row.get("caption") or ""),
            url=_link(row),
        )
        counts = measures_in(row, {"comments_count": "comments", "like_count": "likes"})
        return Listed(
            shown,
            number(row.get("comments_count")),
            tuple(Metric(PLATFORM, name, what, n, "count", now) for what, n in counts.items()),
            tuple(_standings(row, name)),
            tuple(_comments_in(row, shown, own, now)),
        )
    except UNREADABLE:
        return None


def _by_link(link: str) -> OwnPostKind | None:
    """Older answers tell the kind by the address alone."""
    kinds: dict[str, OwnPostKind] = {"/reel/": "reel", "/stories/": "story"}
    return next((kind for part, kind in kinds.items() if part in link), None)


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


def below(row: Any, own: frozenset[str], now: datetime) -> Iterator[Mention]:
    """The comments that came within somebody's post."""
    try:
        under = OwnPost(PLATFORM, identity(row["id"]), now, "image", url=_link(row))
        yield from _comments_in(row, under, own, now)
    except UNREADABLE:
        return


def _comments_in(
    row: Mapping[str, Any], of: OwnPost, own: frozenset[str], now: datetime
) -> tuple[Mention, ...]:
    told = row.get("comments")
    return comments(told, "", of, own, now).mentions if isinstance(told, dict) else ()


def comments(
    told: Mapping[str, Any], after: str, of: OwnPost, own: frozenset[str], now: datetime
) -> CommentPage:
    """A page of comments with the replies that came with them. ``own``: the brand's account, its
    id and its name."""

    def read(row: Any, parent: str | None) -> Mention | None:
        return comment(row, of, parent, own, now)

    return with_replies(rows_in(told), after, read, replies_of)


def replies_of(row: Any) -> list[Any]:
    """The replies that came with a comment."""
    replies = row.get("replies") if isinstance(row, dict) else None
    return replies if isinstance(replies, list) else rows_in(replies)


def more_replies(row: Any) -> str | None:
    """The mark behind the replies that came with a comment, "" where all must be asked for; None
    where they were all of them."""
    replies = row.get("replies") if isinstance(row, dict) else None
    after = after_of(replies, WITHIN) if isinstance(replies, dict) else ""
    return "" if after == UNTOLD else after or None


def comment(
    row: Any, of: OwnPost, parent: str | None, own: frozenset[str], now: datetime
) -> Mention | None:
    """A comment or a reply; None if it cannot be read."""
    try:
        author = _author(row)
        above = parent or id_in(row.get("parent_id")) or id_in(row.get("parent"))
        text = text_of(row.get("text") or "")
        return Mention(
            platform=PLATFORM,
            external_id=identity(row["id"]),
            **when(now, row.get("timestamp")),
            text=text,
            author=author,
            url=of.url,
            kind="reply" if above else "comment",
            reply_to=above or of.external_id,
            root_id=of.external_id,
            own=bool(own.intersection(_names(row))),
            media="" if text else "other",
            likes=number(row.get("like_count")),
        )
    except UNREADABLE:
        return None


def tagged(row: Any, now: datetime) -> Mention | None:
    """Somebody's post that tags the account or carries a hashtag; None if it cannot be read."""
    try:
        return Mention(
            platform=PLATFORM,
            external_id=identity(row["id"]),
            **when(now, row.get("timestamp")),
            text=text_of(row.get("caption") or ""),
            author=_author(row),
            url=_link(row),
            kind="post",
            media="" if row.get("caption") else MEDIA.get(str(row.get("media_type")), "image"),
            likes=number(row.get("like_count")),
            replies=number(row.get("comments_count")),
        )
    except UNREADABLE:
        return None


def _author(row: Mapping[str, Any]) -> Author | None:
    """By name, else by id; a comment of a deleted or restricted account has neither."""
    names = _names(row)
    return Author(names[0]) if names else None


def _names(row: Mapping[str, Any]) -> list[str]:
    """What the writer is called: the name, then the id. Media tell their owner."""
    who = row.get("from") or row.get("user") or row.get("owner") or {}
    told = who if isinstance(who, dict) else {"id": who}
    name = word(row.get("username")) or word(told.get("username"))
    return [one for one in (name, word(told.get("id"))) if one]


def _link(row: Mapping[str, Any]) -> str:
    link = str(row.get("permalink") or "")
    if not link and (code := word(row.get("shortcode"))).isascii():
        link = f"https://www.instagram.com/p/{quote(code)}/" if code else ""
    return link if link.startswith(("https://", "http://")) else ""


def ad(row: Any, now: datetime) -> Listed | None:
    """The media an ad shows, as an own post; None where there is none."""
    try:
        shown = identity(row["creative"]["effective_instagram_media_id"])
        at = stated(row.get("updated_time")) or now
        name = text_of(row.get("name") or "")
        return Listed(OwnPost(PLATFORM, shown, at, "ad", title=name))
    except UNREADABLE:
        return None
