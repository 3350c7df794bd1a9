"""What Threads says, in our nouns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from connectors.kit.json_values import UNREADABLE, id_in, identity, text_of, word
from connectors.kit.listed import CommentPage, Listed
from connectors.kit.undated import stated, when
from monitor.model import Author, Mention, OwnPost, OwnPostKind

PLATFORM = "threads"

POST_FIELDS = (
    "id",
    "text",
    "timestamp",
    "permalink",
    "username",
    "media_type",
    "has_replies",
    "is_reply",
    "is_quote_post",
)
LONG_TEXT = ("text_attachment",)
"""Up to 10,000 characters beside a post's 500. https://developers.facebook.com/docs/threads/posts"""

REPLY_FIELDS = (*POST_FIELDS, "root_post", "replied_to", "hide_status", "is_reply_owned_by_me")

TYPES: dict[str, OwnPostKind] = {
    "TEXT_POST": "text",
    "IMAGE": "image",
    "CAROUSEL_ALBUM": "image",
    "VIDEO": "short_video",
    "AUDIO": "text",
    "REPOST_FACADE": "text",
}

Media = Literal["image", "video", "audio", "gif"]
MEDIA: dict[str, Media] = {"VIDEO": "video", "AUDIO": "audio"}


def own_post(row: Any, now: datetime) -> Listed | None:
    """An own post; the number of replies is not told, only that there are none."""
    try:
        kind = TYPES.get(str(row.get("media_type") or ""), "text")
        at = stated(row.get("timestamp")) or now
        shown = OwnPost(PLATFORM, identity(row["id"]), at, kind, _text(row), url=_link(row))
        return Listed(shown, 0 if row.get("has_replies") is False else None)
    except UNREADABLE:
        return None


def replies(rows: Sequence[Any], after: str, of: OwnPost, own: str, now: datetime) -> CommentPage:
    """A page of a conversation: replies of every depth."""
    found = [post(row, now, own, of.external_id) for row in rows]
    read = tuple(m if m.url else replace(m, url=of.url) for m in found if m)
    times = [mention.published_at for mention in read if mention.time_is == "stated"]
    ordered = bool(times) and times == sorted(times, reverse=True)
    return CommentPage(read, after, times[-1] if ordered else None, len(found) - len(read))


def post(row: Any, now: datetime, own: str = "", root: str | None = None) -> Mention | None:
    """Somebody's post or reply; None if it cannot be read. ``own``: the brand's name there."""
    try:
        text = _text(row)
        name = word(row.get("username")) or id_in(row.get("owner")) or ""
        above = id_in(row.get("replied_to"))
        mine = bool(own and name == own) or row.get("is_reply_owned_by_me") is True
        return Mention(
            platform=PLATFORM,
            external_id=identity(row["id"]),
            **when(now, row.get("timestamp")),
            text=text,
            author=Author(name) if name else None,
            url=_link(row),
            kind="reply" if above or row.get("is_reply") is True else "post",
            reply_to=above or root,
            root_id=id_in(row.get("root_post")) or root,
            own=mine,
            media="" if text else _media(row),
        )
    except UNREADABLE:
        return None


def _text(row: Mapping[str, Any]) -> str:
    """The post's words, then those of the long text that may hang on it."""
    hung = row.get("text_attachment")
    long = hung.get("plaintext") if isinstance(hung, dict) else None
    return "\n\n".join(text_of(part) for part in (row.get("text"), long) if part)


def _media(row: Mapping[str, Any]) -> Media:
    return "gif" if row.get("gif_url") else MEDIA.get(str(row.get("media_type")), "image")


def _link(row: Mapping[str, Any]) -> str:
    """Where people see it; else made of the writer and the code in such links."""
    link = str(row.get("permalink") or "")
    if not link and row.get("shortcode") and row.get("username"):
        writer, code = quote(str(row["username"])), quote(str(row["shortcode"]))
        link = f"https://www.threads.net/@{writer}/post/{code}"
    return link if link.startswith(("https://", "http://")) else ""
