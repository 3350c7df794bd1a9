"""What Instagram is asked: an account's media, what stands under them, and where it is tagged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from connectors.base import Page
from connectors.instagram import parse
from connectors.kit.apart import Apart
from connectors.kit.listed import CommentPage, Listed, PostGone
from connectors.kit.meta.graph import Gone, Graph
from connectors.kit.meta.insights import insights, of_posts
from connectors.kit.newest_first import mentions_since, posts_since
from monitor.model import Mention, OwnPost

PLATFORM = parse.PLATFORM

MEDIA_METRICS = ("views", "reach", "total_interactions", "shares", "saved")
ACCOUNT_METRICS = ("reach", "views", "accounts_engaged")
"""What is left since impressions and plays were retired (2025-04-21).
https://developers.facebook.com/docs/instagram-platform/reference/ig-media/insights"""


class InstagramContent:
    """One poll of a professional account. ``own``: its id and its name."""

    platform = PLATFORM

    def __init__(self, graph: Graph, account: str, own: frozenset[str], ad_account: str) -> None:
        self.graph, self.account, self.own, self.ad_account = graph, account, own, ad_account

    def posts(self, back_to: datetime, parts: Apart) -> Iterator[tuple[list[Listed], int]]:
        """Media, newest first, then what is shown as ads."""
        main = Apart(self.graph.now)
        asked = self.graph.pages(f"{self.account}/media", fields=parse.MEDIA_FIELDS, limit=50)
        batches = (rows for rows, _ in asked)
        media = posts_since(
            batches, lambda row: parse.media(row, self.graph.now, self.own), back_to
        )
        yield from main.read(media, unseen="media", main=True)
        if self.ad_account:
            yield from parts.read(self._ads(), unseen="comments of ads")
        main.check()

    def comments(self, post: OwnPost, after: str) -> CommentPage:
        """A page of comments, newest first, each with its replies."""
        try:
            told, following = self.graph.page(
                f"{post.external_id}/comments", after, fields=parse.COMMENT_FIELDS, limit=50
            )
        except Gone as error:
            raise PostGone(str(error)) from None
        page = parse.comments(told, following, post, self.own, self.graph.now)
        return replace(page, mentions=(*page.mentions, *self._more_replies(told, post)))

    def _more_replies(self, told: dict[str, Any], post: OwnPost) -> Iterator[Mention]:
        """Replies beyond those that came with their comment."""
        for row in told["data"]:
            after = parse.more_replies(row)
            if after is None:
                continue
            asked = self.graph.pages(
                f"{row['id']}/replies", after=after, fields=parse.REPLY_FIELDS, limit=50
            )
            for rows, _ in asked:
                for reply in rows:
                    answer = parse.comment(reply, post, str(row["id"]), self.own, self.graph.now)
                    if answer:
                        yield answer

    def exists(self, post_id: str) -> bool:
        """Whether a post can still be seen."""
        return self.graph.exists(post_id)

    def tags(self, since: datetime) -> Iterator[Page]:
        """Posts of others in which the account is tagged, newest first."""
        asked = self.graph.pages(f"{self.account}/tags", fields=parse.TAG_FIELDS, limit=50)
        yield from self._until(asked, since)

    def hashtag(self, tag: str, since: datetime) -> Iterator[Page]:
        """Public posts under a hashtag in the last 24 hours (no authors are told). At most 30
        different hashtags in 7 days; needs Facebook Login and Public Content Access.
        https://developers.facebook.com/docs/instagram-platform/instagram-api-with-facebook-login/hashtag-search"""
        told = self.graph.get("ig_hashtag_search", user_id=self.account, q=tag)
        for row in told.get("data") or []:
            asked = self.graph.pages(
                f"{row['id']}/recent_media",
                user_id=self.account,
                fields=parse.HASHTAG_FIELDS,
                limit=50,
            )
            yield from self._until(asked, since)

    def metrics(self, posts: Sequence[str]) -> Iterator[Page]:
        """Reach of the account and of some posts. Up to 48 hours late; empty is unknown."""
        page = insights(
            self.graph,
            PLATFORM,
            self.account,
            ACCOUNT_METRICS,
            "account",
            period="day",
            metric_type="total_value",
        )
        yield Page(metrics=page)
        yield from of_posts(self.graph, PLATFORM, posts, MEDIA_METRICS)

    def _until(self, asked: Iterator[tuple[list[Any], str]], since: datetime) -> Iterator[Page]:
        batches = (rows for rows, _ in asked)
        return mentions_since(
            batches,
            lambda row: parse.tagged(row, self.graph.now),
            since,
            lambda row: parse.below(row, self.own, self.graph.now),
        )

    def _ads(self) -> Iterator[tuple[list[Listed], int]]:
        """The media that run as ads: their comments stand under a media id of their own."""
        asked = self.graph.pages(
            f"act_{self.ad_account}/ads",
            limit=100,
            fields=("id", "name", "updated_time", "creative{effective_instagram_media_id}"),
            filtering=[{"field": "effective_status", "operator": "IN", "value": ["ACTIVE"]}],
        )
        for rows, _ in asked:
            yield [one for row in rows if (one := parse.ad(row, self.graph.now))], 0
