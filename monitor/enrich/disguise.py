"""Texts as a person sees them, whatever letters they are made of: for reading only.

Look-alikes of other scripts, letters of mathematics, circles and full width, digits for letters
(k3cewa), spaced letters (k e c e w a) and marks heaped on letters are turned into plain letters.
Real Cyrillic and Greek stay as they are: a word is changed only where all of its letters have a
Latin look-alike and Latin letters stand beside them, in the word or, if no other word of the text
is of that script, in the text.
"""

from __future__ import annotations

import re
import unicodedata

_LOOKALIKES = str.maketrans(
    {
        # Cyrillic
        "а": "a",
        "ӑ": "a",
        "ӓ": "a",
        "в": "b",
        "ь": "b",
        "г": "r",
        "ԁ": "d",
        "е": "e",
        "ё": "e",
        "ә": "e",
        "һ": "h",
        "н": "h",
        "і": "i",
        "ї": "i",
        "ј": "j",
        "к": "k",
        "ӏ": "l",
        "м": "m",
        "п": "n",
        "о": "o",
        "р": "p",
        "ԛ": "q",
        "ѕ": "s",
        "с": "c",
        "т": "t",
        "у": "y",
        "ѵ": "v",
        "ԝ": "w",
        "х": "x",
        "ӽ": "x",
        "и": "u",
        "А": "A",
        "В": "B",
        "Е": "E",
        "Ё": "E",
        "Ѕ": "S",
        "І": "I",
        "Ї": "I",
        "Ј": "J",
        "К": "K",
        "М": "M",
        "Н": "H",
        "О": "O",
        "Р": "P",
        "С": "C",
        "Т": "T",
        "У": "Y",
        "Х": "X",
        "Ү": "Y",
        "Ԍ": "G",
        "Ԛ": "Q",
        "Ԝ": "W",
        "Ѵ": "V",
        "Ь": "b",
        "ԍ": "g",
        "ց": "g",
        "қ": "k",
        "ҝ": "k",
        "ҡ": "k",
        "ӄ": "k",
        "ҥ": "h",
        "ң": "h",
        "ҳ": "x",
        "ү": "y",
        "ұ": "y",
        "Ӏ": "l",
        "ґ": "r",
        "я": "r",
        "Я": "R",
        "И": "N",
        "П": "N",
        "з": "z",
        "З": "Z",
        "ԃ": "d",
        "ԅ": "z",
        "ԏ": "t",
        "ѐ": "e",
        "ў": "y",
        "ѓ": "r",
        "ќ": "k",
        # Greek
        "α": "a",
        "ά": "a",
        "β": "b",
        "ϲ": "c",
        "δ": "d",
        "ε": "e",
        "έ": "e",
        "ϝ": "f",
        "η": "n",
        "ή": "n",
        "ι": "i",
        "ί": "i",
        "ϊ": "i",
        "ϳ": "j",
        "κ": "k",
        "ν": "v",
        "ο": "o",
        "ό": "o",
        "ρ": "p",
        "σ": "o",
        "ς": "s",
        "τ": "t",
        "υ": "u",
        "ύ": "u",
        "χ": "x",
        "γ": "y",
        "ω": "w",
        "μ": "u",
        "Α": "A",
        "Β": "B",
        "Ε": "E",
        "Ζ": "Z",
        "Η": "H",
        "Ι": "I",
        "Κ": "K",
        "Μ": "M",
        "Ν": "N",
        "Ο": "O",
        "Ρ": "P",
        "Τ": "T",
        "Υ": "Y",
        "Χ": "X",
        "Ϲ": "C",
        "Ϳ": "J",
        # Armenian, Cherokee, small capitals and letters of phonetics
        "օ": "o",
        "ո": "n",
        "ս": "u",
        "հ": "h",
        "ք": "p",
        "զ": "q",
        "ա": "w",
        "Օ": "O",
        "Ꭺ": "A",
        "Ᏼ": "B",
        "Ꮯ": "C",
        "Ꭰ": "D",
        "Ꭼ": "E",
        "Ꮐ": "G",
        "Ꮋ": "H",
        "Ꭵ": "i",
        "Ꭻ": "J",
        "Ꮶ": "K",
        "Ꮮ": "L",
        "Ꮇ": "M",
        "Ꮲ": "P",
        "Ꮪ": "S",
        "Ꭲ": "T",
        "Ꮩ": "V",
        "Ꮃ": "W",
        "Ꮓ": "Z",
        "ᴀ": "a",
        "ʙ": "b",
        "ᴄ": "c",
        "ᴅ": "d",
        "ᴇ": "e",
        "ꜰ": "f",
        "ɢ": "g",
        "ʜ": "h",
        "ɪ": "i",
        "ᴊ": "j",
        "ᴋ": "k",
        "ʟ": "l",
        "ᴍ": "m",
        "ɴ": "n",
        "ᴏ": "o",
        "ᴘ": "p",
        "ǫ": "q",
        "ʀ": "r",
        "ꜱ": "s",
        "ᴛ": "t",
        "ᴜ": "u",
        "ᴠ": "v",
        "ᴡ": "w",
        "ʏ": "y",
        "ᴢ": "z",
        "ɑ": "a",
        "ɡ": "g",
        "ɩ": "i",
        "ı": "i",
        "ʋ": "v",
        "ɛ": "e",
        "ɔ": "o",
        "ƙ": "k",
        "ƅ": "b",
        "ƨ": "s",
        "ɾ": "r",
        "ɐ": "a",
        "ǝ": "e",
        "ɹ": "r",
        "ʇ": "t",
        "ʌ": "v",
        "ʍ": "w",
        "ɯ": "m",
        "ƿ": "p",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ħ": "h",
        "ŧ": "t",
    }
)
"""Letters that look like Latin ones, and which (after Unicode's confusables, UTS 39)."""

