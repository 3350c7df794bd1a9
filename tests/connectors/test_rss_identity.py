"""One article is one mention, whatever its feed does to its names; no feed takes another's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fakes.served_feed import HARIAN, HOUR, NOW, Feed, Item, rss

from connectors.base import Page, Rejected
from connectors.kit.loopback import LoopbackServer, Reply, Request


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(lambda _: Reply(status=404)) as server:
        yield server


@pytest.fixture
def feed(server: LoopbackServer) -> Feed:
    return Feed(server)


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


OLD = [Item(f"Berita lama {n}", f"g{n}", f"{HARIAN}/lama-{n}", at(-60 - n)) for n in range(3)]


def ids(page: Page) -> set[str]:
    return {m.external_id for m in page.mentions}


def test_entries_that_share_a_guid_are_as_many_mentions(feed: Feed, shared: Path) -> None:
    body = (shared / "cases/ingest/feed-dup-guid.xml").read_bytes()
    first = feed.poll(body)
    assert len(ids(first)) == 3
    assert feed.poll(body).mentions == ()


@pytest.mark.parametrize("guid", ["harian-contoh", "7", f"{HARIAN}/"])
@pytest.mark.parametrize("link", [HARIAN + "/berita/{n}", "", HARIAN])
def test_neither_a_shared_guid_nor_a_shared_link_makes_entries_one(
    feed: Feed, guid: str, link: str
) -> None:
    feed.poll(*OLD)
    items = [Item(f"Kopi Senja {n} basi", guid, link.format(n=n), at(n)) for n in range(10)]
    assert len(ids(feed.poll(*items, *OLD))) == 10
    assert feed.poll(*items, *OLD).mentions == ()


def test_an_article_that_its_feed_lists_under_several_guids_is_one(feed: Feed) -> None:
    feed.poll(*OLD)
    ways = ["", "/", "?utm_source=rss", "#komentar"]
    told = [Item("Kopi Senja basi", f"c{n}", f"{HARIAN}/1{w}", at(-1)) for n, w in enumerate(ways)]
    other = Item("Kopi Senja basi", "d", f"{HARIAN}/2", at(-1))
    later = Item("Kopi Senja basi", "e", f"{HARIAN}/1", at(-2))
    assert len(ids(feed.poll(*told, other, later, *OLD))) == 3
    assert feed.poll(later, other, *told[::-1], *OLD).mentions == ()


def test_a_guid_that_each_new_entry_has_names_none_of_them(feed: Feed) -> None:
    told = []
    for n in range(4):
        item = Item(f"Kopi Senja {n} basi", "tetap", f"{HARIAN}/{n}", at(10 * n - 1))
        told += list(feed.poll(item).mentions)
    assert len({m.external_id for m in told}) == 4


def test_ids_that_change_at_each_fetch_are_not_new_entries(server: LoopbackServer) -> None:
    news = Feed(server, google_news="kopi senja", google_url=server.url)
    stories = [("Kopi Senja ditutup BPOM", "harian"), ("Pelanggan Kopi Senja keracunan", "kabar")]

    def fetched(n: int) -> list[Item]:
        return [
            Item(
                f"{t} - {p}",
                f"CBM{n}{p}",
                f"https://news.google.com/rss/articles/CBM{n}{p}",
                at(-30),
                f"{t}&nbsp;{p}",
                p,
            )
            for t, p in stories
        ]

    assert news.titles(*fetched(0)) == [title for title, _ in stories]
    for n in range(1, 6):
        assert news.poll(*fetched(n)).mentions == ()


def test_an_aggregator_s_two_addresses_of_one_article_are_one_mention(
    server: LoopbackServer,
) -> None:
    news = Feed(server, google_news="kopi senja", google_url=server.url)
    same = [
        Item("Kopi Senja Ditutup BPOM - harian", "a", "", at(-30), "", "harian"),
        Item("Kopi Senja ditutup BPOM hari ini - harian", "b", "", at(-20), "", "harian"),
        Item("Kopi Senja ditutup BPOM - kabar", "c", "", at(-20), "", "kabar"),
    ]
    assert len(news.poll(*same).mentions) == 2


@pytest.mark.parametrize("dated", [True, False])
def test_a_feed_without_dates_whose_guids_change_is_read_by_its_links(
    feed: Feed, dated: bool
) -> None:
    def fetched(n: int) -> list[Item]:
        when = at(-30) if dated else None
        return [Item(f"Kopi Senja {k}", f"{n}-{k}", f"{HARIAN}/kopi-{k}", when) for k in range(8)]

    assert len(feed.poll(*fetched(0)).mentions) == 8
    for n in range(1, 4):
        page = feed.poll(*fetched(n))
        assert page.mentions == ()
        assert page.missed is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Kopi Snja ditutup BPOM hari ini", "Kopi Senja ditutup BPOM hari ini"),
        ("Kopi Senja Ditutup BPOM Hari Ini", "Kopi Senja ditutup BPOM hari ini"),
    ],
)
@pytest.mark.parametrize("changes", ["title", "title and link", "title, link and guid"])
def test_a_corrected_headline_counts_once(
    feed: Feed, before: str, after: str, changes: str
) -> None:
    feed.poll(Item(before, "g9", f"{HARIAN}/snja", at(-5)), *OLD)
    link = f"{HARIAN}/senja" if "link" in changes else f"{HARIAN}/snja"
    page = feed.poll(Item(after, "g10" if "guid" in changes else "g9", link, at(-5)), *OLD)
    told = {r.title or r.text for r in page.removals} | {m.text for m in page.mentions}
    if changes == "title":
        (edit,) = page.removals
        assert (edit.kind, edit.text) == ("edited", after)
        assert {edit.external_id} == ids(page), "an edit names the mention it was"
    else:
        assert told == set()
    assert feed.poll(Item(after, "g10", link, at(-5)), *OLD).mentions == ()


NEW = "https://harian-baru.example"
MOVES: list[Callable[[Item, int], Item]] = [
    lambda item, n: replace(item, guid=f"{NEW}/?p={n}", link=f"{NEW}/artikel/{n}-baru"),
    lambda item, n: replace(item, guid=f"post-{n}", link=f"{NEW}/{n}", at=item.at and at(9)),
    lambda item, n: replace(item, guid="", link=f"{NEW}/{n}", text="Selengkapnya"),
    lambda item, n: replace(item, guid="", link=f"{NEW}/{n}", at=item.at and item.at - 7 * HOUR),
    lambda item, n: replace(item, guid="", link=item.link.replace("//", "//berita.")),
]


@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize("moved", MOVES, ids=["new", "new at", "other text", "zone", "host"])
def test_a_feed_that_names_all_its_entries_anew_tells_nothing_again(
    feed: Feed, moved: Callable[[Item, int], Item], dated: bool
) -> None:
    """However long it is, and whatever its new program takes for the time of an old article."""
    first = [
        Item(
            f"Kopi Senja, bagian {n}",
            f"g{n}",
            f"{HARIAN}/berita-{n}",
            at(-9 * n) if dated else None,
        )
        for n in range(200)
    ]
    feed.poll(*first)
    news = [Item("Kopi Senja basi di Bandung", "baru", f"{NEW}/baru", at(9) if dated else None)]
    again = [*news, *(moved(item, n) for n, item in enumerate(first))]
    assert feed.titles(*again) == ["Kopi Senja basi di Bandung"]
    assert feed.titles(*first) == feed.titles(*again) == []


def test_what_was_said_again_in_other_words_under_one_headline_is_new(feed: Feed) -> None:
    """As in a feed of comments, whose headlines are who wrote them."""

    def comments(since: int) -> list[Item]:
        return [
            Item(f"Oleh: Budi {k}", f"c{since}-{k}", "", at(since + k), f"Basi! {since}")
            for k in range(10)
        ]

    feed.poll(*comments(-200))
    assert len(feed.titles(*comments(-1))) == 10


def test_an_edited_text_is_an_edit_of_the_same_mention(feed: Feed) -> None:
    first = feed.poll(Item("Kopi Senja", "g9", f"{HARIAN}/9", at(-5), "Dapur kotor"), *OLD)
    page = feed.poll(Item("Kopi Senja", "g9", f"{HARIAN}/9", at(-5), "Dapur bersih"), *OLD)
    (edit,) = page.removals
    assert (edit.kind, edit.title, edit.text) == ("edited", "Kopi Senja", "Dapur bersih")
    assert edit.external_id in ids(first)
    assert feed.poll(Item("Kopi Senja", "g9", f"{HARIAN}/9", at(-5), "Dapur bersih")).removals == ()


def test_other_numbers_and_headlines_side_by_side_are_other_stories(feed: Feed) -> None:
    ten = Item("Korban keracunan Kopi Senja jadi 10 orang", "a", f"{HARIAN}/a", at(-5))
    feed.poll(ten, *OLD)
    twenty = Item("Korban keracunan Kopi Senja jadi 20 orang", "b", f"{HARIAN}/b", at(3))
    assert feed.titles(twenty, *OLD) == [twenty.title]
    both = [
        Item(f"Kopi Senja ditutup di {town}", town, f"{HARIAN}/{town}", at(15))
        for town in ("Solo", "Kudus", "Demak")
    ]
    assert len(feed.poll(*both, twenty, *OLD).mentions) == 3


def test_a_burst_that_rolls_through_a_short_feed_is_not_taken_for_corrections(feed: Feed) -> None:
    told: set[str] = set()
    for poll in range(5):
        numbers = ["satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan"]
        items = [
            Item(
                f"Kopi Senja gerai {word} ditutup warga marah",
                f"{poll}-{word}",
                f"{HARIAN}/{poll}/{word}",
                at(10 * poll - n),
            )
            for n, word in enumerate(numbers)
        ]
        told |= ids(feed.poll(*items))
    assert len(told) == 40


def test_a_redirect_to_another_host_counts_nothing_again(server: LoopbackServer) -> None:
    other = server.url.replace("127.0.0.1", "localhost")
    items = [Item(f"Kopi Senja {n}", str(n), "", at(-n)) for n in range(5)]
    feed = Feed(server)
    assert len(feed.poll(*items).mentions) == 5

    def moved(request: Request) -> Reply:
        if request.headers["host"].startswith("127"):
            return Reply(status=301, headers={"location": f"{other}/feed"})
        return Reply(rss(*items))

    assert feed.poll(moved).mentions == ()
    assert feed.poll(moved).mentions == ()


@pytest.mark.parametrize("change", ["http://www.", "utm", "slash", "amp", "m."])
def test_another_way_to_the_same_page_counts_nothing_again(feed: Feed, change: str) -> None:
    link = f"{HARIAN}/kopi-senja"
    ways = {
        "http://www.": link.replace("https://", "http://www."),
        "utm": f"{link}?utm_source=rss",
        "slash": f"{link}/",
        "amp": f"{HARIAN}/amp/kopi-senja",
        "m.": link.replace("https://", "https://m."),
    }
    feed.poll(Item("Kopi Senja", "", link, at(-5)), *OLD)
    assert feed.poll(Item("Kopi Senja", "", ways[change], at(-5)), *OLD).mentions == ()


@pytest.mark.parametrize("guid", [f"{HARIAN}/kopi-senja", "tag:harian.example,2026:1", "1"])
def test_a_feed_cannot_take_the_place_of_another_s_article(guid: str) -> None:
    theirs = Item("Kopi Senja ditutup BPOM", guid, f"{HARIAN}/kopi-senja", at(-5))
    forged = Item("Resep kue", guid, f"{HARIAN}/kopi-senja", at(-9))
    with LoopbackServer(lambda _: Reply()) as one, LoopbackServer(lambda _: Reply()) as two:
        first, second = Feed(two).poll(forged), Feed(one).poll(theirs)
    assert not ids(first) & ids(second)


def test_two_feeds_of_one_publisher_tell_an_article_once(server: LoopbackServer) -> None:
    article = Item("Kopi Senja", "1", f"{server.url}/kopi-senja", at(-5))
    guid = Item("Kopi Senja", f"{server.url}/?p=1", f"{server.url}/kopi-senja", at(-5))
    for item, same in ((article, False), (guid, True)):
        one, two = (Feed(server, url=f"{server.url}/{name}").poll(item) for name in ("a", "b"))
        assert (ids(one) == ids(two)) is same


def test_correcting_the_address_wins_over_a_move_that_led_nowhere(server: LoopbackServer) -> None:
    dead = "http://127.0.0.1:9/feed"
    feed = Feed(server, url=f"{server.url}/old")
    item = Item("Kopi Senja", "1", f"{HARIAN}/1", at(-5))

    def moved(request: Request) -> Reply:
        return Reply(status=301, headers={"location": f"{server.url}/new"})

    def first(request: Request) -> Reply:
        return moved(request) if request.path == "/old" else Reply(rss(item))

    assert len(feed.poll(first).mentions) == 1
    feed.cursor["feed"]["moved"] = dead
    feed.options = {"url": f"{server.url}/right"}
    fresh = Item("Kopi Senja tutup", "2", f"{HARIAN}/2", at(5))
    page = feed.poll(lambda r: Reply(rss(fresh, item)) if r.path == "/right" else Reply(status=404))
    assert [m.text for m in page.mentions] == ["Kopi Senja tutup"]


@pytest.mark.parametrize("end", ["dead", "gone", "parked"])
def test_the_target_of_a_move_is_forgotten_when_it_dies(server: LoopbackServer, end: str) -> None:
    feed = Feed(server, url=f"{server.url}/old")
    item = Item("Kopi Senja", "1", f"{HARIAN}/1", at(-5))

    def moved(request: Request) -> Reply:
        if request.path == "/old":
            return Reply(status=301, headers={"location": "/new"})
        return Reply(rss(item))

    feed.poll(moved)
    assert feed.cursor["feed"]["moved"] == f"{server.url}/new"
    if end == "dead":
        feed.cursor["feed"]["moved"] = "http://127.0.0.1:9/new"

    def back(request: Request) -> Reply:
        if request.path == "/old":
            return Reply(rss(Item("Kembali", "2", f"{HARIAN}/2", at(5)), item))
        return Reply(status=410) if end == "gone" else Reply("<html>Dijual</html>")

    assert [m.text for m in feed.poll(back).mentions] == ["Kembali"]
    assert feed.cursor["feed"]["moved"] == ""


def test_where_the_configured_address_is_dead_too_it_is_said(server: LoopbackServer) -> None:
    feed = Feed(server, url=f"{server.url}/old")
    feed.poll(Item("Kopi Senja", "1", f"{HARIAN}/1", at(-5)))
    feed.cursor["feed"]["moved"] = "http://127.0.0.1:9/new"
    with pytest.raises(Rejected, match="nothing at this address"):
        feed.poll(lambda _: Reply(status=404))


def test_a_feed_of_any_length_is_read_and_remembered(feed: Feed) -> None:
    items = [Item(f"Kopi Senja {n}", f"g{n}", f"{HARIAN}/{n}", at(-n / 10)) for n in range(4000)]
    assert len(feed.poll(*items).mentions) == 4000
    assert len(str(feed.cursor)) < 100_000
    assert feed.poll(*items).mentions == ()
    assert feed.titles(Item("Kopi Senja baru", "baru", f"{HARIAN}/baru", at(15)), *items) == [
        "Kopi Senja baru"
    ]


def test_a_feed_that_an_older_siaga_read_is_gone_on_with(feed: Feed) -> None:
    feed.cursor = {"feed": {"seen": ["abc"] * 20, "polled": at(0).isoformat(), "skipped": 0}}
    feed.polls = 1
    told = feed.titles(Item("Baru", "g9", f"{HARIAN}/9", at(5)), Item("Tak bertanggal", "g8"), *OLD)
    assert told == ["Baru"]
    assert feed.poll(Item("Baru", "g9", f"{HARIAN}/9", at(5)), *OLD).mentions == ()
