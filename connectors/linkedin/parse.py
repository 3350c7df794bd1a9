"""What LinkedIn says, in our nouns. Notifications and comments from the documentation, unproven:
only statistics were ever recorded in public."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from connectors.kit.json_values import (
    UNREADABLE,
    identity,
    number,
    part_of,
    text_of,
    word,
)
from connectors.kit.listed import CommentPage, Listed
from connectors.kit.measures import fraction, measure
from connectors.kit.undated import stated, when
from monitor.model import Author, Mention, Metric, OwnPost, OwnPostKind, Removal, SubjectKind

PLATFORM = "linkedin"

_NAMED = re.compile(r"@\[([^\]]{1,300})\]\(urn:li:[^)]{1,200}\)")
_TAGGED = re.compile(r"\{hashtag\|\\?[#＃]\|([^}|]{1,300})\}")
_ESCAPED = re.compile(r"\\([|{}@\[\]()<>#\\*_~])")

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

UGC_KINDS: dict[str, OwnPostKind] = {
    "ARTICLE": "article",
    "IMAGE": "image",
    "RICH": "image",
    "VIDEO": "video",
    "LIVE_VIDEO": "live",
}
"""``shareMediaCategory`` of ``ugcPosts``."""


def comment_id(urn: Any) -> str:
    """A comment's URN in one spelling: LinkedIn writes its activity with and without
    ``urn:li:``. Raises ValueError for what is no comment."""
    found = _COMMENT.search(str(urn))
    if not found:
        raise ValueError("no comment")
    return f"urn:li:comment:(urn:li:{found[1]}:{found[2]},{found[3]})"


def notification(row: Any, organization: str, now: datetime) -> Mention | Removal | None:
    """What a notification brings: a comment, a share that mentions the organization, an edit or a
    deletion. None where it is none of these; raises as unreadable JSON does."""
    action, at = str(row["action"]), row.get("lastModifiedAt")
    made = row.get("decoratedGeneratedActivity") or {}
    if action == "COMMENT_DELETE":
        gone = comment_id(row["generatedActivity"])
        return Removal(PLATFORM, gone, "deleted", stated(at) or now)
    if action in ("COMMENT", "ADMIN_COMMENT", "COMMENT_EDIT"):
        told = made.get("comment") or {}
        name = _comment_in(told.get("entity"), row["generatedActivity"])
        if action == "COMMENT_EDIT":
            return Removal(PLATFORM, name, "edited", stated(at) or now, _words(told))
        written = _written(name, told, at, now)
        own = action == "ADMIN_COMMENT" or _writer(told) == organization
        post = str(row["sourcePost"])
        above = _above(told, name)
        return replace(
            written,
            kind="reply" if above else "comment",
            reply_to=above or post,
            root_id=post,
            url=link(post),
            own=own,
        )
    if action in ("SHARE_MENTION", "SHARE"):
        told = made.get("share") or {}
        name = identity(told.get("entity") or row["generatedActivity"])
        return _written(name, told, at, now)
    return None


def _comment_in(*told: Any) -> str:
    """The first of these that is a comment: in older answers ``entity`` is the post's activity."""
    for one in told:
        if _COMMENT.search(str(one)):
            return comment_id(one)
    raise ValueError("no comment")


def _above(told: Mapping[str, Any], name: str) -> str | None:
    """The comment that a comment answers, where it is a reply."""
    for one in (told.get("parentComment"), told.get("object")):
        if _COMMENT.search(str(one)) and comment_id(one) != name:
            return comment_id(one)
    return None


def _words(told: Mapping[str, Any]) -> str:
    """Told right away, or in ``message``, ``commentary`` or an older version's parts."""
    said = told.get("text") or told.get("message")
    if not said:
        return _plain(text_of(told.get("commentary") or ""))
    return text_of(said.get("text") or "" if isinstance(said, dict) else said)


def _plain(commentary: str) -> str:
    """As people read it: mentions and tags without their marks, and what is escaped as it is.
    https://learn.microsoft.com/linkedin/marketing/community-management/shares/little-text-format"""
    text = _NAMED.sub(r"@\1", commentary)
    return _ESCAPED.sub(r"\1", _TAGGED.sub(r"#\1", text))


def _writer(told: Mapping[str, Any]) -> str:
    return word(told.get("owner")) or word(told.get("actor")) or word(told.get("author"))


def _written(name: str, told: Mapping[str, Any], at: Any, now: datetime) -> Mention:
    text = _words(told)
    return Mention(
        platform=PLATFORM,
        external_id=name,
        **{**when(now, at), "stable_time": False},
        text=text,
        author=_author(_writer(told)),
        url=link(name),
        media="" if text else "other",
    )


