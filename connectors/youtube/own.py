"""A channel's own videos: what they count, how YouTube judges them, and their live chats.

https://developers.google.com/youtube/v3/docs/videos, …/live/docs/liveChatMessages/list,
https://developers.google.com/youtube/analytics/reference/reports/query. A removed video is simply
missing from the answer: what was asked for is compared with what is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Page, Rejected, Unauthorized
from connectors.kit.apart import each
from connectors.kit.endless import NOWHERE, mark_of
from connectors.kit.json_values import UNREADABLE, identity
from connectors.youtube.api import YouTubeApi
from connectors.youtube.errors import PACIFIC, NothingThere
from connectors.youtube.videos import (
    channel_metrics,
    chat_of,
    chat_page,
    metrics_of,
    own_post,
    report,
    standing_of,
)
from monitor.model import Metric, Removal, Standing

WATCHED_FOR = timedelta(days=90)
MAX_WATCHED = 200
LISTED_PAGES = 2

CHAT_UNITS = 5
REPORT_METRICS = "views,estimatedMinutesWatched,subscribersGained,subscribersLost"


class OwnVideos:
    """One poll of own videos. ``state`` keeps ``own`` (of each watched video when it was published
    and how often it was missing in a row) and ``live`` (of each chat its video, the mark to go on
    from, and when it may be asked again)."""

    def __init__(self, api: YouTubeApi, channel: str, state: dict[str, Any]) -> None:
        self.api, self.channel, self.state = api, channel, state
        self.own: dict[str, list[int]] = state.setdefault("own", {})
        self.live: dict[str, list[Any]] = state.setdefault("live", {})

    @property
    def in_doubt(self) -> bool:
        """Whether one was missing at the last look: then it is looked for again at once."""
        return any(mark[1] for mark in self.own.values())

    def pages(self, videos: tuple[str, ...]) -> Iterator[Page]:
        """The videos of the channel, or ``videos``, with metrics and standing."""
        listed = list(videos)
        if self.channel:
            uploads = f"UU{self.channel[2:]}"  # the list of a channel's uploads
            asked = self.api.pages(
                self.api.service.playlistItems().list,
                part="contentDetails",
                playlistId=uploads,
                maxResults=50,
            )
            try:
                for _ in range(LISTED_PAGES):
                    if (told := next(asked, None)) is None:
                        break
                    found = [_video_in(item) for item in told["items"]]
                    listed += filter(None, found)
                    yield Page(cost={"units": 1}, skipped=found.count(""))
            except NothingThere:
                pass
        wanted = list(dict.fromkeys([*listed, *self.own]))[:MAX_WATCHED]
        for start in range(0, len(wanted), 50):
            yield self._judged(wanted[start : start + 50])
        self._forget_old()

    def followers(self) -> Iterator[Page]:
        """How many follow the channel, and what it has altogether."""
        told = self.api.told(self.api.service.channels().list, part="statistics", id=self.channel)
        found, skipped = list[Metric](), 0
        for item in told["items"]:
            try:
                found += channel_metrics(item, self.api.now)
            except UNREADABLE:
                skipped += 1
        yield Page(metrics=tuple(found), skipped=skipped, cost={"units": 1})

    def _judged(self, names: list[str]) -> Page:
        now = self.api.now
        told = self.api.told(
            self.api.service.videos().list,
            part="snippet,status,statistics,contentDetails,liveStreamingDetails",
            id=",".join(names),
            maxResults=50,
        )
        posts, metrics, standings, removals, skipped = [], [], list[Standing](), [], 0
        there = set()
        for item in told["items"]:
            try:
                metrics += metrics_of(item, now)
                standings.append(judged := standing_of(item))
                there.add(judged.subject)
                post = own_post(item)
            except UNREADABLE:  # what is counted and judged is told without the words too
                skipped += 1
                continue
            posts.append(post)
            self.own[post.external_id] = [int(post.published_at.timestamp()), 0]
            if chat := chat_of(item):
                self.live.setdefault(chat, [post.external_id, "", 0])
        for name in set(names) - there if not skipped else ():
            if name not in self.own:
                continue
            self.own[name][1] += 1
            if self.own[name][1] > 1:  # once is not enough: an answer may be short
                del self.own[name]
                why = "no longer shown by YouTube: removed, made private, or its account closed"
                standings.append(Standing("youtube", name, "post", "removed", why, now))
                removals.append(Removal("youtube", name, "deleted", now))
        return Page(
            own_posts=tuple(posts),
            metrics=tuple(metrics),
            standings=tuple(standings),
            removals=tuple(removals),
            skipped=skipped,
            cost={"units": 1},
        )

    def chats(self) -> Iterator[Page]:
        """New messages of the chats of own broadcasts; each is asked at the pace YouTube names."""
        return each(self._chat(*one) for one in list(self.live.items()))

    def _chat(self, chat: str, known: list[Any]) -> Iterator[Page]:
        now, (video, token, at) = self.api.now.timestamp(), known
        if now < at:
            return
        try:
            told = self._messages(chat, token)
        except NothingThere:
            del self.live[chat]
            yield Page(cost={"units": CHAT_UNITS}, cursor=dict(self.state))
            return
        page, over = chat_page(told, video, self.channel, self.api.now)
        wait = told.get("pollingIntervalMillis")
        pause = wait / 1000 if isinstance(wait, int) and wait > 0 else 0
        following = mark_of(told.get("nextPageToken")).replace(NOWHERE, "")
        if over:
            del self.live[chat]
        else:
            self.live[chat] = [video, following or token, now + pause]
        yield page(CHAT_UNITS, dict(self.state))

    def _messages(self, chat: str, token: str) -> dict[str, Any]:
        """A chat's messages since that mark; where YouTube does not take it any more, all."""
        try:
            return self.api.told(
                self.api.service.liveChatMessages().list,
                units=CHAT_UNITS,
                liveChatId=chat,
                part="id,snippet,authorDetails",
                maxResults=2000,
                **({"pageToken": token} if token else {}),
            )
        except NothingThere:
            raise
        except Rejected:
            if not token:
                raise
            return self._messages(chat, "")

    def reach(self, base: str) -> Iterator[Page]:
        """The channel's last day in Analytics, two or three days late."""
        day: datetime = self.api.now.astimezone(PACIFIC)
        try:
            told = self.api.told(
                self.api.analytics(base),
                units=0,
                rows="columnHeaders",
                ids=f"channel=={self.channel}",
                startDate=(day - timedelta(days=7)).date().isoformat(),
                endDate=day.date().isoformat(),
                metrics=REPORT_METRICS,
                dimensions="day",
            )
        except (Rejected, Unauthorized):
            return  # another person's channel, or a consent without Analytics
        try:
            yield Page(metrics=tuple(report(told, self.channel)))
        except UNREADABLE:
            yield Page(skipped=1)

    def _forget_old(self) -> None:
        after = (self.api.now - WATCHED_FOR).timestamp()
        newest = sorted(self.own.items(), key=lambda one: -one[1][0])[:MAX_WATCHED]
        self.state["own"] = self.own = {n: m for n, m in newest if m[0] >= after}


def _video_in(item: Any) -> str:
    """By its own part, else by the words of the list."""
    for part, name in (("contentDetails", "videoId"), ("snippet", "resourceId")):
        try:
            told = item[part][name]
            return identity(told["videoId"] if isinstance(told, dict) else told)
        except UNREADABLE:
            continue
    return ""
