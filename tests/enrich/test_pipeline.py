"""Reading mentions for brands: whom they concern, and that nothing but the mention decides it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.enrich.matching import Matcher
from monitor.enrich.pipeline import Enricher
from monitor.enrich.sentiment.base import Scores
from monitor.model import Author, Language, Mention, Reading
from monitor.query.ast import Query, QueryProblem, searched
from monitor.query.parse import parse


class CountingModel:
    """A tiny model: the share of exclamation marks is anger. Notes what it was asked."""

    version = "counting-1"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def score(self, texts: Sequence[str], languages: Sequence[Language]) -> Scores:
        assert len(texts) == len(languages)
        self.asked += texts
        anger = np.array([min(1.0, text.count("!") / 4) for text in texts])
        return Scores(np.stack([anger, 1 - anger, 0 * anger], axis=1), anger == 0.5)

    def why(self, text: str, language: Language) -> tuple[str, ...]:
        return ("!",)


def mention(text: str, **fields: Any) -> Mention:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return replace(Mention("x", "1", at, text), **fields)


def enricher(
    own: dict[str, tuple[str, ...]] | None = None, **queries: str
) -> tuple[Enricher, CountingModel]:
    model = CountingModel()
    parsed = {brand: parse(query) for brand, query in queries.items()}
    return Enricher(parsed, own or {}, model), model


def brands(readings: Sequence[tuple[Reading, ...]]) -> list[list[str]]:
    return [[reading.brand for reading in of_one] for of_one in readings]


def test_a_mention_of_two_brands_has_a_reading_for_each_and_is_scored_once() -> None:
    reader, model = enricher(kopi="kopi", teh='"teh manis" OR teh*')
    readings = reader.read([mention("kopi dan tehnya enak!!"), mention("air putih")])
    assert brands(readings) == [["kopi", "teh"], []]
    assert readings[0][0].matched == ("kopi",)
    assert readings[0][1].matched == ("teh*",)
    assert readings[0][0].sentiment.negative == 0.5
    assert readings[0][0].sentiment.abstain
    assert readings[0][0].model_version == "counting-1"
    assert model.asked == ["kopi dan tehnya enak!!"]


def test_only_the_brands_asked_for_are_read() -> None:
    reader, _ = enricher(a="kopi", b="kopi", c="kopi")
    page = [mention("kopi")]
    assert brands(reader.read(page, ["c", "a"])) == [["a", "c"]]
    assert brands(reader.read(page, [])) == [["a", "b", "c"]]
    assert brands(reader.read(page, ["*"])) == [["a", "b", "c"]]
    assert brands(reader.read(page, ["gone"])) == [[]]


def test_a_brands_own_posts_are_no_mentions_of_it_but_may_be_of_another() -> None:
    own: dict[str, tuple[str, ...]] = {"kopi": ("X:@KopiSenja", "kopi.id")}
    reader, _ = enricher(own, kopi="kopi", other="kopi")
    page = [
        mention("kopi", author=Author("kopisenja")),
        mention("kopi", author=Author("@KOPISENJA"), platform="instagram"),
        mention("kopi", author=Author("Kopi.ID"), platform="instagram"),
        mention("kopi"),
    ]
    assert brands(reader.read(page)) == [["other"], ["kopi", "other"], ["other"], ["kopi", "other"]]


def test_what_stands_under_own_content_concerns_the_brand_without_naming_it() -> None:
    reader, _ = enricher({"kopi": ("kopisenja",)}, kopi="kopi", other="teh")
    page = [mention("parah!"), mention("kopi"), mention("teh", author=Author("kopisenja"))]
    readings = reader.read(page, ["kopi", "gone"], own_content=True)
    assert brands(readings) == [["kopi"], ["kopi"], []]
    assert readings[0][0].matched == ()
    assert readings[1][0].matched == ("kopi",)


def test_a_language_filter_takes_the_identified_language_and_not_the_hint() -> None:
    reader, _ = enricher(id="kopi lang:id", en="kopi lang:en")
    page = [
        mention("kopi ini tidak enak dan mahal banget, saya kecewa", lang_hint="en"),
        mention("this kopi is not worth the money and the service was slow", lang_hint="id"),
    ]
    readings = reader.read(page)
    assert brands(readings) == [["id"], ["en"]]
    assert readings[0][0].language == Language.INDONESIAN


def test_a_query_of_fields_alone_is_asked_of_every_mention() -> None:
    reader, _ = enricher(all_youtube="platform:youtube NOT promo", budi="author:budi")
    page = [
        mention("apa saja", platform="youtube"),
        mention("promo", platform="youtube", author=Author("budi")),
    ]
    assert brands(reader.read(page)) == [["all_youtube"], ["budi"]]


def test_a_title_is_read_with_its_text_but_not_twice() -> None:
    reader, model = enricher(kopi="kopi")
    reader.read([mention("ramai", title="Kopi"), mention("Kopi ramai", title="Kopi")])
    assert model.asked == ["Kopi\nramai", "Kopi ramai"]


def test_no_mentions_and_no_brands_are_fine() -> None:
    assert enricher(kopi="kopi")[0].read([]) == []
    assert enricher()[0].read([mention("kopi")]) == [()]


HOSTILE = [
    "",
    "\0",
    "kopi\0",
    "\ud800kopi\udfff",
    "\u202ekopi\u202c",
    "\ufeff",
    "kopi " * 200_000,
    "\ufdfa" * 20_000,
    "a\u0301" * 100_000,
    "😀" * 50_000,
    "\r\n\u2028kopi\u0085",
]


def test_hostile_texts_are_read_and_told_apart() -> None:
    reader, _ = enricher(kopi='kopi OR "kopi kopi" OR #kopi')
    page = [mention(text, author=Author(text[:99]), title=text[:9]) for text in HOSTILE]
    found = [bool(readings) for readings in reader.read(page)]
    assert found == ["kopi" in text for text in HOSTILE]


PARTS = st.sampled_from(
    [
        "kopi",
        "Senja",
        "kopisenja",
        "#kopi",
        "@kopi",
        '"kopi senja"',
        "ko*",
        "sen*",
        "lang:id",
        "platform:x",
        "author:budi",
        "c++",
        "café",
        "☕",
    ]
)
QUERY = st.recursive(
    PARTS,
    lambda inner: st.one_of(
        inner.map(lambda part: f"NOT ({part})"),
        st.tuples(inner, st.sampled_from([" AND ", " OR "]), inner).map(
            lambda parts: f"({parts[0]}){parts[1]}({parts[2]})"
        ),
    ),
    max_leaves=6,
)
PIECES = st.sampled_from(
    [
        "kopi",
        "KOPI",
        "senja",
        "kopi senja",
        "kopisenja",
        "#kopi",
        "@kopi",
        "xkopi",
        "c++",
        "CAFE",
        "☕",
        "!",
        ",",
        "kok",
        "\u200b",
    ]
)
TEXT = st.tuples(st.lists(PIECES, max_size=8), st.sampled_from([" ", "", "\n"])).map(
    lambda parts: parts[1].join(parts[0])
)


def valid(text: str) -> Query | None:
    try:
        return parse(text)
    except QueryProblem:
        return None


@given(
    st.lists(QUERY.map(valid).filter(bool), max_size=12),
    TEXT,
    st.sampled_from(["x", "youtube"]),
    st.sampled_from(list(Language)),
)
@settings(max_examples=150, deadline=None)
def test_many_queries_at_once_say_what_each_says_alone(
    queries: list[Query], text: str, platform: str, language: Language
) -> None:
    by_brand = {f"b{number}": query for number, query in enumerate(queries)}
    matcher = Matcher(by_brand)
    one = mention(text, platform=platform, author=Author("budi"))
    hits = matcher.hits(searched(one))
    together = {
        brand: terms
        for brand in matcher.candidates(hits)
        if (terms := matcher.matched(brand, hits, one, language)) is not None
    }
    alone = {
        brand: terms
        for brand, query in by_brand.items()
        if (terms := query.matches(one, language)) is not None
    }
    assert together == alone
    assert list(together) == list(alone)


@pytest.mark.parametrize("size", [1, 3, 7])
def test_the_size_of_a_page_makes_no_difference(size: int) -> None:
    reader, _ = enricher(kopi="kopi*", teh="teh lang:id")
    page = [mention(f"{word} nomor {n} tidak enak!") for n in range(7) for word in ("kopi", "teh")]
    whole = reader.read(page)
    parts = [reader.read(page[at : at + size]) for at in range(0, len(page), size)]
    assert [readings for part in parts for readings in part] == whole
