"""A field that comes as something else than it was: nothing breaks, and no name is made of it."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from fakes.recordings import Stage
from fakes.shapes import AT, mention, ok
from test_contract_facebook import TestFacebookContract as Facebook
from test_contract_instagram import TestInstagramContract as Instagram
from test_contract_linkedin import TestLinkedInContract as LinkedIn
from test_contract_threads import TestThreadsContract as Threads
from test_contract_tiktok import TestTikTokContract as TikTok
from test_contract_x import TestXContract as X
from test_contract_youtube import TestYouTubeContract as YouTube

from connectors.kit.loopback import JSON, LoopbackServer, Reply, Request
from connectors.platform_testing import PlatformContract
from connectors.testing import drain, source_spec
from connectors.x.connector import X as XConnector
from connectors.x.options import XOptions

SUITES = (Facebook, Instagram, LinkedIn, Threads, TikTok, X, YouTube)
OTHERS = (lambda _: 7, lambda old: [old], lambda old: {"value": old}, lambda _: True)
"""What a field may become."""

Path = tuple[str | int, ...]


def paths(node: Any, before: Path = ()) -> Iterator[Path]:
    """Ways to all that a body holds, in the first of each list."""
    inner = node.items() if isinstance(node, Mapping) else ()
    for key, value in inner or (enumerate(node[:1]) if isinstance(node, list) else ()):
        yield (*before, key)
        yield from paths(value, (*before, key))


def otherwise(body: Any, path: Path, number: int) -> Any:
    body = copy.deepcopy(body)
    node = body
    try:
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = OTHERS[number % len(OTHERS)](node[path[-1]])
    except (KeyError, IndexError, TypeError):
        pass  # this answer has no such field
    return body


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.connector.split(".")[1])
def test_a_field_of_another_type_breaks_nothing_and_names_nobody(
    suite: type[PlatformContract],
) -> None:
    contract, whole = suite(), suite().platform()
    bodies: dict[str, Any] = {}
    with contract.running(whole) as base:
        contract.polled(base, whole)
    for request in whole.requests:
        bodies.setdefault(request.path, whole.respond(request).body)
    ways = [(asked, path) for asked, body in bodies.items() for path in paths(body)]
    assert len(ways) >= 20
    for number, (asked, path) in enumerate(ways):
        fake = contract.platform()
        fake.respond = partial(_changed, fake.respond, asked, path, number)  # type: ignore[method-assign]
        with contract.running(fake) as base:
            got, _ = contract.tried(base, fake)  # whatever is no ConnectorError breaks the test
        for one in (m for page in got for m in page.mentions if m.author):
            assert one.author
            assert not {*"[{"} & {*one.author.handle, *one.author.name}, (asked, path)


def _changed(respond: Any, asked: str, path: Path, number: int, request: Request) -> Reply:
    reply: Reply = respond(request)
    return (
        reply if request.path != asked else replace(reply, body=otherwise(reply.body, path, number))
    )


VIDEOS = ok(videos=[{"item_id": "71", "create_time": 1_576_498_180, "comments": 3}])
COMMENT = {"comment_id": "1", "create_time": 1_576_498_180, "text": "kopi senja"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("stage"))


@pytest.mark.parametrize("items", [[{}], [{"id": ""}], [{"id": None}], [{"id": ["UCx"]}]])
def test_a_channel_without_its_id_is_not_taken_for_one_that_is_calm(
    stage: Stage, items: list[Any]
) -> None:
    assert stage.play("youtube", {"channel": "@kopisenja"}, {"/channels": {"items": items}}) == []
    assert "something else than was asked" in stage.said


def test_tiktoks_rows_under_another_name_are_not_taken_for_none(stage: Stage) -> None:
    routes = {"/video/list": VIDEOS, "/comment/list": ok(replies_v2=[COMMENT])}
    told = stage.play("tiktok", {"business": "b1"}, routes)
    assert not [one for one in told if one["type"] == "mention"]
    assert "something else than a list" in stage.said


def test_tiktoks_list_that_goes_on_nowhere_is_told_as_far_as_it_goes(stage: Stage) -> None:
    routes = {"/video/list": VIDEOS, "/comment/list": ok(comments=[COMMENT], has_more=True)}
    told = stage.play("tiktok", {"business": "b1"}, routes)
    (found,) = [one for one in told if one["type"] == "mention"]
    assert {**found, **mention("1", text="kopi senja")} == found
    assert "and not where" in stage.said


OWN = {"id": "1206558070000000000", "text": "Menu", "author_id": "9", "created_at": AT}
QUOTED = {**OWN, "public_metrics": {"quote_count": 1}}
X_OWN = {
    "users/9/tweets": {"data": [OWN], "meta": {"result_count": 1}},
    "2/tweets$": {"data": [QUOTED]},
    "users/9$": {"data": {"id": "9"}},
}


def quotes(stage: Stage, *told: Any) -> list[Any]:
    answers = {"/quote_tweets": [*told], **X_OWN}
    lines = stage.play("x", {"account": "9", "read": ["posts", "quotes"]}, answers)
    return [one["external_id"] for one in lines if one["type"] == "mention"]


def test_quotes_whose_ids_are_no_numbers_are_told(stage: Stage) -> None:
    row = {"id": "q-1", "text": "lihat", "author_id": ["7"], "created_at": AT}
    found = quotes(stage, {"data": [row, {**row, "id": "1206558070000000007"}, {"id": []}]})
    assert found == ["q-1", "1206558070000000007"]
    assert "1 that cannot be read" in stage.said


def test_of_endless_quotes_the_newest_are_told_and_the_rest_is_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("connectors.x.account.MAX_PAGES", 3)
    asked: list[str] = []

    def answer(request: Request) -> Reply:
        known = (body for path, body in X_OWN.items() if re.search(path, request.path))
        told: Any = next(known, {})
        if "quote_tweets" in request.path:
            asked.append(request.params.get("pagination_token", ""))
            at = f"2019-12-16T12:0{9 - len(asked)}:00Z"
            row = {"id": str(1206558070000000000 - len(asked)), "text": "lihat", "created_at": at}
            told = {"data": [row], "meta": {"next_token": f"n{len(asked)}"}}
        return Reply(told, headers=dict(JSON))

    since = datetime(2019, 12, 1, tzinfo=UTC)
    with LoopbackServer(answer) as server:
        options = XOptions(account="9", read=("posts", "quotes"), base_url=server.url)
        source = source_spec(since=since, now=datetime(2019, 12, 17, tzinfo=UTC))
        pages = drain(XConnector(options, {"token": "a-secret"}), source)
        again = drain(XConnector(options, {"token": "a-secret"}), source, pages[-1].cursor)
    assert asked == ["", "n1", "n2"], "they are not bought again"
    (missed,) = [page.missed for page in pages if page.missed]
    assert missed == (since, datetime(2019, 12, 16, 12, 6, tzinfo=UTC))
    assert not [page for page in again if page.mentions or page.missed]


def test_rows_that_youtube_tells_in_another_form_are_counted(stage: Stage) -> None:
    named = {"contentDetails": {"videoId": "v1"}}
    shown = {"id": "v1", "snippet": {"title": "Menu", "publishedAt": "2019-12-16T12:09:40Z"}}
    answers = {
        "/playlistItems": {"items": [named, {}, {"contentDetails": {"videoId": ["v2"]}}, 7]},
        "/videos": {"items": [shown, {"id": "v3", "snippet": "Menu"}, None]},
        "/commentThreads": {"items": [{"id": "t", "snippet": []}, "t"]},
    }
    told = stage.play("youtube", {"channel": "UC" + "a" * 22}, answers)
    assert [one["external_id"] for one in told if one["type"] == "own_post"] == ["v1"]
    assert "7 that cannot be read" in stage.said