def address_of(urn: str) -> str:
    """Where a post or a comment is asked for by itself."""
    if found := _COMMENT.search(urn):
        under = quote(f"urn:li:{found[1]}:{found[2]}", safe="")
        return f"socialActions/{under}/comments/{found[3]}"
    return f"posts/{quote(urn, safe='')}"


def in_full(mention: Mention, row: Mapping[str, Any], organization: str) -> Mention:
    """What a notification only names, with what the thing itself tells."""
    writer = _writer(row) or word(_of(row, "created", "actor"))
    text = _words(row)
    return replace(
        mention,
        text=text,
        author=mention.author or _author(writer, _name(row)),
        own=mention.own or writer == organization,
        media="" if text else mention.media,
    )


def post(row: Any, now: datetime) -> Listed | None:
    """An own post; None if it cannot be read. How many comments it has is not told."""
    try:
        times = (row.get(name) for name in ("publishedAt", "firstPublishedAt", "createdAt"))
        at = stated(*times, _of(row, "created", "time"))
        shared = _shared(row)
        content = row.get("content") or {}
        kind = UGC_KINDS.get(str(shared.get("shareMediaCategory"))) or _kind(content)
        name = identity(row["id"])
        parts = [one for one in (*content.values(), *shared.get("media", ())) if one]
        titles = [_title(one) for one in parts if isinstance(one, dict)]
        return Listed(
            OwnPost(
                PLATFORM,
                name,
                at or now,
                kind,
                _words(row) or _words({"text": shared.get("shareCommentary")}),
                link(name),
                next((title for title in titles if title), "") or _title(content),
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
        actor = word(row.get("actor")) or word(_of(row, "created", "actor"))
        above, text = row.get("parentComment"), _words(row)
        urn = urn_of(row)
        return Mention(
            platform=PLATFORM,
            external_id=comment_id(urn),
            **when(now, _of(row, "created", "time"), row.get("created"), row.get("createdAt")),
            text=text,
            author=_author(actor, _name(row)),
            url=of.url,
            kind="reply" if above else "comment",
            reply_to=comment_id(above) if above else of.external_id,
            root_id=of.external_id,
            own=actor == organization,
            media="" if text else "image",
            likes=_likes(row),
            replies=replies_of(row),
        )
    except UNREADABLE:
        return None


def urn_of(row: Any) -> str:
    """A comment's URN as the answer tells it. Raises ``UNREADABLE``."""
    told = row.get("commentUrn") or row.get("$URN")
    return str(told or f"urn:li:comment:({row['object']},{row['id']})")


def replies_of(row: Any) -> int | None:
    """How many answers a comment has, under one of the names that the summary has had."""
    names = ("aggregatedTotalComments", "totalFirstLevelComments")
    found = (number(_of(row, "commentsSummary", name)) for name in names)
    return next((n for n in found if n is not None), None)


def statistics(row: Any, now: datetime) -> Iterator[Metric]:
    """Measured values of the organization or of one of its posts."""
    told = row.get("totalShareStatistics") if isinstance(row, dict) else None
    if not isinstance(told, dict):
        told, row = {} if row is None else {"engagement": "unreadable"}, {}
    subject = row.get("share") or row.get("ugcPost") or row.get("organizationalEntity")
    kind: SubjectKind = "post" if row.get("share") or row.get("ugcPost") else "account"
    at = stated(_of(row, "timeRange", "end")) or now
    for theirs, ours in METRICS.items():
        value = fraction(told.get(theirs))
        if value is not None:
            unit: Literal["count", "share"] = "share" if theirs == "engagement" else "count"
            yield Metric(PLATFORM, str(subject), ours, value, unit, at, kind)


def followers(told: Mapping[str, Any], organization: str, now: datetime) -> Iterator[Metric]:
    """How many follow the organization."""
    value = measure(told.get("firstDegreeSize"))
    if value is not None:
        yield Metric(PLATFORM, organization, "followers", value, "count", now, "account")


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


def _shared(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an older version (``ugcPosts``) tells of a post in a part of its own."""
    told = _of(row, "specificContent", "com.linkedin.ugc.ShareContent")
    return told if isinstance(told, dict) else {}


def _title(part: Mapping[str, Any]) -> str:
    told = part.get("title") or ""
    return str(told.get("text") or "" if isinstance(told, dict) else told)


def _kind(content: Mapping[str, Any]) -> OwnPostKind:
    for name in content:
        if name in KINDS:
            return KINDS[name]
    return "text"


def _author(urn: str, name: str = "") -> Author | None:
    return Author(urn, name) if urn else None


def _name(row: Any) -> str:
    """What a member or an organization is called, where the answer is decorated with it."""
    told = part_of(row, "actor~")
    names = (told.get(f"localized{part}") for part in ("FirstName", "LastName", "Name"))
    return " ".join(one for name in names if (one := word(name)))
