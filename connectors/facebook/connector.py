"""Facebook: what is written under a Page's posts, reels, live videos and ads, and who tags it.

https://developers.facebook.com/docs/pages-api. A Page token (`siaga connect meta`, or
META_PAGE_TOKEN); budget 4,800 requests x the Page's engaged users in 24 hours, obeyed by the usage
headers. Lag: seconds to minutes. There is no search of public posts: what does not name the Page
by its tag, or stand under its content, cannot be seen; nor can what people with a restricted
profile write. Until the app passed Meta's review it sees only people with a role in the app.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from pydantic import Field

from connectors.base import Cursor, Info, Need, Page, SourceSpec
from connectors.facebook.api import FacebookContent
from connectors.facebook.hooks import heard
from connectors.kit.apart import Apart
from connectors.kit.meta.graph import Graph
from connectors.kit.meta.options import NUMERIC_ID, MetaOptions
from connectors.kit.own_content import Reading
from connectors.kit.schedule import Schedule
from connectors.kit.undated import judged

OVERLAP = timedelta(hours=1)

MEASURED = 25
"""Posts whose reach is asked for, the newest ones: each costs a request."""

Part = Literal["reels", "live", "tagged", "visitor_posts", "reviews", "metrics"]


class FacebookOptions(MetaOptions):
    """Options of a Facebook source."""

    page: str = Field(pattern=NUMERIC_ID, description="The Page's id, digits.")
    ad_account: str = Field(
        "", pattern=r"^(act_)?\d*$", description="Ad account, for ads and their review; act_…."
    )
    read: tuple[Part, ...] = Field(
        ("reels", "live", "tagged", "visitor_posts", "reviews", "metrics"),
        description="What is read beside posts and their comments.",
    )


class Facebook:
    """Own posts and their comments, then posts of others, standing and reach."""

    info = Info(
        name="facebook",
        platform="facebook",
        title="Facebook",
        can=frozenset(
            {
                "mentions",
                "own_comments",
                "own_posts",
                "own_metrics",
                "own_standing",
                "deletions",
            }
        ),
        options=FacebookOptions,
        secrets={"token": "META_PAGE_TOKEN", "app_secret": "META_APP_SECRET"},
        optional=frozenset({"app_secret"}),
        lag=timedelta(minutes=5),
        every=timedelta(minutes=5),
        page_budget=300,
        docs="docs/connectors/facebook.md",
        oauth=("meta",),
        account="page",
        hooked="mentions in comments under other people's posts",
        quota="4,800 requests a day for each user who engaged with the Page that day.",
        terms="https://developers.facebook.com/terms",
        needs=(
            Need(
                "pages_read_engagement, pages_read_user_content, pages_show_list",
                "platform",
                "posts, comments and who wrote them (App Review, Business Verification)",
            ),
            Need("read_insights", "platform", "reach"),
            Need("ads_read", "platform", "ads and why one was refused"),
            Need("a role on the Page that allows its token", "admin", "everything"),
        ),
    )

    def __init__(self, options: FacebookOptions, secrets: Mapping[str, str]) -> None:
        self.options = options
        self.secrets = secrets

    def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        """Each list of comments ends with a cursor to go on from; the last page with the whole.
        Parts that are refused are told with it."""
        return judged(self._pages(source, cursor), source, first=cursor is None)

    def _pages(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        options = self.options
        graph = Graph("Facebook", options.base_url, options.version, self.secrets, source.now)
        content = FacebookContent(
            graph, options.page, options.ad_account.removeprefix("act_"), frozenset(options.read)
        )
        reading = Reading.of(content, source, cursor)
        schedule = Schedule(cursor, source.now)
        apart = Apart(source.now, cursor, whole=source.whole)
        yield from heard(graph, source.hooks, options.page)
        own = reading.pages(options.posts_for, options.comments_for, apart)
        yield from apart.read(own, unseen="own posts", main=True)
        content.own = frozenset(reading.posts)
        yield from self._others(content, schedule, source, apart)
        if not graph.pressed:
            yield from self._slow(content, schedule, list(reading.posts)[:MEASURED], apart)
        yield from reading.end(schedule, apart)

    def _others(
        self, content: FacebookContent, schedule: Schedule, source: SourceSpec, apart: Apart
    ) -> Iterator[Page]:
        """What others post of the Page, part by part."""
        if "tagged" in self.options.read:
            tagged = self._visitors(content, schedule, source, "tagged", "tagged")
            yield from apart.read(tagged, unseen="posts that tag the Page")
        if "visitor_posts" in self.options.read:
            posts = self._visitors(content, schedule, source, "visitor_posts", "feed")
            yield from apart.read(posts, unseen="posts of visitors")
        if "reviews" in self.options.read and schedule.due("reviews", timedelta(hours=1)):
            yield from apart.read(self._ratings(content, schedule, source), unseen="reviews")

    def _visitors(
        self,
        content: FacebookContent,
        schedule: Schedule,
        source: SourceSpec,
        part: str,
        edge: str,
    ) -> Iterator[Page]:
        since = schedule.since(part, source.since, OVERLAP)
        for page in content.visitors(edge, since):
            young = tuple(m for m in page.mentions if m.published_at >= since)
            yield replace(page, mentions=young)
        schedule.done(part)

    def _ratings(
        self, content: FacebookContent, schedule: Schedule, source: SourceSpec
    ) -> Iterator[Page]:
        since = schedule.since("reviews", source.since, timedelta(days=1))
        for page in content.ratings(since):
            young = tuple(m for m in page.mentions if m.published_at >= since)
            yield replace(page, mentions=young)
        schedule.done("reviews")

    def _slow(
        self, content: FacebookContent, schedule: Schedule, posts: list[str], apart: Apart
    ) -> Iterator[Page]:
        """The parts that may wait while the allowance is short."""
        if self.options.ad_account and schedule.due("standing", timedelta(minutes=15)):
            judged = schedule.then_done("standing", content.standings())
            yield from apart.read(judged, unseen="the review of ads")
        if "metrics" in self.options.read and schedule.due("metrics", self.options.metrics_every):
            measured = schedule.then_done("metrics", content.metrics(posts))
            yield from apart.read(measured, unseen="reach")
