"""What Threads is asked: public posts by word, mentions, and the conversations under own posts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Page, Unauthorized
from connectors.kit.apart import Apart
from connectors.kit.listed import CommentPage, Listed, PostGone
from connectors.kit.meta.graph import Gone, Graph, MissingField, list_page
from connectors.kit.meta.insights import insights, of_posts
from connectors.kit.newest_first import mentions_since, posts_since
from connectors.threads import parse
from monitor.model import OwnPost

PLATFORM = parse.PLATFORM

POST_METRICS = ("views", "likes", "replies", "reposts", "quotes", "shares")
ACCOUNT_METRICS = ("views", "likes", "replies", "reposts", "quotes", "followers_count")

PROBE = timedelta(days=30)
"""How far back a word that finds nothing is asked for, before it counts as refused."""


class ThreadsContent:
    """One poll of an account. ``own`` is its name there."""

    platform = PLATFORM

    def __init__(self, graph: Graph, own: str) -> None:
        self.graph, self.own = graph, own
        self.long_texts = True

    def name(self) -> str:
        """The account's own name."""
        return str(self.graph.get("me", fields=("id", "username")).get("username") or "")

    def posts(self, back_to: datetime, _parts: Apart) -> Iterator[tuple[list[Listed], int]]:
        """Own posts, newest first."""
        asked = self._list("me/threads", parse.POST_FIELDS, limit=50, since=back_to)
        batches = (rows for rows, _ in asked)
        return posts_since(batches, lambda row: parse.own_post(row, self.graph.now), back_to)

    def comments(self, post: OwnPost, after: str) -> CommentPage:
        """A page of the whole conversation under a post, newest first.
        https://developers.facebook.com/docs/threads/retrieve-and-manage-replies/replies-and-conversations"""
        listed = self._list(
            f"{post.external_id}/conversation",
            parse.REPLY_FIELDS,
            after=after,
            limit=100,
            reverse="true",
        )
        try:
            rows, following = next(listed)
        except Gone as error:
            raise PostGone(str(error)) from None
        return parse.replies(rows, following, post, self.own, self.graph.now)

    def exists(self, post_id: str) -> bool:
        """Whether the post can still be seen."""
        return self.graph.exists(post_id)

    def mentions(self, since: datetime) -> Iterator[Page]:
        """Posts that name the account."""
        asked = self._list("me/mentions", parse.POST_FIELDS, limit=100, since=since)
        yield from self._until(asked, since)

    def search(self, term: str, since: datetime) -> Iterator[Page]:
        """Public posts with a word or phrase, newest first.
        https://developers.facebook.com/docs/threads/keyword-search"""
        asked = self._list(
            "keyword_search",
            parse.POST_FIELDS,
            q=term,
            search_type="RECENT",
            search_mode="KEYWORD",
            since=since,
            until=self.graph.now,
            limit=100,
        )
        yield from self._until(asked, since)

    def answers(self, term: str) -> bool:
        """Whether a word finds anything at all in the last month. Threads answers an empty list
        for words it calls sensitive, which must not look like calm; and before the app's review
        only own posts, which raises ``Unauthorized``."""
        told = self.graph.get(
            "keyword_search",
            q=term,
            search_type="RECENT",
            since=self.graph.now - PROBE,
            fields=parse.POST_FIELDS,
            limit=100,
        )
        rows = [row for row in told.get("data") or [] if isinstance(row, dict)]
        if rows and self.own and all(row.get("username") == self.own for row in rows):
            raise Unauthorized(
                "Threads shows only the account's own posts: `threads_keyword_search` has not "
                "passed Meta's review yet.",
                "permission",
            )
        return bool(rows)

    def metrics(self, posts: Sequence[str]) -> Iterator[Page]:
        """Reach of the account and of some posts."""
        yield Page(
            metrics=insights(
                self.graph, PLATFORM, "me", ACCOUNT_METRICS, "account", edge="threads_insights"
            )
        )
        yield from of_posts(self.graph, PLATFORM, posts, POST_METRICS)

    def _list(self, path: str, fields: tuple[str, ...], **asked: Any) -> Iterator[list_page]:
        """A list's pages, with the long texts that hang on posts where the platform tells them: a
        field that a list does not know fails the whole call."""
        if self.long_texts:
            pages = self.graph.pages(path, fields=(*fields, *parse.LONG_TEXT), **asked)
            try:
                first = next(pages)
            except MissingField:
                self.long_texts = False
            else:
                yield first
                yield from pages
                return
        yield from self.graph.pages(path, fields=fields, **asked)

    def _until(self, asked: Iterator[tuple[list[Any], str]], since: datetime) -> Iterator[Page]:
        return mentions_since(
            (rows for rows, _ in asked),
            lambda row: parse.post(row, self.graph.now, self.own),
            since,
        )
