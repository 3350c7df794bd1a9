"""Threads: public posts by word, mentions, conversations; silence that is not calm."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fakes.meta import TOKEN, Meta, when

from connectors.base import Connector, Page, SourceSpec, Unauthorized
from connectors.kit.loopback import LoopbackServer, Reply, Request
from connectors.kit.meta.graph import Graph
from connectors.testing import ConnectorContract, drain, source_spec, through_json
from connectors.threads.connector import Threads, ThreadsOptions
from monitor.query.parse import parse

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECRETS = {"token": TOKEN}


def post(number: int, at: datetime, text: str, user: str = "warga", **more: Any) -> dict[str, Any]:
    return {
        "id": f"33{number}",
        "text": text,
        "timestamp": when(at),
        "username": user,
        "permalink": f"https://www.threads.net/@{user}/post/{number}",
        "media_type": "TEXT_POST",
        "has_replies": False,
        "is_reply": False,
        **more,
    }


def found() -> list[dict[str, Any]]:
    return [post(n, NOW - n * HOUR / 2, f"kopi senja basi {n}") for n in range(1, 6)]


def platform(search: list[dict[str, Any]], **more: Any) -> Meta:
    lists = {"keyword_search": search, "me/mentions": [], "me/threads": []}
    return Meta(
        version="v1.0", lists=lists | more, objects={"me": {"id": "9", "username": "kopisenja"}}
    )


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(lambda _: Reply(status=404)) as server:
        yield server


def poll(
    server: LoopbackServer, before: Page | None = None, *, now: datetime = NOW, **options: Any
) -> list[Page]:
    made = Threads(ThreadsOptions(base_url=server.url, **options), SECRETS)
    spec = source_spec(now=now, since=NOW - 48 * HOUR, query=parse('"kopi senja"'))
    return drain(made, spec, through_json(before.cursor) if before else None)


def texts(pages: list[Page]) -> list[str]:
    return [m.text for page in pages for m in page.mentions]


class TestContract(ConnectorContract):
    secrets = SECRETS

    def make(self, base: str) -> Connector:
        return Threads(ThreadsOptions(base_url=base), self.secrets)

    def source(self) -> SourceSpec:
        return source_spec(now=NOW)

    def answer(self, asked: Request) -> Reply:
        return platform(found())(asked)


def test_public_posts_are_searched_by_the_words_of_the_query(server: LoopbackServer) -> None:
    made = platform(found())
    server.answer = made
    first = poll(server)
    assert texts(first) == [f"kopi senja basi {n}" for n in range(1, 6)]
    asked = next(r for r in made.asked if r.path.endswith("keyword_search"))
    assert (asked.params["q"], asked.params["search_type"]) == ("kopi senja", "RECENT")
    made.asked.clear()
    poll(server, first[-1], now=NOW + HOUR)
    asked = next(r for r in made.asked if r.path.endswith("keyword_search"))
    assert int(asked.params["since"]) == int((NOW - HOUR / 2).timestamp())


def test_a_word_that_never_finds_anything_is_not_calm(server: LoopbackServer) -> None:
    made = platform([])
    server.answer = made
    first = poll(server)
    assert [page.missed for page in first if page.missed] == [(NOW - 48 * HOUR, NOW)]
    again = poll(server, first[-1], now=NOW + HOUR)
    assert [page.missed for page in again if page.missed]
    made.lists["keyword_search"] = [post(1, NOW + HOUR, "kopi senja")]
    well = poll(server, again[-1], now=NOW + 2 * HOUR)
    assert not [page.missed for page in well if page.missed]
    made.lists["keyword_search"] = []
    quiet = poll(server, well[-1], now=NOW + 2 * HOUR + HOUR / 2)
    assert not [page.missed for page in quiet if page.missed], "an hour without a post is calm"


def test_before_the_review_only_own_posts_are_found_and_that_is_said(
    server: LoopbackServer,
) -> None:
    mine = [post(1, NOW - 90 * HOUR, "kopi senja buka", "kopisenja")]
    server.answer = platform(mine)
    with pytest.raises(Unauthorized, match="review"):
        poll(server)


def test_a_conversation_is_read_whole_and_own_replies_are_marked(server: LoopbackServer) -> None:
    own = post(9, NOW - 3 * HOUR, "Menu baru", "kopisenja", has_replies=True)
    root, parent = {"id": "339"}, {"id": "3350"}
    rows = [
        post(
            51, NOW - HOUR, "maaf ya", "kopisenja", is_reply=True, root_post=root, replied_to=parent
        ),
        post(50, NOW - 2 * HOUR, "keracunan", is_reply=True, root_post=root, replied_to=root),
    ]
    made = platform(found(), **{"me/threads": [own], "339/conversation": rows})
    server.answer = made
    mentions = {m.text: m for page in poll(server) for m in page.mentions}
    assert mentions["maaf ya"].own
    assert (mentions["maaf ya"].reply_to, mentions["maaf ya"].root_id) == ("3350", "339")
    assert mentions["keracunan"].kind == "reply"


def test_without_a_token_it_is_said_how_that_account_is_connected() -> None:
    for platform, host, provider in (
        ("Threads", "graph.threads.net", "threads"),
        ("Instagram", "graph.instagram.com", "instagram"),
        ("Instagram", "graph.facebook.com", "meta"),
        ("Facebook", "graph.facebook.com", "meta"),
    ):
        with pytest.raises(Unauthorized, match=f"`siaga connect {provider}`"):
            Graph(platform, f"https://{host}", "v26.0", {}, NOW)
