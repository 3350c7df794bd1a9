"""Instagram: comments under an account's media, where it is tagged, copyright checks, reach."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fakes.meta import APP_SECRET, TOKEN, Meta, when
from pydantic import ValidationError

from connectors.base import Connector, Page, SourceSpec
from connectors.instagram.connector import INSTAGRAM_LOGIN, Instagram, InstagramOptions
from connectors.kit.loopback import LoopbackServer, Reply, Request
from connectors.testing import ConnectorContract, drain, source_spec, through_json

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ACCOUNT = "17841400000000001"
SECRETS = {"token": TOKEN, "app_secret": APP_SECRET}


def media(number: int, at: datetime, comments: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"179{number}",
        "caption": f"Reel {number}",
        "media_type": "VIDEO",
        "media_product_type": "REELS",
        "permalink": f"https://www.instagram.com/p/{number}/",
        "timestamp": when(at),
        "comments_count": comments,
        "like_count": 4,
        **more,
    }


def comment(number: int, at: datetime, text: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"180{number}",
        "text": text,
        "timestamp": when(at),
        "username": f"pembaca.{number}",
        **more,
    }


def platform(comments: list[dict[str, Any]], **more: Any) -> Meta:
    lists = {
        f"{ACCOUNT}/media": [media(1, NOW - 5 * HOUR, len(comments))],
        f"{ACCOUNT}/tags": [],
        "1791/comments": comments,
    }
    return Meta(lists=lists | more, objects={"1791": {"id": "1791"}})


def five() -> list[dict[str, Any]]:
    return [comment(n, NOW - n * HOUR / 2, f"basi {n}") for n in range(1, 6)]


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(lambda _: Reply(status=404)) as server:
        yield server


def poll(
    server: LoopbackServer, before: Page | None = None, *, now: datetime = NOW, **options: Any
) -> list[Page]:
    options = {"account": ACCOUNT, "username": "kopisenja"} | options
    made = Instagram(InstagramOptions(base_url=server.url, **options), SECRETS)
    spec = source_spec(now=now, since=NOW - 48 * HOUR)
    return drain(made, spec, through_json(before.cursor) if before else None)


def texts(pages: list[Page]) -> list[str]:
    return [m.text for page in pages for m in page.mentions]


class TestContract(ConnectorContract):
    secrets = SECRETS

    def make(self, base: str) -> Connector:
        return Instagram(InstagramOptions(base_url=base, account=ACCOUNT), self.secrets)

    def source(self) -> SourceSpec:
        return source_spec(now=NOW)

    def answer(self, asked: Request) -> Reply:
        return platform(five())(asked)


def test_comments_come_with_all_their_replies(server: LoopbackServer) -> None:
    replies = [comment(n, NOW - HOUR / 4, f"r{n}", parent_id="1801") for n in range(20, 25)]
    replies[0]["username"] = "kopisenja"
    first = {"data": replies[:2], "paging": {"cursors": {"after": "behind-18021"}, "next": "x"}}
    rows = five()
    rows[0]["replies"] = first
    server.answer = platform(rows, **{"1801/replies": replies})
    pages = poll(server)
    mentions = {m.text: m for page in pages for m in page.mentions}
    assert set(mentions) == {*(f"basi {n}" for n in range(1, 6)), *(f"r{n}" for n in range(20, 25))}
    assert (mentions["r24"].kind, mentions["r24"].reply_to, mentions["r24"].root_id) == (
        "reply",
        "1801",
        "1791",
    )
    assert mentions["r20"].own
    assert not mentions["r24"].own
    assert mentions["basi 1"].url == "https://www.instagram.com/p/1/"
    (post,) = [post for page in pages for post in page.own_posts]
    assert post.kind == "reel"


def test_a_comment_of_a_picture_alone_and_one_without_an_author_are_mentions(
    server: LoopbackServer,
) -> None:
    bare = {"id": "1899", "text": "", "timestamp": when(NOW - HOUR)}
    server.answer = platform([bare])
    (mention,) = [m for page in poll(server) for m in page.mentions]
    assert (mention.text, mention.media, mention.author) == ("", "other", None)


def test_a_copyright_match_is_a_claimed_standing(server: LoopbackServer) -> None:
    check = {"status": {"status": "completed", "matches_found": True}}
    claimed = media(1, NOW - HOUR, 0, copyright_check_information=check)
    fine = media(2, NOW - HOUR, 0, copyright_check_information={"status": {"status": "completed"}})
    server.answer = platform([], **{f"{ACCOUNT}/media": [claimed, fine]})
    standings = [s for page in poll(server) for s in page.standings]
    assert [(s.subject, s.state) for s in standings] == [("1791", "claimed")]


def test_posts_that_tag_the_account_and_hashtags_are_mentions(server: LoopbackServer) -> None:
    tag = {
        "id": "55",
        "caption": "di @kopisenja",
        "timestamp": when(NOW - HOUR),
        "permalink": "https://www.instagram.com/p/55/",
        "username": "warung",
    }
    old = tag | {"id": "54", "timestamp": when(NOW - 90 * HOUR)}
    public = {
        "id": "66",
        "caption": "#kopisenja basi",
        "timestamp": when(NOW - HOUR),
        "permalink": "https://www.instagram.com/p/66/",
    }
    server.answer = platform(
        [],
        **{
            f"{ACCOUNT}/tags": [tag, old],
            "ig_hashtag_search": [{"id": "178"}],
            "178/recent_media": [public],
        },
    )
    pages = poll(server, hashtags=["kopisenja"])
    assert {m.external_id for page in pages for m in page.mentions} == {"55", "66"}


def test_comments_of_an_ad_are_read_under_its_own_media(server: LoopbackServer) -> None:
    ad = {
        "id": "3",
        "name": "Promo",
        "updated_time": when(NOW - HOUR),
        "creative": {"effective_instagram_media_id": "17999"},
    }
    server.answer = platform(
        [], **{"act_9/ads": [ad], "17999/comments": [comment(1, NOW - HOUR, "tipu")]}
    )
    assert texts(poll(server, ad_account="9")) == ["tipu"]


def test_each_set_up_asks_its_own_host_and_hashtags_need_facebook_login() -> None:
    made = InstagramOptions(account=ACCOUNT, login="instagram")
    assert made.host == INSTAGRAM_LOGIN
    assert InstagramOptions(account=ACCOUNT, login="unified").host == "https://graph.facebook.com"
    with pytest.raises(ValidationError, match="login: facebook"):
        InstagramOptions(account=ACCOUNT, login="instagram", hashtags=("kopi",))


def test_items_that_arrive_between_two_pages_are_neither_lost_nor_told_twice_for_ever(
    server: LoopbackServer,
) -> None:
    made = platform(five())
    rows = made.lists["1791/comments"]
    count = [30]

    def arrive(asked: Request) -> None:
        if asked.path.endswith("/comments") and asked.params.get("after"):
            count[0] += 1
            rows.insert(0, comment(count[0], NOW + HOUR / 100, f"baru {count[0]}"))

    made.on_page = arrive
    server.answer = made
    first = poll(server)
    made.on_page = lambda _: None
    made.lists[f"{ACCOUNT}/media"][0]["comments_count"] = len(rows)
    again = poll(server, first[-1], now=NOW + HOUR / 4)
    assert set(texts(first)) | set(texts(again)) == {row["text"] for row in rows}
