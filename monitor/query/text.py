"""How a query sees a text: without case, accents and what nobody sees, on word boundaries."""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from html import unescape

from monitor.query.korean import FIRST, LAST, only_particles

_LOOKALIKES = str.maketrans("‘’‚‛′`´“”„‟″«»‐‑‒–—―−ıøłđØŁĐ", "'''''''\"\"\"\"\"\"\"-------ioldold")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});")
SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
"""Scripts written without spaces (Thai, Lao, Burmese, Khmer, Japanese, Chinese)."""

ADDRESSES = r"https?://\S+|www\.\S+|(?<!\S)\S+@\S+|@[\w.]+"
"""Links, mail addresses and accounts, as a pattern. A mail address begins where nothing stands
before it: to look for one at every letter takes time that grows with the square of the length."""

_FIRST_SPACELESS = "\u0e00"

TATWEEL = 0x640
"""The stroke that only makes an Arabic word longer."""

_TAG_BEFORE = re.compile(r"#\w+$")


def normalise(text: str) -> str:
    """The form in which queries and texts are compared.

    Compatibility forms are unified (NFKD: 𝐠𝐚𝐫𝐮𝐝𝐚), case is folded (ı and I are i); accents,
    zero-width and bidi characters, NUL and lone surrogates are dropped; marks that are letters, as
    Thai vowels and the voicing of kana, are kept; curly quotes and dashes become plain; each run
    of white space is one space. Never raises.
    """
    if "\0" in text:
        text = text.replace("\0", "")
    if text.isascii():
        return " ".join(text.lower().split())
    text = text.translate(_LOOKALIKES)
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return " ".join(unicodedata.normalize("NFC", _unseen().sub("", text)).split())


def unescaped(text: str) -> str:
    """``text`` without the entities that platforms write for signs, where they wrote them twice
    too (``&amp;amp;``)."""
    for _ in range(2):
        if "&" not in text or ";" not in text:
            break
        text = _ENTITY.sub(lambda found: unescape(found[0]), text)
    return text


_ACCENTS = (
    range(0x300, 0x370),
    range(0x483, 0x48A),
    range(0x591, 0x5C8),
    range(0x610, 0x61B),
    range(0x64B, 0x660),
    range(0x670, 0x671),
    range(0x6D6, 0x6EE),
    range(0x8D3, 0x900),
    range(0x180B, 0x1810),
    range(0x1AB0, 0x1B00),
    range(0x1DC0, 0x1E00),
    range(0x20D0, 0x2100),
    range(0xFE00, 0xFE30),
    range(0xE0100, 0xE01F0),
)
"""Blocks of combining marks for letters of any script, of Hebrew and Arabic vowel signs, and of
variation selectors."""


@functools.cache
def _unseen() -> re.Pattern[str]:
    """Accents, format characters and surrogates: what is dropped before comparing. An accent is a
    combining mark made for any letter, or a vowel sign of Hebrew and Arabic, which most leave out;
    other scripts' marks are letters.

    Made when first needed: asking for the category of every character takes some 15 ms.
    """
    dropped = [*range(0x300, 0x20000), *range(0xE0000, 0xE0200)]
    ranges: list[list[int]] = []
    for code in (0xAD, *dropped):
        category = unicodedata.category(chr(code))
        accent = category in ("Mn", "Me") and any(code in span for span in _ACCENTS)
        if not accent and category not in ("Cf", "Cs") and code != TATWEEL:
            continue
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return re.compile("[" + "".join(f"\\U{a:08x}-\\U{b:08x}" for a, b in ranges) + "]")


def is_word(char: str) -> bool:
    """Whether this character is part of a word: a letter, a digit, a mark or ``_``."""
    return char.isalnum() or char == "_" or is_mark(char)


def is_mark(char: str) -> bool:
    """Whether this is a mark that goes on with the letter before it."""
    return char > "\u0300" and unicodedata.category(char) in ("Mn", "Mc", "Me")


