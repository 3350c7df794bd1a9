"""What a YouTube source may be told."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from connectors.base import Options
from connectors.kit.http import safe_base
from connectors.youtube.links import channel_of, video_of
from monitor.settings.durations import parse_duration

Part = Literal["own_videos", "live", "reach", "held"]


def _channel(text: str) -> str:
    if text:
        channel_of(text)
    return text


class YouTubeOptions(Options):
    """Options of a YouTube source: a ``channel``, or some ``videos``, or a ``search``."""

    channel: Annotated[str, AfterValidator(_channel)] = Field(
        "", description="The channel: its id (UC…), its @handle, or its address."
    )
    videos: tuple[Annotated[str, AfterValidator(video_of)], ...] = Field(
        (), max_length=50, description="Single videos, by id or address, instead of a channel."
    )
    search: bool = Field(False, description="Everybody's videos that match the brand's query.")
    terms: tuple[str, ...] = Field(
        (), max_length=20, description="What to search for; default: words of the brand's query."
    )
    comments_of: int = Field(
        0, ge=0, le=50, description="Of so many found videos, the newest ones, comments are read."
    )
    read: tuple[Part, ...] = Field(
        ("own_videos", "live", "reach", "held"), description="What is read beside comments."
    )
    replies_for: Annotated[timedelta, BeforeValidator(parse_duration)] = Field(
        timedelta(days=2), description="How long a thread is looked through for new replies."
    )
    videos_every: Annotated[timedelta, BeforeValidator(parse_duration)] = Field(
        timedelta(minutes=15), description="How often own videos' counts and standing are read."
    )
    max_units_per_day: int = Field(8000, ge=1, description="Of the project's 10,000 a day.")
    max_searches_per_day: int = Field(90, ge=2, le=100_000, description="Of its 100 a day.")
    base_url: str = "https://youtube.googleapis.com"
    analytics_url: str = "https://youtubeanalytics.googleapis.com"

    _base = field_validator("base_url", "analytics_url")(safe_base)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.channel) + bool(self.videos) + self.search != 1:
            raise ValueError("state one of `channel`, `videos` and `search`")
        return self
