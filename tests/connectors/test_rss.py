"""Feeds are read in whatever state they are, politely, and what rolled away is reported."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes.platform_server import FeedPlatform

from connectors.base import ConnectorError, Page, Rejected, Unavailable
from connectors.kit.http import Response
from connectors.kit.loopback import LoopbackServer, Reply, Request
from connectors.rss.articles import Reading
from connectors.rss.connector import Rss, RssOptions
from connectors.rss.identity import place_of
from connectors.rss.parse import read_feed
from connectors.testing import drain, source_spec, through_json
from monitor.model import Mention

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(FeedPlatform([])) as server:
        yield server


def poll(server: LoopbackServer, before: Page | None = None, later: int = 0) -> Page:
    made = Rss(RssOptions(url=f"{server.url}/feed"), {})
    spec = source_spec(now=NOW + timedelta(minutes=later), since=NOW - timedelta(days=2))
    (page,) = drain(made, spec, through_json(before.cursor) if before else None)
    return page


def entry(n: int, minutes: float) -> tuple[str, datetime, str]:
    return f"guid-{n}", NOW + timedelta(minutes=minutes), f"Berita {n}"


def read(
    body: str | bytes, content_type: str = "application/xml", url: str = "https://b.example/feed"
) -> tuple[list[Mention], int]:
    """The entries of a feed that was there before, all of them new."""
    raw = body.encode() if isinstance(body, str) else body
    response = Response(200, {"content-type": content_type}, raw, "b.example", url=url)
    place = place_of(url, url, aggregates=False)
    reading = Reading(place, UTC, source_spec(now=NOW), {"polled": NOW.isoformat()})
    page, _ = reading.page(read_feed(response, known=True), False, same_feed=True)
    return list(page.mentions), page.skipped


def test_only_new_entries_are_told_and_an_unchanged_feed_is_not_sent_again(
    server: LoopbackServer,
) -> None:
    feed = FeedPlatform([entry(n, -60 + n) for n in range(5)])
    server.answer = feed
    first = poll(server)
    assert [m.title or m.text for m in first.mentions] == [f"Berita {n}" for n in (4, 3, 2, 1, 0)]
    same = poll(server, first, 10)
    assert same.mentions == ()
    assert server.requests[-1].headers["if-none-match"] == '"5"'
    feed.entries.append(entry(5, 12))
    new = poll(server, same, 20)
    assert [m.text for m in new.mentions] == ["Berita 5"]
    assert new.missed is None


def test_a_feed_that_rolled_over_between_two_polls_says_what_is_missed(
    server: LoopbackServer,
) -> None:
    feed = FeedPlatform([entry(n, -60 + n) for n in range(5)], window=5)
    server.answer = feed
    first = poll(server)
    feed.entries += [entry(n, n) for n in range(10, 30)]
    assert poll(server, first, 40).missed == (NOW, NOW + timedelta(minutes=25))


def test_a_feed_that_was_emptied_tells_nothing_until_it_shows_something_again(
    server: LoopbackServer,
) -> None:
    feed = FeedPlatform([entry(n, -60 + n) for n in range(5)])
    server.answer = feed
    first, entries = poll(server), list(feed.entries)
    feed.entries.clear()
    with pytest.raises(Unavailable, match="shows no entry any more"):
        poll(server, first, 10)
    feed.entries += entries
    again = poll(server, first, 20)
    assert (again.missed, again.mentions) == (None, ())


def test_a_feed_or_a_search_that_has_never_shown_anything_may_be_calm(
    server: LoopbackServer,
) -> None:
    server.answer = FeedPlatform([])
    first = poll(server)
    assert (first.missed, poll(server, first, 10).missed) == (None, None)


def test_a_quiet_feed_whose_entries_all_changed_missed_nothing(server: LoopbackServer) -> None:
    feed = FeedPlatform([entry(1, -600)], window=3)
    server.answer = feed
    first = poll(server)
    feed.entries = [entry(2, -30), entry(3, 10)]
    assert poll(server, first, 20).missed is None


def test_google_news_is_searched_in_each_language_of_the_brand(server: LoopbackServer) -> None:
    server.answer = FeedPlatform([entry(1, -5)])
    made = Rss(RssOptions(google_news='"kopi senja"', google_url=server.url), {})
    pages = drain(made, source_spec(now=NOW))
    asked = [(a.path, a.params["q"], a.params["hl"], a.params["ceid"]) for a in server.requests]
    query = '"kopi senja" when:1d'
    assert asked == [
        ("/rss/search", query, "id", "ID:id"),
        ("/rss/search", query, "en-ID", "ID:en"),
    ]
    assert set(pages[-1].cursor or ()) == {"id", "en"}


def test_a_feed_that_moved_for_good_is_asked_at_its_new_address(server: LoopbackServer) -> None:
    feed = FeedPlatform([entry(1, -5)])

    def answer(asked: Request) -> Reply:
        return (
            feed(asked) if asked.path == "/new" else Reply(status=301, headers={"location": "/new"})
        )

    server.answer = answer
    first = poll(server)
    poll(server, first, 10)
    second = poll(server, first, 10)
    assert [a.path for a in server.requests] == ["/feed", "/new", "/new", "/new"]
    server.answer = lambda asked: feed(asked) if asked.path == "/new" else Reply(status=404)
    second = poll(server, second, 600)  # its old address is dead by now
    server.answer = lambda asked: (FeedPlatform([]) if asked.path == "/new" else feed)(asked)
    feed.entries.append(entry(2, 1200))  # it had led astray, and the feed is where it was
    assert [m.text for m in poll(server, second, 1210).mentions] == ["Berita 2"]


def test_a_feed_that_is_gone_needs_a_person(server: LoopbackServer) -> None:
    server.answer = lambda _: Reply(status=410)
    with pytest.raises(Rejected, match="correct or remove it"):
        poll(server)


def test_a_web_page_is_no_feed_and_is_only_an_outage_if_it_was_one(server: LoopbackServer) -> None:
    server.answer = FeedPlatform([entry(1, -5)])
    first = poll(server)
    server.answer = lambda _: Reply("<!doctype html><html><title>Login</title></html>")
    with pytest.raises(Unavailable, match="sent a web page instead of a feed"):
        poll(server, first)
    with pytest.raises(Rejected, match="use the address of its RSS or Atom feed"):
        poll(server)


def test_dates_that_are_missing_broken_or_in_the_future_become_the_time_first_seen() -> None:
    items = "".join(
        f"<item><guid>{n}</guid><title>B{n}</title>{date}</item>"
        for n, date in enumerate(
            ["", "<pubDate>kemarin</pubDate>", "<pubDate>Fri, 01 Jan 2100 00:00:00 GMT</pubDate>"]
        )
    )
    mentions, skipped = read(f"<rss version='2.0'><channel>{items}</channel></rss>")
    assert [m.published_at for m in mentions] == [NOW] * 3
    assert skipped == 0
    assert not any(m.stable_time for m in mentions)


def test_entries_are_told_apart_between_feeds_and_kept_apart_without_ids() -> None:
    body = (
        "<rss version='2.0'><channel>"
        "<item><guid isPermaLink='false'>7</guid><title>a</title></item>"
        "<item><title>b</title><link>https://b.example/b</link></item>"
        "<item><title>c</title><link>javascript:alert(1)</link></item></channel></rss>"
    )
    first, second, third = read(body)[0]
    assert first.external_id == "b.example/feed#7"
    assert "https://b.example/b" in second.external_id
    assert third.url == ""


def test_markup_in_entries_is_text_and_what_is_broken_does_not_hide_the_rest() -> None:
    body = (
        "<rss version='2.0'><channel><item><guid>1</guid><title>Kopi &amp;amp; Senja</title>"
        "<description>&lt;p&gt;Dapur &lt;b&gt;kotor&lt;/b&gt;&lt;script&gt;x()&lt;/script&gt;"
        "</description></item><item><guid>2</guid><title>dua</title></item><item><guid>3"
    )
    mentions, _ = read(body)
    assert (mentions[0].title, mentions[0].text) == ("Kopi & Senja", "Dapur kotor")
    assert mentions[1].text == "dua"


def test_every_recorded_feed_is_read_or_named_unreadable(shared: Path) -> None:
    folder = shared / "data/recorded/rss"
    told = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        body = path.read_bytes()
        try:
            told[path.name] = len(read(gzip.decompress(body) if path.suffix == ".gz" else body)[0])
        except ConnectorError:
            told[path.name] = -1
    known = {
        "cdata_rss.atom": 10,
        "onethingwell.rss": 20,
        "encoding_WINDOWS-1251.xml": 50,
        "large_atom.xml.gz": 25,
        "small_atom.xml": 20,
    }
    assert {name: told[name] for name in known} == known
    assert len(told) > 120
    assert sum(count < 0 for count in told.values()) < 10
