"""Where the comments of one post, of one video, fail in passing: the others are read, nothing is
lost, and a backfill is not called complete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fakes.meta import APP_SECRET, TOKEN, Meta, when
from fakes.pages import last, texts, unseen
from fakes.platform_server import google_error
from fakes.youtube import KEY, YouTubeFake

from connectors.base import Cursor, Hook, Page, Unavailable
from connectors.facebook.connector import Facebook, FacebookOptions
from connectors.instagram.connector import Instagram, InstagramOptions
from connectors.kit import http
from connectors.kit.fake_platform import items
from connectors.kit.loopback import LoopbackServer, Reply, Request
from connectors.testing import drain, source_spec, through_json
from connectors.youtube.connector import YouTube
from connectors.youtube.options import YouTubeOptions

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVERY = timedelta(minutes=5)
ACCOUNT = "17841400000000001"
SECRETS = {"token": TOKEN, "app_secret": APP_SECRET}
DOWN = Reply("<h1>502</h1>", 502)


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(lambda _: Reply(status=404)) as server:
        yield server


def media(number: int, comments: int = 1) -> dict[str, Any]:
    link, made = f"https://www.instagram.com/p/{number}/", when(NOW - 5 * HOUR)
    told = {"id": f"179{number}", "caption": "Reel", "permalink": link, "timestamp": made}
    return {**told, "comments_count": comments}


def comment(name: str, text: str, at: datetime = NOW - HOUR) -> dict[str, Any]:
    return {"id": name, "text": text, "timestamp": when(at), "username": "pembaca"}


def platform(posts: int = 3) -> Meta:
    under = {f"179{n}/comments": [comment(f"180{n}", f"di bawah {n}")] for n in range(posts)}
    return Meta(lists={f"{ACCOUNT}/media": [media(n) for n in range(posts)], **under})


def poll(
    server: LoopbackServer,
    cursor: Cursor | None = None,
    *,
    now: datetime = NOW,
    whole: bool = False,
) -> list[Page]:
    asked = InstagramOptions(base_url=server.url, account=ACCOUNT, read=())
    spec = replace(source_spec(now=now, since=NOW - 48 * HOUR), whole=whole)
    return drain(Instagram(asked, SECRETS), spec, through_json(cursor))


def test_one_post_whose_comments_fail_in_passing_costs_no_other_and_is_read_later(
    server: LoopbackServer,
) -> None:
    told = platform()
    told.fail["1790/comments"] = DOWN
    server.answer = told
    pages = poll(server)
    assert texts(pages) == {"di bawah 1", "di bawah 2"}
    assert "comments of some posts unseen: Instagram is out of order (502)." in unseen(pages)
    pages = poll(server, last(pages), now=NOW + EVERY)
    assert "comments of some posts unseen: " in unseen(pages), "nothing else has news"
    told.fail.clear()
    pages = poll(server, last(pages), now=NOW + 2 * EVERY)
    assert (texts(pages), unseen(pages)) == ({"di bawah 0"}, "")
    told.asked.clear()
    poll(server, last(pages), now=NOW + 3 * EVERY)
    assert [asked.path for asked in told.asked if "comments" in asked.path] == []


def test_a_list_that_fails_in_the_middle_goes_on_there_and_then_from_its_top(
    server: LoopbackServer,
) -> None:
    told = platform()
    told.lists["1790/comments"] = [comment(f"18{n}", f"panjang {n}") for n in range(7)]
    bad: set[str] = {"behind-182"}  # the mark that is not answered

    def asked_for(asked: Request) -> None:
        here = asked.path.endswith("1790/comments") and asked.params.get("after") in bad
        told.fail = {"1790/comments": DOWN} if here else {}

    told.page, told.on_page = 3, asked_for
    server.answer = told
    first = poll(server)
    assert texts(first) >= {"di bawah 1", "di bawah 2", "panjang 0"}
    second = poll(server, last(first), now=NOW + EVERY)
    assert texts(second) == set(), "it goes on with the page that is not answered"
    told.lists["1790/comments"].insert(0, comment("999", "baru", NOW))
    third = poll(server, last(second), now=NOW + 2 * EVERY)
    assert "baru" in texts(third), "no page stands before what is new for ever"
    bad.clear()
    rest = poll(server, last(third), now=NOW + 3 * EVERY)
    assert {f"panjang {n}" for n in range(7)} <= texts([*first, *third, *rest])


def test_where_no_post_tells_its_comments_the_poll_has_failed(server: LoopbackServer) -> None:
    told = platform(posts=30)
    told.page = 50
    told.fail = {f"179{n}/comments": DOWN for n in range(30)}
    server.answer = told
    with pytest.raises(Unavailable):
        poll(server)
    assert len(told.asked) < 6, "not all of them are asked"


def test_a_backfill_leaves_nothing_out(server: LoopbackServer) -> None:
    told = platform()
    told.fail["1790/comments"] = DOWN
    server.answer = told
    with pytest.raises(Unavailable):
        poll(server, whole=True)


def test_a_list_that_was_down_is_read_from_where_it_was(server: LoopbackServer) -> None:
    told = platform(posts=1)
    told.lists[f"{ACCOUNT}/tags"] = []
    server.answer = told
    asked = InstagramOptions(base_url=server.url, account=ACCOUNT, read=("tags",))
    cursor: Cursor | None = None
    for hours in range(10):
        spec = source_spec(now=NOW + hours * HOUR, since=NOW - 48 * HOUR)
        told.fail = {f"{ACCOUNT}/tags": DOWN} if 0 < hours < 9 else {}
        if hours == 1:
            tag = {**media(9), "id": "55", "caption": "tag", "timestamp": when(NOW + HOUR / 2)}
            told.lists[f"{ACCOUNT}/tags"] = [tag]
        pages = drain(Instagram(asked, SECRETS), spec, through_json(cursor))
        cursor = last(pages)
        assert ("posts that tag you unseen: " in unseen(pages)) == (0 < hours < 9)
    assert "tag" in texts(pages)


@pytest.mark.parametrize("down", [DOWN, Reply(misbehave="hang")])
def test_what_facebook_told_by_webhook_is_told_where_it_cannot_be_looked_up(
    server: LoopbackServer, down: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TOTAL_S", 0.3)
    told = Meta(lists={"1/published_posts": []}, fail={"2_7": down, "2_8": down})
    server.answer = told

    def hook(n: int) -> Hook:
        value = {"item": "post", "verb": "add", "post_id": f"2_{n}", "message": f"basi {n}"}
        return Hook(str(n), "facebook", "1", "mention", value, NOW - HOUR)

    asked = FacebookOptions(base_url=server.url, page="1", read=())
    spec = replace(source_spec(now=NOW), hooks=(hook(7), hook(8)))
    pages = drain(Facebook(asked, SECRETS), spec)
    assert texts(pages) == {"basi 7", "basi 8"}
    looked_up = [r.path for r in told.asked if "/2_" in r.path]
    assert len(looked_up) == (1 if down.misbehave else 2), "silence is waited for once"


def test_one_video_that_fails_in_passing_costs_no_other_and_is_read_later(
    server: LoopbackServer,
) -> None:
    fake = YouTubeFake(items(9, NOW, every=HOUR / 2), NOW)
    down = {"aaaaaaaaaaa"}

    def answer(request: Request) -> Reply:
        if request.params.get("videoId") in down:
            return google_error(503, "backendError", "Backend Error")
        told: Reply = fake.respond(request)
        return told

    server.answer = answer
    options = {"videos": ["aaaaaaaaaaa", "bbbbbbbbbbb"], "read": (), "base_url": server.url}
    made = YouTubeOptions.model_validate(options)

    def look(cursor: Cursor | None, minutes: int) -> list[Page]:
        spec = source_spec(now=NOW + timedelta(minutes=minutes), since=NOW - 48 * HOUR)
        return drain(YouTube(made, {"key": KEY}), spec, through_json(cursor))

    first = look(None, 0)
    assert "comments of some videos unseen: " in unseen(first)
    asked = [r.params["videoId"] for r in server.requests]
    assert set(asked) == {"aaaaaaaaaaa", "bbbbbbbbbbb"}
    second = look(last(first), 45)
    down.clear()
    third = look(last(second), 90)
    assert not unseen(third)
    assert {m.external_id for p in third for m in p.mentions} == {i.id for i in fake.items}
    fourth = look(last(third), 95)
    assert not [m for p in fourth for m in p.mentions], "then it goes on with what is new"
    down |= {"aaaaaaaaaaa", "bbbbbbbbbbb"}
    with pytest.raises(Unavailable):
        look(last(fourth), 100)
