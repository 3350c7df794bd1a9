"""Letters that only look like letters are read as what they look like; real ones are left alone."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.enrich.disguise import plain

CYRILLIC = str.maketrans("aceopxyikhAEOPCTXKMHB", "асеорхуікһАЕОРСТХКМНВ")
GREEK = str.maketrans("aoviktpuABEZHIKMNOPTYX", "αονικτρυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ")
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
BOLD = {ord("a") + at: 0x1D41A + at for at in range(26)} | {
    ord("A") + at: 0x1D400 + at for at in range(26)
}
LEET = str.maketrans("aieos", "41305")
COMPLAINTS = [
    "pelayanan parah sekali, kecewa berat",
    "makanan basi dan busuk, kapok beli lagi",
    "anak saya keracunan setelah makan ini",
    "penipu, uang saya tidak kembali",
    "worst service ever, avoid this place",
    "my order never arrived and nobody answers",
]


@pytest.mark.parametrize("text", COMPLAINTS)
@pytest.mark.parametrize("table", [CYRILLIC, GREEK, WIDE, BOLD])
def test_look_alike_letters_are_read_as_what_they_look_like(
    text: str, table: dict[int, int]
) -> None:
    assert plain(text.translate(table)) == text


@pytest.mark.parametrize("text", COMPLAINTS)
def test_some_look_alike_letters_among_plain_ones_are_read_too(text: str) -> None:
    dice = random.Random(text)
    for _ in range(20):
        mixed = "".join(
            char.translate(dice.choice((CYRILLIC, GREEK))) if dice.random() < 0.4 else char
            for char in text
        )
        assert plain(mixed) == text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("p4r4h b4ng3t", "parah banget"),
        ("k3c3w4 b4s1", "kecewa basi"),
        ("p3n1pu4n", "penipuan"),
        ("k@pok, ka$ar $ampah", "kapok, kasar sampah"),
        ("wor5t s3rvice", "worst service"),
        ("k e c e w a berat", "kecewa berat"),
        ("p.a.r.a.h", "parah"),
        ("p-a-r-a-h p_a_r_a_h", "parah parah"),
        ("k*e*c*e*w*a", "kecewa"),
        ("ke\u200bce\u200dwa be\u2060rat", "kecewa berat"),
        ("k̸e̸c̸e̸w̸a̸", "kecewa"),
        ("ᴘᴀʀᴀʜ", "parah"),
        ("🅿🅰🆁🅰🅷", "PARAH"),
        ("ⓚⓔⓒⓔⓦⓐ", "kecewa"),
        ("ｐａｒａｈ", "parah"),
    ],
)
def test_letters_are_found_in_whatever_stands_for_them(written: str, read: str) -> None:
    assert plain(written) == read


def apart(sign: str) -> Callable[[str], str]:
    return lambda text: " ".join(sign.join(word) for word in text.split())


def by_letter(first: int, ends: tuple[str, str] = ("", "")) -> Callable[[str], str]:
    """Letters of a block that begins with a; ``ends`` around each."""
    return lambda text: "".join(
        ends[0] + chr(first + ord(char) - ord("a")) + ends[1] if char.isalpha() else char
        for char in text
    )


def written(kind: str, to: str) -> Callable[[str], str]:
    return lambda text: text.translate(str.maketrans(kind, to))


TURNED = str.maketrans("abceikmnprtu", "ɐqɔǝᴉʞɯudɹʇn")


@pytest.mark.parametrize(
    "disguise",
    [
        *map(apart, "/|,+:'#—–•~·🔥♥\u2800\u3164"),
        apart(". "),
        apart("  "),
        by_letter(0x249C),
        by_letter(0x1F110),
        by_letter(0x1F1E6),
        by_letter(ord("a"), ("(", ")")),
        by_letter(ord("a"), ("[", "]")),
        lambda text: "\u200b".join(by_letter(0x1F1E6)(text)),
        lambda text: text[::-1].translate(TURNED),
        lambda text: text.translate(TURNED),
        lambda text: re.sub("[aeiou]", lambda found: found[0] * 4, text),
        lambda text: re.sub(r"([aeiou])(\w*)", r"*\2", text),
        lambda text: re.sub(r"\b(\w{3})", r"\1-", text),
        written("aeio", "4310"),
        written("aeos", "@€0$"),
        written("ail", "^!|"),
        written("aceiknoprsu", "ᎪᏟᎬᏆᏦΝⲞᏢᏒᏚᏌ"),
        written("cknrstub", "ƈƙŋɍʂŧʉɓ"),
    ],
)
@pytest.mark.parametrize("text", ["keracunan", "penipuan", "boikot"])
def test_words_of_a_crisis_are_found_however_they_are_hidden(
    text: str, disguise: Callable[[str], str]
) -> None:
    assert plain(disguise(text)).lower() == text


@pytest.mark.parametrize(
    "text",
    [
        "Это очень плохой сервис, никогда больше",
        "Отличный кофе, рекомендую iPhone",
        "Κακή εξυπηρέτηση σήμερα στο κατάστημα",
        "Ես գոհ չեմ ծառայությունից",
        "บริการแย่มาก",
        "サービスが悪い",
        "café déjà vu, naïve",
        "MH370 B2B G20 3G 10rb 50k 128gb iPhone15 covid19 H1N1 P3K W3C S23FE mp3",
        "teman2 anak2 bagus2",
        "diskon 50% jam 10:30, harga Rp5.000",
        "tulis ke me@example.com atau @us3r di #h4sht4g",
        "https://a.example/a1b2c3d4",
        "U.S.A. dan a b c",
        "👩\u200d🚀 🏳️\u200d🌈",
        "🇮🇩 melawan 🇲🇾🇸🇬, 24/7, A/B, km/h, and/or",
        "cooool hahaha, kura-kura, e-mail, anti-perang, x*y",
        "(a) satu (b) dua, [1][2], R&B, O'Brien, PT. A. B. Tbk",
        "Pardon! Rp1|2, a^b, wow!wow",
    ],
)
def test_what_is_no_disguise_is_left_alone(text: str) -> None:
    assert plain(text) == text


@given(st.text(st.characters(codec=None, exclude_categories=[]), max_size=80))
def test_no_text_is_too_strange_and_a_plain_one_stays_plain(text: str) -> None:
    assert isinstance(plain(text), str)


@given(st.text("abcdefghijklmnopqrstuvwxyz ABC.,!?", max_size=60).filter(lambda t: " " in t))
def test_plain_words_are_never_changed(text: str) -> None:
    words = " ".join(word for word in text.split() if len(word.strip(".,!?")) > 1)
    if not re.search(r"[.!]|(.)\1\1", words.lower()):
        assert plain(words) == words


def test_leet_of_every_kind_of_word_is_read() -> None:
    for text in COMPLAINTS:
        words = [word for word in text.replace(",", "").split() if len(word) >= 5]
        for word in words:
            typed = word[0] + word[1:-1].translate(LEET) + word[-1]
            if not re.search(r"\d\d", typed):
                assert plain(typed) == word


@pytest.mark.parametrize(
    ("clipped", "word"),
    [("krcnan abis mnm", "keracunan"), ("KRCNN massal", "keracunan"), ("mnth2 gr2", "muntah")],
)
def test_a_word_of_a_crisis_is_known_by_its_consonants(clipped: str, word: str) -> None:
    assert word in plain(clipped)


@pytest.mark.parametrize(
    "text",
    ["strength of twelfths, lengths, angst", "brgnya blm dtg, trims", "@krcnn #mnth krcnn.id"],
)
def test_other_words_without_vowels_stay_as_they_are(text: str) -> None:
    assert plain(text) == text
