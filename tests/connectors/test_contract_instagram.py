"""Instagram against a fake that behaves like it, and the mistakes that the suite must notice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from fakes.meta import APP_SECRET, TOKEN, failure, when
from fakes.own_content_contract import MetaContract, meta_failures
from fakes.rules import GRAPH, graph_complaint
from fakes.shared_mutants import (
    ALL_META,
    ALL_READING,
    BEGINNING_OFF_BY_ONE,
    ID_A_NUMBER,
    IN_PART,
    REPLIES,
    some_of,
)

from connectors.kit.fake_platform import FakePlatform, Item, items
from connectors.kit.loopback import Reply, Request
from connectors.kit.refusals import FAILURES, Refusal
from connectors.mutants import Mutant, caught
from monitor.model import Metric, OwnPost, Standing

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
API, PARSE = "connectors.instagram.api", "connectors.instagram.parse"
ACCOUNT = "17841400000000001"
MEDIA = "17900000000000001"
MADE = NOW - timedelta(hours=30)
LINK = "https://www.instagram.com/p/abc/"


class InstagramFake(FakePlatform):
    """One picture and its comments, by the Graph API; shapes as recorded, contents ours."""

    claimed = True

    def respond(self, request: Request) -> Reply:
        if request.params.get("access_token") != TOKEN:
            return failure(190, 463, "the token has expired")
        version, _, path = request.path.removeprefix("/").partition("/")
        if why := graph_complaint(GRAPH, request, version):
            return failure(100, 0, f"(#100) {why}")
        if path == f"{ACCOUNT}/media":
            return Reply({"data": [] if "post" in self.gone else [self._media()]})
        if path == f"{MEDIA}/comments" and "post" not in self.gone:
            return Reply(self._list([i for i in self.items if not i.parent], request))
        if path.endswith("/replies"):
            under = path.removesuffix("/replies")
            return Reply(self._list([i for i in self.items if i.parent == under], request))
        if path == f"{ACCOUNT}/tags":
            return Reply({"data": []})
        return failure(100, 33, "Unsupported get request")

    def _list(self, items: list[Item], request: Request | None) -> dict[str, Any]:
        told = self.listing(request.params.get("after", "") if request else "", items=items)
        paging: dict[str, Any] = {"cursors": {"before": "b", "after": told.next or "end"}}
        if told.next:
            paging["next"] = f"https://graph.facebook.com/x?access_token={TOKEN}"
        return {"data": [self._comment(item) for item in told.items], "paging": paging}

    def _comment(self, item: Item) -> dict[str, Any]:
        under = [i for i in self.items if i.parent == item.id]
        own = item.author == TestInstagramContract.own
        return {
            "id": item.id,
            "text": item.text,
            "timestamp": when(item.at),
            "username": item.author,
            "from": {"id": ACCOUNT if own else "9", "username": item.author},
            "like_count": 2,
            "hidden": False,
            **({"replies": self._list(under, None)} if under else {}),
        }

    def _media(self) -> dict[str, Any]:
        return {
            "id": MEDIA,
            "caption": "Menu baru",
            "media_type": "IMAGE",
            "media_product_type": "FEED",
            "timestamp": when(MADE),
            "permalink": LINK,
            "comments_count": len(self.shown()),
            "like_count": 9,
            "copyright_check_information": {
                "status": {"status": "completed", "matches_found": self.claimed}
            },
        }


class TestInstagramContract(MetaContract):
    connector = "connectors.instagram.connector:Instagram"
    options = {"account": ACCOUNT, "read": []}
    secrets = {"token": TOKEN, "app_secret": APP_SECRET}
    failures: ClassVar[Mapping[str, Refusal | None]] = {
        **FAILURES,
        **meta_failures(failure),
    }

    def platform(self) -> FakePlatform:
        return InstagramFake(items(11, NOW, root=MEDIA), NOW)

    def expected(self, item: Item) -> Mapping[str, Any]:
        fields = {"reply_to": MEDIA, "root_id": MEDIA, "url": LINK, "likes": 2}
        return {**super().expected(item), **fields}

    def own_content(
        self, fake: FakePlatform
    ) -> tuple[Sequence[OwnPost], Sequence[Metric], Sequence[Standing]]:
        post = OwnPost("instagram", MEDIA, MADE, "image", "Menu baru", LINK)
        reason = "copyright check: matches found"
        claimed = Standing("instagram", MEDIA, "post", "claimed", reason)
        return [post], [Metric("instagram", MEDIA, "likes", 9.0, "count", fake.now)], [claimed]

    def test_a_claim_that_is_lifted_is_told(self) -> None:
        fake = InstagramFake(items(2, NOW, root=MEDIA), NOW)
        with self.running(fake) as base:
            first = self.polled(base, fake)
            fake.claimed = False
            second = self.polled(base, fake, self.cursor(first))
        told = [s.state for pages in (first, second) for page in pages for s in page.standings]
        assert told == ["claimed", "live"]

    def checked(self, request: Request) -> None:
        """Every request goes to a version and is proven by the app's secret."""
        if request.path != "/again":
            assert request.path.startswith("/v2")
            assert request.params["appsecret_proof"]
            assert APP_SECRET not in str(request.params)


class InParts(TestInstagramContract):
    """With the lists beside the main one. Only what concerns them is tried so."""

    __test__ = False
    options = {"account": ACCOUNT, "read": ["tags"]}


MUTANTS = [
    Mutant(
        "only the first page is read",
        API,
        "told, following = self.graph.page(",
        "told, _ = self.graph.page(",
        by="test_a_budget_is_kept_and_what_it_left_out_is_told",
    ),
    *ALL_READING,
    *ALL_META,
    ID_A_NUMBER,
    Mutant("the post is lost", PARSE, "root_id=of.external_id", "root_id=None"),
    Mutant("the author is lost", PARSE, "author=author,", "author=None,"),
    Mutant(
        "the text is cut",
        PARSE,
        'text = text_of(row.get("text") or "")',
        'text = text_of(row.get("text") or "")[:20]',
        by="test_strange_texts_come_through_as_they_are",
    ),
    Mutant(
        "an answer without a list is an empty one",
        "connectors.kit.meta.graph",
        'if not isinstance(told.get("data"), list):',
        "if False:",
        by="test_an_outage_is_never_taken_for_a_deletion",
    ),
    Mutant(
        "the parent is lost",
        PARSE,
        'above = parent or id_in(row.get("parent_id")) or id_in(row.get("parent"))',
        "above = None",
        by=REPLIES,
    ),
    Mutant(
        "its own answers are others'",
        PARSE,
        "own=bool(own.intersection(_names(row)))",
        "own=False",
        by=REPLIES,
    ),
    Mutant(
        "replies end with the first page",
        API,
        "after = parse.more_replies(row)",
        'after = ""',
        by=REPLIES,
    ),
    BEGINNING_OFF_BY_ONE,
]


@pytest.mark.parametrize("mutant", some_of(MUTANTS), ids=str)
def test_the_suite_notices(mutant: Mutant) -> None:
    assert caught(mutant, TestInstagramContract)


@pytest.mark.parametrize("mutant", some_of(IN_PART), ids=str)
def test_the_suite_notices_what_becomes_of_parts(mutant: Mutant) -> None:
    assert caught(mutant, InParts)


def test_parts_that_cannot_be_read_cost_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    suite = InParts()
    suite.test_what_is_refused_in_part_is_told_and_costs_nothing_else()
    suite.test_what_fails_in_passing_in_part_is_told_read_later_and_costs_nothing_else(monkeypatch)
