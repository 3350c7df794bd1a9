"""Facebook against a fake that behaves like it, and the mistakes that the suite must notice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from fakes import rules
from fakes.meta import APP_SECRET, TOKEN, failure, when
from fakes.own_content_contract import MetaContract, meta_failures
from fakes.shared_mutants import (
    ALL_META,
    ALL_READING,
    BEGINNING_OFF_BY_ONE,
    FIRST_PAGE_ONLY,
    ID_A_NUMBER,
    IN_PART,
    REPLIES,
    some_of,
)

from connectors.base import Unauthorized
from connectors.kit.fake_platform import FakePlatform, Item, items
from connectors.kit.loopback import Reply, Request
from connectors.kit.refusals import FAILURES, Refusal
from connectors.mutants import Mutant, caught
from monitor.model import Metric, OwnPost, Standing

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PARSE, GRAPH = "connectors.facebook.parse", "connectors.kit.meta.graph"
READING = "connectors.kit.own_content"
PAGE_ID = "1001"
POST = f"{PAGE_ID}_1"
MADE = NOW - timedelta(hours=30)
LINK = f"https://www.facebook.com/{PAGE_ID}/posts/1"
BESIDE = ("video_reels", "live_videos", "tagged", "feed", "ratings")
"""Lists beside the main one; nothing is in them."""


class FacebookFake(FakePlatform):
    """One post and its comments, by the Graph API; shapes as recorded, contents ours."""

    def respond(self, request: Request) -> Reply:
        if request.params.get("access_token") != TOKEN:
            return failure(190, 463, "the token has expired")
        version, _, path = request.path.removeprefix("/").partition("/")
        if why := rules.graph_complaint(rules.GRAPH, request, version):
            return failure(100, 0, f"(#100) {why}")
        if path == f"{PAGE_ID}/published_posts":
            return Reply({"data": [] if "post" in self.gone else [self._post()]})
        if path == f"{POST}/comments" and "post" not in self.gone:
            told = self.listing(request.params.get("after", ""))
            paging: dict[str, Any] = {"cursors": {"before": "b", "after": told.next or "end"}}
            if told.next:
                paging["next"] = f"https://graph.facebook.com/x?access_token={TOKEN}"
            return Reply({"data": [_comment(item) for item in told.items], "paging": paging})
        if path.removeprefix(f"{PAGE_ID}/") in BESIDE:
            return Reply({"data": []})
        return failure(100, 33, "Unsupported get request")

    def _post(self) -> dict[str, Any]:
        return {
            "id": POST,
            "message": "Menu baru",
            "created_time": when(MADE),
            "permalink_url": LINK,
            "comments": {"data": [], "summary": {"total_count": len(self.shown())}},
            "shares": {"count": 4},
        }


def _comment(item: Item) -> dict[str, Any]:
    picture = {} if item.text else {"attachment": {"type": "animated_image_share"}}
    above = {"parent": {"id": item.parent}} if item.parent else {}
    return {
        **picture,
        **above,
        "id": item.id,
        "message": item.text,
        "created_time": when(item.at),
        "from": {"id": item.author, "name": "A reader"},
        "permalink_url": f"{LINK}?comment_id={item.id}",
        "comment_count": 0,
        "like_count": 2,
    }


class TestFacebookContract(MetaContract):
    own = PAGE_ID
    connector = "connectors.facebook.connector:Facebook"
    options = {"page": PAGE_ID, "read": []}
    secrets = {"token": TOKEN, "app_secret": APP_SECRET}
    elsewhere = frozenset({"own_standing"})  # ads: test_facebook.py
    failures: ClassVar[Mapping[str, Refusal | None]] = {
        **FAILURES,
        **meta_failures(failure),
        "blocked for policy": Refusal(failure(368), Unauthorized),
    }

    def platform(self) -> FakePlatform:
        return FacebookFake(items(11, NOW, root=POST), NOW)

    def expected(self, item: Item) -> Mapping[str, Any]:
        link = f"{LINK}?comment_id={item.id}"
        return {**super().expected(item), "reply_to": POST, "root_id": POST, "url": link} | {
            "likes": 2,
            "replies": 0,
        }

    def own_content(
        self, fake: FakePlatform
    ) -> tuple[Sequence[OwnPost], Sequence[Metric], Sequence[Standing]]:
        post = OwnPost("facebook", POST, MADE, "text", "Menu baru", LINK)
        return [post], [Metric("facebook", POST, "shares", 4.0, "count", fake.now)], []

    def checked(self, request: Request) -> None:
        """Every request goes to a version, is proven by the app's secret, and asks for fields."""
        if request.path == "/again":
            return
        assert request.path.startswith("/v2")
        assert request.params["appsecret_proof"]
        assert APP_SECRET not in str(request.params)


class InParts(TestFacebookContract):
    """With the lists beside the main one. Only what concerns them is tried so."""

    __test__ = False
    options = {"page": PAGE_ID, "read": ["reels", "live", "tagged", "visitor_posts", "reviews"]}


MUTANTS = [
    FIRST_PAGE_ONLY,
    *ALL_READING,
    *ALL_META,
    BEGINNING_OFF_BY_ONE,
    Mutant(
        "nothing is read twice",
        READING,
        "moment(mark[1]) - OVERLAP if",
        "moment(mark[1]) if",
        by="test_what_arrives_between_two_pages_is_found_at_the_next_poll",
    ),
    ID_A_NUMBER,
    Mutant("the post is lost", PARSE, "root_id=of.external_id", "root_id=None"),
    Mutant(
        "the author is lost",
        PARSE,
        "            author=author,\n            url=told or",
        "            author=None,\n            url=told or",
    ),
    Mutant(
        "the time loses its minutes",
        "connectors.kit.undated",
        "(at := parse_time(str(one)))",
        "(at := parse_time(str(one)[:10]))",
    ),
    Mutant(
        "a throttle is a bad request",
        GRAPH,
        "if code in THROTTLED or",
        "if",
        by="test_each_refusal_is_the_failure_it_stands_for",
    ),
    Mutant(
        "a token that is refused may pass",
        GRAPH,
        "if code in NO_TOKEN:",
        "if code in ():",
        by="test_each_refusal_is_the_failure_it_stands_for",
    ),
    Mutant("the parent is lost", PARSE, "or by_link[1] or above or None", "and None", by=REPLIES),
    Mutant(
        "its own answers are others'",
        PARSE,
        "own=author is not None and author.handle == page_id",
        "own=False",
        by=REPLIES,
    ),
    Mutant(
        "a picture is nothing",
        PARSE,
        "media=_media(row),\n            own",
        'media="",\n            own',
        by="test_a_comment_without_words_is_a_mention",
    ),
]


@pytest.mark.parametrize("mutant", some_of(MUTANTS), ids=str)
def test_the_suite_notices(mutant: Mutant) -> None:
    assert caught(mutant, TestFacebookContract)


@pytest.mark.parametrize("mutant", some_of(IN_PART), ids=str)
def test_the_suite_notices_what_becomes_of_parts(mutant: Mutant) -> None:
    assert caught(mutant, InParts)


def test_parts_that_cannot_be_read_cost_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    suite = InParts()
    suite.test_what_is_refused_in_part_is_told_and_costs_nothing_else()
    suite.test_what_fails_in_passing_in_part_is_told_read_later_and_costs_nothing_else(monkeypatch)
