"""TikTok against a fake that behaves like it, and the mistakes that the suite must notice."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from fakes.own_content_contract import OwnContentContract
from fakes.rules import TIKTOK, complaint
from fakes.shared_mutants import (
    ALL_READING,
    BEGINNING_OFF_BY_ONE,
    FIRST_PAGE_ONLY,
    ID_A_NUMBER,
    IN_PART,
    REPLIES,
    some_of,
)
from fakes.tiktok import PREFIX, TOKEN, answer

from connectors.base import RateLimited, Rejected, Unauthorized, Unavailable
from connectors.kit.fake_platform import FakePlatform, Item, items
from connectors.kit.loopback import Reply, Request
from connectors.kit.refusals import FAILURES, Refusal
from connectors.mutants import Mutant, caught
from monitor.model import Metric, OwnPost, Standing

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CODE, API, PARSE, ERRORS = (
    f"connectors.tiktok.{name}" for name in ("connector", "api", "parse", "errors")
)
READING = "connectors.kit.own_content"
VIDEO = "7301234567890123456"
MADE = NOW - timedelta(hours=30)
LINK = "https://www.tiktok.com/@kopisenja/video/1"


class TikTokFake(FakePlatform):
    """One video and its comments; every answer is HTTP 200. Shapes from the documentation,
    unproven. Its page marks are integers."""

    marks: ClassVar[list[str]] = [""]

    def respond(self, request: Request) -> Reply:
        if request.path.endswith("/incident/rss/"):
            return Reply("<rss/>", headers={"content-type": "application/rss+xml"})
        if request.headers.get("access-token") != TOKEN:
            return _body({}, 40105)
        path = request.path.removeprefix(PREFIX)
        if why := complaint(TIKTOK, path, request):
            return _body({"message": why}, 40002)
        if path == "business/video/list/":
            return self._videos(request)
        if path == "business/comment/list/":
            return self._comments(request, "")
        if path == "business/comment/reply/list/":
            return self._comments(request, request.params["comment_id"])
        return _body({"videos": [], "comments": [], "has_more": False})

    def _comments(self, request: Request, above: str) -> Reply:
        under = [i for i in self.items if i.parent == above]
        told = self.listing(self.marks[int(request.params.get("cursor", 0))], items=under)
        rows = [self._comment(item) for item in told.items]
        return _body({"comments": rows, **self._more(told.next)})

    def _comment(self, item: Item) -> dict[str, Any]:
        under = [i for i in self.items if i.parent == item.id]
        return {
            "comment_id": item.id,
            "video_id": VIDEO,
            "user_id": "1",
            "username": item.author,
            "display_name": item.author,
            "text": item.text,
            "create_time": str(int(item.at.timestamp())),
            "likes": 2,
            "replies": len(under),
            "reply_list": [self._comment(one) for one in under[:3]],
            "owner": item.author == TestTikTokContract.own,
            "status": "PUBLIC",
            **({"parent_comment_id": item.parent} if item.parent else {}),
        }

    def _videos(self, request: Request) -> Reply:
        wanted = json.loads(request.params.get("filters", "{}")).get("video_ids", [VIDEO])
        row = {
            "item_id": VIDEO,
            "create_time": str(int(MADE.timestamp())),
            "caption": "Menu baru",
            "share_url": LINK,
            "video_views": 1200,
            "comments": len(self.shown()),
        }
        there = VIDEO in wanted and "post" not in self.gone
        return _body({"videos": [row] if there else [], "has_more": False})

    def _more(self, token: str) -> dict[str, Any]:
        if not token:
            return {"has_more": False, "cursor": 0}
        if token not in self.marks:
            self.marks.append(token)
        return {"has_more": True, "cursor": self.marks.index(token)}


def _body(data: dict[str, Any], code: int = 0, message: str = "OK") -> Reply:
    return Reply({"code": code, "message": message, "request_id": "1", "data": data})


class TestTikTokContract(OwnContentContract):
    connector = f"{CODE}:TikTokConnector"
    options = {"business": "b1"}
    secrets = {"token": TOKEN}
    elsewhere = frozenset({"own_standing"})  # ads: test_tiktok.py
    failures: ClassVar[Mapping[str, Refusal | None]] = {
        **FAILURES,
        "the token is refused under HTTP 200": Refusal(
            answer({}, 40105, "expired"), Unauthorized, "token"
        ),
        "it is not permitted": Refusal(answer({}, 40001, "scope"), Unauthorized, "permission"),
        "the request is refused": Refusal(answer({}, 40002, "field"), Rejected),
        "too many requests": Refusal(answer({}, 40100, "slow"), RateLimited, retry_s=60),
        "a fault of theirs": Refusal(answer({}, 50000, "system error"), Unavailable),
    }

    def platform(self) -> FakePlatform:
        return TikTokFake(items(11, NOW, root=VIDEO), NOW)

    def expected(self, item: Item) -> Mapping[str, Any]:
        fields = {"reply_to": VIDEO, "root_id": VIDEO, "url": LINK, "likes": 2, "replies": 0}
        return {**super().expected(item), **fields}

    def own_content(
        self, fake: FakePlatform
    ) -> tuple[Sequence[OwnPost], Sequence[Metric], Sequence[Standing]]:
        post = OwnPost("tiktok", VIDEO, MADE, "short_video", "Menu baru", LINK)
        return [post], [Metric("tiktok", VIDEO, "views", 1200.0, "count", fake.now)], []

    def checked(self, request: Request) -> None:
        """GET below the version's address, lists as JSON, at most 30 comments a page."""
        if request.path == "/again" or request.path.endswith("/incident/rss/"):
            return
        assert request.path.startswith(PREFIX + "business/")
        assert request.method == "GET"
        assert TOKEN not in str(request.params)
        if request.path.endswith("/comment/list/") and "mention" not in request.path:
            assert int(request.params["max_count"]) <= 30
            assert (request.params["sort_field"], request.params["sort_order"]) == (
                "create_time",
                "desc",
            )


