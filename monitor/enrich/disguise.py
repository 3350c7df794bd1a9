"""Texts as a person sees them, whatever letters they are made of: for reading only.

Look-alikes of other scripts, letters of mathematics, circles, brackets, flags and full width,
digits for letters (k3cewa), letters kept apart (k e c e w a, k/e/c/e/w/a), upside down or drawn out
(baaasi), marks heaped on letters and a crisis' words without their vowels (krcnan) are turned into
plain letters. Real Cyrillic and Greek stay as
they are: a word is changed only where all of its letters have a Latin look-alike and Latin letters
stand beside them, in the word or, if no other word of the text is of that script, in the text.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from monitor.enrich.crisis.lexicon import COMMON, shipped_terms

_FILE = Path(__file__).parent / "lookalikes.txt"
_NAMED = re.compile(
    r"LATIN (?:LETTER )?(SMALL CAPITAL|SMALL LETTER|CAPITAL LETTER)"
    r"(?: (?:TURNED|REVERSED|OPEN|SCRIPT|DOTLESS|BROKEN|SIDEWAYS|INVERTED))* ([A-Z])(?: WITH .*)?"
)
_NAMED_RANGES = (
    (0xD8, 0x24F),
    (0x250, 0x2AF),
    (0x1D00, 0x1D7F),
    (0x2C60, 0x2C7F),
    (0xA720, 0xA7FF),
)


@functools.cache
def _lookalikes() -> Mapping[int, str]:
    """Letters that look like Latin ones, and which: those listed, and Latin ones with hooks and
    strokes by their names (accents are marks, and no disguise)."""
    found = {}
    for code in itertools.chain.from_iterable(range(a, b + 1) for a, b in _NAMED_RANGES):
        named = _NAMED.fullmatch(unicodedata.name(chr(code), ""))
        if named and not unicodedata.decomposition(chr(code)):
            found[code] = named[2] if named[1] == "CAPITAL LETTER" else named[2].lower()
    for line in _FILE.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            letter, like = line.split()
            found |= dict.fromkeys(map(ord, like), letter)
    return found


_SIGNS = (
    r"\u0180-\u02ff\u0370-\u058f\u13a0-\u167f\u1d00-\u1d7f\u2c60-\u2cff\ua4d0-\ua4ff\ua720-\ua7ff"
)
_ODD = re.compile(rf"[{_SIGNS}]")
_ODD_WORD = re.compile(rf"(?<![^\W\d_])[^\W\d_]*{_ODD.pattern}[^\W\d_]*")
"""From a word's begin on: to try it at every letter takes time that grows with the square."""
_OTHER_SCRIPT = re.compile(r"[\u0370-\u052f\u0531-\u058f\u13a0-\u167f\u2c80-\u2cff\ua4d0-\ua4ff]")
_NEVER_REAL = re.compile(r"[\u13a0-\u167f\u2c80-\u2cff\ua4d0-\ua4ff]")
"""Scripts that nobody writes who writes Indonesian or English: Cherokee, Lisu, Coptic …"""
_LATIN = re.compile(r"[A-Za-z]")
_SQUARES = {
    base + at: chr(65 + at)
    for base in (0x1F130, 0x1F150, 0x1F170)  # squared, circled and squared in negative
    for at in range(26)
}
_SQUARE = re.compile("[\U0001f130-\U0001f189]")
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
    "|(?<=[ -~])\ufe0f|(?<![\u2190-\U0001ffff])\u200d|\u200d(?![\u2190-\U0001ffff])"
)
_MAYBE_UNSEEN = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u206f\ufe0f\ufeff]")
"""What nobody sees; the joiner within an emoji stays."""
_HEAPED = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+")
_DIGITS = str.maketrans("013457689@$€", "oieastbbgase")
_DIGIT_WITHIN = re.compile(r"[013457@$€](?:(?<=[A-Za-z].)|(?<=[0$])[a-z]{3})")
_LEET = re.compile(
    r"(?<![\w@#./:$-])(?:(?=[\w$€]*[A-Za-z][01345@$€](?:[A-Za-z]|[01345@$€](?![\w@$€])))"
    r"[A-Za-z0-9$€][A-Za-z$@€0-9]{2,23}|[0$][a-z]{3,23})(?![\w@/:]|\.\w)"
)
_NUMBERED = re.compile(r"[A-Z0-9]{1,4}|[A-Za-z]*\d{2,}[A-Za-z]*|\d+[a-z]{1,4}|[A-Za-z]+\d{1,4}")
"""Names of things and amounts: MH370, B2B, 10rb, iPhone15."""

