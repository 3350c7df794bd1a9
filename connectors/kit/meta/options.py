"""What the sources of Meta's platforms have in common: version, address, how far back to look."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator

from connectors.base import Options
from connectors.kit.http import safe_base
from connectors.kit.meta.graph import VERSION
from monitor.settings.durations import parse_duration

Duration = Annotated[timedelta, BeforeValidator(parse_duration)]

NUMERIC_ID = r"^\d{1,30}$"


class MetaOptions(Options):
    """Options every source of Facebook, Instagram and Threads knows."""

    posts_for: Duration = Field(
        timedelta(days=30), description="How long an own post's comments are looked at."
    )
    comments_for: Duration = Field(
        timedelta(days=7), description="How far back the hourly look for edits and deletions goes."
    )
    metrics_every: Duration = Field(timedelta(hours=6), description="How often reach is asked for.")
    version: str = Field(VERSION, pattern=r"^v\d{1,3}\.\d$", description="Of the Graph API.")
    base_url: str = "https://graph.facebook.com"

    _base = field_validator("base_url")(safe_base)
