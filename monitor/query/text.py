"""How a query sees a text: without case, accents and what nobody sees, on word boundaries."""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass

_LOOKALIKES = str.maketrans("‘’‚‛′`´“”„‟″«»‐‑‒–—―−", "'''''''\"\"\"\"\"\"\"-------")
_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
"""Scripts written without spaces (Thai, Lao, Burmese, Khmer, Japanese, Chinese)."""

_FIRST_SPACELESS = "\u0e00"


def normalise(text: str) -> str:
    """The form in which queries and texts are compared.

    Compatibility forms are unified (NFKD: 𝐠𝐚𝐫𝐮𝐝𝐚), case is folded; accents, zero-width and bidi
    characters, NUL and lone surrogates are dropped; curly quotes and dashes become plain; each
    run of white space is one space. Never raises.
    """
    if "\0" in text:
        text = text.replace("\0", "")
    if text.isascii():
        return " ".join(text.lower().split())
    text = text.translate(_LOOKALIKES)
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return " ".join(_unseen().sub("", text).split())


@functools.cache
def _unseen() -> re.Pattern[str]:
    """Combining marks, format characters and surrogates: what is dropped before comparing.

    Made when first needed: asking for the category of every character takes some 15 ms.
    """
    dropped = [*range(0x300, 0x20000), *range(0xE0000, 0xE0200)]
    ranges: list[list[int]] = []
    for code in (0xAD, *dropped):
        if unicodedata.category(chr(code)) not in ("Mn", "Me", "Cf", "Cs"):
            continue
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return re.compile("[" + "".join(f"\\U{a:08x}-\\U{b:08x}" for a, b in ranges) + "]")


def is_word(char: str) -> bool:
    """Whether this character is part of a word: a letter, a digit or ``_``."""
    return char.isalnum() or char == "_"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A normalised piece of text to be found. ``left`` and ``right``: the sides that must not
    continue with a word character."""

    text: str
    left: bool = True
    right: bool = True

    def fits(self, text: str, start: int, end: int) -> bool:
        """Whether an occurrence in a normalised text stands on the word boundaries it needs."""
        if self.left and start > 0:
            outside = text[start - 1]
            if (outside.isalnum() or outside == "_") and _joined(outside, text[start]):
                return False
        if self.right and end < len(text):
            outside = text[end]
            if (outside.isalnum() or outside == "_") and _joined(outside, text[end - 1]):
                return False
        return True

    def found_in(self, text: str) -> bool:
        """Whether it occurs in a normalised text."""
        start = text.find(self.text)
        while start >= 0:
            if self.fits(text, start, start + len(self.text)):
                return True
            start = text.find(self.text, start + 1)
        return False


def _joined(outside: str, edge: str) -> bool:
    """Whether a word character outside goes on with the word at the pattern's edge."""
    if outside < _FIRST_SPACELESS and edge < _FIRST_SPACELESS:
        return True
    return not (_SPACELESS.match(outside) or _SPACELESS.match(edge))


def pattern(written: str, *, prefix: bool = False) -> Pattern:
    """What to look for, for a term as written. A side that is punctuation (``c++``, ``.net``)
    needs no boundary; ``#`` and ``@`` begin a tag or a name only where no word precedes them."""
    text = normalise(written)
    left = bool(text) and (is_word(text[0]) or text[0] in "#@")
    right = bool(text) and is_word(text[-1]) and not prefix
    return Pattern(text, left, right)


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
