"""TikTok: comments on an account's videos and ads, videos and comments that mention it, its reach.

https://business-api.tiktok.com/portal/docs (Business API v1.3). A Business account's token, which
lives a day: `siaga connect tiktok` keeps it fresh. 10 requests a second, 864,000 a day. Lag:
minutes for comments, 2 to 3 hours for mentions. There is no search of public videos; hashtags are
only those that the account has registered and verified as its own. Its bodies were never recorded
in public: the shapes are those of the documentation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from connectors.base import Cursor, Info, Need, Options, Page, SourceSpec, Unavailable
from connectors.kit.apart import Apart
from connectors.kit.http import safe_base
from connectors.kit.own_content import Reading
from connectors.kit.schedule import Schedule
from connectors.kit.undated import judged
from connectors.tiktok.api import TikTok, TikTokAds, TikTokContent
from connectors.tiktok.parse import COMMENT_MENTION_FIELDS, HASHTAG_FIELDS, MENTION_FIELDS
from monitor.settings.durations import parse_duration

Duration = Annotated[timedelta, BeforeValidator(parse_duration)]

LATE = timedelta(hours=6)
"""Mentions are told 2 to 3 hours late: read so far back again."""

SLOW = timedelta(minutes=15)

Part = Literal["mentions", "comment_mentions", "hashtags"]

BY_TIME, DOWN = {"sort_field": "CREATE_TIME"}, "DESC"
MENTIONS = {"fields": MENTION_FIELDS, **BY_TIME, "sort_type": DOWN}
HASHTAGS = {"fields": HASHTAG_FIELDS, **BY_TIME, "sort_order": DOWN}
COMMENT_MENTIONS = {
    "fields": COMMENT_MENTION_FIELDS,
    "sort_field": "COMMENT_CREATE_TIME",
    "sort_type": DOWN,
}
"""The three lists of mentions name their order, and what they tell, each in its own way: two public
clients made from TikTok's documentation agree in it. Nothing of it was tried on the platform.
https://business-api.tiktok.com/portal/docs (Mentions)"""

UNSEEN = {
    "mentions": "videos that mention you",
    "comment_mentions": "comments that mention you",
    "hashtags": "videos with your hashtags",
}


class TikTokOptions(Options):
    """Options of a TikTok source."""

    business: str = Field(min_length=1, max_length=100, description="The account's business id.")
    advertiser: str = Field("", pattern=r"^\d*$", description="Advertiser id, for ads.")
    read: tuple[Part, ...] = Field(
        ("mentions", "comment_mentions", "hashtags"), description="Beside videos and comments."
    )
    posts_for: Duration = Field(
        timedelta(days=30), description="How long a video's comments are looked at."
    )
    comments_for: Duration = Field(
        timedelta(days=7), description="How far back the hourly look for edits and deletions goes."
    )
    base_url: str = "https://business-api.tiktok.com"

    _base = field_validator("base_url")(safe_base)


class TikTokConnector:
    """Videos and their comments, then mentions, then ads."""

    info = Info(
        name="tiktok",
        platform="tiktok",
        title="TikTok",
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
        options=TikTokOptions,
        secrets={"token": "TIKTOK_ACCESS_TOKEN"},
        lag=timedelta(minutes=15),
        every=timedelta(minutes=10),
        page_budget=300,
        docs="docs/connectors/tiktok.md",
        oauth=("tiktok",),
        account="business",
        quota="10 requests a second, 864,000 a day.",
        terms="https://ads.tiktok.com/i18n/official/policy/commercial-terms-of-service",
        needs=(
            Need("a Business account", "you", "everything"),
            Need(
                "user.info.basic, video.list, comment.list",
                "platform",
                "videos and comments (developer review)",
            ),
            Need("biz.brand.insights", "platform", "mentions and brand hashtags"),
            Need("the ads side's token for the advertiser", "admin", "ads, their review"),
        ),
    )

    def __init__(self, options: TikTokOptions, secrets: Mapping[str, str]) -> None:
        self.options = options
        self.secrets = secrets

    def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        """Each list of comments ends with a cursor to go on from; the last page with the whole."""
        api = TikTok(self.options.base_url, self.secrets, source.now)
        try:
            yield from judged(self._pages(api, source, cursor), source, first=cursor is None)
        except Unavailable as error:
            told = api.incident()
            if not told:
                raise
            raise Unavailable(f"{error} TikTok itself reports: {told}") from None

    def _pages(self, api: TikTok, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        options = self.options
        content = TikTokContent(api, options.business)
        reading = Reading.of(content, source, cursor)
        schedule = Schedule(cursor, source.now)
        apart = Apart(source.now, cursor, whole=source.whole)
        own = reading.pages(options.posts_for, options.comments_for, apart)
        yield from apart.read(own, unseen="own videos", main=True)
        for part, told in self._mentions(content, schedule, source):
            yield from apart.read(schedule.then_done(part, told), unseen=UNSEEN[part])
        if options.advertiser:
            ads = TikTokAds(api, options.advertiser)
            under_ads = ads.comments(schedule.since("ads", source.since, LATE))
            yield from apart.read(schedule.then_done("ads", under_ads), unseen="comments of ads")
            if schedule.due("standing", SLOW):
                standings = schedule.then_done("standing", ads.standings())
                yield from apart.read(standings, unseen="the review of ads")
        yield from reading.end(schedule, apart)

    def _mentions(
        self, content: TikTokContent, schedule: Schedule, source: SourceSpec
    ) -> Iterator[tuple[Part, Iterator[Page]]]:
        """What mentions the account, list by list."""
        lists: dict[Part, tuple[str, str, dict[str, Any]]] = {
            "mentions": ("business/mention/video/list/", "videos", MENTIONS),
            "comment_mentions": ("business/mention/comment/list/", "comments", COMMENT_MENTIONS),
            "hashtags": ("business/mention/hashtag/video/list/", "videos", HASHTAGS),
        }
        for part, (path, key, more) in lists.items():
            if part in self.options.read and schedule.due(part, SLOW):
                since = schedule.since(part, source.since, LATE)
                yield part, content.mentions(path, key, since, **more)
