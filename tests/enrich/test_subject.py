"""A headline's words are what is new in an event, and not what is always said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.enrich.crisis.find import shipped
from monitor.enrich.disguise import _ODD_WORD
from monitor.enrich.novelty import terms
from monitor.enrich.subject import Said, new_words

USUAL = [
    "kopi senja enak banget hari ini",
    "antrian kopi senja panjang, pelayanan lambat",
    "promo kopi senja di Bandung",
    "kopi senja selalu enak",
] * 50
STORM = [
    "Kopi Senja basi, saya keracunan! https://x.example/berita",
    "keracunan massal di Semarang, kopi senja diperiksa",
    "kopi senja basi lagi, Semarang geger",
    "pelayanan kopi senja di Semarang: keracunan, basi",
]
KNOWN = ("Kopi Senja", "kopi-senja")
STORMS = yaml.safe_load((Path(__file__).parent / "storms.yaml").read_text("utf-8"))
ORDINARY = [
    "{b} enak banget hari ini",
    "antri {b} panjang, pelayanan lambat",
    "promo {b} di Bandung",
    "{b} service was slow today, sorry to say",
    "is {b} open on sunday? great place",
    "thanks {b} for the quick reply",
] * 20


def words(texts: Sequence[str], before: Sequence[str], *crisis: str) -> list[str]:
    return new_words([Said(text, crisis) for text in texts], before, KNOWN)


def test_the_words_that_are_new_come_as_they_are_written() -> None:
    assert set(words(STORM * 5, USUAL)) == {"keracunan", "basi", "Semarang"}


def test_a_brand_that_is_always_scolded_for_the_same_has_no_subject_by_it() -> None:
    assert words(USUAL[:40], USUAL) == []


def test_names_links_handles_and_little_words_are_no_subject() -> None:
    texts = ["yang di kopi senja itu @contoh_akun https://x.example/keracunan detik.com 2026"] * 30
    assert words(texts, []) == []


def test_what_names_a_crisis_comes_first() -> None:
    texts = [f"kopi senja {word}" for word in ("racun", "aman")] * 10
    assert words(texts, USUAL) == ["racun", "aman"]
    assert words(texts[::-1], USUAL, "racun") == ["racun", "aman"]


def test_what_several_call_a_crisis_each_in_its_own_word_is_named_beside_what_is_new() -> None:
    plain = [Said("kopi senja soal botol")] * 20
    telling = [Said(f"kopi senja botol {word}", (word,)) for word in ("mual", "keracunan")]
    assert new_words([*plain, *telling], USUAL, KNOWN) == ["botol", "keracunan"]
    assert new_words([*plain, telling[0]], USUAL, KNOWN) == ["botol"]
    many = [Said(f"botol {word}", (word,)) for word in ("mual", "diare", "keracunan")]
    assert new_words([*plain[:10], *many], USUAL, KNOWN) == ["keracunan", "botol"]


def test_one_voice_is_no_subject() -> None:
    assert words([*USUAL[:60], "kopi senja kebakaran"], USUAL) == []


@pytest.mark.parametrize("past", [True, False], ids=["known", "first day"])
@pytest.mark.parametrize("storm", STORMS, ids=lambda storm: storm["name"])
def test_a_stranger_reads_what_a_storm_is_about(storm: dict[str, Any], past: bool) -> None:
    brand, said = storm["brand"], []
    for one in storm["said"]:
        text, author = one if isinstance(one, list) else (one, "")
        said.append(Said(text, shipped().find(text).terms, author))
    before = [text.format(b=brand) for text in ORDINARY] if past else []
    told = new_words(said, before, {brand, brand.lower().replace(" ", "-")})
    parts = set(re.findall(r"[\w'-]+", " ".join(told).casefold()))
    for line in storm["tells"]:
        stems = [word.casefold() for word in line.split("|")]
        assert any(part.startswith(stem) for part in parts for stem in stems), (line, told)
    assert not parts & set(storm["never"]), told
    assert 1 <= len(told) <= 3


def test_an_account_is_not_what_an_event_is_about() -> None:
    """Twelve articles of "Radar Lawu" end in its name; it did not fall ill."""
    said = [Said("Kopi Senja: keracunan massal - Radar Lawu", ("keracunan",), "Radar Lawu")] * 12
    assert new_words(said, USUAL, KNOWN) == ["keracunan massal"]


def test_a_crisis_that_each_tells_in_words_of_their_own_is_named_by_the_most_used() -> None:
    own = ("mual", "diare", "muntah", "pusing", "mual")
    said = [Said(f"{word} karena botol kopi senja", (word,)) for word in own * 2]
    said += [Said("kopi senja botol"), Said("botol baru kopi senja")] * 20
    assert new_words(said, USUAL, KNOWN)[:2] == ["mual", "botol"]


def test_a_text_without_an_end_takes_no_longer_than_its_length() -> None:
    """By the square of its length this would take minutes."""
    endless = "x" * 200_000
    texts = [endless, f"{endless} kebakaran", f"α {endless}", "x-" * 100_000, "x." * 100_000]
    assert words(texts, USUAL) == []
    assert _ODD_WORD.sub("", f"α {endless}") == f" {endless}"
    assert terms(f"{endless} kebakaran") >= {"kebakaran"}


def test_words_of_two_clauses_are_no_pair() -> None:
    texts = ["Kopi Senja bikin keracunan, anak saya muntah", "keracunan. anak sakit", "basi sekali"]
    found = words(texts * 10, USUAL, "keracunan")
    assert "keracunan" in found
    assert not any("keracunan anak" in word for word in found), found
    together = words(["keracunan anak di Kopi Senja", "gara-gara keracunan anak"] * 10, USUAL)
    assert "keracunan anak" in together


def test_vowels_that_are_marks_do_not_tear_words_apart() -> None:
    said = ["Kopi Senja นมบูดมาก ท้องเสีย", "ท้องเสีย เพราะ Kopi Senja", "நச்சு உணவு Kopi Senja"]
    found = words(said * 10, USUAL)
    assert "ท้องเสีย" in " ".join(found)
    every = {word for text in said for word in text.split()}
    assert {part for term in found for part in term.split()} <= every, found


@pytest.mark.parametrize(
    ("other", "named"), [("Teh Rajawali", False), ("Rajawali Air", True), ("", True)]
)
def test_another_brands_name_is_no_subject_where_it_stands_as_the_name(
    other: str, named: bool
) -> None:
    said = [Said(f"kopi senja dan Teh Rajawali antre lama {n}") for n in range(9)]
    found = new_words(said, USUAL, KNOWN, [other] if other else [])
    assert ("rajawali" in " ".join(found).casefold()) == named
