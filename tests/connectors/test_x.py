"""X through tweepy: counts first, posts within the money, and every refusal by its own name."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from fakes.platform_server import XPlatform, snowflake, told

from connectors.base import Page, RateLimited, Rejected, Unauthorized, Unavailable
from connectors.kit.loopback import LoopbackServer, Reply, Request
from connectors.testing import drain, said, source_spec, through_json
from connectors.x.connector import X, XOptions
from connectors.x.parse import time_of
from connectors.x.query import compile_x
from monitor.query.parse import parse

NOW = datetime(2026, 3, 2, 12, 2, 40, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TOKEN = "x-secret-of-the-test"


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(XPlatform([], NOW)) as server:
        yield server


def poll(
    server: LoopbackServer,
    before: Page | None = None,
    *,
    now: datetime = NOW,
    budget: dict[str, float] | None = None,
    token: str = TOKEN,
    **options: Any,
) -> list[Page]:
    made = X(XOptions(base_url=server.url, **options), {"token": token})
    spec = source_spec(now=now, since=now - timedelta(hours=2), budget=budget)
    return drain(made, spec, through_json(before.cursor) if before else None)


def counts(pages: list[Page]) -> dict[str, int]:
    return {f"{c.start:%H:%M}": c.value for page in pages for c in page.counts}


def test_volume_is_counted_by_bucket_and_posts_are_not_bought_unasked(
    server: LoopbackServer,
) -> None:
    server.answer = XPlatform([(NOW - n * MINUTE, "senja") for n in range(1, 13)], NOW)
    (page,) = poll(server)
    assert counts([page]) == {"11:50": 5, "11:55": 5, "12:00": 2}
    assert page.cost == {"usd": 0.005}
    assert page.covered_from == NOW.replace(hour=10, minute=0, second=0)
    assert [a.path for a in server.requests] == ["/2/tweets/counts/recent"]
    assert server.requests[0].params["query"] == "senja"


def test_late_posts_correct_counts_that_have_not_settled(server: LoopbackServer) -> None:
    platform = XPlatform([(NOW - 6 * MINUTE, "senja")], NOW)
    server.answer = platform
    first = poll(server)[-1]
    platform.now = NOW + 5 * MINUTE
    platform.posts.append((NOW - 5 * MINUTE, "late"))
    again = poll(server, first, now=platform.now)
    assert counts([first])["11:55"] == 1
    assert counts(again)["11:55"] == 2
    assert again[0].covered_from is None


def test_a_long_absence_is_reported_as_missed(server: LoopbackServer) -> None:
    first = poll(server)[-1]
    later = NOW + timedelta(days=9)
    server.answer = XPlatform([], later)
    (page,) = poll(server, first, now=later)
    assert page.missed is not None
    assert page.missed[0] == NOW - timedelta(seconds=30)
    assert later - timedelta(days=7) < page.missed[1] < later - timedelta(days=7) + 15 * MINUTE


def test_posts_are_read_newest_first_and_the_next_poll_asks_since_the_newest(
    server: LoopbackServer,
) -> None:
    platform = XPlatform([(NOW - n * MINUTE, f"senja {n}") for n in range(1, 26)], NOW)
    server.answer = platform
    pages = poll(server, posts=True)
    texts = [m.text for page in pages for m in page.mentions]
    assert texts == [f"senja {n}" for n in range(1, 26)]
    assert [bool(p.cursor and "newest" in p.cursor) for p in pages] == [False, False, False, True]
    assert sum(p.cost["usd"] for p in pages) == pytest.approx(0.005 + 25 * 0.005)
    poll(server, pages[-1], posts=True)
    assert server.requests[-1].params["since_id"] == snowflake(NOW - MINUTE)
    mention = pages[1].mentions[0]
    assert mention.url == f"https://x.com/i/web/status/{mention.external_id}"
    assert (mention.lang_hint, mention.reach) == ("in", 12)


def test_a_newest_post_that_is_too_old_to_ask_since_is_not_asked_since(
    server: LoopbackServer,
) -> None:
    server.answer = XPlatform([(NOW - MINUTE, "senja")], NOW)
    first = poll(server, posts=True)[-1]
    later = NOW + timedelta(days=8)
    server.answer = XPlatform([], later)
    poll(server, first, now=later, posts=True)
    assert "since_id" not in server.requests[-1].params


def test_posts_are_bought_only_with_what_the_counts_will_not_need(server: LoopbackServer) -> None:
    server.answer = XPlatform([(NOW - n * MINUTE, "senja") for n in range(1, 60)], NOW, page=100)
    rest_of_day = 0.005 * (12 * 60 - 2) / 5
    assert all(not page.mentions for page in poll(server, posts=True, budget={"usd": rest_of_day}))
    pages = poll(server, posts=True, budget={"usd": rest_of_day + 0.106})
    assert sum(len(page.mentions) for page in pages) == 20


def test_without_money_for_a_count_nothing_is_asked(server: LoopbackServer) -> None:
    with pytest.raises(RateLimited, match="are spent for today") as caught:
        poll(server, budget={"usd": 0.004})
    assert caught.value.retry_at == datetime(2026, 3, 3, tzinfo=UTC)
    assert server.requests == []


PROBLEM = "https://api.twitter.com/2/problems/"


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (told({"title": "Unauthorized", "status": 401}, 401), Unauthorized, "token"),
        (
            told(
                {
                    "title": "CreditsDepleted",
                    "detail": "Your account [1] does not have any credits.",
                    "type": PROBLEM + "credits",
                },
                402,
            ),
            Unauthorized,
            "credits",
        ),
        (
            told({"title": "Client Forbidden", "type": PROBLEM + "client-forbidden"}, 403),
            Unauthorized,
            "permission",
        ),
        (told({"type": PROBLEM + "not-authorized-for-resource"}, 403), Rejected, ""),
        (
            told({"title": "Invalid Request", "errors": [{"message": "There were errors."}]}, 400),
            Rejected,
            "",
        ),
        (told({"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, 429), RateLimited, ""),
        (told({"title": "UsageCapExceeded", "period": "Monthly"}, 429), RateLimited, ""),
    ],
)
def test_refusals_have_their_own_names_and_keep_the_token(
    server: LoopbackServer,
    answer: Reply,
    kind: type[Exception],
    reason: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answer = lambda _: answer
    with pytest.raises(kind) as caught:
        poll(server)
    assert getattr(caught.value, "reason", "") == reason
    assert TOKEN not in said(caught.value)
    assert TOKEN not in caplog.text


def test_the_headers_say_when_to_ask_again(server: LoopbackServer) -> None:
    reset = NOW + 7 * MINUTE
    server.answer = lambda _: told(
        {"title": "Too Many Requests"}, 429, **{"x-rate-limit-reset": str(int(reset.timestamp()))}
    )
    with pytest.raises(RateLimited) as caught:
        poll(server)
    assert caught.value.retry_at == reset.replace(microsecond=0)


def test_without_a_token_a_person_is_told_which_variable_to_set(server: LoopbackServer) -> None:
    with pytest.raises(Unauthorized, match="set X_BEARER_TOKEN"):
        poll(server, token="")
    assert server.requests == []


def test_lost_posts_and_long_posts_and_edits_are_read(server: LoopbackServer) -> None:
    post = {
        "id": "20",
        "text": "senja …",
        "edit_history_tweet_ids": ["18", "20"],
        "note_tweet": {"text": "senja dan seterusnya"},
        "author_id": "7",
        "created_at": "2026-03-02T12:00:00.000Z",
        "referenced_tweets": [{"type": "replied_to", "id": "5"}],
    }
    body: dict[str, Any] = {
        "data": [post, {"id": None}],
        "errors": [{"title": "Not Found Error"}],
        "includes": {"users": [{"id": "7", "username": "akun_7", "name": "Akun"}]},
        "meta": {},
    }

    def answer(asked: Request) -> Reply:
        return told({"meta": {}} if "counts" in asked.path else body)

    server.answer = answer
    page = poll(server, posts=True)[-1]
    (mention,) = page.mentions
    assert (mention.external_id, mention.text) == ("18", "senja dan seterusnya")
    assert (mention.kind, mention.reply_to) == ("reply", "5")
    assert mention.author
    assert mention.author.handle == "akun_7"
    assert page.skipped == 2


def test_both_dialects_are_read(server: LoopbackServer) -> None:
    row = {"start": "2026-03-02T12:00:00.000Z", "end": "2026-03-02T12:01:00.000Z", "post_count": 3}
    server.answer = lambda _: told({"data": [row], "meta": {}})
    assert counts(poll(server)) == {"12:00": 3}


def test_a_page_that_repeats_for_ever_is_noticed(server: LoopbackServer) -> None:
    server.answer = lambda _: told({"data": [], "meta": {"next_token": "b1"}})
    with pytest.raises(Exception, match="repeats the same page for ever"):
        poll(server)


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("senja", "senja"),
        ('"kopi senja" OR #kopisenja', '("kopi senja" OR #kopisenja)'),
        ("senja (kopi OR teh) NOT promo", "senja (kopi OR teh) -promo"),
        ("senja lang:id", "senja lang:in"),
        ("senja platform:x", "senja"),
        ("senja OR (kopi platform:youtube)", "senja"),
        ("senja kop*", "senja"),
        ("senja NOT (promo OR diskon)", "senja -promo -diskon"),
        ("senja NOT (promo diskon)", "senja"),
        ("senja NOT lang:en", "senja"),
        ("@kopisenja author:akun_1", "@kopisenja from:akun_1"),
        ("c++ senja", '"c++" senja'),
    ],
)
def test_a_query_is_said_in_the_words_of_x_asking_for_more_where_x_is_weaker(
    query: str, asked: str
) -> None:
    assert compile_x(parse(query)) == asked


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("garuda*", "X needs a word"),
        ("senja OR garuda*", "X needs a word"),
        ("garuda* NOT promo", "X needs a word"),
        ('author:"kedai kopi" lang:id', "X needs a word"),
        ("senja platform:youtube", "excludes every post on X"),
        (" OR ".join(f"senja{n}" for n in range(60)), "X takes 512"),
    ],
)
def test_what_x_cannot_be_asked_is_one_clear_sentence(query: str, sentence: str) -> None:
    with pytest.raises(Rejected, match=sentence):
        compile_x(parse(query))


def test_recorded_answers_of_x_are_read(shared: Path, server: LoopbackServer) -> None:
    folder = shared / "data/recorded/x/tweepy"

    def recorded(name: str) -> bytes:
        tape = yaml.safe_load((folder / f"test_client_{name}.yaml").read_text("utf-8"))
        return gzip.decompress(tape["interactions"][0]["response"]["body"]["string"])

    def answer(asked: Request) -> Reply:
        if "counts" in asked.path:
            return Reply(recorded("get_recent_tweets_count"))
        body = json.loads(recorded("search_recent_tweets"))
        if "next_token" in asked.params:
            return told({"meta": {"result_count": 0}})
        return told(body)

    server.answer = answer
    pages = poll(server, posts=True, now=datetime(2022, 10, 7, 23, tzinfo=UTC))
    assert sum(c.value for c in pages[0].counts) == 411
    posts = [m for page in pages for m in page.mentions]
    assert len(posts) == 10
    assert posts[0].published_at == time_of("1578516068309794817")
    assert f"{posts[0].published_at:%Y-%m-%d %H:%M}" == posts[0].text[:16]


def _always(reply: Reply, asked: Request) -> Reply:
    return reply


def test_a_redirect_is_never_followed_with_the_token(server: LoopbackServer) -> None:
    with LoopbackServer(lambda _: Reply({"meta": {}})) as elsewhere:
        for target in ("/2/other", f"{elsewhere.url}/2/tweets/counts/recent"):
            moved = Reply(status=302, headers={"location": target})
            server.answer = partial(_always, moved)
            server.requests.clear()
            with pytest.raises(Unavailable, match="sends us elsewhere"):
                poll(server)
            assert len(server.requests) == 1
        assert elsewhere.requests == []
