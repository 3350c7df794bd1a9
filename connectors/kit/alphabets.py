"""Which one-byte encoding text is in, by the alphabets it could be written in.

Each encoding gives other letters for the same bytes; in the right one nearly all of them are of one
language's alphabet, and capitals stand where words begin.
"""

from __future__ import annotations

import re

_WEST = "éèêëàâçùûîïôœ" + "äöüß" + "ñáíóúü" + "ãõâêç" + "åøæ" + "ìòàè"
_QUOTES = "“”‘’„‚–—…•€£©®™«»¿¡°·\xa0§"
_RUSSIAN = "абвгдежзийклмнопрстуфхцчшщъыьэюяё№"
_UKRAINIAN = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюяў№"
_GREEK = "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ"
_ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءآأؤإئپچژگکی،؛؟ـ" + "ًٌٍَُِّْ"
_HEBREW = "אבגדהוזחטיךכלםמןנסעףפץצקרשתװױײ"
_THAI = "".join(map(chr, range(0xE01, 0xE5C)))

ALPHABETS = (
    ("cp1250", "áéíóöőúüű"),
    ("cp1252", _WEST),
    ("cp1254", "çğıöşüâîûİ"),
    ("cp1252", "áéíóúýþæöð"),
    ("cp1250", "áčďéěíňóřšťúůýžľĺŕäô"),
    ("cp1250", "ąćęłńóśźż"),
    ("cp1250", "ăâîşţ"),
    ("cp1250", "čćđšž"),
    ("iso8859-2", "áčďéěíňóřšťúůýžľĺŕäô"),
    ("iso8859-2", "ąćęłńóśźż"),
    ("iso8859-2", "ăâîşţ"),
    ("iso8859-2", "áéíóöőúüű"),
    ("cp1257", "ąčęėįšųūž"),
    ("cp1257", "āčēģīķļņšūž"),
    ("cp1257", "äõöüšž"),
    ("mac_roman", _WEST),
    ("mac_turkish", "çğıöşüâîûİ"),
    ("cp850", _WEST),
    ("cp1251", _RUSSIAN),
    ("cp1251", _UKRAINIAN),
    ("koi8_r", _RUSSIAN),
    ("koi8_u", _UKRAINIAN),
    ("iso8859-5", _RUSSIAN),
    ("cp866", _RUSSIAN),
    ("mac_cyrillic", _RUSSIAN),
    ("cp1253", _GREEK),
    ("iso8859-7", _GREEK),
    ("cp1255", _HEBREW),
    ("cp1256", _ARABIC),
    ("iso8859-6", _ARABIC),
    ("tis_620", _THAI),
)
"""Encodings and the letters a language writes in them; the likelier one first."""

_WORD = re.compile(rb"[^\s<>]*[\x80-\xff][^\s<>]*")
ENOUGH = 1 << 14
"""Bytes of words with such letters that are looked at."""

_BEYOND = re.compile(r"[^\x00-\x7f]")
_MISPLACED = re.compile(
    r"(?<=[a-zà-ÿа-яα-ω])[A-ZÀ-ÞА-ЯΑ-Ω]|(?<=[^\W\d_])[^\w\s\x00-\x7f’‘](?=[^\W\d_])"
)
"""A capital behind a small letter, a sign within a word."""


COMMON = {
    _RUSSIAN: "оеаинтсрвл",
    _UKRAINIAN: "оаниівтерс",
    _GREEK: "αοιετσνηυρ",
    _ARABIC: "اليمونترب",
    _HEBREW: "יוהלאמרתב",
    _THAI: "านรอกเงมยล",
}
"""The commonest letters of alphabets that other scripts fill as well."""


def likeliest(sample: bytes, *, latin: bool, least: float = 0.5) -> str:
    """The encoding whose letters are most of one alphabet, a Latin one or another; "" where none
    fits at ``least``, from -1 (all are of others) to 1."""
    words = b" ".join(_WORD.findall(sample))[:ENOUGH]
    best, top = "", least
    for encoding, letters in ALPHABETS:
        if (letters not in COMMON) != latin:
            continue
        text = words.decode(encoding, "replace")
        found = _BEYOND.findall(text)
        known = letters + letters.upper() + _QUOTES
        wrong = sum(sign not in known for sign in found) + len(_MISPLACED.findall(text))
        score = 1 - 2 * wrong / max(1, len(found))
        common = COMMON.get(letters, "")
        score += 0.2 * sum(sign in common for sign in found) / max(1, len(found))
        if score > top + 1e-9:
            best, top = encoding, score
    return best
