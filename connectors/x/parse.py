"""What X says, in our nouns. Both of its dialects (tweet_…, post_…) are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any, Literal

from connectors.kit.json_values import UNREADABLE, identity, number, text_of, word
from connectors.kit.measures import measures_in
from connectors.kit.times import bucket_of, parse_time
from monitor.model import (
    BUCKET,
    Author,
    Count,
    Mention,
    Metric,
    OwnPost,
    OwnPostKind,
    Removal,
    Standing,
)

PLATFORM = "x"
Gone = Literal["deleted", "private"]
SNOWFLAKE_MS = 1288834974657

EDITABLE = timedelta(hours=1)
"""How long a post can be edited. https://docs.x.com/x-api/fundamentals/edit-posts"""

METRICS = {
    "like_count": "likes",
    "reply_count": "comments",
    "retweet_count": "shares",
    "repost_count": "shares",
    "quote_count": "quotes",
    "bookmark_count": "saves",
    "impression_count": "views",
}

HIDDEN_IN = {"XX", "XY", "ID"}
"""Country codes of ``withheld`` that take a post away for us: everywhere (XX), by a claim of
copyright everywhere (XY), and Indonesia."""


@dataclass(slots=True)
class Read:
    """What was read of an answer's posts. ``ids``: of all rows, those left out too."""

    mentions: list[Mention] = field(default_factory=list)
    own_posts: list[OwnPost] = field(default_factory=list)
    metrics: list[Metric] = field(default_factory=list)
    edits: list[Removal] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    skipped: int = 0


def time_of(post_id: str) -> datetime:
    """When a post was made, from its id alone."""
    return datetime.fromtimestamp(0, UTC) + timedelta(
        milliseconds=(int(post_id) >> 22) + SNOWFLAKE_MS
    )


def count(rows: list[Any]) -> tuple[tuple[Count, ...], int]:
    """Counts by the minute as buckets (longer rows as they are), and how many were unreadable."""
    buckets: dict[tuple[datetime, datetime], int] = {}
    skipped = 0
    for row in rows:
        try:
            start, end = parse_time(row["start"]), parse_time(row["end"])
            value = number(row.get("tweet_count", row.get("post_count")))
        except UNREADABLE:
            start = end = value = None
        if start is None or end is None or value is None or start >= end:
            skipped += 1
            continue
        span = (start, end)
        if end <= bucket_of(start) + BUCKET:
            span = (bucket_of(start), bucket_of(start) + BUCKET)
        buckets[span] = buckets.get(span, 0) + value
    return tuple(Count("x", *span, value) for span, value in sorted(buckets.items())), skipped


def posts_of(
    told: Mapping[str, Any], now: datetime, account: str, *, retweets: bool, all_own: bool = False
) -> Read:
    """The posts of an answer. What ``account`` (an id) wrote is its own: a post, or an answer to
    somebody; ``all_own``: those that name no author are its own too. Retweets are nobody's words:
    they are left out unless they are wanted."""
    users = _included(told, "users")
    originals = _included(told, "tweets") | _included(told, "posts")
    read = Read()
    for row in told.get("data") or []:
        try:
            found = _read_post(row, users, originals)
            read.ids.append(identity(row["id"]))
        except UNREADABLE:
            read.skipped += 1
            continue
        if _reference(row, "retweeted") and not retweets:
            continue
        author = word(row.get("author_id")) or (account if all_own else "")
        mine = bool(account) and author == account
        if mine and not found.reply_to:
            read.own_posts.append(_own_post(row, found))
            read.metrics += metrics_of(row, found.external_id, now)
        else:
            read.mentions.append(replace(found, own=mine))
        if len(_edits(row)) > 1:
            read.edits.append(Removal(PLATFORM, found.external_id, "edited", now, found.text))
    return read


def post(row: Any, users: Mapping[str, Any]) -> Mention | None:
    """A post; None if it cannot be read. An edit keeps the id of what was edited."""
    try:
        return _read_post(row, users, {})
    except UNREADABLE:
        return None


def _read_post(row: Any, users: Mapping[str, Any], originals: Mapping[str, Any]) -> Mention:
    """A retweet's words are cut off unless the original came with it. Raises ``UNREADABLE``."""
    own_id, first = identity(row["id"]), identity(_edits(row)[0])
    at = parse_time(str(row.get("created_at") or "")) or time_of(own_id)
    if first != own_id and timedelta(0) <= at - time_of(first) <= EDITABLE:
        at = time_of(first)  # an edit is told with its own time
    text = _text(row)
    if (passed_on := _reference(row, "retweeted")) and text.startswith("RT @"):
        original = originals.get(passed_on)
        text = f"{text.partition(':')[0]}: {_text(original)}" if original else text
    metrics = row.get("public_metrics") or {}
    parent = _reference(row, "replied_to")
    return Mention(
        platform=PLATFORM,
        external_id=first,
        published_at=at,
        text=text,
        author=_author(word(row.get("author_id")), users),
        url=f"https://x.com/i/web/status/{own_id}",
        kind="reply" if parent else "post",
        reply_to=parent or None,
        root_id=identity(row["conversation_id"]) if row.get("conversation_id") else None,
        lang_hint=str(row.get("lang") or ""),
        reach=number(metrics.get("impression_count")),
        likes=number(metrics.get("like_count")),
        replies=number(metrics.get("reply_count")),
        media="image" if not text and row.get("attachments") else "",
    )


