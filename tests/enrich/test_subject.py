"""A headline's words are what is new in an event, and not what is always said."""

from __future__ import annotations

from monitor.enrich.disguise import _ODD_WORD
from monitor.enrich.subject import new_words

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


def test_the_words_that_are_new_come_as_they_are_written() -> None:
    assert set(new_words(STORM * 5, USUAL, KNOWN)) == {"keracunan", "basi", "Semarang"}


def test_a_brand_that_is_always_scolded_for_the_same_has_no_subject_by_it() -> None:
    assert new_words(USUAL[:40], USUAL, KNOWN) == []


def test_names_links_handles_and_little_words_are_no_subject() -> None:
    texts = ["yang di kopi senja itu @contoh_akun https://x.example/keracunan 2026"] * 30
    assert new_words(texts, [], KNOWN) == []


def test_what_names_a_crisis_comes_first() -> None:
    texts = [f"kopi senja {word}" for word in ("racun", "aman")] * 10
    assert new_words(texts, USUAL, KNOWN) == ["aman", "racun"]
    assert new_words(texts, USUAL, KNOWN, ["racun"]) == ["racun", "aman"]


def test_one_voice_is_no_subject() -> None:
    assert new_words([*USUAL[:60], "kopi senja kebakaran"], USUAL, KNOWN) == []


def test_a_text_without_an_end_takes_no_longer_than_its_length() -> None:
    """By the square of its length this would take minutes."""
    endless = "x" * 200_000
    assert new_words([endless, f"{endless} kebakaran", f"α {endless}"], USUAL, KNOWN) == []
    assert _ODD_WORD.sub("", f"α {endless}") == f" {endless}"
