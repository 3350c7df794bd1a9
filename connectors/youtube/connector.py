"""YouTube: comments and replies under a channel's own videos. By google-api-python-client.

https://developers.google.com/youtube/v3/docs/commentThreads/list. A plain API key; 10,000 units a
day and project, reset at midnight Pacific time. A request is one unit and brings up to 100 threads
over all videos of a channel, so that a poll every five minutes costs about 300 a day. Lag: minutes.
Without OAuth it cannot see held or rejected comments, nor what other channels' viewers write.
A new reply does not lift its thread: the threads of the last days are looked through once an hour.
YouTube asks that stored data be refreshed or deleted within 30 days, and that a link be shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from math import inf
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from connectors.base import Cursor, Info, Options, Page, Rejected, SourceSpec, Unauthorized
from connectors.kit.http import safe_base
from connectors.youtube.api import MAX_REQUESTS, YouTubeApi
from connectors.youtube.parse import CommentsClosed
from monitor.settings.durations import parse_duration

OVERLAP = timedelta(minutes=30)
"""Read again at every poll: comments may turn up in the list some minutes late."""

LOOK_THROUGH = timedelta(hours=1)
REMEMBERED = 1000
"""Threads whose number of replies is kept."""


class YouTubeOptions(Options):
    """Options of a YouTube source: a ``channel``, or some ``videos``."""

    channel: str = Field("", pattern=r"^(UC[\w-]{22})?$", description="The channel's id, UC….")
    videos: tuple[Annotated[str, Field(pattern=r"^[\w-]{11}$")], ...] = Field(
        (), max_length=50, description="Ids of single videos, instead of a whole channel."
    )
    replies_for: Annotated[timedelta, BeforeValidator(parse_duration)] = Field(
        timedelta(days=2), description="How long a thread is looked through for new replies."
    )
    max_units_per_day: int = Field(8000, ge=1, description="Of the project's 10,000 a day.")
    base_url: str = "https://youtube.googleapis.com"

    _base = field_validator("base_url")(safe_base)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.channel) == bool(self.videos):
            raise ValueError("state either `channel` (its id, UC…) or `videos`")
        return self


class YouTube:
    """Threads newest first, each with its replies."""

    info = Info(
        name="youtube",
        platform="youtube",
        can=frozenset({"own_comments"}),
        options=YouTubeOptions,
        secrets={"key": "YOUTUBE_API_KEY"},
        lag=timedelta(minutes=10),
        page_budget=MAX_REQUESTS + 20,
        docs="docs/connectors.md#youtube",
        title="YouTube",
        retention=timedelta(days=30),
    )

    def __init__(self, options: YouTubeOptions, secrets: Mapping[str, str]) -> None:
        self.options = options
        self.secrets = secrets

    def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        """Pages back to the last poll; the cursor comes with an empty last one."""
        if not self.secrets.get("key"):
            raise Unauthorized(
                "YouTube needs a key: set YOUTUBE_API_KEY (or YOUTUBE_API_KEY_FILE)."
            )
        ask = YouTubeApi(
            self.secrets, self.options.base_url, source.now, source.budget.get("units", inf)
        )
        known = dict(cursor or {})
        last_deep = datetime.fromisoformat(known["deep"]) if known else source.since
        deep = not known or source.now - last_deep >= LOOK_THROUGH
        until = datetime.fromisoformat(known["polled"]) - OVERLAP if known else source.since
        seen: dict[str, int] = {}
        reached, gone, without = until, 0, list[str]()
        known_replies: dict[str, int] = known.get("replies", {})
        for target in self._targets():
            back_to = min(until, source.now - self.options.replies_for) if deep else until
            try:
                for page, oldest in ask.threads(target, back_to, known_replies, seen):
                    reached = max(reached, oldest)
                    yield page
            except (CommentsClosed, Rejected) as error:  # one of several; all is another matter
                gone += 1
                if gone == len(self._targets()):
                    raise _nothing_to_hear(error) from None
                without.append(next(iter(target.values())))
                new = without[-1] not in known.get("without", ())
                yield Page(cost={"units": 1}, skipped=int(new))
        yield Page(
            covered_from=None if known else reached,
            missed=(until, reached) if known and reached > until else None,
            cursor={
                "polled": source.now.isoformat(),
                "without": without,
                "deep": (source.now if deep else last_deep).isoformat(),
                "replies": _remembered(seen if deep else known_replies | seen),
            },
        )

    def _targets(self) -> list[dict[str, str]]:
        if self.options.channel:
            return [{"allThreadsRelatedToChannelId": self.options.channel}]
        return [{"videoId": video} for video in self.options.videos]


def _nothing_to_hear(error: CommentsClosed | Rejected) -> Rejected:
    """None of what was asked for can be heard: that is not calm."""
    if isinstance(error, Rejected):
        return error
    return Rejected(
        "YouTube: comments are closed on everything this source asks for, so nothing can be heard; "
        "open them there, or take the source out."
    )


def _remembered(replies: Mapping[str, int]) -> dict[str, int]:
    return dict(islice(replies.items(), REMEMBERED))