_BLANKS = str.maketrans(dict.fromkeys("\u115f\u1160\u2800\u3164\uffa0", " "))
_FLAGS = re.compile("[\U0001f1e6-\U0001f1ff]+")
_BRACKETED = re.compile(r"(?:[(\[{<〔【][^\W\d_][)\]}>〕】]){3,}")
_TURNED = str.maketrans("ɐqɔpǝɟƃɥᴉıɾʞlɯudbɹʇnʌʍʎ", "abcdefghiijklmnpqrtuvwy")
_UPSIDE_DOWN = re.compile(r"[ɐɔǝɟƃɥᴉɾʞɯɹʇʌʍʎ][^ɐɔǝɟƃɥᴉɾʞɯɹʇʌʍʎ]*[ɐɔǝɟƃɥᴉɾʞɯɹʇʌʍʎ]")

_APART = "[ ./|*~_+,:'#=^\n\u0080-\U0010ffff-]"
_SINGLES = re.compile(rf"{_APART}[^\W\d_]{_APART}{{1,3}}[^\W\d_]{_APART}")
_SPACED = re.compile(
    r"(?<![^\W_])[^\W\d_](?P<by>[^\w\s]\ufe0f? ?|_| {1,3}|\n)"
    r"(?:[^\W\d_](?P=by)){2,}[^\W\d_](?![^\W_]|\.\w)"
)
_DRAWN_OUT = re.compile(r"[^\W\d_]*([^\W\d_])\1\1[^\W\d_]*")
_THRICE_OR_MORE = re.compile(r"([^\W\d_])\1{2,}")
_MARKED = re.compile(r"[013457@$€|^*!](?:(?<=[a-zA-Z].))(?:[013457@$€|^*!]*[a-zA-Z]|[1345](?!\d))")
_MARKED_WORD = re.compile(r"(?<![\w@#./:*-])[A-Za-z013457@$€|^*!]{4,24}(?![\w@/:*])")
_PART = re.compile(r"[-.](?:(?<=[A-Za-z].))[A-Za-z]{2}")
_PARTED = re.compile(r"(?<![\w@#./:-])[A-Za-z]{2,12}[-.][A-Za-z]{2,12}(?![\w@/:-]|\.\w)")
_SIGNS_OF_LETTERS = tuple(
    str.maketrans("013457@$€|!^", letters) for letters in ("oieastaseiia", "oleastaselia")
)
_CONSONANT = "[b-df-hj-np-tv-xz]"
_CLIPPING = re.compile(rf"{_CONSONANT}{{4}}", re.IGNORECASE)
_CLIPPED = re.compile(
    rf"(?<![\w@#./:-])(?={_CONSONANT}*[aeiou]?{_CONSONANT}+2?(?![\w@/:]|\.\w))"
    rf"[a-z]*{_CONSONANT}{{4}}[a-z]*",
    re.IGNORECASE,
)
_VOWELS = str.maketrans("", "", "aeiou")
LEAST_CONSONANTS = 4
"""Of fewer a word cannot be told."""

MAX_STARS = 2
MAX_DRAWN_OUT = 6
"""Places of a word that may be drawn out."""

_TRIPLE = re.compile(r"([aeiougklmnrsthyAEIOUGKLMNRSTHY])\1\1")
_BRACKETS = re.compile(r"[)\]}>〕】][(\[{<〔【]")


def plain(text: str) -> str:
    """``text`` in plain letters; the same text where there is nothing to turn."""
    if not text.isascii():
        text = _unmasked(text)
    if _DIGIT_WITHIN.search(text):
        text = _LEET.sub(_spelled, text)
    if _BRACKETS.search(text):
        text = _BRACKETED.sub(lambda found: re.sub(r"[\W_]", "", found[0]), text)
    if _SINGLES.search(text):
        text = _SPACED.sub(lambda found: found[0].replace(found["by"], ""), text)
    if _TRIPLE.search(text):
        text = _DRAWN_OUT.sub(lambda found: _shortened(found[0]), text)
    if _MARKED.search(text):
        text = _MARKED_WORD.sub(_as_known, text)
    if _PART.search(text):
        text = _PARTED.sub(_joined, text)
    if _CLIPPING.search(text):
        text = _CLIPPED.sub(lambda found: _clipped().get(_bare(found[0]), found[0]), text)
    return text


