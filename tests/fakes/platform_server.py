"""Platforms on loopback that answer as the real ones do: pages, tokens, quotas, lost keys.

Shapes are those of the vendors' documents and of public recordings; the contents are ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape

from connectors.kit.loopback import JSON, Reply, Request

SNOWFLAKE_MS = 1288834974657


def told(body: dict[str, Any], status: int = 200, **headers: str) -> Reply:
    """A JSON answer."""
    return Reply(body, status, {**JSON, **headers})


def zulu(at: datetime) -> str:
    """A time as X and YouTube write it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def snowflake(at: datetime) -> str:
    """The id of an X post made at ``at``."""
    milliseconds = round((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))
    return str((milliseconds - SNOWFLAKE_MS) << 22)


@dataclass
class XPlatform:
    """X's recent counts and recent search. ``posts``: (time, text); newest are told first."""

    posts: list[tuple[datetime, str]]
    now: datetime
    token: str = "x-secret-of-the-test"
    page: int = 10
    refuse_after: int = 10**9
    requests: int = 0

    def __call__(self, asked: Request) -> Reply:
        self.requests += 1
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return told({"title": "Unauthorized", "status": 401, "detail": "Unauthorized"}, 401)
        if self.requests > self.refuse_after:
            return told({"title": "Unauthorized", "status": 401, "detail": "Unauthorized"}, 401)
        if asked.path == "/2/tweets/counts/recent":
            return self._counts(asked)
        return self._search(asked)

    def _between(self, asked: Request) -> list[tuple[datetime, str]]:
        start = datetime.fromisoformat(asked.params.get("start_time", "2000-01-01T00:00:00Z"))
        end = datetime.fromisoformat(asked.params.get("end_time", zulu(self.now)))
        if self.now - start > timedelta(days=7) and "start_time" in asked.params:
            raise AssertionError("start_time is more than 7 days ago: X would answer 400")
        since = int(asked.params.get("since_id", 0))
        found = [p for p in self.posts if start <= p[0] < end and int(snowflake(p[0])) > since]
        return sorted(found, reverse=True)

    def _counts(self, asked: Request) -> Reply:
        minutes: dict[datetime, int] = {}
        for at, _ in self._between(asked):
            minute = at.replace(second=0, microsecond=0)
            minutes[minute] = minutes.get(minute, 0) + 1
        rows = [
            {"start": zulu(m), "end": zulu(m + timedelta(minutes=1)), "tweet_count": n}
            for m, n in sorted(minutes.items())
        ]
        return told({"data": rows, "meta": {"total_tweet_count": sum(minutes.values())}})

    def _search(self, asked: Request) -> Reply:
        if {"since_id", "start_time"} <= set(asked.params):
            return told({"title": "Invalid Request", "detail": "since_id and start_time"}, 400)
        found = self._between(asked)
        first = int(asked.params.get("next_token", "b0")[1:])
        size = min(self.page, int(asked.params["max_results"]))
        shown = found[first : first + size]
        if not shown:
            return told({"meta": {"result_count": 0}})
        meta: dict[str, object] = {
            "newest_id": snowflake(shown[0][0]),
            "oldest_id": snowflake(shown[-1][0]),
            "result_count": len(shown),
        }
        if first + size < len(found):
            meta["next_token"] = f"b{first + size}"
        data = [
            {
                "id": snowflake(at),
                "text": text,
                "edit_history_tweet_ids": [snowflake(at)],
                "created_at": zulu(at),
                "author_id": "2244994945",
                "lang": "in",
                "public_metrics": {"impression_count": 12},
            }
            for at, text in shown
        ]
        return told({"data": data, "meta": meta})


@dataclass
class YouTubePlatform:
    """commentThreads and comments. ``threads``: (time, text, [(time, text of a reply)])."""

    threads: list[tuple[datetime, str, list[tuple[datetime, str]]]]
    key: str = "yt-secret-of-the-test"
    page: int = 3
    closed: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    refuse_after: int = 10**9
    requests: int = 0

    def __call__(self, asked: Request) -> Reply:
        self.requests += 1
        if asked.headers.get("x-goog-api-key") != self.key or self.requests > self.refuse_after:
            return google_error(400, "keyInvalid", "Bad Request")
        video = asked.params.get("videoId", "")
        if video in self.closed:
            return google_error(403, "commentsDisabled", "The video has disabled comments.")
        if video in self.gone:
            return google_error(404, "videoNotFound", "The video cannot be found.")
        if asked.path.endswith(("/playlistItems", "/videos")):
            return told({"items": []})  # it has published nothing
        if asked.path.endswith("/comments"):
            return self._replies(asked)
        return self._threads(asked)

    def _threads(self, asked: Request) -> Reply:
        order = sorted(range(len(self.threads)), key=lambda i: self.threads[i][0], reverse=True)
        first = int(asked.params.get("pageToken", "p0")[1:])
        items = []
        for i in order[first : first + self.page]:
            at, text, replies = self.threads[i]
            part = [self._comment(f"T{i}.R{n}", *r) for n, r in enumerate(replies)][-5:]
            thread = {
                "videoId": "F1UP7wRCPH8",
                "topLevelComment": self._comment(f"T{i}", at, text),
                "totalReplyCount": len(replies),
            }
            items.append({"id": f"T{i}", "snippet": thread, "replies": {"comments": part}})
        body: dict[str, Any] = {"items": items, "pageInfo": {"totalResults": len(items)}}
        if first + self.page < len(order):
            body["nextPageToken"] = f"p{first + self.page}"
        return told(body)

    def _replies(self, asked: Request) -> Reply:
        thread = int(asked.params["parentId"][1:])
        replies = self.threads[thread][2]
        first = int(asked.params.get("pageToken", "p0")[1:])
        named = [self._comment(f"T{thread}.R{n}", *r) for n, r in enumerate(replies)]
        body: dict[str, Any] = {"items": named[first : first + 4]}
        if first + 4 < len(named):
            body["nextPageToken"] = f"p{first + 4}"
        return told(body)

    def _comment(self, number: str, at: datetime, text: str) -> dict[str, Any]:
        return {
            "id": number,
            "snippet": {
                "textDisplay": text,
                "textOriginal": text,
                "authorDisplayName": "@seseorang",
                "authorChannelId": {"value": "UC0000000000000000000000"},
                "publishedAt": zulu(at),
                "updatedAt": zulu(at),
            },
        }


def google_error(status: int, reason: str, message: str) -> Reply:
    """An error as Google's APIs word it."""
    errors = [{"domain": "youtube", "reason": reason, "message": message}]
    return told({"error": {"code": status, "message": message, "errors": errors}}, status)


@dataclass
class FeedPlatform:
    """A feed of its newest ``window`` entries, (guid, time or None, title), with an ETag."""

    entries: list[tuple[str, datetime | None, str]]
    window: int = 20

    def __call__(self, asked: Request) -> Reply:
        shown = self.entries[-self.window :][::-1]
        etag = f'"{len(self.entries)}"'
        if asked.headers.get("if-none-match") == etag:
            return Reply(status=304)
        items = "".join(
            f"<item><guid>{escape(guid)}</guid><title>{escape(title)}</title>"
            f"<link>https://berita.example/{escape(guid)}</link>"
            + (f"<pubDate>{at:%a, %d %b %Y %H:%M:%S} GMT</pubDate>" if at else "")
            + "</item>"
            for guid, at, title in shown
        )
        body = f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'
        return Reply(body, headers={"content-type": "application/rss+xml", "etag": etag})
