"""What Facebook says, in our nouns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from connectors.facebook.links import canonical, ids_of_link, link, link_of
from connectors.kit.json_values import (
    UNREADABLE,
    id_in,
    identity,
    number,
    rows_in,
    text_of,
    word,
)
from connectors.kit.listed import CommentPage, Listed
from connectors.kit.measures import measure
from connectors.kit.undated import stated, when
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
VISITOR_FIELDS = (
    "id",
    "message",
    "created_time",
    "tagged_time",
    "permalink_url",
    "from{id,name}",
    "attachments{media_type,type,title,url}",
    "comments.limit(0).summary(true)",
    "reactions.limit(0).summary(true)",
)
MENTION_FIELDS = ("id", "message", "created_time", "permalink_url", "from{id,name}")
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

REACTED = ("likes", "reactions")
"""Older versions list who did, and give no number."""

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


def post(
    row: Any, now: datetime, kind: OwnPostKind | None = None, page_id: str = ""
) -> Listed | None:
    """A post of the Page with what is counted of it; None if it cannot be read."""
    try:
        at = stated(*(row.get(n) for n in ("created_time", "creation_time", "updated_time")))
        name = identity(row["id"])
        shown = OwnPost(
            PLATFORM,
            name,
            at or now,
            kind or _kind(row),
            text=_text(row, "message", "description", "story"),
            title=_text(row, "title", "name"),
            url=link_of(row) or canonical(name),
        )
        return Listed(
            shown,
            comments=_counted(row, "comments"),
            metrics=tuple(_metrics(row, name, now)),
            told=tuple(below(row, shown, page_id, now)),
        )
    except UNREADABLE:
        return None


def comments(
    rows: Iterable[Any], after: str, of: OwnPost, page_id: str, now: datetime
) -> CommentPage:
    """A page of comments. Facebook ranks some posts and then ignores the order asked for: only a
    page in order says how far back it goes."""
    rows = list(rows)
    found = [comment(row, of, page_id, now) for row in rows]
    read = [mention for mention in found if mention]
    times = [mention.published_at for mention in read if mention.time_is == "stated"]
    ordered = bool(times) and times == sorted(times, reverse=True)
    for row, mention in zip(rows, found, strict=True):
        if mention is not None:
            read += below(row, of, page_id, now, mention.external_id)
    return CommentPage(tuple(read), after, times[-1] if ordered else None, found.count(None))


def below(row: Any, of: OwnPost, page_id: str, now: datetime, above: str = "") -> Iterator[Mention]:
    """What a post or a comment (``above``) tells of the comments under it, of every depth: older
    versions do so without being asked. Those that cannot be read are left out."""
    for one in rows_in(row.get("comments") if isinstance(row, dict) else None):
        if (mention := comment(one, of, page_id, now, above)) is not None:
            yield mention
            yield from below(one, of, page_id, now, mention.external_id)


def comment(row: Any, of: OwnPost, page_id: str, now: datetime, above: str = "") -> Mention | None:
    """A comment or a reply to ``above``; None if it cannot be read. Without the right to see them
    the platform leaves ids out: they then stand in the link."""
    try:
        told = link(row.get("permalink_url"))
        by_link = ids_of_link(told)
        name = identity(row.get("id") or by_link[0])
        parent = id_in(row.get("parent")) or by_link[1] or above or None
        author = _author(row.get("from"))
        return Mention(
            platform=PLATFORM,
            external_id=name,
            **when(now, row.get("created_time")),
            text=_text(row, "message"),
            author=author,
            url=told or of.url,
            kind="reply" if parent else "comment",
            reply_to=identity(parent or of.external_id),
            root_id=of.external_id,
            media=_media(row),
            own=author is not None and author.handle == page_id,
            likes=_counted(row, "like_count", "likes", "reactions"),
            replies=_counted(row, "comment_count", "comments"),
        )
    except UNREADABLE:
        return None


def visitor_post(row: Any, page_id: str, now: datetime) -> Mention | None:
    """A post on or about the Page by somebody else; None for its own. Raises ``UNREADABLE``. The
    lists that show it (and a webhook) tell it with times of their own: one id is one post."""
    author, name = _author(row.get("from")), identity(row["id"])
    if author is not None and author.handle == page_id:
        return None
    return Mention(
        platform=PLATFORM,
        external_id=name,
        **{**when(now, row.get("tagged_time"), row.get("created_time")), "stable_time": False},
        text=_text(row, "message", "description", "story"),
        author=author,
        url=link_of(row) or canonical(name),
        kind="post",
        media=_media_of_post(row),
        likes=_counted(row, "like_count", "reactions", "likes"),
        replies=_counted(row, "comment_count", "comments"),
    )


def under_visitor_post(
    row: Any, mention: Mention, page_id: str, now: datetime
) -> Iterator[Mention]:
    """The comments that came within somebody's post."""
    shown = OwnPost(PLATFORM, mention.external_id, now, "text", url=mention.url)
    return below(row, shown, page_id, now)


