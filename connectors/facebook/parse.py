"""What Facebook says, in our nouns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from connectors.kit.json_values import UNREADABLE, identity, number, text_of
from connectors.kit.own_content import CommentPage, Listed
from connectors.kit.times import parse_time
from monitor.model import Author, Mention, Metric, OwnPost, OwnPostKind, Standing, StandingState

PLATFORM = "facebook"

POST_FIELDS = (
    "id",
    "message",
    "story",
    "created_time",
    "permalink_url",
    "is_published",
    "status_type",
    "attachments{media_type,type,title,url}",
    "comments.limit(0).summary(true)",
    "reactions.limit(0).summary(true)",
    "shares",
)
COMMENT_FIELDS = (
    "id",
    "message",
    "created_time",
    "from{id,name}",
    "parent{id}",
    "comment_count",
    "like_count",
    "is_hidden",
    "permalink_url",
    "attachment{type,title,url}",
)
VISITOR_FIELDS = ("id", "message", "created_time", "tagged_time", "permalink_url", "from{id,name}")
RATING_FIELDS = (
    "created_time",
    "recommendation_type",
    "review_text",
    "has_rating",
    "rating",
    "reviewer{id,name}",
    "open_graph_story{id}",
)
AD_FIELDS = (
    "id",
    "name",
    "effective_status",
    "created_time",
    "updated_time",
    "ad_review_feedback",
    "issues_info",
    "creative{effective_object_story_id,effective_instagram_media_id}",
)

KINDS: dict[str, OwnPostKind] = {
    "photo": "image",
    "album": "image",
    "video": "video",
    "live_video": "live",
    "link": "article",
    "share": "article",
    "native_templates": "text",
    "event": "text",
}

Media = Literal["", "image", "video", "sticker", "gif", "audio", "other"]
MEDIA: dict[str, Media] = {
    "sticker": "sticker",
    "animated": "gif",
    "video": "video",
    "photo": "image",
    "image": "image",
}
"""In a comment's attachment type (``animated_image_share``, ``sticker``, ``video_inline``, …)."""

AD_STATES: dict[str, StandingState] = {
    "DISAPPROVED": "disapproved",
    "WITH_ISSUES": "failed",
    "PENDING_REVIEW": "pending",
    "IN_PROCESS": "pending",
    "PREAPPROVED": "pending",
    "PENDING_BILLING_INFO": "limited",
    "ACTIVE": "live",
}
"""``effective_status`` -> state. Paused, archived and deleted ads are nobody's trouble.
https://developers.facebook.com/docs/marketing-api/reference/adgroup"""


def post(row: Any, now: datetime, kind: OwnPostKind | None = None) -> Listed | None:
    """A post of the Page with what is counted of it; None if it cannot be read."""
    try:
        at = _time(row, "created_time", "creation_time", "updated_time")
        name = identity(row["id"])
        return Listed(
            OwnPost(
                PLATFORM,
                name,
                at,
                kind or _kind(row),
                text=_text(row, "message", "description", "story"),
                title=_text(row, "title"),
                url=_link(row.get("permalink_url")),
            ),
            comments=_total(row.get("comments")),
            metrics=tuple(_metrics(row, name, now)),
        )
    except UNREADABLE:
        return None


def comments(rows: Iterable[Any], after: str, of: OwnPost, page_id: str) -> CommentPage:
    """A page of comments. Facebook ranks some posts and then ignores the order asked for: only a
    page in order says how far back it goes."""
    found = [comment(row, of.external_id, page_id) for row in rows]
    read = tuple(mention for mention in found if mention)
    times = [mention.published_at for mention in read]
    ordered = bool(times) and times == sorted(times, reverse=True)
    return CommentPage(read, after, times[-1] if ordered else None, len(found) - len(read))


def comment(row: Any, post_id: str, page_id: str) -> Mention | None:
    """A comment or a reply; None if it cannot be read. Without the right to see them the platform
    leaves ids out: they then stand in the link."""
    try:
        link = _link(row.get("permalink_url"))
        by_link = _ids_of_link(link)
        name = identity(row.get("id") or by_link[0])
        parent = (row.get("parent") or {}).get("id") or by_link[1] or None
        author = _author(row.get("from"))
        return Mention(
            platform=PLATFORM,
            external_id=name,
            published_at=_time(row, "created_time"),
            text=_text(row, "message"),
            author=author,
            url=link,
            kind="reply" if parent else "comment",
            reply_to=parent or post_id,
            root_id=post_id,
            media=_media(row),
            own=author is not None and author.handle == page_id,
            likes=number(row.get("like_count")),
            replies=number(row.get("comment_count")),
        )
    except UNREADABLE:
        return None


def visitor_post(row: Any, page_id: str) -> Mention | None:
    """A post on or about the Page by somebody else; None for its own and for what is unreadable."""
    try:
        author = _author(row.get("from"))
        if author is not None and author.handle == page_id:
            return None
        return Mention(
            platform=PLATFORM,
            external_id=identity(row["id"]),
            published_at=_time(row, "tagged_time", "created_time"),
            text=_text(row, "message"),
            author=author,
            url=_link(row.get("permalink_url")),
            kind="post",
        )
    except UNREADABLE:
        return None


