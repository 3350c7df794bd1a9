"""What Korean writes right behind a name, in one word with it: 카페가, 카페는, 카페에서도."""

from __future__ import annotations

import re

FIRST, LAST = "\uac00", "\ud7a3"
"""Syllables of Hangul."""

_FINALS = 28
_RIEUL = 8
"""Each syllable's number, modulo 28, says which consonant ends it: none is 0, ㄹ is 8."""

_AFTER_ANY = (
    "(?:의|도|만|들|에|에서|에게|에게서|한테|한테서|께|께서|까지|부터|처럼|보다|마다|조차|마저|밖에"
    "|하고|같은|측|입니다|이에요|인데|이라고|이라는"
)
_THEN = "(?:은|는|도|만|의|이|을|를|에|에서|에게|까지|부터)?(?:는|도)?"
_PARTICLES = {
    "vowel": re.compile(
        rf"{_AFTER_ANY}|가|는|를|와|로|로서|로써|로부터|나|라고|라는|랑|예요){_THEN}"
    ),
    "ㄹ": re.compile(rf"{_AFTER_ANY}|이|은|을|과|로|로서|로써|로부터|이나|이랑){_THEN}"),
    "consonant": re.compile(
        rf"{_AFTER_ANY}|이|은|을|과|으로|으로서|으로써|으로부터|이나|이랑){_THEN}"
    ),
}
"""The particles (조사) that may follow, by the end of the name: 이/가, 은/는, 을/를, 과/와 and
으로/로 depend on it, which tells 카페가 from another word."""


def only_particles(text: str, end: int) -> bool:
    """Whether only particles follow a name of Hangul that ends here in a normalised text. One
    syllable is the beginning of too many words."""
    if end < 2 or not (FIRST <= text[end - 1] <= LAST and FIRST <= text[end - 2] <= LAST):
        return False
    final = (ord(text[end - 1]) - ord(FIRST)) % _FINALS
    ending = "vowel" if final == 0 else "ㄹ" if final == _RIEUL else "consonant"
    rest = end
    while rest < len(text) and FIRST <= text[rest] <= LAST:
        rest += 1
    if rest < len(text) and (text[rest].isalnum() or text[rest] == "_"):
        return False
    return _PARTICLES[ending].fullmatch(text, end, rest) is not None
