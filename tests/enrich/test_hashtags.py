"""What a hashtag says is read: a boycott begins as one, all in one word."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.enrich.hashtags import opened
from monitor.enrich.pipeline import Enricher
from monitor.enrich.sentiment.shipped import load
from monitor.model import Mention, Reading
from monitor.query.parse import parse

NAMES = ("kopisenja", "mcd")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("#BoikotKopiSenja", "Boikot KopiSenja"),
        ("#boikotkopisenja sekarang", "boikot kopisenja sekarang"),
        ("#kopisenjapenipu", "kopisenja penipu"),
        ("#KOPISENJAPENIPU", "KOPISENJA PENIPU"),
        ("#TolakkopisenjadiDesa", "Tolakkopisenjadi Desa"),
        ("Sepi: #BoikotMcD", "Sepi: Boikot McD"),
        ("#boikotmcd", "boikot mcd"),
        ("#Boikot_Kopi_Senja", "Boikot KopiSenja"),
        ("#keracunanmassal #DataBocor", "keracunan massal Data Bocor"),
        ("#PelayananBuruk2026", "Pelayanan Buruk2026"),
        ("#BoycottNestle", "Boycott Nestle"),
    ],
)
def test_a_hashtag_is_read_in_words(text: str, words: str) -> None:
    assert opened(text, NAMES) == words


@pytest.mark.parametrize(
    "text",
    [
        "#kopisenja",
        "#KopiSenja",
        "#kopi",
        "#therapist",
        "#firefighter",
        "#MH370",
        "#COVID19",
        "#FOMO",
        "#2024GantiSaldo",
        "https://example.com/#BoikotKopiSenja",
        "C#BoikotKopi",
        "# Boikot",
        "&#BoikotKopi;",
        "#" + "a" * 5000,
        "#ไทยรักไทย",
    ],
)
def test_what_is_no_tag_of_several_words_stays(text: str) -> None:
    assert opened(text, NAMES) == text


@given(st.text(alphabet="#aBc dataBOCORboikotkopisenja_9é", max_size=80))
def test_no_letter_is_added_or_lost(text: str) -> None:
    def letters(said: str) -> str:
        return "".join(filter(str.isalnum, said))

    assert letters(opened(text, NAMES)) == letters(text)


def reading(text: str) -> Reading:
    query = parse('"kopi senja" OR platform:x')
    enricher = Enricher({"b": query}, {}, load(), {"b": ["Kopi Senja"]})
    mention = Mention("x", "1", datetime(2026, 3, 1, tzinfo=UTC), text, kind="post")
    return enricher.read([mention])[0][0]


@pytest.mark.parametrize(
    ("tag", "words", "term"),
    [
        ("#BoikotKopiSenja", "Boikot Kopi Senja", "boikot"),
        ("#boikotkopisenja", "boikot Kopi Senja", "boikot"),
        ("#KopiSenjaPenipu", "Kopi Senja penipu", "penipu"),
        ("#KeracunanMassal di Kopi Senja", "Keracunan massal di Kopi Senja", "keracunan"),
    ],
)
def test_a_crisis_told_by_a_hashtag_reads_as_one_told_in_words(
    tag: str, words: str, term: str
) -> None:
    of_tag, of_words = reading(tag), reading(words)
    assert of_tag.sentiment.negative == pytest.approx(of_words.sentiment.negative, abs=0.02)
    assert of_tag.sentiment.negative >= 0.5
    assert of_tag.crisis_terms == of_words.crisis_terms
    assert term in of_tag.crisis_terms


def test_praise_in_a_hashtag_is_no_complaint() -> None:
    assert reading("Kopi Senja #enakbanget").sentiment.negative < 0.1