_ODD = re.compile(r"[\u0180-\u02ff\u0370-\u058f\u13a0-\u13ff\u1d00-\u1d7f\ua720-\ua7ff]")
_ODD_WORD = re.compile(rf"(?<![^\W\d_])[^\W\d_]*{_ODD.pattern}[^\W\d_]*")
"""From a word's begin on: to try it at every letter takes time that grows with the square."""
_OTHER_SCRIPT = re.compile(r"[\u0370-\u052f\u0531-\u058f\u13a0-\u13ff]")
_LATIN = re.compile(r"[A-Za-z]")
_SQUARES = {
    base + at: chr(65 + at)
    for base in (0x1F130, 0x1F150, 0x1F170)  # squared, circled and squared in negative
    for at in range(26)
}
_SQUARE = re.compile("[\U0001f130-\U0001f189]")
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
    "|(?<![\u2190-\U0001ffff])\u200d|\u200d(?![\u2190-\U0001ffff])"
)
_MAYBE_UNSEEN = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u206f\ufeff]")
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

_SINGLES = re.compile(r"[ .*_~·•-]\w[ .*_~·•-]\w[ .*_~·•-]")
_SPACED = re.compile(
    r"(?<![^\W_])[^\W\d_](?P<by>[ .*_~·•-])(?:[^\W\d_](?P=by)){2,}[^\W\d_](?![^\W_]|\.\w)"
)


def plain(text: str) -> str:
    """``text`` in plain letters; the same text where there is nothing to turn."""
    if not text.isascii():
        text = _unmasked(text)
    if _DIGIT_WITHIN.search(text):
        text = _LEET.sub(_spelled, text)
    if _SINGLES.search(text):
        text = _SPACED.sub(lambda found: found[0].replace(found["by"], ""), text)
    return text


def _unmasked(text: str) -> str:
    if _SQUARE.search(text):
        text = text.translate(_SQUARES)
    if _MAYBE_UNSEEN.search(text):
        text = _UNSEEN.sub("", text)
    text = unicodedata.normalize("NFKC", text)
    if _HEAPED.search(text):
        text = _HEAPED.sub("", text)
    if _ODD.search(text):
        real = _is_of_another_script(text)
        text = _ODD_WORD.sub(lambda found: _latin(found[0], real=real), text)
    return text


def _is_of_another_script(text: str) -> bool:
    """Whether some word of the text is really Cyrillic, Greek …: of that script alone, with a
    letter that has no Latin look-alike; or no word is Latin."""
    latin = False
    for word in re.findall(r"[^\W\d_]+", text):
        if _LATIN.search(word):
            latin = True
        elif _OTHER_SCRIPT.search(word.translate(_LOOKALIKES)):
            return True
    return not latin


def _latin(word: str, *, real: bool) -> str:
    turned = word.translate(_LOOKALIKES)
    if not _OTHER_SCRIPT.search(word):
        return turned  # small capitals and the like are of no language
    if _OTHER_SCRIPT.search(turned) or (real and not _LATIN.search(word)):
        return word
    return turned


def _spelled(found: re.Match[str]) -> str:
    word = found[0]
    return word if _NUMBERED.fullmatch(word) else word.translate(_DIGITS)
