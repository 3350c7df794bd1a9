"""YouTube as it answers: comments, own videos, live chats, searches. Shapes as recorded, contents
ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from fakes.platform_server import google_error, zulu

from connectors.kit.fake_platform import FakePlatform, Item
from connectors.kit.loopback import Reply, Request

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CHANNEL = "UC" + "a" * 22
HANDLE = "@kopisenja"
KEY = "yt-secret-of-the-test"
VIDEO = "F1UP7wRCPH8"


class YouTubeFake(FakePlatform):
    """``videos`` are the channel's own, by id: what differs from an ordinary one. ``chat`` are the
    messages of the broadcast that is on air; ``expired`` marks of it that are not taken any more;
    ``pace_ms`` how long to wait between two looks."""

    videos: dict[str, dict[str, Any]]
    pace_ms = 4000

    def __init__(self, *args: Any, **knobs: Any) -> None:
        super().__init__(*args, **knobs)
        self.videos = {VIDEO: {}}
        self.chat: list[dict[str, Any]] = []
        self.expired: set[str] = set()
        self.reported: list[list[Any]] = []

    def respond(self, request: Request) -> Reply:
        told = request.headers.get("x-goog-api-key"), request.headers.get("authorization")
        if told not in ((KEY, None), (None, f"Bearer {KEY}")):
            return google_error(400, "keyInvalid", "Bad Request")
        answers = {
            "/youtube/v3/commentThreads": self._threads,
            "/youtube/v3/comments": self._replies,
            "/youtube/v3/playlistItems": self._uploads,
            "/youtube/v3/videos": self._videos,
            "/youtube/v3/liveChat/messages": self._chat,
            "/youtube/v3/search": self._search,
            "/youtube/v3/channels": self._channels,
            "/v2/reports": self._report,
        }
        answer = answers.get(request.path)
        return answer(request) if answer else google_error(404, "notFound", "no such address")

    def _threads(self, request: Request) -> Reply:
        asked = request.params.get("moderationStatus", "published")
        if asked != "published" and "authorization" not in request.headers:
            return google_error(403, "forbidden", "for the channel's owner alone")
        held = asked == "heldForReview"
        top = [i for i in self.items if not i.parent and bool(i.extra.get("held")) == held]
        told = self.listing(request.params.get("pageToken", ""), items=top)
        return self._page([self._thread(item) for item in told.items], told.next)

    def _replies(self, request: Request) -> Reply:
        under = [i for i in self.items if i.parent == request.params["parentId"]]
        told = self.listing(request.params.get("pageToken", ""), items=under)
        return self._page([self._comment(item) for item in told.items], told.next)

    def _thread(self, item: Item) -> dict[str, Any]:
        under = [i for i in self.shown() if i.parent == item.id]
        snippet = {
            "videoId": item.root,
            "topLevelComment": self._comment(item),
            "totalReplyCount": len(under),
        }
        thread = {"kind": "youtube#commentThread", "id": item.id, "snippet": snippet}
        if under:
            thread["replies"] = {"comments": [self._comment(one) for one in under[:5]]}
        return thread

    def _comment(self, item: Item) -> dict[str, Any]:
        snippet = {
            "textDisplay": f"<b>{escape(item.text)}</b>" if item.text else "",
            "textOriginal": item.text,
            "authorDisplayName": f"@{item.author}",
            "authorChannelId": {"value": item.extra.get("channel", "UC0000000000000000000000")},
            "likeCount": 3,
            "publishedAt": zulu(item.at),
            "updatedAt": zulu(item.at),
        }
        if item.parent:
            snippet["parentId"] = item.parent
        if "image" in item.extra:
            snippet["imageUrl"] = item.extra["image"]
        return {"kind": "youtube#comment", "id": item.id, "snippet": snippet}

    def _uploads(self, request: Request) -> Reply:
        if request.params["playlistId"] != f"UU{CHANNEL[2:]}":
            return google_error(404, "playlistNotFound", "no such list")
        return self._page([{"contentDetails": {"videoId": name}} for name in self.videos], "")

    def _videos(self, request: Request) -> Reply:
        asked = request.params["id"].split(",")
        return self._page([self._video(n) for n in asked if n in self.videos], "")

    def _video(self, name: str) -> dict[str, Any]:
        video: dict[str, Any] = {
            "kind": "youtube#video",
            "id": name,
            "snippet": {
                "publishedAt": zulu(NOW - timedelta(days=3)),
                "channelId": CHANNEL,
                "title": "Menu baru",
                "description": "Kopi & susu",
                "liveBroadcastContent": "none",
            },
            "status": {"uploadStatus": "processed", "privacyStatus": "public"},
            "statistics": {"viewCount": "1200", "likeCount": "30", "commentCount": "11"},
            "contentDetails": {"duration": "PT4M5S"},
        }
        for part, fields in self.videos[name].items():
            video[part] = {**video.get(part, {}), **fields}
        return video

    def _chat(self, request: Request) -> Reply:
        if request.params.get("pageToken") in self.expired:
            return google_error(400, "pageTokenInvalid", "The page token is not valid.")
        token = int(request.params.get("pageToken", "0"))
        body = {
            "items": self.chat[token:],
            "nextPageToken": str(len(self.chat)),
            "pollingIntervalMillis": self.pace_ms,
        }
        return Reply(body)

    def _search(self, request: Request) -> Reply:
        start = datetime.fromisoformat(request.params["publishedAfter"])
        found = [i for i in self.items if i.at >= start]
        told = self.listing(request.params.get("pageToken", ""), items=found)
        return self._page([self._result(item) for item in told.items], told.next)

    def _result(self, item: Item) -> dict[str, Any]:
        snippet = {
            "publishedAt": zulu(item.at),
            "channelId": item.author,
            "title": escape(f"judul & {item.id}"),
            "description": escape(item.text),
            "channelTitle": "Kanal",
        }
        return {"id": {"kind": "youtube#video", "videoId": item.id}, "snippet": snippet}

    def _channels(self, request: Request) -> Reply:
        asked = request.params.get("forHandle"), request.params.get("id")
        channel = {"id": CHANNEL, "statistics": {"subscriberCount": "1200"}}
        return self._page([channel] if asked in ((HANDLE, None), (None, CHANNEL)) else [], "")

    def _report(self, request: Request) -> Reply:
        names = ["day", *request.params["metrics"].split(",")]
        headers = [{"name": name} for name in names]
        return Reply({"columnHeaders": headers, "rows": self.reported})

    def _page(self, rows: list[Any], following: str) -> Reply:
        body: dict[str, Any] = {"items": rows}
        if following:
            body["nextPageToken"] = following
        return Reply(body)


def chat_message(number: int, text: str, at: datetime, **details: Any) -> dict[str, Any]:
    """A message of a live chat."""
    snippet = {
        "type": "textMessageEvent",
        "publishedAt": zulu(at),
        "textMessageDetails": {"messageText": text},
        "displayMessage": text,
        **details,
    }
    author = {"channelId": "UC0000000000000000000000", "displayName": "@budi"}
    return {"id": f"LCC.{number}", "snippet": snippet, "authorDetails": author}
