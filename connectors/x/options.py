"""What an X source may be told."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from connectors.base import Options
from connectors.kit.http import safe_base
from connectors.x.query import LONGEST
from monitor.settings.durations import parse_duration

Part = Literal["posts", "mentions", "replies", "quotes"]
Expansion = Literal["authors", "originals"]

NO_RETWEETS = " -is:retweet"


class XOptions(Options):
    """Options of an X source: keywords, or what concerns one ``account``."""

    posts: bool = Field(False, description="Buy the posts too, not only their counts.")
    account: str = Field(
        "",
        pattern=r"^(@?\w{1,15}|\d{1,19})?$",
        description="The brand's own account, its @handle or id: read it, instead of keywords.",
    )
    read: tuple[Part, ...] = Field(
        ("posts", "mentions", "replies", "quotes"),
        description="What is read of the account: its own posts, and what others write to it.",
    )
    max_usd_per_day: float = Field(
        3.0, ge=0, description="Money this source may spend a day (UTC)."
    )
    query: str = Field(
        "",
        max_length=LONGEST - len(NO_RETWEETS),
        description="In X's own words, for this source only.",
    )
    retweets: bool = Field(False, description="Buy posts again that somebody only passes on.")
    expansions: tuple[Expansion, ...] = Field(
        (), description="Bought with each post: its author's name, and what it answers or quotes."
    )
    recheck_per_day: int = Field(
        100,
        ge=0,
        le=28_800,
        description="Stored posts looked up again a day, to learn of deletions and edits.",
    )
    compliance: bool = Field(
        False, description="Ask X's batch compliance about all stored posts, by jobs, instead."
    )
    metrics_every: Annotated[timedelta, BeforeValidator(parse_duration)] = Field(
        timedelta(hours=1), description="How often own posts are looked up, with their counts."
    )
    dialect: Literal["tweet", "post"] = Field(
        "tweet",
        description="What X calls its fields (its OpenAPI description before 2.160: tweet).",
    )
    usd_per_count: float = Field(0.005, ge=0)
    usd_per_post: float = Field(0.005, ge=0)
    usd_per_user: float = Field(0.010, ge=0)
    usd_per_job: float = Field(0.0, ge=0, description="Of compliance; see X's console.")
    base_url: str = "https://api.x.com"

    _base = field_validator("base_url")(safe_base)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.account and (self.posts or self.query):
            raise ValueError(
                "`account` is a source of its own: put `posts` and `query` into another one"
            )
        if self.compliance and not (self.account or self.posts):
            raise ValueError(
                "`compliance` is about posts that were read: with `posts` or `account`"
            )
        return self
