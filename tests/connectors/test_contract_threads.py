"""Threads against a fake that behaves like it, and the mistakes that the suite must notice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from fakes.meta import APP_SECRET, TOKEN, failure, when
from fakes.own_content_contract import MetaContract, meta_failures
from fakes.rules import THREADS, graph_complaint
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

from connectors.kit.fake_platform import FakePlatform, Item, items
from connectors.kit.loopback import Reply, Request
from connectors.kit.refusals import FAILURES, Refusal
from connectors.mutants import Mutant, caught
from monitor.model import Metric, OwnPost, Standing

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
API, PARSE = "connectors.threads.api", "connectors.threads.parse"
POST = "17900000000000009"
MADE = NOW - timedelta(hours=30)
LINK = "https://www.threads.net/@kopisenja/post/abc"


class ThreadsFake(FakePlatform):
    """One post and its conversation, by the Graph API; from the vendor's examples."""

    def respond(self, request: Request) -> Reply:
        if request.params.get("access_token") != TOKEN:
            return failure(190, 463, "the token has expired")
        version, _, path = request.path.removeprefix("/").partition("/")
        if why := graph_complaint(THREADS, request, version):
            return failure(100, 0, f"(#100) {why}")
        if path == "me":
            return Reply({"id": "1", "username": "kopisenja"})
        if path == "me/threads":
            return Reply({"data": [] if "post" in self.gone else [_post()]})
        if path == f"{POST}/conversation" and "post" not in self.gone:
            told = self.listing(request.params.get("after", ""))
            paging: dict[str, Any] = {"cursors": {"before": "b", "after": told.next or "end"}}
            if told.next:
                paging["next"] = f"https://graph.threads.net/x?access_token={TOKEN}"
            return Reply({"data": [_reply(item) for item in told.items], "paging": paging})
        if path.endswith(("/insights", "/threads_insights")):
            names = request.params["metric"].split(",")
            rows = [{"name": name, "total_value": {"value": 7}} for name in names]
            return Reply({"data": rows})
        return failure(100, 33, "Unsupported get request")


def _post() -> dict[str, Any]:
    return {
        "id": POST,
        "text": "Menu baru",
        "timestamp": when(MADE),
        "permalink": LINK,
        "username": "kopisenja",
        "media_type": "TEXT_POST",
        "has_replies": True,
    }


def _reply(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "text": item.text,
        "timestamp": when(item.at),
        "permalink": f"https://www.threads.net/@{item.author}/post/{item.id}",
        "username": item.author,
        "media_type": "TEXT_POST",
        "is_reply": True,
        "root_post": {"id": POST},
        "replied_to": {"id": item.parent or POST},
    }


class TestThreadsContract(MetaContract):
    connector = "connectors.threads.connector:Threads"
    options = {"read": ["own_posts", "metrics"]}
    secrets = {"token": TOKEN, "app_secret": APP_SECRET}
    failures: ClassVar[Mapping[str, Refusal | None]] = {
        **FAILURES,
        **meta_failures(failure),
    }

    def platform(self) -> FakePlatform:
        return ThreadsFake(items(11, NOW, root=POST), NOW)

    def expected(self, item: Item) -> Mapping[str, Any]:
        link = f"https://www.threads.net/@{item.author}/post/{item.id}"
        return {**super().expected(item), "reply_to": POST, "root_id": POST, "url": link}

    def own_content(
        self, fake: FakePlatform
    ) -> tuple[Sequence[OwnPost], Sequence[Metric], Sequence[Standing]]:
        post = OwnPost("threads", POST, MADE, "text", "Menu baru", LINK)
        return [post], [Metric("threads", POST, "views", 7.0, "count", fake.now)], []

    def checked(self, request: Request) -> None:
        if request.path != "/again":
            assert APP_SECRET not in str(request.params)


MUTANTS = [
    FIRST_PAGE_ONLY,
    *ALL_READING,
    *IN_PART,
    *ALL_META,
    Mutant(
        "the post is lost", PARSE, 'root_id=id_in(row.get("root_post")) or root', "root_id=None"
    ),
    Mutant("what is answered is lost", PARSE, "reply_to=above or root", "reply_to=None"),
    Mutant("the author is lost", PARSE, "Author(name) if name else None", "None"),
    Mutant(
        "a throttle is a bad request",
        "connectors.kit.meta.graph",
        "if code in THROTTLED or",
        "if",
        by="test_each_refusal_is_the_failure_it_stands_for",
    ),
    Mutant(
        "the parent is lost",
        PARSE,
        'above = id_in(row.get("replied_to"))',
        "above = None",
        by=REPLIES,
    ),
    Mutant("its own answers are others'", PARSE, "own=mine", "own=False", by=REPLIES),
    BEGINNING_OFF_BY_ONE,
    ID_A_NUMBER,
]


@pytest.mark.parametrize("mutant", some_of(MUTANTS), ids=str)
def test_the_suite_notices(mutant: Mutant) -> None:
    assert caught(mutant, TestThreadsContract)
