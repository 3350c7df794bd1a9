"""Which language a text is written in."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.enrich.language import identify
from monitor.model import Language

KNOWN = [
    ("Pelayanannya lambat dan kasirnya tidak ramah sama sekali.", Language.INDONESIAN),
    ("parah bgt sih ini aplikasi, lemot mulu", Language.INDONESIAN),
    ("The parcel arrived two weeks late and the seal was broken.", Language.ENGLISH),
    ("why is my order still not here @somebody https://example.com/a", Language.ENGLISH),
    ("Iki panganan paling enak sing tau tak pangan, ora nguciwani", Language.REGIONAL),
    ("Abdi teu resep pisan kana palayanan anu siga kieu", Language.REGIONAL),
    ("Service-nya worst banget, staff-nya rude semua", Language.MIXED),
    ("Literally nunggu dua jam dan still no driver", Language.MIXED),
    ("Der Zug hatte heute schon wieder eine Stunde Verspätung", Language.OTHER),
    ("これはとても良いサービスです。ありがとうございます", Language.OTHER),
]


@pytest.mark.parametrize(("text", "language"), KNOWN)
def test_a_sentence_is_told(text: str, language: Language) -> None:
    assert identify([text]) == [language]


@pytest.mark.parametrize("text", ["", "👎👎👎", "ok", "!!!", "12345", "@someone", "qwrty", "🤬 ok"])
def test_what_tells_too_little_is_not_guessed(text: str) -> None:
    assert identify([text]) == [Language.OTHER]


def test_two_words_are_told_where_only_one_language_has_them() -> None:
    assert identify(["keren banget", "so good", "mantap bro"]) == [
        Language.INDONESIAN,
        Language.ENGLISH,
        Language.INDONESIAN,
    ]


def test_the_platforms_word_counts_only_where_the_text_says_too_little() -> None:
    texts = ["👎👎", "ok", "👎", "The parcel arrived two weeks late and broken."]
    assert identify(texts, ["in", "en", "xx", "in"]) == [
        Language.INDONESIAN,
        Language.ENGLISH,
        Language.OTHER,
        Language.ENGLISH,
    ]


@given(st.lists(st.text(st.characters(codec=None, exclude_categories=[])), max_size=5))
def test_no_text_is_too_strange(texts: list[str]) -> None:
    one_by_one = [identify([text])[0] for text in texts]
    assert identify(texts) == one_by_one
    assert all(isinstance(found, Language) for found in one_by_one)


def test_a_megabyte_is_read_at_its_beginning() -> None:
    text = "Pelayanannya lambat dan tidak ramah. " * 30_000
    assert identify([text]) == [Language.INDONESIAN]


def share(shared: Path, name: str, wanted: set[Language]) -> float:
    path = shared / "data" / "sentiment" / f"{name}.valid.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        found = identify([json.loads(line)["text"] for line in lines])
    return sum(language in wanted for language in found) / len(found)


def test_real_texts_go_to_the_family_they_belong_to(shared: Path) -> None:
    family = {Language.INDONESIAN, Language.REGIONAL, Language.MIXED}
    for name in ("smsa", "prdect", "nusax-id", "nusax-jv", "nusax-su", "nusax-min"):
        assert share(shared, name, family) >= 0.95, name
    for name in ("tweeteval", "nusax-en"):
        assert share(shared, name, {Language.ENGLISH}) >= 0.98, name
