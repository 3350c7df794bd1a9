"""What is asked where something is told: is what is said new, do more platforms and publishers
speak up? Held against the busiest hours of a brand's own past."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle, islice

import pytest
from fakes.feed import Feed
from fakes.lines import MINUTE, T0, Script, clock_of, mention, poll_due

from monitor.app import App
from monitor.corroboration import Corroborator, names_of
from monitor.detect.evidence import NAMED
from monitor.enrich.novelty import terms
from monitor.model import ALL, Author, Bucket, Mention, Signal
from monitor.store.voices import speaker

Line = Callable[..., App]
DAYS, HOUR = timedelta(days=15), timedelta(hours=1)
STORM = T0 + DAYS
USUAL = ("=kopi enak", "=kopi dulu sebelum kerja", "=ngopi di kopi senja", "=kopi baru buka pagi")
NEW = ("=kopi ditarik dari toko", "=penarikan kopi, ditarik semua", "=kopi ditarik hari ini")


def usual() -> Iterator[Mention]:
    """One every two hours on one platform, and every day at noon twelve within the hour."""
    hours = [T0 + n * HOUR for n in range(int(DAYS / HOUR))]
    noons = [at + n * 5 * MINUTE for at in hours if at.hour == 12 for n in range(1, 12)]
    for n, at in enumerate(sorted([*hours[::2], *noons])):
        yield mention(n, at, USUAL[n % len(USUAL)])


def burst(*texts: str, who: int = 40, platforms: tuple[str, ...] = ("x",)) -> Iterator[Mention]:
    for n, text in enumerate(islice(cycle(texts), 40)):
        told = mention(f"b{n}", STORM + n * MINUTE, text, author=Author(f"b{n % who}"))
        yield replace(told, platform=platforms[n % len(platforms)])


def articles() -> Iterator[Mention]:
    for n in range(6):
        at, url = STORM + n * MINUTE, f"https://www.koran{n}.example/kopi"
        yield mention(f"k{n}", at, "=kopi ditarik", platform="news", kind="article", url=url)


def by_way_of_google(n: int, told: Mention) -> Mention:
    url = f"https://news.google.com/rss/articles/CBM{n}"
    return replace(told, url=url, author=Author(f"Koran {n}"))


def test_an_aggregator_is_no_publisher() -> None:
    told = list(articles())
    assert len({speaker(by_way_of_google(n, one)) for n, one in enumerate(told)}) == 6
    assert len({speaker(by_way_of_google(0, one)) for one in told}) == 1


def asked(line: Line, *told: Mention) -> tuple[float | None, float | None]:
    """How new and how spread out it is."""
    found = corroborated(line, *told)
    return found.new_words, found.spread


def corroborated(line: Line, *told: Mention) -> Bucket:
    """What is known of a watch three quarters of an hour after the burst began."""
    app = line(Script(Feed([*usual(), *told])))
    clock_of(app).advance_to(STORM + 45 * MINUTE)
    poll_due(app)
    signal = Signal(
        "kopi",
        ALL,
        "volume",
        "reputation",
        STORM,
        STORM + 45 * MINUTE,
        2.3,
        40.0,
        facts={"level": "watch", "persistence_buckets": 9},
    )
    with app.db.read() as tx:
        bucket = Bucket(STORM + 40 * MINUTE, 5.0)
        return Corroborator(names_of("Kopi", "kopi")).within(tx)(bucket, signal)


def test_words_that_were_never_said_here_are_news(line: Line) -> None:
    new, spread = asked(line, *burst(*NEW))
    assert new is not None
    assert new >= 2.0
    assert spread is not None
    assert spread < 1.0, "all of it is on the platform that is always loud"


def test_more_of_what_is_always_said_is_not(line: Line) -> None:
    new, _ = asked(line, *burst(*USUAL))
    assert new is not None
    assert new < 1.0


def test_what_reaches_other_platforms_and_publishers_has_spread(line: Line) -> None:
    everywhere = burst(*USUAL, platforms=("x", "instagram", "tiktok"))
    _, spread = asked(line, *everywhere, *articles())
    assert spread is not None
    assert spread >= 2.0


@pytest.mark.parametrize("aggregated", [False, True])
def test_publishers_count_and_not_their_feed(line: Line, aggregated: bool) -> None:
    told = [by_way_of_google(n, one) if aggregated else one for n, one in enumerate(articles())]
    _, by_many = asked(line, *burst(*USUAL), *told)
    assert by_many is not None
    assert by_many >= 1.3


@pytest.mark.parametrize(
    ("texts", "who", "named"),
    [
        (("-kopi ☠",), 40, True),
        (("-kopi ☠", "+kopi enak", "+kopi juara", "+kopi terbaik"), 40, True),
        (("-kopi ☠", *["+kopi enak"] * 9), 40, False),
        (("+kopi ☠",), 40, False),
        (("-kopi ☠",), 7, False),
    ],
    ids=["all", "one in four", "one in ten", "gladly", "seven people"],
)
def test_a_crisis_that_a_part_of_the_voices_name_is_rare(
    line: Line, texts: tuple[str, ...], who: int, named: bool
) -> None:
    quiet = [mention(f"q{n}", STORM + n * MINUTE, "=kopi dulu") for n in range(9)]
    found = corroborated(line, *burst(*texts, who=who), *quiet).named
    assert found is not None
    assert (found >= NAMED) == named


def test_one_who_repeats_a_new_word_forty_times_is_no_news(line: Line) -> None:
    assert asked(line, *burst(*NEW, who=1)) == (None, None)


def test_a_signal_that_names_people_already_is_not_asked_for_ever() -> None:
    bucket = Bucket(datetime(2026, 3, 1).astimezone(), 5.0)
    page = Signal(
        "kopi",
        ALL,
        "volume",
        "reputation",
        bucket.start,
        bucket.end,
        4.0,
        40.0,
        facts={"level": "page", "persistence_buckets": 40},
    )
    untouched = Corroborator(frozenset()).ask(None, bucket, page)  # type: ignore[arg-type]
    assert untouched is bucket


@pytest.mark.parametrize(
    "text", ["ท้องเสียมาก", "บริษัท", "🤮🤮🤮", "تسمم غذائي", "ditarik", "食中毒です"]
)
def test_news_in_any_script_are_terms(text: str) -> None:
    assert terms(f"@kopi {text} https://example.org/x", {"kopi"})


@pytest.mark.parametrize("word", ["खरीदो", "पॉइज़निंग", "খারাপ", "மோசமான", "తినకండి"])
def test_a_vowel_that_is_written_as_a_mark_is_no_gap_between_words(word: str) -> None:
    assert terms(f"kopi {word}, kopi", {"kopi"}) == {word}
