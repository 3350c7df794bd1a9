"""TikTok: comments on own videos and ads, mentions, review of ads; failures under HTTP 200."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from fakes.tiktok import PREFIX, TOKEN, TikTokPlatform

from connectors.base import (
    Connector,
    Page,
    RateLimited,
    Rejected,
    SourceSpec,
    Unauthorized,
    Unavailable,
)
from connectors.kit.loopback import LoopbackServer, Reply, Request
from connectors.testing import ConnectorContract, drain, said, source_spec, through_json
from connectors.tiktok.connector import TikTokConnector, TikTokOptions
from monitor.model import Author

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECRETS = {"token": TOKEN}
VIDEO = "7301234567890123456"


def epoch(at: datetime) -> str:
    return str(int(at.timestamp()))


def video(comments: int, name: str = VIDEO, at: datetime = NOW - 5 * HOUR) -> dict[str, Any]:
    return {
        "item_id": name,
        "create_time": epoch(at),
        "caption": "Menu baru",
        "share_url": f"https://www.tiktok.com/@kopisenja/video/{name}",
        "video_views": 900,
        "likes": 40,
        "comments": comments,
        "shares": 2,
        "reach": 700,
    }


def comment(number: int, at: datetime, text: str, **more: Any) -> dict[str, Any]:
    return {
        "comment_id": f"74{number}",
        "video_id": VIDEO,
        "username": f"warga{number}",
        "display_name": "Warga",
        "create_time": epoch(at),
        "text": text,
        "likes": 0,
        "replies": 0,
        "owner": False,
        "status": "PUBLIC",
        "reply_list": [],
        **more,
    }


def platform(comments: list[dict[str, Any]], **more: Any) -> TikTokPlatform:
    lists = {
        "business/video/list/": ("videos", [video(len(comments))]),
        f"business/comment/list/?{VIDEO}": ("comments", comments),
        "business/mention/comment/list/": ("comments", []),
    }
    return TikTokPlatform(lists=lists | more)


def five() -> list[dict[str, Any]]:
    return [comment(n, NOW - n * HOUR / 2, f"basi {n}") for n in range(1, 6)]


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(lambda _: Reply(status=404)) as server:
        yield server


def poll(
    server: LoopbackServer, before: Page | None = None, *, now: datetime = NOW, **options: Any
) -> list[Page]:
    made = TikTokConnector(TikTokOptions(base_url=server.url, business="b1", **options), SECRETS)
    spec = source_spec(now=now, since=NOW - 48 * HOUR)
    return drain(made, spec, through_json(before.cursor) if before else None)


def texts(pages: list[Page]) -> list[str]:
    return [m.text for page in pages for m in page.mentions]


class TestContract(ConnectorContract):
    secrets = SECRETS

    def make(self, base: str) -> Connector:
        return TikTokConnector(TikTokOptions(base_url=base, business="b1"), self.secrets)

    def source(self) -> SourceSpec:
        return source_spec(now=NOW)

    def answer(self, asked: Request) -> Reply:
        return platform(five())(asked)


def test_comments_come_with_all_their_replies_and_ids_beyond_2_53_stay_whole(
    server: LoopbackServer,
) -> None:
    replies = [
        comment(n, NOW - HOUR / 4, f"r{n}", parent_comment_id="741", owner=n == 20)
        for n in range(20, 25)
    ]
    rows = five()
    rows[0] |= {"replies": 5, "reply_list": replies[:3]}
    server.answer = platform(rows, **{"business/comment/reply/list/?741": ("comments", replies)})
    mentions = {m.text: m for page in poll(server) for m in page.mentions}
    assert len(mentions) == 10
    reply = mentions["r24"]
    assert (reply.kind, reply.reply_to, reply.root_id) == ("reply", "741", VIDEO)
    assert mentions["r20"].own
    assert reply.url == f"https://www.tiktok.com/@kopisenja/video/{VIDEO}"


def test_an_own_video_brings_its_metrics(server: LoopbackServer) -> None:
    server.answer = platform([])
    pages = poll(server)
    (post,) = [post for page in pages for post in page.own_posts]
    assert (post.external_id, post.kind) == (VIDEO, "short_video")
    metrics = {m.name: m.value for page in pages for m in page.metrics}
    assert metrics == {"views": 900, "likes": 40, "comments": 0, "shares": 2, "reach": 700}


def test_videos_and_comments_that_mention_the_account_are_mentions(
    server: LoopbackServer,
) -> None:
    clip = {
        "item_id": "88",
        "create_time": epoch(NOW - HOUR),
        "caption": "@kopisenja basi",
        "video_link": "https://www.tiktok.com/@warga/video/88",
        "creator_handle_name": "warga",
        "views": 120000,
    }
    told = {
        "comment_id": "99",
        "comment_type": "COMMENT",
        "comment_text": "coba @kopisenja",
        "comment_create_time": epoch(NOW - HOUR),
        "comment_likes": 4,
        "commenter_display_name": "Bu Rina",
        "item_id": "77",
        "video_link": "https://www.tiktok.com/@lain/video/77",
    }
    tagged = clip | {"item_id": "89", "caption": "#kopisenja"}
    del tagged["creator_handle_name"], tagged["views"]
    server.answer = platform(
        [],
        **{
            "business/mention/video/list/": ("videos", [clip | {"item_id": n} for n in "345"]),
            "business/mention/comment/list/": ("comments", [told]),
            "business/mention/hashtag/video/list/": ("videos", [tagged, clip]),
        },
    )
    mentions = {m.external_id: m for page in poll(server) for m in page.mentions}
    assert set(mentions) == {"3", "4", "5", "88", "89", "99"}
    assert mentions["88"].reach == 120000
    assert mentions["99"].root_id == "77"
    assert mentions["99"].author == Author("Bu Rina", "Bu Rina")
    assert mentions["99"].likes == 4
    assert mentions["89"].author == Author("warga"), "a list of hashtags tells it by the address"


def test_a_refused_ad_is_a_standing_with_its_reason_and_its_comments_are_read(
    server: LoopbackServer,
) -> None:
    ads = [
        {
            "ad_id": "31",
            "adgroup_id": "7",
            "ad_name": "Promo",
            "secondary_status": "AD_STATUS_AUDIT_DENY",
        },
        {"ad_id": "32", "ad_name": "Baik", "secondary_status": "AD_STATUS_DELIVERY_OK"},
        {"ad_id": "33", "ad_name": "Jeda", "secondary_status": "AD_STATUS_DISABLE"},
    ]
    row = {"comment_id": "5", "content": "tipu", "create_time": epoch(NOW - HOUR), "ad_id": "31"}
    made = platform([], **{"ad/get/": ("list", ads), "comment/list/": ("comments", [row])})
    made.reviews = {"31": {"reject_info": [{"reasons": ["Misleading claim"]}]}}
    server.answer = made
    pages = poll(server, advertiser="900")
    standings = {s.subject: (s.state, s.reason) for page in pages for s in page.standings}
    assert standings == {"31": ("disapproved", "Misleading claim"), "32": ("live", "")}
    assert texts(pages) == ["tipu"]
    (asked,) = [r for r in made.asked if r.path == f"{PREFIX}comment/list/"]
    assert (asked.params["search_field"], asked.params["search_value"]) == ("ADGROUP_ID", "7")


def test_a_code_that_is_written_as_text_is_read_as_one(server: LoopbackServer) -> None:
    made = platform(five())

    def answer(asked: Request) -> Reply:
        told = made(asked)
        return replace(told, body=str(told.body).replace('"code": 0', '"code": "0"'))

    server.answer = answer
    assert len(texts(poll(server))) == 5


def test_a_deleted_comment_and_a_video_that_is_gone_are_removals(server: LoopbackServer) -> None:
    made = platform(five())
    server.answer = made
    last = poll(server)[-1]
    made.lists[f"business/comment/list/?{VIDEO}"][1].pop(0)
    found = []
    for n in (1, 2):
        pages = poll(server, last, now=NOW + n * HOUR + HOUR / 10)
        last = pages[-1]
        found += [r.external_id for page in pages for r in page.removals]
    assert found == ["741"]
    made.lists["business/video/list/"][1].clear()
    pages = poll(server, last, now=NOW + 3 * HOUR)
    assert [s.state for page in pages for s in page.standings] == ["removed"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *((code, RateLimited) for code in (40100, 40133, 51021)),
        *((code, Unauthorized) for code in range(40101, 40120)),
        (40001, Unauthorized),
        (40002, Rejected),
        (50000, Unavailable),
        (50002, Unavailable),
    ],
)
def test_a_failure_under_http_200_is_named_for_what_to_do_next(
    server: LoopbackServer, code: int, kind: type[Exception]
) -> None:
    made = platform(five())
    made.fail["business/video/list/"] = code
    server.answer = made
    with pytest.raises(kind) as caught:
        poll(server)
    assert TOKEN not in said(caught.value)


def test_an_outage_names_the_incident_that_tiktok_reports_of_today(server: LoopbackServer) -> None:
    made = platform(five())
    made.fail["business/video/list/"] = 50000
    made.incidents = (
        "<rss><channel><item><title><![CDATA[Comment API <b>degraded</b>]]></title>"
        f"<pubDate>{format_datetime(NOW - HOUR)}</pubDate></item></channel></rss>"
    )
    server.answer = made
    with pytest.raises(Unavailable, match="Comment API degraded"):
        poll(server)
    made.incidents = made.incidents.replace(
        format_datetime(NOW - HOUR), format_datetime(NOW - 50 * HOUR)
    )
    with pytest.raises(Unavailable) as caught:
        poll(server)
    assert "degraded" not in str(caught.value)


def test_the_token_goes_in_its_own_header_and_order_is_asked_for(server: LoopbackServer) -> None:
    made = platform(five())
    server.answer = made
    poll(server)
    asked = next(r for r in made.asked if r.path == f"{PREFIX}business/comment/list/")
    assert asked.headers["access-token"] == TOKEN
    assert (asked.params["sort_field"], asked.params["sort_order"]) == ("create_time", "desc")
    assert asked.params["include_replies"] == "true"


def test_ads_are_told_where_the_reasons_of_their_review_are_not_permitted(
    server: LoopbackServer,
) -> None:
    refused = {"ad_id": "1", "adgroup_id": "2", "secondary_status": "AD_STATUS_AUDIT_DENY"}

    def answer(asked: Request) -> Reply:
        if "review_info" in asked.path:
            return Reply({"code": 40001, "message": "No permission"})
        listed = {"list": [refused]} if asked.path.endswith("/ad/get/") else {}
        return Reply({"code": 0, "message": "OK", "data": listed})

    server.answer = answer
    options = TikTokOptions(base_url=server.url, business="b", advertiser="7", read=())
    pages = drain(TikTokConnector(options, SECRETS), source_spec(now=NOW), None)
    assert [s.state for page in pages for s in page.standings] == ["disapproved"]
