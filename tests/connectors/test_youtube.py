"""YouTube through Google's client: comments and replies under own videos, on a plain key."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes.platform_server import YouTubePlatform, google_error, told
from fakes.youtube import YouTubeFake

from connectors.base import Page, RateLimited, Rejected, Unauthorized, Unavailable
from connectors.kit.loopback import LoopbackServer, Reply, Request
from connectors.testing import drain, said, source_spec, through_json
from connectors.youtube.connector import YouTube
from connectors.youtube.links import channel_of
from connectors.youtube.options import YouTubeOptions

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEY = "yt-secret-of-the-test"
CHANNEL = "UC" + "a" * 22
HOUR = timedelta(hours=1)


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(YouTubePlatform([])) as server:
        yield server


def poll(
    server: LoopbackServer,
    before: Page | None = None,
    *,
    now: datetime = NOW,
    since: datetime | None = None,
    budget: dict[str, float] | None = None,
    key: str = KEY,
    **options: Any,
) -> list[Page]:
    options = {"channel": CHANNEL} | options if "videos" not in options else options
    options = {"read": ()} | options
    made = YouTube(YouTubeOptions(base_url=server.url, **options), {"key": key})
    spec = source_spec(now=now, since=since or now - 48 * HOUR, budget=budget)
    return drain(made, spec, through_json(before.cursor) if before else None)


def texts(pages: list[Page]) -> list[str]:
    return [m.text for page in pages for m in page.mentions]


def test_comments_of_all_videos_are_read_back_to_since_and_only_then_were_they_polled(
    server: LoopbackServer,
) -> None:
    server.answer = YouTubePlatform([(NOW - n * HOUR, f"k{n}", []) for n in range(1, 60)])
    pages = poll(server, since=NOW - 10 * HOUR, replies_for="1h")
    assert texts(pages) == [f"k{n}" for n in range(1, 11)]
    polled = ["polled" in p.cursor for p in pages if p.cursor is not None]
    assert polled == [False] * (len(polled) - 1) + [True]
    assert pages[-1].covered_from == NOW - 10 * HOUR
    assert sum(p.cost.get("units", 0) for p in pages) == len(server.requests) == 4
    asked = server.requests[0]
    assert asked.path == "/youtube/v3/commentThreads"
    assert asked.params["allThreadsRelatedToChannelId"] == CHANNEL
    assert asked.params["textFormat"] == "plainText"


def test_the_next_poll_reads_only_what_is_new_with_an_overlap(server: LoopbackServer) -> None:
    threads: list = [(NOW - n * HOUR, f"k{n}", []) for n in range(1, 30)]
    server.answer = YouTubePlatform(threads)
    first = poll(server)[-1]
    threads += [(NOW - HOUR / 4, "late", []), (NOW + HOUR / 4, "new", [])]
    again = poll(server, first, now=NOW + HOUR / 2)
    assert texts(again) == ["new", "late"]


def test_a_storm_of_comments_takes_no_page_for_each_of_them(server: LoopbackServer) -> None:
    """The poller reads so many pages at a time, and no further."""
    at = [NOW - HOUR + timedelta(seconds=n) for n in range(600)]
    server.answer = YouTubePlatform([(one, f"basi {one}", []) for one in at], page=100)
    pages = poll(server, since=NOW - 2 * HOUR)
    assert len(texts(pages)) == 600
    assert len(pages) <= 3 * len(server.requests)


def test_replies_are_read_and_those_of_older_threads_once_an_hour(server: LoopbackServer) -> None:
    replies: list = [(NOW - 2 * HOUR, f"r{n}") for n in range(9)]
    newer: list = [(NOW - HOUR, "newer", [])] * 3
    server.answer = YouTubePlatform([(NOW - 3 * HOUR, "k", replies), *newer])
    first = poll(server)
    assert {"k", "newer", *(f"r{n}" for n in range(9))} == set(texts(first))
    mention = next(m for page in first for m in page.mentions if m.text == "r0")
    assert (mention.kind, mention.reply_to) == ("reply", "T0")
    assert mention.url == "https://www.youtube.com/watch?v=F1UP7wRCPH8&lc=T0.R0"
    unchanged = len(server.requests)
    second = poll(server, first[-1], now=NOW + 2 * HOUR)
    assert len(server.requests) == unchanged + 2, "replies that are known were asked for again"
    replies.append((NOW + 2 * HOUR, "new reply"))
    third = poll(server, second[-1], now=NOW + 2 * HOUR + HOUR / 2)
    assert "new reply" not in texts(third)
    fourth = poll(server, third[-1], now=NOW + 4 * HOUR)
    assert "new reply" in texts(fourth)


def test_single_videos_closed_or_gone_do_not_stop_the_others(server: LoopbackServer) -> None:
    closed, gone, fine = "closedvideo", "removedvide", "F1UP7wRCPH8"
    server.answer = YouTubePlatform([(NOW - HOUR, "k", [])], closed={closed}, gone={gone})
    pages = poll(server, videos=[closed, gone, fine])
    assert texts(pages) == ["k"]
    assert sum(p.skipped for p in pages) == 2
    again = poll(server, pages[-1], now=NOW + HOUR, videos=[closed, gone, fine])
    assert sum(p.skipped for p in again) == 0, "what is known to be closed is counted once"
    with pytest.raises(Rejected, match="does not know the channel or video"):
        poll(server, videos=[gone])


def test_a_source_whose_comments_are_all_closed_is_not_calm(server: LoopbackServer) -> None:
    server.answer = YouTubePlatform([], closed={"closedvideo", "closedagain"})
    with pytest.raises(Rejected, match="nothing can be heard"):
        poll(server, videos=["closedvideo", "closedagain"])
    server.answer = lambda _: google_error(403, "commentsDisabled", "disabled comments.")
    with pytest.raises(Rejected, match="nothing can be heard"):
        poll(server)


@pytest.mark.parametrize(
    ("status", "reason", "kind", "why"),
    [
        (400, "keyInvalid", Unauthorized, "token"),
        (401, "authError", Unauthorized, "token"),
        (403, "forbidden", Unauthorized, "permission"),
        (403, "accessNotConfigured", Unauthorized, "permission"),
        (403, "SERVICE_UNAVAILABLE", Unauthorized, "permission"),
        (403, "rateLimitExceeded", RateLimited, ""),
        (404, "channelNotFound", Rejected, ""),
        (400, "processingFailure", Unavailable, ""),
        (500, "backendError", Unavailable, ""),
    ],
)
def test_refusals_have_their_own_names_and_keep_the_key(
    server: LoopbackServer,
    status: int,
    reason: str,
    kind: type[Exception],
    why: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answer = lambda _: google_error(status, reason, f"words, and by mistake {KEY}")
    with pytest.raises(kind) as caught:
        poll(server)
    assert getattr(caught.value, "reason", "") == why
    assert KEY not in said(caught.value)
    assert KEY not in caplog.text
    assert not [one.name for one in caplog.records if one.name.startswith("googleapiclient")]
    assert all(KEY not in value for asked in server.requests for value in asked.params.values())


@pytest.mark.parametrize("status", [400, 401])
@pytest.mark.parametrize("body", ['{"error": "invalid_grant"}', '{"error": "invalid_token"}'])
def test_a_consent_that_ended_is_no_unknown_channel(
    server: LoopbackServer, status: int, body: str
) -> None:
    server.answer = lambda _: Reply(body, status)
    with pytest.raises(Unauthorized, match="run `siaga connect youtube`") as caught:
        poll(server)
    assert caught.value.reason == "token"


def test_a_spent_quota_waits_for_midnight_in_california(server: LoopbackServer) -> None:
    server.answer = lambda _: google_error(403, "quotaExceeded", "The quota is exceeded.")
    with pytest.raises(RateLimited) as caught:
        poll(server)
    assert caught.value.retry_at == datetime(2026, 3, 3, 8, tzinfo=UTC)
    with pytest.raises(RateLimited) as caught:
        poll(server, now=datetime(2026, 3, 8, 9, tzinfo=UTC))  # the day summer time begins there
    assert caught.value.retry_at == datetime(2026, 3, 9, 7, tzinfo=UTC)


def test_the_sources_own_units_are_not_overspent(server: LoopbackServer) -> None:
    server.answer = YouTubePlatform([(NOW - n * HOUR / 9, f"k{n}", []) for n in range(1, 60)])
    with pytest.raises(RateLimited, match="max_units_per_day"):
        poll(server, budget={"units": 2})
    assert len(server.requests) == 2


def test_a_single_unreadable_thread_is_skipped_and_counted(server: LoopbackServer) -> None:
    def answer(asked: Request) -> Reply:
        body = YouTubePlatform([(NOW - HOUR, "k", [])])(asked).body
        assert isinstance(body, dict)
        body["items"] += [{"id": "x"}, 7, {"id": "y", "snippet": {"topLevelComment": {}}}]
        return told(body)

    server.answer = answer
    pages = poll(server)
    assert texts(pages) == ["k"]
    assert sum(p.skipped for p in pages) == 3


def test_what_a_poll_cannot_reach_is_covered_only_from_there(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.youtube.comments.MAX_PAGES", 20)
    minutes = timedelta(minutes=1)
    server.answer = YouTubePlatform([(NOW - n * minutes, f"k{n}", []) for n in range(30)], page=1)
    pages = poll(server)
    assert len(server.requests) == 20
    assert pages[-1].covered_from == NOW - 19 * minutes


def test_without_a_key_a_person_is_told_which_variable_to_set(server: LoopbackServer) -> None:
    with pytest.raises(Unauthorized, match="set YOUTUBE_API_KEY"):
        poll(server, key="")


def test_recorded_answers_of_youtube_are_read(shared: Path, server: LoopbackServer) -> None:
    folder = shared / "data/recorded/youtube/python-youtube/apidata"

    def recorded(name: str) -> dict[str, Any]:
        body: dict[str, Any] = json.loads((folder / name).read_text("utf-8"))
        return body

    def answer(asked: Request) -> Reply:
        if asked.path.endswith("/comments"):
            return told(recorded("comments/comments_by_parent_paged_2.json"))
        if "allThreadsRelatedToChannelId" in asked.params:
            return told(recorded("comment_threads/comment_threads_all_to_me.json"))
        page = 2 if "pageToken" in asked.params else 1
        return told(recorded(f"comment_threads/comment_threads_by_video_paged_{page}.json"))

    server.answer = answer
    then = datetime(2019, 12, 1, 6, tzinfo=UTC)
    long_ago = then - timedelta(days=4000)
    pages = poll(server, now=then, since=long_ago)
    assert len(texts(pages)) == 5  # a reply of them is told only when it is asked for
    assert "Hope to go next time. yah!" in texts(pages)
    pages = poll(server, now=then, since=long_ago, videos=["F1UP7wRCPH8"])
    assert "Google.com" in texts(pages)
    assert all("<" not in text for text in texts(pages))


def test_recorded_errors_of_youtube_are_named(shared: Path, server: LoopbackServer) -> None:
    folder = shared / "data/recorded/youtube/python-youtube"

    def fails(name: str, status: int) -> Exception:
        server.answer = lambda _: Reply((folder / name).read_bytes(), status)
        with pytest.raises(Exception, match="YouTube") as caught:
            poll(server)
        return caught.value

    assert isinstance(fails("error_response.json", 400), Unauthorized)
    assert isinstance(fails("apidata/error_permission_resp.json", 403), Unauthorized)
    assert isinstance(fails("error_response_simple.json", 500), Unavailable)


@pytest.mark.parametrize(
    ("said", "kind", "name"),
    [
        (CHANNEL, "id", CHANNEL),
        ("@kopisenja", "forHandle", "@kopisenja"),
        ("kopisenja", "forHandle", "@kopisenja"),
        ("https://www.youtube.com/@kopisenja", "forHandle", "@kopisenja"),
        ("youtube.com/@kopisenja/videos", "forHandle", "@kopisenja"),
        (f"https://m.youtube.com/channel/{CHANNEL}?x=1", "id", CHANNEL),
        ("https://www.youtube.com/user/KopiSenja", "forUsername", "KopiSenja"),
        ("https://www.youtube.com/c/KopiSenja", "forHandle", "@KopiSenja"),
    ],
)
def test_a_channel_is_named_by_id_handle_or_address(said: str, kind: str, name: str) -> None:
    assert channel_of(said) == (kind, name)
    assert YouTubeOptions(channel=said).channel == said


@pytest.mark.parametrize("said", ["https://evil.example/@kopisenja", "??", "youtube.com/channel/x"])
def test_what_names_no_channel_is_refused_with_what_to_write(said: str) -> None:
    with pytest.raises(ValueError, match=r"YouTube|@handle"):
        YouTubeOptions(channel=said)


@pytest.mark.parametrize(
    "said",
    [
        "F1UP7wRCPH8",
        "https://www.youtube.com/watch?v=F1UP7wRCPH8&t=3s",
        "https://youtu.be/F1UP7wRCPH8?si=x",
        "youtube.com/shorts/F1UP7wRCPH8",
        "https://www.youtube.com/live/F1UP7wRCPH8",
    ],
)
def test_a_video_is_named_by_id_or_address(said: str) -> None:
    assert YouTubeOptions(videos=(said,)).videos == ("F1UP7wRCPH8",)


def test_reach_is_read_with_a_persons_consent_and_only_then() -> None:
    fake = YouTubeFake([], NOW)
    fake.reported = [["2026-02-27", 12, 4, 1, 0]]
    with LoopbackServer(fake) as server:
        options = YouTubeOptions(channel=CHANNEL, base_url=server.url, analytics_url=server.url)
        for secrets, told in (({"key": KEY}, False), ({"key": "", "token": KEY}, True)):
            pages = drain(YouTube(options, secrets), source_spec(now=NOW))
            found = {m.name: m.value for p in pages for m in p.metrics if m.subject == CHANNEL}
            assert (found.get("views") == 12) == told
            assert (found.get("watch_time") == 240) == told
