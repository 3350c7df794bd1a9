"""X's own exports: pages of its API, and posts that are reposts.

X cuts a repost's text at 140 characters (``RT @somebody: …``); the whole text stands in the post
it repeats: ``retweeted_status`` of API v1.1, ``includes.tweets`` of v2
(https://docs.x.com/x-api/fundamentals/data-dictionary). Where it is not in the file, the repost is
left to its original: half a text would be read as something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

LONG = ("extended_tweet", "note_tweet")
"""Where the whole text of a post of more than 140 or 280 characters stands."""

CUT = ("…", "...")
LEFT_OUT = "a repost whose text X has cut off (its original counts)"


def is_page(value: object) -> bool:
    """Whether a JSON value is a page of X's API v2, or one post as its stream sends it."""
    if not isinstance(value, dict):
        return False
    data = value.get("data")
    return isinstance(data, list) or (isinstance(data, dict) and {"id", "text"} <= data.keys())


def posts_of(page: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The posts of a page, each with its author's name and, if it is a repost, the whole text."""
    includes = page.get("includes")
    includes = includes if isinstance(includes, dict) else {}
    posts, users = _by_id(includes.get("tweets")), _by_id(includes.get("users"))
    data = page["data"] if isinstance(page["data"], list) else [page["data"]]
    own = _by_id(data)
    for post in data:
        if not isinstance(post, dict):
            continue
        post = dict(whole(post) or post)
        user = users.get(str(post.get("author_id")))
        if user and "username" not in post:
            post["username"] = user.get("username")
        if (original := _original_id(post)) is not None:
            repeated = posts.get(original) or own.get(original)
            if repeated and isinstance(repeated.get("text"), str):
                post["text"] = repeated["text"]
        yield post


def whole(row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A row with its whole text, or with that of what it reposts; None where that was cut and is
    not there."""
    for name in LONG:
        longer = row.get(name)
        if isinstance(longer, dict) and (text := longer.get("full_text") or longer.get("text")):
            row = {**row, "full_text" if "full_text" in row else "text": text}
    repeated = row.get("retweeted_status") or row.get("retweetedStatus")
    if isinstance(repeated, dict):
        extended = repeated.get("extended_tweet")
        text = (extended.get("full_text") if isinstance(extended, dict) else None) or (
            repeated.get("full_text") or repeated.get("text")
        )
        if isinstance(text, str) and text:
            name = "full_text" if "full_text" in row else "text"
            return {**row, name: text}
    if _original_id(row) is not None or isinstance(repeated, dict):
        text = row.get("full_text") or row.get("text")
        if isinstance(text, str) and text.startswith("RT @") and text.rstrip().endswith(CUT):
            return None
    return row


def _by_id(items: object) -> dict[str, dict[str, Any]]:
    if not isinstance(items, list):
        return {}
    return {str(item["id"]): item for item in items if isinstance(item, dict) and "id" in item}


def _original_id(post: Mapping[str, Any]) -> str | None:
    for reference in post.get("referenced_tweets") or ():
        if isinstance(reference, dict) and reference.get("type") == "retweeted":
            return str(reference.get("id"))
    return None
