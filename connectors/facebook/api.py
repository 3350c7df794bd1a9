"""What Facebook is asked: a Page's posts, reels, live videos and ads, and what stands under
them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Page
from connectors.facebook import parse
from connectors.kit.apart import Apart
from connectors.kit.json_values import UNREADABLE
from connectors.kit.listed import CommentPage, Listed, PostGone
from connectors.kit.meta.graph import Gone, Graph
from connectors.kit.meta.insights import insights, of_posts
from connectors.kit.newest_first import posts_since
from monitor.model import Mention, OwnPost, OwnPostKind

PLATFORM = parse.PLATFORM

POST_METRICS = ("post_media_view", "post_total_media_view_unique")
PAGE_METRICS = ("page_media_view", "page_total_media_view_unique", "page_follows")
"""What has a successor since the impressions were retired (2025-11-15).
https://developers.facebook.com/docs/graph-api/changelog/version25.0"""

REEL_FIELDS = ("id", "description", "created_time", "updated_time", "permalink_url")
LIVE_FIELDS = ("id", "title", "description", "creation_time", "status", "permalink_url")

AD_STATUSES = (
    "ACTIVE",
    "DISAPPROVED",
    "WITH_ISSUES",
    "PENDING_REVIEW",
    "IN_PROCESS",
    "PENDING_BILLING_INFO",
)


class FacebookContent:
    """One poll of a Page. ``parts`` are what the source is told to read."""

    platform = PLATFORM

    def __init__(self, graph: Graph, page_id: str, ad_account: str, parts: frozenset[str]) -> None:
        self.graph, self.page_id, self.ad_account, self.parts = graph, page_id, ad_account, parts
        self.own = frozenset[str]()
        """Posts that are known as the Page's own, where a list does not tell who wrote them."""

    def posts(self, back_to: datetime, parts: Apart) -> Iterator[tuple[list[Listed], int]]:
        """Everything the Page published since then that people can comment on."""
        main, fields = Apart(self.graph.now), parse.POST_FIELDS
        own = self._list("published_posts", back_to, None, fields=fields, limit=50, since=back_to)
        yield from main.read(own, unseen="posts", main=True)
        if "reels" in self.parts:
            reels = self._list("video_reels", back_to, "reel", fields=REEL_FIELDS, limit=50)
            yield from parts.read(reels, unseen="comments of reels")
        if "live" in self.parts:
            live = self._list("live_videos", back_to, "live", fields=LIVE_FIELDS, limit=25)
            yield from parts.read(live, unseen="comments of live videos")
        if self.ad_account:
            yield from parts.read(self._ads(), unseen="comments of ads")
        main.check()

    def comments(self, post: OwnPost, after: str) -> CommentPage:
        """A page of a post's comments with their replies (``filter=stream``), newest first.
        https://developers.facebook.com/docs/graph-api/reference/object/comments"""
        listed = self.graph.pages(
            f"{post.external_id}/comments",
            after=after,
            filter="stream",
            order="reverse_chronological",
            limit=100,
            fields=parse.COMMENT_FIELDS,
        )
        try:
            rows, following = next(listed)
        except Gone as error:
            raise PostGone(str(error)) from None
        return parse.comments(rows, following, post, self.page_id, self.graph.now)

    def exists(self, post_id: str) -> bool:
        """Whether the post can still be seen."""
        return self.graph.exists(post_id)

    def visitors(self, edge: str, since: datetime) -> Iterator[Page]:
        """Posts of others: ``tagged`` (that name the Page) or ``feed`` (on the Page itself)."""
        # a field that a list does not know fails the whole call
        fields = [f for f in parse.VISITOR_FIELDS if f != "tagged_time" or edge == "tagged"]
        for rows, _ in self._pages(edge, fields=tuple(fields), limit=100, since=since):
            found, skipped = list[Mention](), 0
            for row in rows:
                try:
                    mention = parse.visitor_post(row, self.page_id, self.graph.now)
                except UNREADABLE:
                    skipped += 1
                    continue
                found += [mention] if mention and mention.external_id not in self.own else []
                if mention:
                    found += parse.under_visitor_post(row, mention, self.page_id, self.graph.now)
            yield Page(mentions=tuple(found), skipped=skipped)

    def ratings(self, since: datetime) -> Iterator[Page]:
        """Recommendations of the Page, newest first."""
        for rows, _ in self._pages("ratings", fields=parse.RATING_FIELDS, limit=100):
            found = [m for row in rows if (m := parse.rating(row, self.page_id))]
            below = [
                m for row in rows for m in parse.under_rating(row, self.page_id, self.graph.now)
            ]
            yield Page(mentions=(*found, *below), skipped=len(rows) - len(found))
            if found and found[-1].published_at < since:
                return

    def standings(self) -> Iterator[Page]:
        """How the platform judges the ads of the account."""
        for rows in self._ad_rows():
            told = tuple(s for row in rows if (s := parse.ad(row, self.graph.now)[1]))
            yield Page(standings=told)

    def metrics(self, posts: list[str]) -> Iterator[Page]:
        """Reach of the Page and of some posts."""
        since, until = self.graph.now - timedelta(days=2), self.graph.now
        page = insights(
            self.graph,
            PLATFORM,
            self.page_id,
            PAGE_METRICS,
            "account",
            period="day",
            since=since,
            until=until,
        )
        yield Page(metrics=page)
        yield from of_posts(self.graph, PLATFORM, posts, POST_METRICS)

    def _list(
        self, edge: str, back_to: datetime, kind: OwnPostKind | None, **asked: Any
    ) -> Iterator[tuple[list[Listed], int]]:
        batches = (rows for rows, _ in self._pages(edge, **asked))

        def read(row: Any) -> Listed | None:
            return parse.post(row, self.graph.now, kind, self.page_id)

        return posts_since(batches, read, back_to)

    def _ads(self) -> Iterator[tuple[list[Listed], int]]:
        for rows in self._ad_rows():
            found = [parse.ad(row, self.graph.now)[0] for row in rows]
            yield [one for one in found if one], 0

    def _ad_rows(self) -> Iterator[list[Any]]:
        effective = [{"field": "effective_status", "operator": "IN", "value": [*AD_STATUSES]}]
        asked = self.graph.pages(
            f"act_{self.ad_account}/ads", fields=parse.AD_FIELDS, limit=100, filtering=effective
        )
        for rows, _ in asked:
            yield rows

    def _pages(self, edge: str, **asked: Any) -> Iterator[tuple[list[Any], str]]:
        return self.graph.pages(f"{self.page_id}/{edge}", **asked)