@functools.cache
def marks() -> str:
    """All marks of living scripts, as they stand in a regular expression's class."""
    return "".join(char for char in map(chr, range(0x300, 0x3100)) if is_mark(char))


@dataclass(frozen=True, slots=True)
class Pattern:
    """A normalised piece of text to be found. ``left`` and ``right``: the sides that must not
    continue with a word character. ``account``: nor with a dot or dash and more of a name, as
    ``@kopi`` does in ``@kopi.id``. ``prefix``: it may be the beginning of a word. ``others``: it is
    also written so, with the same letters at its edges."""

    text: str
    left: bool = True
    right: bool = True
    account: bool = False
    prefix: bool = False
    others: tuple[str, ...] = ()

    def fits(self, text: str, start: int, end: int) -> bool:
        """Whether an occurrence in a normalised text stands on the word boundaries it needs."""
        if self.left and start > 0:
            outside = text[start - 1]
            if (outside.isalnum() or outside == "_") and _joined(outside, text[start]):
                another = text[start] == "#" and _TAG_BEFORE.search(
                    text[max(0, start - 80) : start]
                )
                if not another:  # tags are written one behind the other: #kopi#basi
                    return False
        if self.right and end < len(text):
            outside = text[end]
            if (outside.isalnum() or outside == "_") and _joined(outside, text[end - 1]):
                return FIRST <= outside <= LAST and only_particles(text, end)
        if end < len(text):
            if text[end] > "\u0300" and not self.prefix and is_mark(text[end]):
                return False  # the letter at the edge is another one
            if self.account and _goes_on(text, end):
                return False
        return True

    def found_in(self, text: str) -> bool:
        """Whether it occurs in a normalised text."""
        for written in (self.text, *self.others):
            start = text.find(written) if written else -1
            while start >= 0:
                if self.fits(text, start, start + len(written)):
                    return True
                start = text.find(written, start + 1)
        return False


def _joined(outside: str, edge: str) -> bool:
    """Whether a word character outside goes on with the word at the pattern's edge."""
    if outside < _FIRST_SPACELESS and edge < _FIRST_SPACELESS:
        return True
    return not (SPACELESS.match(outside) or SPACELESS.match(edge))


def _goes_on(text: str, end: int) -> bool:
    """Whether an account's name goes on behind a dot or a dash."""
    match = _MORE_OF_A_NAME.match(text, end)
    return match is not None and match[1] not in ("nya", "ku", "mu", "lah", "kah", "pun")


_MORE_OF_A_NAME = re.compile(r"[.-]+(\w+)")


def pattern(written: str, *, prefix: bool = False, account: bool = False) -> Pattern:
    """What to look for, for a term as written. A side that is punctuation (``c++``, ``.net``)
    needs no boundary; ``#`` and ``@`` begin a tag or a name only where no word precedes them."""
    text = normalise(written)
    left = bool(text) and (is_word(text[0]) or text[0] in "#@")
    right = bool(text) and is_word(text[-1]) and not prefix
    return Pattern(text, left, right, account, prefix)


def searchable(text: str) -> bool:
    """Whether a normalised text holds anything to search for: a letter, a digit or a symbol such
    as an emoji; not only punctuation."""
    return any(char.isalnum() or unicodedata.category(char) == "So" for char in text)


def hinted(hint: str) -> str:
    """A platform's language code in our terms; ``""`` where it says nothing.

    Twitter still says ``in`` for Indonesian; ``und`` is its word for "cannot tell".
    """
    code = hint.replace("_", "-").partition("-")[0].lower()
    if code in ("", "und", "zxx", "qme", "qht", "qam", "qst", "qct"):
        return ""
    known = {"id": "id", "in": "id", "ind": "id", "en": "en", "eng": "en", "mixed": "mixed"}
    regional = (
        "regional",
        "jv",
        "jw",
        "su",
        "min",
        "ban",
        "bjn",
        "mad",
        "ace",
        "bug",
        "bbc",
        "nij",
    )
    return "regional" if code in regional else known.get(code, "other")
