"""YouTube: comments under a channel's own videos, the videos themselves, their live chats, and
everybody's videos by keyword. By google-api-python-client.

https://developers.google.com/youtube/v3/docs/commentThreads/list. A plain API key; 10,000 units a
day and project, reset at midnight Pacific time. A request is one unit and brings up to 100 threads
over all videos of a channel, so that a poll every five minutes costs about 300 a day. Lag: minutes.
Without OAuth it cannot see held comments; rejected ones and what other channels' viewers write it
never sees.
A new reply does not lift its thread: the threads of the last days are looked through once an hour.
YouTube asks that stored data be refreshed or deleted within 30 days, and that a link be shown.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from connectors.base import (
    Cursor,
    Info,
    Need,
    Page,
    Rejected,
    SourceSpec,
    Unauthorized,
    Unavailable,
)
from connectors.kit.apart import Apart
from connectors.kit.json_values import identity
from connectors.kit.schedule import Schedule
from connectors.kit.undated import judged
from connectors.youtube.api import MAX_REQUESTS, YouTubeApi
from connectors.youtube.comments import held
from connectors.youtube.links import channel_of
from connectors.youtube.options import YouTubeOptions
from connectors.youtube.own import OwnVideos
from connectors.youtube.search import Search, every
from connectors.youtube.targets import Targets

REPORT_EVERY = timedelta(hours=6)

OF_COMMENTS = frozenset({"own_comments", "deletions"})
OF_VIDEOS = frozenset({"own_posts", "own_metrics", "own_standing"})
OF_SEARCH = frozenset({"mentions"})


class YouTube:
    """Threads newest first, each with its replies; then own videos, chats and reach."""

    info = Info(
        name="youtube",
        platform="youtube",
        can=OF_COMMENTS | OF_VIDEOS | OF_SEARCH,
        options=YouTubeOptions,
        secrets={"key": "YOUTUBE_API_KEY"},
        lag=timedelta(minutes=10),
        page_budget=4 * MAX_REQUESTS,
        docs="docs/connectors/youtube.md",
        title="YouTube",
        retention=timedelta(days=30),
        oauth=("youtube",),
        account="channel",
        quota="10,000 units and 100 searches a day and project",
        terms="https://developers.google.com/youtube/terms/developer-policies",
        needs=(
            Need("an API key of a project with the YouTube Data API v3", "you", "public data"),
            Need(
                "youtube.readonly, yt-analytics.readonly (`siaga connect youtube`)",
                "admin",
                "reach, and own videos that are private or refused",
            ),
        ),
    )

    def __init__(self, options: YouTubeOptions, secrets: Mapping[str, str]) -> None:
        self.options = options
        self.secrets = secrets
        if options.search:
            found = OF_SEARCH
            self.info = replace(
                YouTube.info, can=found, every=every(options), lag=timedelta(hours=1)
            )
        else:
            can = OF_COMMENTS | (OF_VIDEOS if "own_videos" in options.read else frozenset())
            self.info = replace(YouTube.info, can=can)

    def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        """Pages back to the last poll; a list that is broken off goes on at the next one."""
        return judged(self._pages(source, cursor), source, first=cursor is None)

    def _pages(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        if not (self.secrets.get("key") or self.secrets.get("token")):
            raise Unauthorized(
                "YouTube needs a key: set YOUTUBE_API_KEY, or run `siaga connect youtube`.",
                "missing",
            )
        api = YouTubeApi(self.secrets, self.options.base_url, source.now, source.budget)
        state: dict[str, Any] = dict(cursor or {})
        apart = Apart(source.now, whole=source.whole)
        if self.options.search:
            found = Search(api, self.options, source, state).pages()
            yield from apart.read(found, unseen="videos", main=True)
            targets = [{"videoId": name} for name in state.get("found", {})]
            if targets:
                comments = Targets(api, self.options, source, state, "", apart)
                yield from apart.read(comments.pages(targets), unseen="comments")
            yield from apart.end(dict(state))
            return
        channel = yield from self._channel(api, state)
        targets = [{"allThreadsRelatedToChannelId": channel}] if channel else []
        targets += [{"videoId": video} for video in self.options.videos]
        comments = Targets(api, self.options, source, state, channel, apart)
        yield from apart.read(comments.pages(targets), unseen="comments", main=True)
        if channel and "held" in self.options.read and self.secrets.get("token"):
            kept_back = held(api, channel, source.now - self.options.replies_for)
            yield from apart.read(kept_back, unseen="comments that are held for review")
        yield from self._own(api, state, channel, apart)
        yield from apart.end(dict(state))

    def _channel(self, api: YouTubeApi, state: dict[str, Any]) -> Generator[Page, None, str]:
        """The channel's id, asked for once where it is named by a handle or an address."""
        asked = self.options.channel
        if not asked:
            return ""
        kind, name = channel_of(asked)
        if kind == "id":
            return name
        known = state.get("channel")
        if known and known[0] == asked:
            return str(known[1])
        named: dict[str, Any] = {kind: name}
        told = api.told(api.service.channels().list, part="id", **named)
        if not told["items"] or not isinstance(told["items"][0], dict):
            raise Rejected(f"YouTube knows no channel {name}: check `channel`.")
        try:
            state["channel"] = [asked, identity(told["items"][0].get("id"))]
        except ValueError:
            raise Unavailable("YouTube answered something else than was asked.") from None
        yield Page(cost={"units": 1})
        return str(state["channel"][1])

    def _own(
        self, api: YouTubeApi, state: dict[str, Any], channel: str, apart: Apart
    ) -> Iterator[Page]:
        """Own videos, chats and reach, each as often as it is worth."""
        parts, schedule = self.options.read, Schedule(state, api.now)
        videos = OwnVideos(api, channel, state)
        if "own_videos" in parts:
            if schedule.due("videos", self.options.videos_every) or videos.in_doubt:
                yield from apart.read(self._videos(videos, schedule), unseen="own videos")
                yield Page(cursor=dict(state) | {"at": schedule.times})
            if "live" in parts:
                yield from apart.read(videos.chats(), unseen="live chats")
        reach = "reach" in parts and channel and self.secrets.get("token")
        if reach and schedule.due("reach", REPORT_EVERY):
            told = schedule.then_done("reach", videos.reach(self.options.analytics_url))
            yield from apart.read(told, unseen="reach")
        state["at"] = schedule.times
        if schedule.times:
            yield Page(cursor=dict(state))

    def _videos(self, videos: OwnVideos, schedule: Schedule) -> Iterator[Page]:
        yield from videos.pages(self.options.videos)
        if videos.channel:
            yield from videos.followers()
        schedule.done("videos")
