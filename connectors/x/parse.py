"""What X says, in our nouns. Both of its dialects (tweet_…, post_…) are read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

from connectors.base import ConnectorError, RateLimited, Rejected, Unauthorized, Unavailable
from connectors.kit.http import Response, failure, redact
from connectors.kit.json_values import UNREADABLE, identity, number, text_of
from connectors.kit.times import bucket_of, midnight_after, parse_time
from monitor.model import BUCKET, Author, Count, Mention

if TYPE_CHECKING:
    import requests

SNOWFLAKE_MS = 1288834974657


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


def post(row: Any, users: Mapping[str, Any]) -> Mention | None:
    """A post; None if it cannot be read. An edit keeps the id of what was edited."""
    try:
        own_id, text = identity(row["id"]), text_of(row["text"])
        edits = row.get("edit_history_tweet_ids") or row.get("edit_history_post_ids") or [own_id]
        at = parse_time(str(row.get("created_at") or "")) or time_of(own_id)
        long = row.get("note_tweet") or row.get("note_post") or {}
        metrics = row.get("public_metrics") or {}
        referenced = row.get("referenced_tweets") or row.get("referenced_posts") or []
        parent = next((identity(r["id"]) for r in referenced if r["type"] == "replied_to"), None)
        return Mention(
            platform="x",
            external_id=identity(edits[0]),
            published_at=at,
            text=unescape(text_of(long.get("text") or text)),  # X writes & as &amp;
            author=_author(str(row.get("author_id") or ""), users),
            url=f"https://x.com/i/web/status/{own_id}",
            kind="reply" if parent else "post",
            reply_to=parent,
            root_id=identity(row["conversation_id"]) if row.get("conversation_id") else None,
            lang_hint=str(row.get("lang") or ""),
            reach=number(metrics.get("impression_count")),
        )
    except UNREADABLE:
        return None


def _author(own_id: str, users: Mapping[str, Any]) -> Author | None:
    if not own_id:
        return None
    user = users.get(own_id, {})
    followers = (user.get("public_metrics") or {}).get("followers_count")
    return Author(
        str(user.get("username") or own_id),
        str(user.get("name") or ""),
        number(followers),
        bool(user.get("verified")),
    )


def failed(
    response: requests.Response, now: datetime, secrets: Mapping[str, str]
) -> ConnectorError:
    """The failure that an error answer stands for."""
    try:
        body = response.json()
    except ValueError:
        body = {}
    body = body if isinstance(body, dict) else {}
    title, kind = str(body.get("title", "")), str(body.get("type", ""))
    detail = redact(str(body.get("detail", ""))[:300], secrets)
    status = response.status_code
    if status == 402:
        return Unauthorized("X wants credits: top up the account in its console.", "credits")
    if status == 403 and "not-authorized-for-resource" in kind:
        return Rejected(f"X does not show this to us: {detail or title}")
    if status == 403:
        said = f" ({detail or title})" if detail or title else ""
        return Unauthorized(f"X refuses the app{said}: check its access and limits.", "permission")
    if status == 429 and (title == "UsageCapExceeded" or "usage-capped" in kind):
        return RateLimited("X's cap on posts is reached for its period.", midnight_after(now))
    if status == 400:
        errors = body.get("errors")
        named = [e for e in errors if isinstance(e, dict)] if isinstance(errors, list) else []
        said = str(named[0].get("message")) if named else detail
        return Rejected(f"X does not accept the query: {redact(said, secrets)[:300]}")
    headers = {name.lower(): str(value) for name, value in response.headers.items()}
    answer = Response(status, headers, b"", "X")
    return failure(answer, now) or Unavailable(f"X answered {status}.")