def metrics_of(row: Any, subject: str, now: datetime) -> Iterator[Metric]:
    """What X counts of a post."""
    for ours, value in measures_in(row.get("public_metrics"), METRICS).items():
        yield Metric(PLATFORM, subject, ours, value, "count", now)


def followers_of(user: Any, now: datetime) -> Iterator[Metric]:
    """How many follow an account."""
    told = measures_in(user.get("public_metrics"), {"followers_count": "followers"})
    for ours, value in told.items():
        yield Metric(PLATFORM, identity(user["id"]), ours, value, "count", now, "account")


def standing_of(row: Any, subject: str) -> Standing:
    """How X judges a post that it shows: withheld, marked as sensitive, or as it should be."""
    withheld = row.get("withheld")
    if isinstance(withheld, dict) and withheld:
        codes = withheld.get("country_codes") or []
        where = ", ".join(str(code) for code in codes if isinstance(code, str))
        claimed = withheld.get("copyright") is True
        why = f"withheld{f' in {where}' if where else ''}{', copyright' if claimed else ''}"
        return Standing(PLATFORM, subject, "post", "claimed" if claimed else "restricted", why)
    if row.get("possibly_sensitive") is True:
        return Standing(PLATFORM, subject, "post", "limited", "marked as possibly sensitive")
    return Standing(PLATFORM, subject, "post", "live")


def is_hidden(row: Any) -> bool:
    """Whether a post is withheld where we are."""
    withheld = row.get("withheld")
    codes = withheld.get("country_codes") if isinstance(withheld, dict) else None
    return bool(HIDDEN_IN & {str(code) for code in codes or []})


def lost(told: Mapping[str, Any], asked: tuple[str, ...]) -> dict[str, Gone]:
    """Of the ids that were asked for, those that X names as gone: ``deleted`` or ``private``.
    One that is only missing is not taken for gone."""
    found: dict[str, Gone] = {}
    for error in told.get("errors") or []:
        if not isinstance(error, dict):
            continue
        name, kind = str(error.get("resource_id") or error.get("value") or ""), error.get("type")
        if name not in asked or not isinstance(kind, str):
            continue
        if kind.endswith("/resource-not-found"):
            found[name] = "deleted"
        elif kind.endswith("/not-authorized-for-resource"):
            found[name] = "private"
    return found


def edits_of(row: Any) -> list[str]:
    """The ids of a post's versions, the first one first."""
    return [identity(one) for one in _edits(row)]


def quotes_of(row: Any) -> int:
    """How often a post was quoted."""
    metrics = row.get("public_metrics")
    return (number(metrics.get("quote_count")) if isinstance(metrics, dict) else 0) or 0


def _edits(row: Any) -> list[Any]:
    told = row.get("edit_history_tweet_ids") or row.get("edit_history_post_ids")
    return told if isinstance(told, list) and told else [row["id"]]


def _text(row: Any) -> str:
    long = row.get("note_tweet") or row.get("note_post") or {}
    short = text_of(row.get("text") or "")
    return unescape(text_of(long.get("text") or short))  # X writes & as &amp;


def _reference(row: Any, kind: str) -> str:
    told = row.get("referenced_tweets") or row.get("referenced_posts") or []
    named = (one for one in told if isinstance(one, dict) and one.get("type") == kind)
    return next((identity(one["id"]) for one in named), "")


def _own_post(row: Any, found: Mention) -> OwnPost:
    kind: OwnPostKind = "text"
    for link in (row.get("entities") or {}).get("urls") or []:
        target = str(link.get("expanded_url") or "")
        if "/status/" in target and "/video/" in target:
            kind = "video"
        elif "/status/" in target and "/photo/" in target:
            kind = "image"
    if row.get("article"):
        kind = "article"
    at, name = found.published_at, found.external_id
    return OwnPost(PLATFORM, name, at, kind, found.text, found.url)


def _included(told: Mapping[str, Any], kind: str) -> dict[str, Any]:
    rows = (told.get("includes") or {}).get(kind) or []
    return {str(row.get("id")): row for row in rows if isinstance(row, dict)}


def _author(own_id: str, users: Mapping[str, Any]) -> Author | None:
    if not own_id:
        return None
    user = users.get(own_id, {})
    followers = (user.get("public_metrics") or {}).get("followers_count")
    return Author(
        word(user.get("username")) or own_id,
        word(user.get("name")),
        number(followers),
        bool(user.get("verified")),
    )
