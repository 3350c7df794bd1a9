"""A name is found however its words are joined, and nothing is found that only resembles it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.enrich.matching import Matcher
from monitor.enrich.names import Names
from monitor.model import Mention
from monitor.query.ast import searched
from monitor.query.parse import parse
from monitor.query.spellings import spellings

AT = datetime(2026, 3, 1, tzinfo=UTC)


def found(query: str, text: str) -> bool:
    """Whether it matches, which the query alone and the matcher of many must agree about."""
    parsed, mention = parse(query), Mention("x", "1", AT, text)
    matcher = Matcher({"brand": parsed})
    alone = parsed.matches(mention)
    assert matcher.matched("brand", matcher.hits(searched(mention)), mention, None) == alone
    return alone is not None


@pytest.mark.parametrize(
    ("query", "text"),
    [
        *(
            ('"kopi senja"', text)
            for text in (
                "kopi-senja",
                "Kopi‑Senja",
                "kopi–senja",
                "kopi_senja",
                "#kopi_senja basi",
                "teh/kopi/senja",
                "es kopi-senja-nya",
                "https://example.com/kopi-senja/1",
                "kopi\u00a0senja",
            )
        ),
        ('"kopi senja jakarta"', "kopi-senja jakarta"),
        ('"kopi senja*"', "kopi-senjanya"),
        *(("7-Eleven", text) for text in ("7 Eleven", "7‑Eleven", "7–ELEVEN", "7_eleven")),
        ('"7-Eleven"', "7 Eleven tutup"),
        ('"7 Eleven"', "7‑Eleven tutup"),
        ('"gado-gado"', "gado gado"),
        ('"Toys R Us"', "Toys-R-Us"),
        ('"काफी शाम"', "काफी-शाम"),
        ('"セブン イレブン"', "セブン・イレブン"),
        ('"Yahoo!"', "my yahoo is down"),
        ('"Yahoo!"', "YAHOO!!"),
        ("Yahoo!", "yahoo, again"),
        ('"Yahoo! Finance"', "Yahoo! Finance"),
        ('"Yahoo! Finance"', "yahoo-finance"),
        ('"ben & jerry"', "Ben & Jerry"),
    ],
)
def test_the_words_of_a_name_may_be_joined(query: str, text: str) -> None:
    assert found(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ('"kopi senja"', "kopi. senja"),
        ('"kopi senja"', "kopi--senja"),
        ('"kopi senja"', "kopisenja"),
        ('"kopi senja"', "kopi-senjaku"),
        ('"kopi senja"', "teskopi-senja"),
        ('"kopi senja"', "kopi_senja_fans"),
        ('"kopi senja"', "senja-kopi"),
        ("@kopi-senja", "@kopi senja"),
        ("@kopisenja", "@kopisenja.id"),
        ("#kopi", "#kopi_senja"),
        ("I-Am", "I am here"),
        ("X-1", "x 1"),
        ("7-Eleven", "77 eleven"),
        ("7-Eleven", "7 elevens"),
        ("c++", "c"),
        ("AT&T", "at t"),
        ('"Guess?"', "guess who"),
    ],
)
def test_what_only_resembles_a_name_is_not_it(query: str, text: str) -> None:
    assert not found(query, text)


@pytest.mark.parametrize(
    "text",
    ["카페가", "카페는", "카페를", "카페의", "카페에서", "카페에서도", "카페로", "카페입니다"],
)
def test_a_korean_name_is_found_with_its_particles(text: str) -> None:
    assert found('"카페"', f"오늘 {text} 별로")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("카페", "카페인"),
        ("카페", "카페라떼"),
        ("카페", "카페이"),
        ("삼성", "삼성가"),
        ("삼성", "삼성전자"),
        ("쿠팡", "쿠팡이츠"),
        ("배", "배가"),
        ("카페", "카페가x"),
    ],
)
def test_another_korean_word_is_not_a_particle(query: str, text: str) -> None:
    assert not found(query, text)


@pytest.mark.parametrize("words", [2, 4, 8, 40])
def test_a_long_phrase_has_few_spellings(words: int) -> None:
    text = " ".join("kopi" for _ in range(words))
    assert spellings(text)[0] == text
    assert len(spellings(text)) <= 64


def test_a_name_carries_no_mood_however_it_is_joined() -> None:
    names = Names({"seven": parse("7-Eleven"), "yahoo": parse("Yahoo!"), "bad": parse('"ko ba"')})
    texts = ("7 eleven tutup", "yahoo tutup", "ko-ba tutup")
    for text, brand in zip(texts, ("seven", "yahoo", "bad"), strict=True):
        assert names.mask(text, [brand], "it").read == "it tutup"