def rating(row: Any, page_id: str) -> Mention | None:
    """A recommendation of the Page with its words; None if it cannot be read. It has no id of its
    own but the story it is told by, else who wrote it and when. Older versions tell its words in
    that story alone."""
    try:
        told = _told_in_story(row)
        at = stated(*(told.get(n) for n in ("created_time", "start_time", "publish_time")))
        author = _author(told.get("reviewer") or told.get("from"))
        said = _text(told, "review_text", "message")
        stars = told.get("rating")
        stars = number(stars.get("value") if isinstance(stars, dict) else stars)
        verdict = str(told.get("recommendation_type") or (f"{stars}/5" if stars else ""))
        if at is None:
            raise ValueError("no time")
        writer = author.handle if author else ""
        name = told.get("id") or f"{page_id}:{writer}:{int(at.timestamp())}"
        return Mention(
            platform=PLATFORM,
            external_id=identity(name),
            published_at=at,
            text=said or verdict,
            author=author,
            url=link_of(told) or canonical(str(told.get("id") or f"{page_id}/reviews")),
            kind="review",
            title=verdict if said else "",
        )
    except UNREADABLE:
        return None


def under_rating(row: Any, page_id: str, now: datetime) -> Iterator[Mention]:
    """The comments that came within a recommendation's story."""
    story = row.get("open_graph_story") if isinstance(row, dict) else None
    told = story if isinstance(story, dict) else row
    if isinstance(told, dict) and told.get("id"):
        yield from below(told, OwnPost(PLATFORM, str(told["id"]), now, "text"), page_id, now)


def _told_in_story(row: Mapping[str, Any]) -> dict[str, Any]:
    """A recommendation with what its story says, and that story's data; what is nearer wins."""
    story = row.get("open_graph_story")
    parts = [story.get("data") if isinstance(story, dict) else None, story, row.get("data"), row]
    found: dict[str, Any] = {}
    for part in parts:
        found |= part if isinstance(part, dict) else {}
    return found


def ad(row: Any, now: datetime) -> tuple[Listed | None, Standing | None]:
    """An ad: the post it shows (for its comments), and how the platform judges it."""
    try:
        name, status = identity(row["id"]), str(row.get("effective_status") or "")
        at = stated(row.get("updated_time"), row.get("created_time"))
        story = (row.get("creative") or {}).get("effective_object_story_id")
    except UNREADABLE:
        return None, None
    listed = None
    if story:
        shown = OwnPost(
            PLATFORM,
            str(story),
            at or now,
            "ad",
            title=_text(row, "name"),
            url=canonical(str(story)),
        )
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
    counted = {
        what: measure(*_told_of(row, *names))
        for what, names in (
            ("comments", ("comments",)),
            ("likes", ("reactions", "likes")),
            ("shares", ("shares",)),
        )
    }
    return [
        Metric(PLATFORM, name, what, n, "count", now)
        for what, n in counted.items()
        if n is not None
    ]


def _counted(row: Mapping[str, Any], *names: str) -> int | None:
    """How many, under the first name that tells it."""
    return next((n for told in _told_of(row, *names) if (n := number(told)) is not None), None)


def _told_of(row: Mapping[str, Any], *names: str) -> Iterator[Any]:
    """What is said of how many there are: as a number, a list with its summary, or (in older
    versions) with its count."""
    for name in names:
        told = row.get(name)
        if isinstance(told, dict):
            summary = told.get("summary")
            listed = len(rows_in(told)) if name in REACTED and "paging" not in told else None
            told = summary.get("total_count") if isinstance(summary, dict) else told.get("count")
            told = listed if told is None else told
        yield told


def _kind(row: Mapping[str, Any]) -> OwnPostKind:
    kind = str(_attached(row).get("media_type") or row.get("type") or "")
    if "/reel/" in str(row.get("permalink_url") or ""):
        return "reel"
    return KINDS.get(kind, "video" if row.get("status_type") == "added_video" else "text")


def _attached(row: Mapping[str, Any]) -> Mapping[str, Any]:
    rows = [one for one in rows_in(row.get("attachments")) if isinstance(one, dict)]
    return rows[0] if rows else {}


def _media_of_post(row: Mapping[str, Any]) -> Media:
    if row.get("message"):
        return ""
    kind = str(_attached(row).get("media_type") or row.get("type") or "")
    return next((ours for word, ours in MEDIA.items() if word in kind), "")


def _media(row: Mapping[str, Any]) -> Media:
    told = row.get("attachment") or row.get("attachments")
    rows = told if isinstance(told, list) else rows_in(told)
    attached = rows[0] if rows else told
    if row.get("message") or not isinstance(attached, dict):
        return ""
    kind = str(attached.get("type") or attached.get("media_type") or "")
    found = (ours for word, ours in MEDIA.items() if word in kind)
    return next(found, "other")


def _author(told: Any) -> Author | None:
    """By id, else by name: without the right to see them some answers leave ids out."""
    name = word(told.get("name")) if isinstance(told, dict) else ""
    handle = id_in(told) or name
    return Author(handle, name) if handle else None


def _text(row: Mapping[str, Any], *names: str) -> str:
    return next((text_of(row[name]) for name in names if row.get(name)), "")
