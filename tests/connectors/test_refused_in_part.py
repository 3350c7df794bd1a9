"""Where a platform refuses one of several things a poll asks for, the others are read, and what is
unseen is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fakes.meta import APP_SECRET, TOKEN, Meta, failure, when
from fakes.pages import last, texts, unseen

from connectors.base import Cursor, Hook, Page, Rejected, Unauthorized
from connectors.facebook.connector import Facebook, FacebookOptions
from connectors.instagram.connector import Instagram, InstagramOptions
from connectors.kit.loopback import LoopbackServer, Reply
from connectors.testing import drain, source_spec, through_json
from connectors.threads.connector import Threads, ThreadsOptions

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ACCOUNT = "17841400000000001"
SECRETS = {"token": TOKEN, "app_secret": APP_SECRET}
SCOPE = failure(10, 0, "(#10) needs a permission")


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(lambda _: Reply(status=404)) as server:
        yield server


def media(number: int, comments: int = 1) -> dict[str, Any]:
    return {
        "id": f"179{number}",
        "caption": "Reel",
        "permalink": f"https://www.instagram.com/p/{number}/",
        "timestamp": when(NOW - 5 * HOUR),
        "comments_count": comments,
    }


def comment(name: str, text: str) -> dict[str, Any]:
    return {"id": name, "text": text, "timestamp": when(NOW - HOUR), "username": "pembaca"}


def platform(posts: int = 3, **lists: list[dict[str, Any]]) -> Meta:
    told = {f"{ACCOUNT}/media": [media(n) for n in range(posts)], f"{ACCOUNT}/tags": []}
    under = {f"179{n}/comments": [comment(f"180{n}", f"di bawah {n}")] for n in range(posts)}
    return Meta(lists={**told, **under, **lists}, objects={"1790": {"id": "1790"}})


def poll(
    server: LoopbackServer, cursor: Cursor | None = None, *, now: datetime = NOW, **options: Any
) -> list[Page]:
    asked = InstagramOptions(base_url=server.url, account=ACCOUNT, read=("tags",), **options)
    spec = source_spec(now=now, since=NOW - 48 * HOUR)
    return drain(Instagram(asked, SECRETS), spec, through_json(cursor))


def test_one_post_that_does_not_show_its_comments_costs_no_other(server: LoopbackServer) -> None:
    told = platform()
    told.fail["1790/comments"] = SCOPE
    server.answer = told
    pages = poll(server)
    assert texts(pages) == {"di bawah 1", "di bawah 2"}
    assert unseen(pages).startswith("comments of some posts unseen: Instagram does not permit")
    assert any(page.covered_from for page in pages), "what is seen counts"
    # nothing else has news now: that one post is still the only one that is refused
    for minutes in (5, 10):
        pages = poll(server, last(pages), now=NOW + timedelta(minutes=minutes))
        assert "comments of some posts" in unseen(pages)
    told.fail.clear()
    pages = poll(server, last(pages), now=NOW + timedelta(minutes=15))
    assert texts(pages) == {"di bawah 0"}
    assert not unseen(pages)


def test_where_no_post_shows_its_comments_the_source_is_refused(server: LoopbackServer) -> None:
    told = platform(posts=30)
    told.page = 50
    told.fail = {f"179{n}/comments": SCOPE for n in range(30)}
    server.answer = told
    with pytest.raises(Unauthorized):
        poll(server)
    assert len(told.asked) < 30, "not all of them are asked"


def test_a_permission_that_is_lost_later_is_no_matter_of_one_post(server: LoopbackServer) -> None:
    told = platform()
    server.answer = told
    first = poll(server)
    told.lists[f"{ACCOUNT}/media"] = [media(0, comments=2), media(1), media(2)]
    told.fail = {f"179{n}/comments": SCOPE for n in range(3)}
    with pytest.raises(Unauthorized):
        poll(server, last(first), now=NOW + timedelta(minutes=5))
    del told.fail["1791/comments"]  # it is that post alone
    pages = poll(server, last(first), now=NOW + timedelta(minutes=5))
    assert "comments of some posts" in unseen(pages)


def test_a_post_that_is_there_and_shows_nothing_stops_no_other(server: LoopbackServer) -> None:
    told = platform()
    del told.lists["1790/comments"]  # gone, and the post itself is not
    server.answer = told
    pages = poll(server)
    assert texts(pages) == {"di bawah 1", "di bawah 2"}
    assert "does not show what stands under a post" in unseen(pages)
    assert not [one for page in pages for one in page.removals]


def test_a_hashtag_that_is_refused_costs_neither_tags_nor_other_hashtags(
    server: LoopbackServer,
) -> None:
    found = [{"id": "1", "caption": "#b", "timestamp": when(NOW - HOUR)}]
    told = platform(posts=1, **{"ig_hashtag_search": [{"id": "99"}], "99/recent_media": found})

    def only_a(asked: Any) -> None:
        refused = {"ig_hashtag_search": failure(24, 2207024, "no such tag")}
        told.fail = refused if asked.params.get("q") == "a" else {}

    told.on_page, server.answer = only_a, told
    pages = poll(server, hashtags=("a", "b"))
    assert texts(pages) == {"di bawah 0", "#b"}
    assert unseen(pages).startswith("#a unseen: ")
    cursor = last(pages)
    assert cursor is not None
    assert {"#b", "tags"} <= cursor["at"].keys()
    assert "#a" not in cursor["at"], "it is read from where it was when it can be"


def hook(n: int, at: datetime) -> Hook:
    value = {"media_id": "50", "comment_id": f"60{n}"}
    return Hook(str(n), "instagram", ACCOUNT, "mentions", value, at)


def test_mentions_told_by_webhook_that_may_not_be_read_are_left_for_later(
    server: LoopbackServer,
) -> None:
    told = platform(posts=1)
    told.fail[ACCOUNT] = SCOPE
    server.answer = told
    asked = InstagramOptions(base_url=server.url, account=ACCOUNT, read=())
    spec = replace(source_spec(now=NOW), hooks=(hook(1, NOW), hook(2, NOW)))
    pages = drain(Instagram(asked, SECRETS), spec)
    assert any(page.hooks_left for page in pages)
    assert "@mentions unseen: " in unseen(pages)
    assert texts(pages) == {"di bawah 0"}
    told.fail[ACCOUNT] = failure(100, 0, "no such comment")
    old = replace(spec, hooks=(hook(1, NOW - 2 * HOUR),))
    pages = drain(Instagram(asked, SECRETS), old)
    assert not any(page.hooks_left for page in pages), "what is never shown is asked for an hour"


def test_a_list_beside_the_main_one_that_is_refused_leaves_the_source_covered(
    server: LoopbackServer,
) -> None:
    post = {"id": "1_1", "message": "Menu", "created_time": when(NOW - HOUR)}
    row = {"id": "1_2", "message": "basi", "created_time": when(NOW - HOUR / 2)}
    told = Meta(lists={"1/published_posts": [post], "1_1/comments": [row]})
    told.fail = {"1/video_reels": SCOPE, "1/live_videos": failure(100, 0, "no such edge")}
    server.answer = told
    asked = FacebookOptions(base_url=server.url, page="1", read=("reels", "live"))
    spec = source_spec(now=NOW)
    pages = drain(Facebook(asked, SECRETS), spec)
    assert texts(pages) == {"basi"}
    assert "comments of reels unseen: " in unseen(pages)
    assert "comments of live videos unseen: " in unseen(pages)
    assert any(page.covered_from for page in pages)
    told.asked.clear()
    later = replace(spec, now=NOW + timedelta(minutes=5))
    pages = drain(Facebook(asked, SECRETS), later, through_json(last(pages)))
    assert [a.path for a in told.asked if "comments" in a.path] != [], "no count is told here"
    told.fail["1/published_posts"] = SCOPE
    with pytest.raises(Unauthorized):
        drain(Facebook(asked, SECRETS), later, through_json(last(pages)))


def test_one_word_that_threads_refuses_costs_no_other_word(server: LoopbackServer) -> None:
    row = {"id": "7", "text": "kopi senja", "username": "sari", "timestamp": when(NOW - HOUR)}
    told = Meta(
        version="v1.0",
        lists={"keyword_search": [row], "me/mentions": []},
        objects={"me": {"id": "1", "username": "kopisenja"}},
    )
    refused: set[str] = {"a"}

    def asked_for(asked: Any) -> None:
        told.fail = {"keyword_search": SCOPE} if asked.params.get("q") in refused else {}

    told.on_page = asked_for
    server.answer = told
    options = ThreadsOptions(
        base_url=server.url, terms=("a", "kopi"), read=("search", "mentions"), version="v1.0"
    )
    pages = drain(Threads(options, SECRETS), source_spec(now=NOW))
    assert texts(pages) == {"kopi senja"}
    assert unseen(pages).startswith("“a” unseen: Threads does not permit this")
    refused.add("kopi")
    with pytest.raises(Unauthorized):
        drain(Threads(options, SECRETS), source_spec(now=NOW))


def test_the_main_part_is_refused_after_all_else_was_read(server: LoopbackServer) -> None:
    told = platform(posts=1)
    told.fail[f"{ACCOUNT}/media"] = failure(100, 0, "no such edge")
    tag = {**media(9), "id": "55", "username": "sari", "caption": "@kopisenja"}
    told.lists[f"{ACCOUNT}/tags"] = [tag]
    server.answer = told
    got: list[Page] = []
    asked = InstagramOptions(base_url=server.url, account=ACCOUNT, read=("tags",))
    pages = Instagram(asked, SECRETS).fetch(source_spec(now=NOW), None)
    with pytest.raises(Rejected):
        got.extend(pages)
    assert texts(got) == {"@kopisenja"}
    assert last(got) is not None
