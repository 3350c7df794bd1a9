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


def test_a_feed_that_was_empty_tells_what_is_new(server: LoopbackServer) -> None:
    empty = poll(server, [])
    page = poll(server, [""] * 30, empty, 10)
    assert [m.published_at for m in page.mentions] == [NOW + timedelta(minutes=10)] * 30


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