MUTANTS = [
    Mutant(
        "a code other than 0 is no failure",
        ERRORS,
        "if code not in OK and isinstance(code, int | str) and code:",
        "if False:",
        by="test_each_refusal_is_the_failure_it_stands_for",
    ),
    Mutant(
        "a token that is refused may pass",
        ERRORS,
        "if code in NO_TOKEN:",
        "if False:",
        by="test_each_refusal_is_the_failure_it_stands_for",
    ),
    Mutant(
        "what is not permitted is a bad request",
        ERRORS,
        "if code in NOT_PERMITTED:",
        "if code == 1:",
        by="test_each_refusal_is_the_failure_it_stands_for",
    ),
    Mutant(
        "the time to ask again is ignored",
        ERRORS,
        '({code}).", until)',
        '({code}).")',
        by="test_each_refusal_is_the_failure_it_stands_for",
    ),
    Mutant(
        "too fast is a bad request",
        ERRORS,
        "if code in THROTTLED:",
        "if False:",
        by="test_each_refusal_is_the_failure_it_stands_for",
    ),
    ID_A_NUMBER,
    FIRST_PAGE_ONLY,
    *ALL_READING,
    *IN_PART,
    BEGINNING_OFF_BY_ONE,
    Mutant(
        "nothing is read twice",
        READING,
        "moment(mark[1]) - OVERLAP if mark",
        "moment(mark[1]) if mark",
        by="test_what_arrives_between_two_pages_is_found_at_the_next_poll",
    ),
    Mutant("the video is lost", PARSE, "root_id=of.external_id", "root_id=None"),
    Mutant(
        "the author is lost",
        PARSE,
        "author=_author(row),\n            url=of.url",
        "author=None,\n            url=of.url",
    ),
    Mutant(
        "the parent is lost",
        PARSE,
        'above = parent or id_in(row.get("parent_comment_id"))',
        "above = None",
        by=REPLIES,
    ),
    Mutant(
        "its own answers are others'",
        PARSE,
        'own=True in (row.get("owner"), row.get("is_owner"))',
        "own=False",
        by=REPLIES,
    ),
    Mutant(
        "replies end with the first page",
        API,
        'in self._pages("business/comment/reply/list/", "comments", asked):',
        'in [next(self._pages("business/comment/reply/list/", "comments", asked))]:',
        by=REPLIES,
    ),
    Mutant(
        "the same page for ever",
        READING,
        "if not ended and (page.after == under_way.after or under_way.goes_round(page)):",
        "if False:",
        by="test_a_list_that_goes_on_for_ever_with_the_same_page_ends",
    ),
]


@pytest.mark.parametrize("mutant", some_of(MUTANTS), ids=str)
def test_the_suite_notices(mutant: Mutant) -> None:
    assert caught(mutant, TestTikTokContract)