def _unmasked(text: str) -> str:
    if _SQUARE.search(text):
        text = text.translate(_SQUARES)
    if _FLAGS.search(text):
        text = _FLAGS.sub(_letters_of_flags, text)
    if _MAYBE_UNSEEN.search(text):
        text = _UNSEEN.sub("", text)
    text = unicodedata.normalize("NFKC", text).translate(_BLANKS)
    if _HEAPED.search(text):
        text = _HEAPED.sub("", text)
    if _UPSIDE_DOWN.search(text):
        text = _upright(text)
    if _ODD.search(text):
        real = _is_of_another_script(text)
        text = _ODD_WORD.sub(lambda found: _latin(found[0], real=real), text)
    return text


def _upright(text: str) -> str:
    """A text that stands on its head, or whose letters do: whichever gives more known words."""
    ways = (text[::-1].translate(_TURNED), text.translate(_TURNED))
    return max(ways, key=lambda way: sum(word in known_words() for word in way.lower().split()))


def _as_known(found: re.Match[str]) -> str:
    """A word with signs in it as it is known without, else as it was: b451, ker*cunan. An
    exclamation mark behind it may be one."""
    word = found[0]
    if word.rstrip("!").isalpha():
        return word
    tried: list[str] = []
    for signs in _SIGNS_OF_LETTERS:
        tried += [word.translate(signs), word.rstrip("!").translate(signs)]
    if 0 < word.count("*") <= MAX_STARS:
        for vowels in itertools.product("aeiou", repeat=word.count("*")):
            given = iter(vowels)
            tried.append("".join(next(given) if char == "*" else char for char in word))
    known = known_words()
    return next((way for way in tried if len(way) > 3 and way.lower() in known), word)


def _joined(found: re.Match[str]) -> str:
    """A word in two parts as it is known in one, else as it was: ker-acunan."""
    whole = re.sub(r"[-.]", "", found[0])
    return whole if len(whole) > 5 and whole.lower() in known_words() else found[0]


def _letters_of_flags(found: re.Match[str]) -> str:
    """The letters that flags are made of, where they are no flags: not in pairs, or too many."""
    run = found[0]
    if len(run) in (2, 4):
        return run
    return "".join(chr(ord(sign) - 0x1F1E6 + ord("a")) for sign in run)


def _shortened(word: str) -> str:
    """A word whose letters are drawn out as it is known, else as it was."""
    parts = _THRICE_OR_MORE.split(word)
    if len(parts) > 2 * MAX_DRAWN_OUT + 1:
        return word
    choices = [(part, part * 2) if at % 2 else (part,) for at, part in enumerate(parts)]
    known = known_words()
    made = ("".join(chosen) for chosen in itertools.product(*choices))
    return next((short for short in made if len(short) > 2 and short.lower() in known), word)


def _bare(word: str) -> str:
    return word.lower().translate(_VOWELS)


@functools.cache
def _clipped() -> Mapping[str, str]:
    """Words that name a crisis by themselves, by their consonants, where no two have the same."""
    found: dict[str, str] = {}
    alone = [term.parts[0] for term in shipped_terms() if len(term.parts) == 1]
    words = {phrase[0] for part in alone for phrase in part if len(phrase) == 1} - COMMON
    for word in words:
        bare = _bare(word)
        if word.isalpha() and word.isascii() and LEAST_CONSONANTS <= len(bare) < len(word) - 1:
            found[bare] = "" if bare in found else word
    return {bare: word for bare, word in found.items() if word}


@functools.cache
def known_words() -> frozenset[str]:
    """Words by which a disguise is seen through, in lower case: common ones and a crisis's."""
    return COMMON.union(*(words for term in shipped_terms() for words in term.words))


def _is_of_another_script(text: str) -> bool:
    """Whether some word of the text is really Cyrillic, Greek …: of that script alone, with a
    letter that has no Latin look-alike; or no word is Latin."""
    latin = False
    for word in re.findall(r"[^\W\d_]+", text):
        if _LATIN.search(word):
            latin = True
        elif not _NEVER_REAL.search(word) and _OTHER_SCRIPT.search(word.translate(_lookalikes())):
            return True
    return not latin


def _latin(word: str, *, real: bool) -> str:
    turned = word.translate(_lookalikes())
    if not _OTHER_SCRIPT.search(word):
        return turned  # small capitals and the like are of no language
    if _OTHER_SCRIPT.search(turned):
        return word
    if real and not _LATIN.search(word) and not _NEVER_REAL.search(word):
        return word
    return turned


def _spelled(found: re.Match[str]) -> str:
    word = found[0]
    return word if _NUMBERED.fullmatch(word) else word.translate(_DIGITS)
