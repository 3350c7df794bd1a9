"""Instagram: what is written under a professional account's media, where it is tagged, its reach.

https://developers.facebook.com/docs/instagram-platform. Three set-ups: ``login: facebook`` (the
account hangs on a Page), ``instagram`` (without one) and ``unified`` (a Business Integration System
User token). Budget 4,800 requests x impressions in 24 hours, so that a small account has a small
one; comments are read only where their number has changed. Lag: minutes; reach up to 48 hours.

What cannot be seen: @mentions in other people's captions and comments come by webhook only (without
it the source says so), comments of restricted or age-gated users never, hashtags 24 hours back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from connectors.base import Cursor, Info, Need, Page, SourceSpec
from connectors.instagram.api import InstagramContent
from connectors.instagram.hooks import heard
from connectors.kit.apart import Apart
from connectors.kit.meta.graph import Graph
from connectors.kit.meta.options import NUMERIC_ID, MetaOptions
from connectors.kit.own_content import Reading
from connectors.kit.schedule import Schedule
from connectors.kit.undated import judged

OVERLAP = timedelta(hours=6)
"""A tag can be added to a post that is hours old."""

MEASURED = 25
HASHTAGS = 30
"""Different hashtags an account may ask for in 7 days."""

INSTAGRAM_LOGIN = "https://graph.instagram.com"

Part = Literal["tags", "metrics"]


class InstagramOptions(MetaOptions):
    """Options of an Instagram source."""

    account: str = Field(pattern=NUMERIC_ID, description="The professional account's id, digits.")
    username: str = Field("", description="Its name, to tell its own replies by.")
    login: Literal["facebook", "instagram", "unified"] = Field(
        "facebook", description="How the token was made."
    )
    hashtags: tuple[str, ...] = Field(
        (), max_length=HASHTAGS, description="Without #; by Facebook Login only."
    )
    ad_account: str = Field("", pattern=r"^(act_)?\d*$", description="For comments on ads; act_….")
    read: tuple[Part, ...] = Field(("tags", "metrics"), description="Beside media and comments.")

    @model_validator(mode="after")
    def _host(self) -> Self:
        if self.login == "instagram" and (self.hashtags or self.ad_account):
            raise ValueError("`hashtags` and `ad_account` need `login: facebook` (or unified)")
        return self

    @property
    def host(self) -> str:
        """Where this set-up is served, unless ``base_url`` says otherwise."""
        default = type(self).model_fields["base_url"].default
        moved = self.login == "instagram" and self.base_url == default
        return INSTAGRAM_LOGIN if moved else self.base_url


class Instagram:
    """Media and their comments, then tags, hashtags and reach."""

    info = Info(
        name="instagram",
        platform="instagram",
        title="Instagram",
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
        options=InstagramOptions,
        secrets={"token": "META_INSTAGRAM_TOKEN", "app_secret": "META_APP_SECRET"},
        optional=frozenset({"app_secret"}),
        lag=timedelta(minutes=10),
        every=timedelta(minutes=5),
        page_budget=300,
        docs="docs/connectors/instagram.md",
        oauth=("meta", "instagram"),
        account="account",
        hooked="@mentions in other people's captions and comments",
        quota="4,800 requests a day for each impression of the account's content that day.",
        terms="https://developers.facebook.com/terms",
        needs=(
            Need("a professional account (business or creator), public", "you", "everything"),
            Need(
                "instagram_basic, instagram_manage_comments, pages_read_engagement",
                "platform",
                "media and comments by Facebook Login or Unified Login",
            ),
            Need(
                "instagram_business_basic, instagram_business_manage_comments",
                "platform",
                "the same by Instagram Login",
            ),
            Need("instagram_manage_insights", "platform", "reach"),
            Need("Instagram Public Content Access", "platform", "hashtags"),
            Need("a webhook for `mentions` (Advanced Access)", "platform", "@mentions by others"),
        ),
    )

    def __init__(self, options: InstagramOptions, secrets: Mapping[str, str]) -> None:
        self.options = options
        self.secrets = secrets

    def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        """Each list of comments ends with a cursor to go on from; the last page with the whole.
        Parts that are refused are told with it."""
        return judged(self._pages(source, cursor), source, first=cursor is None)

    def _pages(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        options = self.options
        graph = Graph("Instagram", options.host, options.version, self.secrets, source.now)
        own = frozenset(name for name in (options.account, options.username) if name)
        ads = options.ad_account.removeprefix("act_")
        content = InstagramContent(graph, options.account, own, ads)
        reading = Reading.of(content, source, cursor)
        schedule = Schedule(cursor, source.now)
        apart = Apart(source.now, cursor, whole=source.whole)
        yield from heard(graph, source.hooks, options.account, own, apart)
        media = reading.pages(options.posts_for, options.comments_for, apart)
        yield from apart.read(media, unseen="own media", main=True)
        yield from self._others(content, schedule, source, apart)
        wanted = "metrics" in options.read and schedule.due("metrics", options.metrics_every)
        if wanted and not graph.pressed:
            measured = content.metrics(list(reading.posts)[:MEASURED])
            yield from apart.read(schedule.then_done("metrics", measured), unseen="reach")
        yield from reading.end(schedule, apart)

    def _others(
        self, content: InstagramContent, schedule: Schedule, source: SourceSpec, apart: Apart
    ) -> Iterator[Page]:
        """What others post, part by part."""
        if "tags" in self.options.read:
            tags = content.tags(schedule.since("tags", source.since, OVERLAP))
            yield from apart.read(schedule.then_done("tags", tags), unseen="posts that tag you")
        for tag in self.options.hashtags:
            if schedule.due(f"#{tag}", timedelta(minutes=15)):
                since = schedule.since(f"#{tag}", source.since, OVERLAP)
                found = schedule.then_done(f"#{tag}", content.hashtag(tag, since))
                yield from apart.read(found, unseen=f"#{tag}")
