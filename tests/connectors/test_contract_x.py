"""X's posts against a fake that behaves like it, and the mistakes that the suite must notice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any, ClassVar

import pytest
from fakes.platform_server import snowflake, zulu

from connectors.base import RateLimited, Rejected, Unauthorized
from connectors.kit.fake_platform import FakePlatform, Item, items
from connectors.kit.loopback import Reply, Request
from connectors.kit.refusals import FAILURES, Refusal
from connectors.mutants import Mutant, caught
from connectors.platform_testing import PlatformContract

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CODE, API, PARSE = (f"connectors.x.{name}" for name in ("connector", "api", "parse"))
TOKEN = "x-secret-of-the-test"
PROBLEM = "https://api.twitter.com/2/problems/"


class XFake(FakePlatform):
    """Recent counts and recent search, newest first; a post's id tells its time."""

    def respond(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply({"title": "Unauthorized", "status": 401, "detail": "Unauthorized"}, 401)
        if request.path == "/2/tweets/counts/recent":
            return Reply({"meta": {"total_tweet_count": 0}, "data": []})
        if {"since_id", "start_time"} <= request.params.keys():
            return Reply({"title": "Invalid Request", "type": f"{PROBLEM}invalid-request"}, 400)
        start = datetime.fromisoformat(request.params.get("start_time", "2006-01-01T00:00:00Z"))
        since = int(request.params.get("since_id", 0))
        end = self.now - timedelta(seconds=30)
        found = [i for i in self.items if start <= i.at <= end and int(i.id) > since]
        told = self.listing(request.params.get("next_token", ""), items=found)
        shown = [_post(item) for item in told.items]
        meta: dict[str, Any] = {"result_count": len(shown)}
        if shown:
            meta |= {"newest_id": shown[0]["id"], "oldest_id": shown[-1]["id"]}
        if told.next:
            meta["next_token"] = told.next
        return Reply({"data": shown, "meta": meta} if shown else {"meta": meta})


def _post(item: Item) -> dict[str, Any]:
    post: dict[str, Any] = {
        "id": item.id,
        "text": escape(item.text[:30], quote=False),
        "edit_history_tweet_ids": [item.id],
        "created_at": zulu(item.at),
        "author_id": item.author,
        "conversation_id": item.root,
        "lang": "in",
        "public_metrics": {"impression_count": 12, "like_count": 1},
    }
    if len(item.text) > 30:
        post["note_tweet"] = {"text": escape(item.text, quote=False)}
    if item.parent:
        post["referenced_tweets"] = [{"type": "replied_to", "id": item.parent}]
    return post


def id_at(at: datetime) -> str:
    """An id of that time whose last digits a floating-point number does not keep."""
    return str(int(snowflake(at)) + 12_345)


def posts(count: int) -> list[Item]:
    made = []
    for n, item in enumerate(items(count, NOW)):
        name = id_at(item.at)
        parent = id_at(item.at - timedelta(hours=1)) if n == 3 else ""
        made.append(replace(item, id=name, root=parent or name, parent=parent))
    return [replace(i, text=f"{i.text} yang panjang sekali ceritanya") for i in made]


class TestXContract(PlatformContract):
    connector = f"{CODE}:X"
    options = {"posts": True, "query": "senja", "max_usd_per_day": 5}
    secrets = {"token": TOKEN}
    lateness = timedelta(seconds=20)  # X itself shows nothing younger than 30 s
    failures: ClassVar[Mapping[str, Refusal | None]] = {
        **FAILURES,
        "it wants to be paid": Refusal(
            Reply({"title": "CreditsDepleted", "type": f"{PROBLEM}credits"}, 402),
            Unauthorized,
            "credits",
        ),
        "the query is refused": Refusal(
            Reply({"title": "Invalid Request", "errors": [{"message": "'lang' alone"}]}, 400),
            Rejected,
        ),
        "it is not shown to us": Refusal(
            Reply({"title": "Forbidden", "type": f"{PROBLEM}not-authorized-for-resource"}, 403),
            Rejected,
        ),
        "too fast": Refusal(
            Reply(
                {"title": "Too Many Requests"},
                429,
                {"x-rate-limit-reset": str(int(NOW.timestamp()) + 700)},
            ),
            RateLimited,
            retry_s=700,
        ),
        "its cap is reached": Refusal(
            Reply({"title": "UsageCapExceeded", "type": f"{PROBLEM}usage-capped"}, 429),
            RateLimited,
            retry_s=12 * 3600,
        ),
    }

    def platform(self) -> FakePlatform:
        return XFake(posts(11), NOW)

    def expected(self, item: Item) -> Mapping[str, Any]:
        link = f"https://x.com/i/web/status/{item.id}"
        return {**super().expected(item), "url": link, "reach": 12, "lang_hint": "in"}

    def new_item(self, fake: FakePlatform, n: int) -> Item:
        at = fake.now - timedelta(seconds=40 - n)  # older than the 30 s that X holds back
        name = id_at(at)
        return Item(name, at, f"baru {n}", root=name)

    def sorted_by_the_platform(self, fake: FakePlatform) -> bool:
        return True  # ids are times, and it is searched by them

    def test_what_is_known_is_not_bought_again(self) -> None:
        fake = self.platform()
        with self.running(fake) as base:
            first = self.polled(base, fake)
            fake.now += timedelta(minutes=5)
            again = self.polled(base, fake, self.cursor(first))
        assert self.found(again) == {}

    def checked(self, request: Request) -> None:
        """As X's OpenAPI document has it, the tweet dialect."""
        assert request.path in ("/2/tweets/search/recent", "/2/tweets/counts/recent")
        assert request.params.keys() <= {
            "query",
            "max_results",
            "tweet.fields",
            "since_id",
            "start_time",
            "end_time",
            "next_token",
            "granularity",
        }
        if "max_results" in request.params:
            assert 10 <= int(request.params["max_results"]) <= 100


MUTANTS = [
    Mutant(
        "the cursor goes out with the first page",
        API,
        'yield replace(page, cursor={**state, "newest": newest}) if last else page',
        'yield replace(page, cursor={**state, "newest": newest})',
    ),
    Mutant("the newest id is that of the last page", API, "if number == 1:", "if True:"),
    Mutant(
        "the id becomes a number",
        PARSE,
        "external_id=identity(edits[0])",
        "external_id=str(int(float(edits[0])))",
    ),
    Mutant(
        "only the first page is read", API, "last = not token or number == MAX_PAGES", "last = True"
    ),
    Mutant("the long text is cut", PARSE, 'long.get("text") or text', "text"),
    Mutant(
        "signs stay escaped",
        PARSE,
        'text=unescape(text_of(long.get("text") or text)),',
        'text=text_of(long.get("text") or text),',
    ),
    Mutant("the parent is lost", PARSE, "reply_to=parent", "reply_to=None"),
    Mutant(
        "the conversation is lost",
        PARSE,
        'root_id=identity(row["conversation_id"]) if row.get("conversation_id") else None',
        "root_id=None",
    ),
    Mutant(
        "a cap is too fast", PARSE, 'title == "UsageCapExceeded" or "usage-capped" in kind', "False"
    ),
    Mutant("what is not shown may pass", PARSE, '"not-authorized-for-resource" in kind', "False"),
    Mutant("an answer that is none is an empty one", API, "if not _has_shape(told):", "if False:"),
    Mutant(
        "the second page is not bought", API, "most < LEAST:\n", "most < LEAST or number == 2:\n"
    ),
    Mutant(
        "a broken post breaks the page",
        PARSE,
        "    except UNREADABLE:\n        return None",
        "    except UNREADABLE:\n        raise",
    ),
    Mutant("the author is lost", PARSE, 'str(user.get("username") or own_id)', '"x"'),
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_the_suite_notices(mutant: Mutant) -> None:
    assert caught(mutant, TestXContract)
