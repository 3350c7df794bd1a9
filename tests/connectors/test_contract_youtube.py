"""YouTube against a fake that behaves like it, and the mistakes that the suite must notice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from typing import Any, ClassVar

import pytest
from fakes.platform_server import google_error, zulu

from connectors.base import RateLimited, Rejected, Unauthorized
from connectors.kit.fake_platform import FakePlatform, Item, items
from connectors.kit.loopback import Reply, Request
from connectors.kit.refusals import FAILURES, Refusal
from connectors.mutants import Mutant, caught
from connectors.platform_testing import PlatformContract

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CODE, API, PARSE = (f"connectors.youtube.{name}" for name in ("connector", "api", "parse"))
CHANNEL = "UC" + "a" * 22
KEY = "yt-secret-of-the-test"


class YouTubeFake(FakePlatform):
    """commentThreads.list, newest first; shapes as recorded, contents ours."""

    def respond(self, request: Request) -> Reply:
        if request.headers.get("x-goog-api-key") != KEY:
            return google_error(400, "keyInvalid", "Bad Request")
        told = self.listing(request.params.get("pageToken", ""))
        body: dict[str, Any] = {"items": [_thread(item) for item in told.items]}
        if told.next:
            body["nextPageToken"] = told.next
        return Reply(body)


def _thread(item: Item) -> dict[str, Any]:
    comment = {
        "textDisplay": f"<b>{escape(item.text)}</b>",
        "textOriginal": item.text,
        "authorDisplayName": f"@{item.author}",
        "authorChannelId": {"value": "UC0000000000000000000000"},
        "likeCount": 3,
        "publishedAt": zulu(item.at),
        "updatedAt": zulu(item.at),
    }
    snippet = {
        "videoId": item.root,
        "topLevelComment": {"id": item.id, "snippet": comment},
        "totalReplyCount": 0,
    }
    return {"kind": "youtube#commentThread", "id": item.id, "snippet": snippet}


class TestYouTubeContract(PlatformContract):
    connector = f"{CODE}:YouTube"
    options = {"channel": CHANNEL, "replies_for": "1m"}
    secrets = {"key": KEY}
    failures: ClassVar[Mapping[str, Refusal | None]] = {
        **FAILURES,
        "it wants to be paid": None,
        "the key is not accepted": Refusal(
            google_error(400, "keyInvalid", "Bad Request"), Unauthorized, "token"
        ),
        "we may not read it": Refusal(
            google_error(403, "forbidden", "no"), Unauthorized, "permission"
        ),
        "there is no such channel": Refusal(google_error(404, "channelNotFound", "no"), Rejected),
        "too fast": Refusal(
            google_error(403, "rateLimitExceeded", "slow down"), RateLimited, retry_s=60
        ),
        "the quota is spent until midnight in California": Refusal(
            google_error(403, "quotaExceeded", "quota"), RateLimited, retry_s=20 * 3600
        ),
    }

    def platform(self) -> FakePlatform:
        return YouTubeFake(items(11, NOW, root="F1UP7wRCPH8"), NOW)

    def expected(self, item: Item) -> Mapping[str, Any]:
        link = f"https://www.youtube.com/watch?v={item.root}&lc={item.id}"
        return {**super().expected(item), "author": f"@{item.author}", "url": link, "likes": 3}

    def checked(self, request: Request) -> None:
        """As Google's discovery document has it (youtube:v3, commentThreads.list)."""
        assert request.path == "/youtube/v3/commentThreads"
        assert request.params["part"] == "snippet,replies"
        assert request.params.keys() <= {
            "part",
            "allThreadsRelatedToChannelId",
            "order",
            "maxResults",
            "textFormat",
            "pageToken",
            "alt",
        }
        assert 1 <= int(request.params["maxResults"]) <= 100
        assert KEY not in str(request.params)


MUTANTS = [
    Mutant(
        "the cursor goes out with the first page",
        CODE,
        "                    yield page\n",
        '                    yield replace(page, cursor={"polled": source.now.isoformat(), '
        '"deep": source.now.isoformat()})\n',
    ),
    Mutant(
        "the beginning is off by one", PARSE, "published_at >= back_to", "published_at > back_to"
    ),
    Mutant("nothing is read twice", CODE, '["polled"]) - OVERLAP', '["polled"])'),
    Mutant(
        "the id becomes a number",
        PARSE,
        "external_id=own_id",
        "external_id=str(int(float(own_id)))",
    ),
    Mutant("only the first page is read", API, "if not token or oldest", "if True or oldest"),
    Mutant(
        "the last page is dropped",
        API,
        "yield Page(tuple(mentions), cost",
        'yield Page(tuple(mentions) if told.get("nextPageToken") else (), cost',
    ),
    Mutant(
        "an answer without items is an empty one",
        API,
        'raise Unavailable("YouTube answered something else than was asked.")',
        'return {"items": []}',
    ),
    Mutant("the time to ask again is ignored", PARSE, ", midnight_after(now, PACIFIC))", ")"),
    Mutant(
        "the day ends at midnight in London",
        PARSE,
        "midnight_after(now, PACIFIC)",
        "midnight_after(now)",
    ),
    Mutant(
        "too fast is out of order",
        PARSE,
        'if reason in ("rateLimitExceeded", ',
        'if reason in ("rateLimit", ',
    ),
    Mutant(
        "a key that is not known may pass",
        PARSE,
        'if reason in ("keyInvalid", ',
        'if reason in ("keyUnknown", ',
    ),
    Mutant("the text is the display's, in HTML", PARSE, 'snippet.get("textOriginal") or ', ""),
    Mutant(
        "the author is the channel's id",
        PARSE,
        'name if name.startswith("@") else channel',
        "channel",
    ),
    Mutant("the video is lost", PARSE, "root_id=video or None", "root_id=None"),
    Mutant(
        "a thread that lacks something breaks the page",
        PARSE,
        "except UNREADABLE:\n            continue",
        "except UNREADABLE:\n            raise",
    ),
    Mutant("the budget is not looked at", API, "if self.left < 1:", "if False:"),
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_the_suite_notices(mutant: Mutant) -> None:
    assert caught(mutant, TestYouTubeContract)
