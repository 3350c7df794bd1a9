"""When an entry counts: what it states where that can be believed, and never "now" for the past."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Page
from connectors.kit.loopback import LoopbackServer, Reply
from connectors.rss.connector import Rss, RssOptions
from connectors.testing import drain, source_spec, through_json

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SINCE = NOW - timedelta(days=2)

NOT_BELIEVED = [
    "",
    "Thu, 01 Jan 1970 00:00:00 +0000",
    "0001-01-01T00:00:00Z",
    "1900-01-01",
    "kemarin",
    "Wed, 30 Nov -0001 00:00:00 +0000",
    "Tue, 01 Jan 1980 00:00:00 GMT",
    "0",
    "02/03/2026 10:00",
    "Mon, 02 Mar 2026 20:00:00 +0000",
    "Fri, 01 Jan 2100 00:00:00 GMT",
    "Mon, 02 Jun 2025 10:00:00 GMT",
]
"""Of what is new on 2 March 2026: missing, unreadable, null, ambiguous, ahead, too old."""


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(lambda _: Reply(status=404)) as server:
        yield server


def poll(
    server: LoopbackServer,
    dates: list[str],
    before: Page | None = None,
    minutes: int = 0,
    **options: Any,
) -> Page:
    """A poll of a feed with one entry a date, the newest first; known ones keep their guid."""
    items = "".join(
        f"<item><guid isPermaLink='false'>g{n}</guid><title>Berita {n}</title>"
        f"<link>https://m.example/{n}</link><pubDate>{date}</pubDate></item>"
        for n, date in reversed(list(enumerate(dates)))
    )
    server.answer = lambda _: Reply(f"<rss version='2.0'><channel>{items}</channel></rss>")
    made = Rss(RssOptions(url=f"{server.url}/feed", **options), {})
    spec = source_spec(now=NOW + timedelta(minutes=minutes), since=SINCE)
    (page,) = drain(made, spec, through_json(before.cursor) if before else None)
    return page


@pytest.mark.parametrize("date", NOT_BELIEVED)
def test_what_is_new_in_a_known_feed_counts_from_first_sight(
    server: LoopbackServer, date: str
) -> None:
    old = ["Mon, 02 Mar 2026 10:00:00 GMT"]
    first = poll(server, old)
    page = poll(server, old + [date] * 30, first, 10)
    assert [m.published_at for m in page.mentions] == [NOW + timedelta(minutes=10)] * 30
    assert {m.time_is for m in page.mentions} == {"first_seen"}
    assert page.undated == 30


@pytest.mark.parametrize("date", NOT_BELIEVED)
def test_what_was_there_before_us_is_never_of_now(server: LoopbackServer, date: str) -> None:
    page = poll(server, [date] * 40)
    assert all(m.published_at < SINCE for m in page.mentions)
    assert {m.time_is for m in page.mentions} <= {"unknown"}


@pytest.mark.parametrize("dates", [[""] * 3, ["Thu, 01 Jan 1970 00:00:00 +0000"] * 30])
def test_a_feed_that_was_empty_tells_what_is_new(server: LoopbackServer, dates: list[str]) -> None:
    empty = poll(server, [])
    page = poll(server, dates, empty, 10)
    assert {m.published_at for m in page.mentions} == {NOW + timedelta(minutes=10)}
    assert len(page.mentions) == len(dates)


# -- archives -----------------------------------------------------------------------------------


def test_a_feed_without_times_that_was_empty_and_is_filled_tells_nothing_of_now(
    server: LoopbackServer,
) -> None:
    empty = poll(server, [])
    filled = poll(server, [""] * 30, empty, 10)
    assert {m.time_is for m in filled.mentions} == {"unknown"}
    assert all(m.published_at < SINCE for m in filled.mentions)
    assert filled.undated == 30
    page = poll(server, [""] * 70, filled, 20)
    assert [m.published_at for m in page.mentions] == [NOW + timedelta(minutes=20)] * 40


OLD = [f"{day:02} {month} 2024 10:00:00 GMT" for month in ("Jan", "Feb") for day in range(1, 16)]
RECENT = ["Mon, 02 Mar 2026 10:00:00 GMT"]


def test_an_archive_that_is_published_again_is_as_old_as_it_says(server: LoopbackServer) -> None:
    first = poll(server, RECENT)
    page = poll(server, [*RECENT, *OLD, "", "Thu, 01 Jan 1970 00:00:00 +0000"], first, 10)
    told = {m.text: m for m in page.mentions}
    assert len(told) == 32
    assert told["Berita 1"].published_at == datetime(2024, 1, 1, 10, tzinfo=UTC)
    assert [m.time_is for m in page.mentions].count("stated") == 30
    assert told["Berita 31"].published_at < SINCE, "what states nothing beside it is as old"
    assert told["Berita 32"].time_is == "first_seen", "where there was a date there would be one"


def test_an_archive_that_comes_an_entry_at_a_time_is_known_by_its_second(
    server: LoopbackServer,
) -> None:
    page = poll(server, RECENT)
    now = 0
    for n in range(1, 10):
        page = poll(server, RECENT + OLD[:n], page, 10 * n)
        now += sum(m.time_is == "first_seen" for m in page.mentions)
    assert now == 1


def test_a_clock_a_year_behind_is_no_archive(server: LoopbackServer) -> None:
    first = poll(server, RECENT)
    behind = [f"{day:02} Mar 2025 10:00:00 GMT" for day in range(2, 12)]
    for n in range(1, 11):
        first = poll(server, RECENT + behind[:n], first, 24 * 60 * (n - 1) + 10)
        assert [m.published_at >= NOW for m in first.mentions] == [True]


def test_a_feed_without_times_that_shows_more_than_it_did_tells_nothing_of_now(
    server: LoopbackServer,
) -> None:
    def show(numbers: range, before: Page | None, minutes: int) -> Page:
        items = "".join(
            f"<item><guid isPermaLink='false'>g{n}</guid><title>Kabar {n} hari</title></item>"
            for n in numbers
        )
        server.answer = lambda _: Reply(f"<rss version='2.0'><channel>{items}</channel></rss>")
        spec = source_spec(now=NOW + timedelta(minutes=minutes), since=SINCE)
        cursor = through_json(before.cursor) if before else None
        (page,) = drain(Rss(RssOptions(url=f"{server.url}/feed"), {}), spec, cursor)
        return page

    page = show(range(60, 50, -1), None, 0)
    page = show(range(61, 51, -1), page, 10)
    assert [m.time_is for m in page.mentions] == ["first_seen"]
    page = show(range(63, 20, -1), page, 20)
    assert [m.text for m in page.mentions if m.time_is == "first_seen"] == [
        "Kabar 63 hari",
        "Kabar 62 hari",
    ]
    page = show(range(300, 200, -1), page, 30)
    assert len(page.mentions) == 100
    assert {m.time_is for m in page.mentions} == {"first_seen"}, "it has told new from old before"


def test_where_all_names_change_at_each_fetch_nothing_is_of_now(server: LoopbackServer) -> None:
    def fetched(n: int) -> None:
        items = "".join(
            f"<item><guid isPermaLink='false'>{n}-{k}</guid><title>Kabar {n}{k}x</title></item>"
            for k in range(10)
        )
        server.answer = lambda _: Reply(f"<rss version='2.0'><channel>{items}</channel></rss>")

    page: Page | None = None
    for n in range(5):
        fetched(n)
        made = Rss(RssOptions(url=f"{server.url}/feed"), {})
        spec = source_spec(now=NOW + timedelta(minutes=10 * n), since=SINCE)
        (page,) = drain(made, spec, through_json(page.cursor) if page else None)
    assert page is not None
    assert {m.time_is for m in page.mentions} == {"unknown"}


def test_indonesian_dates_are_read(server: LoopbackServer, shared: Path) -> None:
    body = (shared / "cases/ingest/feed-indonesian-dates.xml").read_bytes()
    server.answer = lambda _: Reply(body)
    spec = source_spec(now=NOW, since=datetime(2025, 12, 1, tzinfo=UTC))
    (page,) = drain(Rss(RssOptions(url=f"{server.url}/feed"), {}), spec)
    assert {m.text: m.published_at for m in page.mentions} == {
        "Kopi Senja lama": datetime(2025, 12, 15, 10, 30, tzinfo=UTC),
        "Kopi Senja WIB": datetime(2026, 3, 2, 10, 30, tzinfo=UTC),
    }
    assert page.undated == 0


def test_null_dates_and_seconds_since_1970(server: LoopbackServer, shared: Path) -> None:
    server.answer = lambda _: Reply("<rss version='2.0'><channel/></rss>")
    made = Rss(RssOptions(url=f"{server.url}/feed"), {})
    (empty,) = drain(made, source_spec(now=NOW, since=SINCE))
    body = (shared / "cases/ingest/feed-null-date.xml").read_bytes()
    server.answer = lambda _: Reply(body)
    (page,) = drain(made, source_spec(now=NOW, since=SINCE), through_json(empty.cursor))
    assert {m.text: m.published_at for m in page.mentions} == {
        "Kopi Senja kecoak": NOW,
        "Kopi Senja kecoak epoch": datetime(2026, 3, 2, 10, 30, tzinfo=UTC),
    }
    assert page.undated == 1


def test_times_that_name_no_zone_are_in_the_zone_of_the_source(server: LoopbackServer) -> None:
    page = poll(server, ["Mon, 02 Mar 2026 17:30:00"], time_zone="Asia/Jakarta")
    assert page.mentions[0].published_at == datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
    page = poll(server, ["Mon, 02 Mar 2026 10:30:00 GMT"], time_zone="Asia/Jakarta")
    assert page.mentions[0].published_at == datetime(2026, 3, 2, 10, 30, tzinfo=UTC)


def test_a_clock_that_is_a_little_ahead_is_believed_up_to_now(server: LoopbackServer) -> None:
    page = poll(server, ["Mon, 02 Mar 2026 12:10:00 GMT"])
    assert [(m.published_at, m.time_is) for m in page.mentions] == [(NOW, "stated")]


def test_after_a_long_silence_what_has_no_time_is_of_all_of_it(server: LoopbackServer) -> None:
    first = poll(server, ["Mon, 02 Mar 2026 10:00:00 GMT"])
    dates = ["Mon, 02 Mar 2026 10:00:00 GMT"] + [""] * 24
    page = poll(server, dates, first, 24 * 60)
    times = sorted(m.published_at for m in page.mentions)
    hour = timedelta(hours=1)
    assert times == [NOW + n * hour for n in range(1, 25)]
    assert {m.time_is for m in page.mentions} == {"unknown"}
    assert page.mentions[0].text == "Berita 24", "the newest entry is the latest"
    assert page.mentions[0].published_at == NOW + 24 * hour


def shown(server: LoopbackServer, body: str, before: Page | None, minutes: int) -> Page:
    """A poll of that body."""
    server.answer = lambda _: Reply(body)
    spec = source_spec(now=NOW + timedelta(minutes=minutes), since=SINCE)
    cursor = through_json(before.cursor) if before else None
    (page,) = drain(Rss(RssOptions(url=f"{server.url}/feed"), {}), spec, cursor)
    return page


def nameless(n: int) -> str:
    """A feed that gives its entries other names at each fetch, and no dates."""
    items = "".join(
        f"<item><guid isPermaLink='false'>{n}-{k}</guid><title>Kabar {n} {k}</title></item>"
        for k in range(10)
    )
    return f"<rss version='2.0'><channel>{items}</channel></rss>"


def test_a_feed_that_names_its_entries_anew_each_time_tells_nothing_of_what_is_new(
    server: LoopbackServer,
) -> None:
    before = poll(server, ["Mon, 02 Mar 2026 10:00:00 GMT"])
    before = poll(server, ["Mon, 02 Mar 2026 10:00:00 GMT", ""], before, minutes=5)
    assert before.missed is None
    for n in range(1, 5):
        page = shown(server, nameless(n), before, minutes=5 + 5 * n)
        assert page.missed == (NOW + timedelta(minutes=5 * n), NOW + timedelta(minutes=5 + 5 * n))
        before = page


@pytest.mark.parametrize(
    ("numbers", "keep", "lost"),
    [
        (range(9), 9, False),  # whole, the oldest first
        (range(9), 4, True),
        (range(8, -1, -1), 4, True),  # the newest first: only new ones are left
        (range(8, -1, -1), 7, False),  # and what we know after them
    ],
)
def test_what_may_stand_behind_the_point_where_a_feed_breaks_off_is_missed(
    server: LoopbackServer, numbers: range, keep: int, lost: bool
) -> None:
    def body(numbers: range, keep: int = 99) -> str:
        items = [
            f"<item><guid isPermaLink='false'>g{n}</guid><title>Kabar {n}</title>"
            f"<pubDate>Mon, 02 Mar 2026 11:{n:02}:00 GMT</pubDate></item>"
            for n in numbers
        ]
        end = "</channel></rss>" if keep >= len(items) else "<item><guid"
        return f"<rss version='2.0'><channel>{''.join(items[:keep])}{end}"

    before = shown(server, body(range(4)), None, 0)
    page = shown(server, body(numbers, keep), before, 5)
    assert (page.missed is not None) is lost
    assert ("breaks off" in page.missed_why) is lost
