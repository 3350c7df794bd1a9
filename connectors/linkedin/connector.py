"""LinkedIn: comments on an organization's posts, shares that mention it, edits, deletions, reach.

https://learn.microsoft.com/linkedin/marketing/community-management. The token of an administrator;
60 days, refreshed by `siaga connect linkedin`. The development tier has 500 requests a day: every
15 minutes 96 of them are notifications. Lag: minutes. There is no search of public posts. An API
version lives a year; the source says so 60 days before. Texts and authors of members may be kept
for 48 hours. Notifications were never recorded in public: their shape is the documentation's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from math import inf
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator

from connectors.base import ConnectorError, Cursor, Info, Need, Options, Page, SourceSpec
from connectors.kit.apart import Apart
from connectors.kit.http import safe_base
from connectors.kit.own_content import Reading
from connectors.kit.schedule import Schedule
from connectors.kit.undated import judged
from connectors.linkedin.api import PLATFORM, LinkedIn, LinkedInContent, version_ends
from monitor.model import Standing
from monitor.settings.durations import parse_duration

Duration = Annotated[timedelta, BeforeValidator(parse_duration)]

OVERLAP = timedelta(hours=1)
WARN = timedelta(days=60)

Part = Literal["own_posts", "reach"]

SPARE = 100
"""Requests of a day that are kept for notifications: posts are not looked through below it."""


class LinkedInOptions(Options):
    """Options of a LinkedIn source."""

    organization: str = Field(
        pattern=r"^(urn:li:organization:)?\d{1,20}$", description="The organization's id or URN."
    )
    posts_for: Duration = Field(
        timedelta(days=14), description="How long an own post's comments are looked through."
    )
    comments_for: Duration = Field(
        timedelta(days=7), description="How far back the look for edits and deletions goes."
    )
    read: tuple[Part, ...] = Field(
        ("own_posts", "reach"),
        description="What is read beside notifications: own posts with their comments, reach.",
    )
    posts_every: Duration = Field(
        timedelta(hours=2), description="How often posts are looked through, beside notifications."
    )
    max_requests_per_day: int = Field(480, ge=1, description="Of the 500 of the development tier.")
    version: str = Field("202608", pattern=r"^20\d\d(0[1-9]|1[0-2])$", description="API version.")
    base_url: str = "https://api.linkedin.com"

    _base = field_validator("base_url")(safe_base)

    @property
    def urn(self) -> str:
        """The organization as the API names it."""
        return f"urn:li:organization:{self.organization.rpartition(':')[2]}"


class LinkedInConnector:
    """Notifications at every poll; posts and reach from time to time."""

    info = Info(
        name="linkedin",
        platform="linkedin",
        title="LinkedIn",
        can=frozenset(
            {
                "mentions",
                "own_comments",
                "own_posts",
                "own_metrics",
                "deletions",
            }
        ),
        options=LinkedInOptions,
        secrets={"token": "LINKEDIN_TOKEN"},
        lag=timedelta(minutes=15),
        every=timedelta(minutes=15),
        page_budget=200,
        docs="docs/connectors/linkedin.md",
        oauth=("linkedin",),
        account="organization",
        retention=timedelta(hours=48),
        quota="500 requests a day in the development tier.",
        terms="https://www.linkedin.com/legal/l/marketing-api-terms",
        needs=(
            Need(
                "Community Management API (a legal entity with a verified Page)",
                "platform",
                "everything; the Standard tier needs a screencast",
            ),
            Need("r_organization_social, rw_organization_admin", "platform", "posts, comments"),
            Need("the role ADMINISTRATOR of the Page", "admin", "everything"),
        ),
    )

    def __init__(self, options: LinkedInOptions, secrets: Mapping[str, str]) -> None:
        self.options = options
        self.secrets = secrets
        brings = {"own_posts": {"own_posts"}, "reach": {"own_metrics"}}
        without = [can for part, can in brings.items() if part not in options.read]
        self.info = replace(self.info, can=self.info.can.difference(*without))

    def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        """Notifications since the last poll; then, when it is their turn, posts and reach."""
        options, left = self.options, source.budget.get("requests", inf)
        api = LinkedIn(options.base_url, options.version, self.secrets, source.now, left)
        try:
            for page in judged(self._pages(api, source, cursor), source, first=cursor is None):
                yield replace(page, cost=api.spent())
        except ConnectorError:
            if cost := api.spent():  # what failed was asked all the same
                yield Page(cost=cost)
            raise

    def _pages(self, api: LinkedIn, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        options, left = self.options, api.left
        content = LinkedInContent(api, options.urn)
        schedule = Schedule(cursor, source.now)
        spare = left > SPARE or cursor is None
        yield from self._version(source)
        apart = Apart(source.now, cursor, whole=source.whole)
        told = content.notifications(schedule.since("notified", source.since, OVERLAP))
        notified = schedule.then_done("notified", told)
        yield from apart.read(notified, unseen="notifications", main=True)
        reading = Reading.of(content, source, cursor)
        posts = spare and "own_posts" in options.read
        if posts and (reading.walk or schedule.due("posts", options.posts_every)):
            own = reading.pages(options.posts_for, options.comments_for, apart)
            yield from apart.read(schedule.then_done("posts", own), unseen="own posts")
        reach = spare and "reach" in options.read
        if reach and schedule.due("statistics", timedelta(hours=6)):
            measured = content.statistics()
            yield from apart.read(schedule.then_done("statistics", measured), unseen="reach")
        yield from reading.end(schedule, apart)

    def _version(self, source: SourceSpec) -> Iterator[Page]:
        version = self.options.version
        ends = version_ends(version)
        if ends - source.now < WARN:
            said = f"LinkedIn ends it on {ends:%Y-%m-%d}: raise `version` of the source."
            subject = f"API version {version}"
            yield Page(standings=(Standing(PLATFORM, subject, "account", "limited", said),))
