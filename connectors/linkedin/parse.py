"""What LinkedIn says, in our nouns. Notifications and comments from the documentation, unproven:
only statistics were ever recorded in public."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from connectors.kit.json_values import UNREADABLE, identity, number, text_of
from connectors.kit.own_content import CommentPage, Listed
from connectors.kit.times import parse_time
from connectors.kit.undated import stated, when
from monitor.model import Author, Mention, Metric, OwnPost, OwnPostKind, Removal, SubjectKind

PLATFORM = "linkedin"

_COMMENT = re.compile(r"urn:li:comment:\((?:urn:li:)?(\w+):(\d+),(\d+)\)")

METRICS = {
    "impressionCount": "views",
    "uniqueImpressionsCount": "reach",
    "clickCount": "clicks",
    "likeCount": "likes",
    "commentCount": "comments",
    "shareCount": "shares",
    "engagement": "engagement",
    "shareMentionsCount": "share_mentions",
    "commentMentionsCount": "comment_mentions",
}
"""``commentMentionsCount`` is the only sight of mentions within comments."""

KINDS: dict[str, OwnPostKind] = {
    "article": "article",
    "media": "image",
    "multiImage": "image",
    "video": "video",
    "poll": "text",
    "job": "job",
    "reference": "article",
    "carousel": "image",
}


def comment_id(urn: Any) -> str:
    """A comment's URN in one spelling: LinkedIn writes its activity with and without
    ``urn:li:``. Raises ValueError for what is no comment."""
    found = _COMMENT.search(str(urn))
    if not found:
        raise ValueError("no comment")
    return f"urn:li:comment:(urn:li:{found[1]}:{found[2]},{found[3]})"


def notification(row: Any, organization: str) -> Mention | Removal | None:
    """What a notification brings: a comment, a share that mentions the organization, an edit or a
    deletion. None where it is none of these; raises as unreadable JSON does."""
    action = str(row["action"])
    at = _time(row["lastModifiedAt"])
    made = row.get("decoratedGeneratedActivity") or {}
    if action == "COMMENT_DELETE":
        return Removal(PLATFORM, comment_id(row["generatedActivity"]), "deleted", at)
    if action in ("COMMENT", "ADMIN_COMMENT", "COMMENT_EDIT"):
        told = made.get("comment") or {}
        name = comment_id(told.get("entity") or row["generatedActivity"])
        if action == "COMMENT_EDIT":
            return Removal(PLATFORM, name, "edited", at, text_of(told.get("text") or ""))
        written = _written(name, told, at)
        own = action == "ADMIN_COMMENT" or told.get("owner") == organization
        post = str(row["sourcePost"])
        return replace(
            written, kind="comment", reply_to=post, root_id=post, url=link(post), own=own
        )
    if action in ("SHARE_MENTION", "SHARE"):
        told = made.get("share") or {}
        name = identity(told.get("entity") or row["generatedActivity"])
        return _written(name, told, at)
    return None


def _written(name: str, told: Mapping[str, Any], at: datetime) -> Mention:
    text = text_of(told.get("text") or "")
    return Mention(
        platform=PLATFORM,
        external_id=name,
        published_at=at,
        text=text,
        author=_author(str(told.get("owner") or "")),
        url=link(name),
        media="" if text else "other",
        stable_time=False,
    )


def post(row: Any, now: datetime) -> Listed | None:
    """An own post; None if it cannot be read. How many comments it has is not told."""
    try:
        at = stated(row.get("publishedAt"), row.get("createdAt"), _of(row, "created", "time"))
        content = row.get("content") or {}
        kind = _kind(content)
        name = identity(row["id"])
        titles = [str(v.get("title") or "") for v in content.values() if isinstance(v, dict)]
        title = titles[0] if titles else ""
        return Listed(
            OwnPost(
                PLATFORM,
                name,
                at or now,
                kind,
                text_of(row.get("commentary") or ""),
                link(name),
                title,
            )
        )
    except UNREADABLE:
        return None


def comments(
    rows: Sequence[Any], after: str, of: OwnPost, organization: str, now: datetime
) -> CommentPage:
    """A page of comments."""
    found = [comment(row, of, organization, now) for row in rows]
    read = tuple(mention for mention in found if mention)
    return CommentPage(read, after, None, len(found) - len(read))


def comment(row: Any, of: OwnPost, organization: str, now: datetime) -> Mention | None:
    """A comment or a reply; None if it cannot be read."""
    try:
        actor = str(row.get("actor") or "")
        above = row.get("parentComment")
        text = text_of((row.get("message") or {}).get("text") or "")
        urn = row.get("commentUrn") or f"urn:li:comment:({row['object']},{row['id']})"
        return Mention(
            platform=PLATFORM,
            external_id=comment_id(urn),
            **when(now, _of(row, "created", "time"), row.get("createdAt")),
            text=text,
            author=_author(actor),
            url=of.url,
            kind="reply" if above else "comment",
            reply_to=comment_id(above) if above else of.external_id,
            root_id=of.external_id,
            own=actor == organization,
            media="" if text else "image",
            likes=_likes(row),
            replies=number(_of(row, "commentsSummary", "aggregatedTotalComments")),
        )
    except UNREADABLE:
        return None


def statistics(row: Any, now: datetime) -> Iterator[Metric]:
    """Measured values of the organization or of one of its posts."""
    told = row.get("totalShareStatistics") if isinstance(row, dict) else None
    if not isinstance(told, dict):
        return
    subject = row.get("share") or row.get("ugcPost") or row.get("organizationalEntity")
    kind: SubjectKind = "post" if row.get("share") or row.get("ugcPost") else "account"
    for theirs, ours in METRICS.items():
        value = told.get(theirs)
        if isinstance(value, int | float) and not isinstance(value, bool):
            unit: Literal["count", "share"] = "share" if theirs == "engagement" else "count"
            yield Metric(PLATFORM, str(subject), ours, float(value), unit, now, kind)


def followers(told: Mapping[str, Any], organization: str, now: datetime) -> Iterator[Metric]:
    """How many follow the organization."""
    value = number(told.get("firstDegreeSize"))
    if value is not None:
        yield Metric(PLATFORM, organization, "followers", float(value), "count", now, "account")


def link(urn: str) -> str:
    """Where people see a post."""
    return f"https://www.linkedin.com/feed/update/{urn}/" if urn.startswith("urn:li:") else ""


def _likes(row: Any) -> int | None:
    """Under one of the names that the summary has had."""
    names = ("aggregatedTotalLikes", "totalLikes")
    return next(
        (n for name in names if (n := number(_of(row, "likesSummary", name))) is not None), None
    )


def _of(row: Any, part: str, name: str) -> Any:
    told = row.get(part)
    return told.get(name) if isinstance(told, dict) else None


def _kind(content: Mapping[str, Any]) -> OwnPostKind:
    for name in content:
        if name in KINDS:
            return KINDS[name]
    return "text"


def _author(urn: str) -> Author | None:
    return Author(urn) if urn else None


def _time(told: Any) -> datetime:
    at = parse_time(str(told))
    if at is None:
        raise ValueError("no time")
    return at
