"""Facebook: comments under a Page's own content, posts that tag it, ads and why one is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fakes.meta import APP_SECRET, TOKEN, Meta, failure, when

from connectors.base import (
    Connector,
    Page,
    RateLimited,
    Rejected,
    SourceSpec,
    Unauthorized,
    Unavailable,
)
from connectors.facebook.connector import Facebook, FacebookOptions
from connectors.kit.loopback import LoopbackServer, Reply, Request
from connectors.kit.meta.graph import Graph, usage_of
from connectors.testing import ConnectorContract, drain, said, source_spec, through_json

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PAGE_ID = "1001"
SECRETS = {"token": TOKEN, "app_secret": APP_SECRET}


def own(number: int, at: datetime, comments: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{PAGE_ID}_{number}",
        "message": f"Menu {number}",
        "created_time": when(at),
        "permalink_url": f"https://www.facebook.com/{PAGE_ID}/posts/{number}",
        "comments": {"data": [], "summary": {"total_count": comments}},
        "reactions": {"data": [], "summary": {"total_count": 3}},
        "shares": {"count": 1},
        **more,
    }


def comment(number: int, at: datetime, text: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"1_{number}",
        "message": text,
        "created_time": when(at),
        "like_count": 0,
        "permalink_url": f"https://www.facebook.com/{PAGE_ID}/posts/1?comment_id={number}",
        "from": {"id": f"77{number}", "name": "A reader"},
        **more,
    }


def platform(comments: list[dict[str, Any]], **more: Any) -> Meta:
    post = own(1, NOW - 5 * HOUR, len(comments))
    lists = {
        f"{PAGE_ID}/published_posts": [post],
        f"{PAGE_ID}/video_reels": [],
        f"{PAGE_ID}/live_videos": [],
        f"{PAGE_ID}/tagged": [],
        f"{PAGE_ID}/feed": [],
        f"{PAGE_ID}/ratings": [],
        f"{PAGE_ID}_1/comments": comments,
    }
    return Meta(lists=lists | more, objects={f"{PAGE_ID}_1": {"id": f"{PAGE_ID}_1"}})


def three(start: int = 1) -> list[dict[str, Any]]:
    return [comment(n, NOW - n * HOUR / 2, f"basi {n}") for n in range(start, start + 5)]


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(lambda _: Reply(status=404)) as server:
        yield server


def poll(
    server: LoopbackServer, before: Page | None = None, *, now: datetime = NOW, **options: Any
) -> list[Page]:
    made = Facebook(FacebookOptions(base_url=server.url, page=PAGE_ID, **options), SECRETS)
    spec = source_spec(now=now, since=NOW - 48 * HOUR)
    return drain(made, spec, through_json(before.cursor) if before else None)


def texts(pages: list[Page]) -> list[str]:
    return [m.text for page in pages for m in page.mentions]


class TestContract(ConnectorContract):
    secrets = SECRETS

    def make(self, base: str) -> Connector:
        return Facebook(FacebookOptions(base_url=base, page=PAGE_ID), self.secrets)

    def source(self) -> SourceSpec:
        return source_spec(now=NOW)

    def answer(self, asked: Request) -> Reply:
        return platform(three())(asked)


def test_comments_and_replies_are_told_with_author_link_and_what_they_answer(
    server: LoopbackServer,
) -> None:
    reply = comment(9, NOW - HOUR, "Maaf, Kak", parent={"id": "1_1"})
    reply["from"] = {"id": PAGE_ID, "name": "Kopi Senja"}
    sticker = comment(8, NOW - 2 * HOUR, "", attachment={"type": "sticker"})
    server.answer = platform([*three(), reply, sticker])
    pages = poll(server)
    mentions = {m.external_id: m for page in pages for m in page.mentions}
    assert mentions["1_1"].reply_to == mentions["1_1"].root_id == f"{PAGE_ID}_1"
    assert mentions["1_1"].author is not None
    assert mentions["1_1"].author.handle == "771"
    assert mentions["1_1"].url.endswith("comment_id=1")
    assert (mentions["1_9"].kind, mentions["1_9"].reply_to, mentions["1_9"].own) == (
        "reply",
        "1_1",
        True,
    )
    assert (mentions["1_8"].text, mentions["1_8"].media) == ("", "sticker")
    (post,) = [post for page in pages for post in page.own_posts]
    assert (post.kind, post.text) == ("text", "Menu 1")
    metrics = [m for page in pages for m in page.metrics]
    counted = {m.name: m.value for m in metrics if m.subject == f"{PAGE_ID}_1"}
    assert counted["comments"] == 7
    assert counted["likes"] == 3


def test_comments_are_read_again_only_where_their_number_has_changed(
    server: LoopbackServer,
) -> None:
    made = platform(three())
    server.answer = made
    first = poll(server)[-1]
    made.asked.clear()
    again = poll(server, first, now=NOW + HOUR / 4)
    assert texts(again) == []
    assert not [r for r in made.asked if r.path.endswith("/comments")]
    rows = made.lists[f"{PAGE_ID}_1/comments"]
    rows.insert(0, comment(50, NOW + HOUR / 3, "baru"))
    made.lists[f"{PAGE_ID}/published_posts"][0]["comments"]["summary"]["total_count"] += 1
    assert "baru" in texts(poll(server, again[-1], now=NOW + HOUR / 2))


def test_a_late_reply_an_edit_and_a_deletion_are_noticed_within_the_hours(
    server: LoopbackServer,
) -> None:
    made = platform(three())
    server.answer = made
    last = poll(server)[-1]
    rows = made.lists[f"{PAGE_ID}_1/comments"]
    rows[0]["message"] = "basi, dan sudah saya laporkan"
    removed = rows.pop(2)["id"]
    found = []
    for n in (1, 2, 3):
        pages = poll(server, last, now=NOW + n * HOUR + HOUR / 10)
        last = pages[-1]
        found += [r for page in pages for r in page.removals]
    assert [(r.external_id, r.kind) for r in found] == [("1_1", "edited"), (removed, "deleted")]
    assert found[0].text == "basi, dan sudah saya laporkan"


def test_one_short_answer_takes_nobodys_words_away(server: LoopbackServer) -> None:
    made = platform(three())
    server.answer = made
    last = poll(server)[-1]
    rows = made.lists[f"{PAGE_ID}_1/comments"]
    made.lists[f"{PAGE_ID}_1/comments"] = []
    hiccup = poll(server, last, now=NOW + HOUR)
    made.lists[f"{PAGE_ID}_1/comments"] = rows
    well = poll(server, hiccup[-1], now=NOW + 2 * HOUR)
    later = poll(server, well[-1], now=NOW + 3 * HOUR)
    assert not [r for page in (*hiccup, *well, *later) for r in page.removals]


def test_a_post_that_is_gone_takes_its_comments_with_it(server: LoopbackServer) -> None:
    made = platform(three())
    server.answer = made
    last = poll(server)[-1]
    made.lists[f"{PAGE_ID}/published_posts"].clear()
    del made.objects[f"{PAGE_ID}_1"]
    pages = poll(server, last, now=NOW + HOUR / 4)
    (standing,) = [s for page in pages for s in page.standings]
    assert (standing.subject, standing.state) == (f"{PAGE_ID}_1", "removed")
    assert len([r for page in pages for r in page.removals]) == 5


def test_an_interrupted_list_goes_on_where_it_was_and_from_the_top_if_its_mark_expired(
    server: LoopbackServer,
) -> None:
    made = platform([comment(n, NOW - n * HOUR / 9, f"k{n}") for n in range(1, 40)])
    server.answer = made
    for expired in (False, True):
        made_fetch = Facebook(FacebookOptions(base_url=server.url, page=PAGE_ID), SECRETS).fetch(
            source_spec(now=NOW, since=NOW - 48 * HOUR), None
        )
        got = []
        for page in made_fetch:
            got.append(page)
            if len(texts(got)) >= 10:
                break
        made_fetch.close()  # type: ignore[attr-defined]
        cursor = through_json(next(p.cursor for p in reversed(got) if p.cursor))
        if expired:
            assert cursor is not None
            cursor["walk"]["after"] = "behind-nothing"
        made.asked.clear()
        rest = poll(server, Page(cursor=cursor))
        assert set(texts(got)) | set(texts(rest)) == {f"k{n}" for n in range(1, 40)}
        again = len([r for r in made.asked if r.path.endswith("/comments")])
        assert again == (21 if expired else 15)


def test_a_post_of_somebody_else_that_tags_the_page_is_a_mention(server: LoopbackServer) -> None:
    row = {
        "id": "5_6",
        "message": "Kopi Senja basi",
        "created_time": when(NOW - 3 * HOUR),
        "tagged_time": when(NOW - HOUR),
        "permalink_url": "https://fb.example/6",
    }
    mine = {
        "id": f"{PAGE_ID}_7",
        "message": "kami",
        "created_time": when(NOW - HOUR),
        "from": {"id": PAGE_ID, "name": "Kopi Senja"},
    }
    server.answer = platform([], **{f"{PAGE_ID}/tagged": [row], f"{PAGE_ID}/feed": [mine]})
    (mention,) = [m for page in poll(server) for m in page.mentions]
    assert (mention.external_id, mention.published_at, mention.kind) == ("5_6", NOW - HOUR, "post")


def test_a_refused_ad_is_a_standing_with_the_platforms_reason(server: LoopbackServer) -> None:
    ad = {
        "id": "31",
        "name": "Promo",
        "effective_status": "DISAPPROVED",
        "updated_time": when(NOW - HOUR),
        "ad_review_feedback": {"global": {"Misleading claims": "The ad promises results."}},
        "creative": {"effective_object_story_id": f"{PAGE_ID}_9"},
    }
    server.answer = platform(
        [], **{"act_88/ads": [ad], f"{PAGE_ID}_9/comments": [comment(70, NOW - HOUR, "tipu")]}
    )
    pages = poll(server, ad_account="act_88")
    (standing,) = [s for page in pages for s in page.standings]
    assert (standing.subject, standing.subject_kind, standing.state) == ("31", "ad", "disapproved")
    assert standing.reason == "Misleading claims: The ad promises results."
    assert texts(pages) == ["tipu"]


def test_an_own_post_without_an_address_is_linked_by_its_id(server: LoopbackServer) -> None:
    made = platform(three())
    made.lists[f"{PAGE_ID}/published_posts"][0].pop("permalink_url", None)
    made.lists[f"{PAGE_ID}_1/comments"][0].pop("permalink_url")
    server.answer = made
    pages = poll(server)
    (post,) = [post for page in pages for post in page.own_posts]
    assert post.url == f"https://www.facebook.com/{PAGE_ID}_1"
    assert post.url in {m.url for page in pages for m in page.mentions}


def test_a_retired_metric_does_not_take_the_others_with_it(server: LoopbackServer) -> None:
    made = platform([])
    made.retired = {"page_media_view"}
    server.answer = made
    names = {m.name for page in poll(server) for m in page.metrics if m.subject_kind == "account"}
    assert names == {"reach", "followers"}


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (failure(190, 463), Unauthorized, "expired"),
        (failure(190, 460), Unauthorized, "password"),
        (failure(10), Unauthorized, "permit"),
        (failure(200), Unauthorized, "permit"),
        (failure(368, message="spam"), Unauthorized, "blocked"),
        *((failure(n), RateLimited, "slow down") for n in (4, 17, 32, 341, 613)),
        *((failure(n), RateLimited, "slow down") for n in range(80000, 80015)),
        *((failure(190, n), Unauthorized, "anew") for n in (0, 458, 459, 464, 467, 492)),
        (failure(102), Unauthorized, "anew"),
        (failure(299), Unauthorized, "permit"),
        *((failure(n), Rejected, "does not know") for n in (3, 2500)),
        (failure(2), Unavailable, "passing"),
        (failure(1), Unavailable, "passing"),
        (failure(999, is_transient=True), Unavailable, "passing"),
        (failure(100), Rejected, "does not know"),
        (failure(100, 33), Rejected, "does not show"),
    ],
)
def test_every_error_code_says_what_to_do_next(
    server: LoopbackServer, error: Reply, kind: type[Exception], words: str
) -> None:
    made = platform(three())
    made.fail[f"{PAGE_ID}/published_posts"] = error
    server.answer = made
    with pytest.raises(kind, match=words) as caught:
        poll(server)
    assert TOKEN not in said(caught.value)


def test_the_allowance_is_obeyed_before_the_limit(server: LoopbackServer) -> None:
    made = platform(three())
    made.usage = 96
    server.answer = made
    with pytest.raises(RateLimited) as caught:
        poll(server)
    assert len(made.asked) == 1
    assert caught.value.retry_at is not None
    assert caught.value.retry_at > NOW
    made.usage = 80
    made.asked.clear()
    poll(server)
    assert not [r for r in made.asked if r.path.endswith("/insights")]


@pytest.mark.parametrize("minutes", ["1e308", "-5", '"NaN"', "9" * 5000, "10081"])
def test_a_wait_that_no_allowance_asks_for_is_not_believed(minutes: str) -> None:
    told = f'{{"1": [{{"call_count": 100, "estimated_time_to_regain_access": {minutes}}}]}}'
    assert [wait for _, wait in usage_of(told)] in ([0], [])


def test_the_token_is_proven_and_appears_in_no_cursor_nor_error(server: LoopbackServer) -> None:
    made = platform(three())
    server.answer = made
    pages = poll(server)
    assert all("appsecret_proof" in r.params for r in made.asked)
    assert TOKEN not in repr(pages)
    assert APP_SECRET not in repr(pages)


def test_neither_the_token_nor_its_proof_is_said_where_the_platform_repeats_them() -> None:
    def repeating(asked: Request) -> Reply:
        told = " ".join(asked.params[name] for name in ("access_token", "appsecret_proof"))
        return failure(100, 0, f"Unsupported request {told}")

    with LoopbackServer(repeating) as server:
        graph = Graph("Facebook", server.url, "v26.0", SECRETS, NOW)
        with pytest.raises(Rejected, match="Unsupported request") as caught:
            graph.get("1001")
        sent = server.requests[0].params
    assert sent["appsecret_proof"] not in said(caught.value)
    assert TOKEN not in said(caught.value)
