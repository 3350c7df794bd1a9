"""Where people see what Facebook tells of, and the ids that stand in its addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit


def link_of(row: Mapping[str, Any]) -> str:
    """Where people see a post; older versions tell it among what can be done with it."""
    actions = row.get("actions")
    first = actions[0] if isinstance(actions, list) and actions else None
    offered = first.get("link") if isinstance(first, dict) else None
    return link(row.get("permalink_url")) or link(offered)


def canonical(name: str) -> str:
    """The address that leads to any post, video or comment from its id, or below a Page."""
    return f"https://www.facebook.com/{quote(name, safe='_/')}"


def link(told: Any) -> str:
    """An address that is one; Facebook also tells those of its own host without it."""
    address = str(told or "")
    if address.startswith("/"):
        address = f"https://www.facebook.com{address}"
    return address if address.startswith(("https://", "http://")) else ""


def ids_of_link(address: str) -> tuple[str, str]:
    """A comment's id and its parent's, as far as its link tells them: ``post_comment``."""
    parts = urlsplit(address)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    top, reply = asked.get("comment_id", ""), asked.get("reply_comment_id", "")
    path = [part for part in parts.path.split("/") if part]
    post_id = path[path.index("posts") + 1] if "posts" in path[:-1] else asked.get("story_fbid", "")
    if not top or not post_id:
        return "", ""
    above = f"{post_id}_{top}"
    return (f"{post_id}_{reply}", above) if reply else (above, "")