def rating(row: Any, page_id: str) -> Mention | None:
    """A recommendation of the Page with its words; None if it cannot be read. It has no id of its
    own but the story it is told by, else who wrote it and when."""
    try:
        at, author = _time(row, "created_time"), _author(row.get("reviewer"))
        story = (row.get("open_graph_story") or {}).get("id")
        said = _text(row, "review_text")
        verdict = str(row.get("recommendation_type") or "")
        name = story or f"{page_id}:{author.handle if author else ''}:{int(at.timestamp())}"
        return Mention(
            platform=PLATFORM,
            external_id=identity(name),
            published_at=at,
            text=said or verdict,
            author=author,
            kind="review",
            title=verdict if said else "",
        )
    except UNREADABLE:
        return None


def ad(row: Any) -> tuple[Listed | None, Standing | None]:
    """An ad: the post it shows (for its comments), and how the platform judges it."""
    try:
        name, status = identity(row["id"]), str(row.get("effective_status") or "")
        at = _time(row, "updated_time", "created_time")
        story = (row.get("creative") or {}).get("effective_object_story_id")
    except UNREADABLE:
        return None, None
    listed = None
    if story:
        shown = OwnPost(PLATFORM, str(story), at, "ad", title=_text(row, "name"))
        listed = Listed(shown)
    if status not in AD_STATES:
        return listed, None
    return listed, Standing(
        PLATFORM, name, "ad", AD_STATES[status], reason=ad_reason(row), since=at
    )


def ad_reason(row: Mapping[str, Any]) -> str:
    """Why an ad was refused, in the platform's words: the review's reasons, then other issues."""
    said: list[str] = []
    feedback = row.get("ad_review_feedback")
    for part in (feedback or {}).values() if isinstance(feedback, dict) else ():
        said += _reasons(part)
    for issue in row.get("issues_info") or []:
        if isinstance(issue, dict):
            said.append(str(issue.get("error_summary") or issue.get("error_message") or ""))
    return "; ".join(dict.fromkeys(part for part in said if part))[:500]


def _reasons(told: Any) -> list[str]:
    if isinstance(told, dict):
        return [
            reason
            for title, text in told.items()
            for reason in (_reasons(text) if isinstance(text, dict) else [f"{title}: {text}"])
        ]
    return [str(told)] if told else []


def _metrics(row: Mapping[str, Any], name: str, now: datetime) -> Iterable[Metric]:
    shares = row.get("shares")
    told = {
        "comments": _total(row.get("comments")),
        "likes": _total(row.get("reactions")),
        "shares": number(shares.get("count")) if isinstance(shares, dict) else None,
    }
    return [
        Metric(PLATFORM, name, what, float(n), "count", now)
        for what, n in told.items()
        if n is not None
    ]


def _total(told: Any) -> int | None:
    summary = told.get("summary") if isinstance(told, dict) else None
    return number(summary.get("total_count")) if isinstance(summary, dict) else None


def _kind(row: Mapping[str, Any]) -> OwnPostKind:
    attached = ((row.get("attachments") or {}).get("data") or [{}])[0]
    kind = str(attached.get("media_type") or "")
    if "/reel/" in str(row.get("permalink_url") or ""):
        return "reel"
    return KINDS.get(kind, "video" if row.get("status_type") == "added_video" else "text")


def _media(row: Mapping[str, Any]) -> Media:
    attached = row.get("attachment")
    if row.get("message") or not isinstance(attached, dict):
        return ""
    kind = str(attached.get("type") or "")
    found = (ours for word, ours in MEDIA.items() if word in kind)
    return next(found, "other")


def _author(told: Any) -> Author | None:
    if not isinstance(told, dict) or not told.get("id"):
        return None
    return Author(identity(told["id"]), str(told.get("name") or ""))


def _time(row: Mapping[str, Any], *names: str) -> datetime:
    """The first of these times that is there. Raises ValueError where none can be read."""
    for name in names:
        at = parse_time(str(row[name])) if row.get(name) else None
        if at:
            return at
    raise ValueError("no time")


def _text(row: Mapping[str, Any], *names: str) -> str:
    return next((text_of(row[name]) for name in names if row.get(name)), "")


def _link(told: Any) -> str:
    link = str(told or "")
    if link.startswith("/"):
        link = f"https://www.facebook.com{link}"
    return link if link.startswith(("https://", "http://")) else ""


def _ids_of_link(link: str) -> tuple[str, str]:
    """A comment's id and its parent's, as far as its link tells them: ``post_comment``."""
    parts = urlsplit(link)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    top, reply = asked.get("comment_id", ""), asked.get("reply_comment_id", "")
    path = [part for part in parts.path.split("/") if part]
    post_id = path[path.index("posts") + 1] if "posts" in path[:-1] else asked.get("story_fbid", "")
    if not top or not post_id:
        return "", ""
    above = f"{post_id}_{top}"
    return (f"{post_id}_{reply}", above) if reply else (above, "")
