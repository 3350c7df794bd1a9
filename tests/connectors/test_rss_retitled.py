"""A feed that words all its headlines anew tells nothing again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from fakes.served_feed import HARIAN, NOW, Feed, Item

from connectors.kit.loopback import LoopbackServer, Reply

NEW = "https://harian-baru.example"


@pytest.fixture
def feed() -> Iterator[Feed]:
    with LoopbackServer(lambda _: Reply(status=404)) as server:
        yield Feed(server)


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


RETITLED: dict[str, tuple[Callable[[str], str], Callable[[str], str]]] = {
    "suffix": (str, lambda title: f"{title} - Harian Senja"),
    "suffix gone": (lambda title: f"{title} | Harian Senja", str),
    "another suffix": (lambda title: f"{title} | Harian Senja", lambda title: f"{title} - HS.id"),
    "prefix": (str, lambda title: f"[Foto] {title}"),
    "both": (lambda title: f"Kuliner: {title}", lambda title: f"HS | {title} | Harian Senja"),
    "capitals": (str, str.upper),
    "capital words": (str, str.title),
    "signs": (str, lambda title: title.replace(",", " –")),
}


@pytest.mark.parametrize("dated", ["dated", "undated", "now", "dated now"])
@pytest.mark.parametrize(
    ("how", "many"), [*((how, 20) for how in RETITLED), ("suffix", 400), ("capitals", 400)]
)
def test_a_feed_that_words_all_its_headlines_anew_tells_nothing_again(
    feed: Feed, how: str, many: int, dated: str
) -> None:
    """With new ids, and whatever it states of dates. ``dated``: "now": none before, now by then."""
    before, after = RETITLED[how]

    def items(number: int, title: Callable[[str], str], new: bool) -> Iterator[Item]:
        for n in range(number):
            when = at(-9 * n - 9) if dated in ("dated", "dated now") else None
            if new and dated in ("now", "dated now"):
                when = at(9)
            link = f"{NEW}/{n}" if new else f"{HARIAN}/berita-{n}"
            guid = f"p{n}" if new else f"g{n}"
            words = title(f"Kopi Senja membuka gerai ke-{n}, warga antre")
            yield Item(words, guid, link, when, f"isi {n}")

    feed.poll(*items(many, before, new=False))
    news = Item(after("Kopi Senja basi di Bandung"), "baru", f"{NEW}/baru", at(9))
    news = replace(news, at=None) if dated == "undated" else news
    assert feed.titles(news, *items(many, after, new=True)) == [news.title]
    assert feed.titles(news, *items(many, after, new=True)) == []


def test_news_in_a_feed_that_words_its_headlines_anew_are_told(feed: Feed) -> None:
    """Other stories, though each ends as all do by then."""
    feed.poll(*(Item(f"Warga antre di gerai ke-{n}", f"g{n}", "", at(-n - 9)) for n in range(20)))
    burst = [
        Item(f"Kopi Senja keracunan korban ke-{n} - Harian Senja", f"n{n}", "", at(n / 9))
        for n in range(20)
    ]
    assert len(feed.titles(*burst)) == 20
