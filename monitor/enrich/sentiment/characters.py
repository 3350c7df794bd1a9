"""Texts to the characters that count, a batch at a time: one array of numbers for all of them.

A text is read up to ``MAX_CHARS`` characters; what nobody sees (zero-width, bidi controls, lone
surrogates, variation selectors, skin tones) is dropped, and so are apostrophes and the third of
three equal characters in a row. Links are left out; names and entities are made alike.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

MAX_CHARS = 8_000
"""How much of a text is read; longer ones are articles whose beginning tells their tone."""

_ENTITIES = (("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"))
# Begins with a set of letters, which the search skips to at a third of the time of alternatives.
_URL = re.compile(r"[HhWw](?:(?<=[Hh])(?i:ttps?)://|(?<=[Ww])(?:ww|WW)\.)[^\s\0]*")
_URL_SIGNS = (re.compile(r":(?=//)"), re.compile(r"\.(?<=ww\.|WW\.)"))
"""Without one of these there is no link, whatever else stands on the batch; found by one rare
character each, which is faster than ``in``."""
_USER = re.compile(r"@[A-Za-z0-9_.]+")

# A packed character: its lower case (0 for a space), whether it is a capital, its kind.
LOW = 0x1FFFF
UPPER = 1 << 20
KIND = 24
DROP, BREAK, SPACE, WORD, PUNCT, SYMBOL = range(6)


def seen(texts: Sequence[str]) -> Array:
    """The packed characters of ``texts``, any strings, a BREAK before, between and behind them."""
    packed = _packed(_joined(texts))
    characters: Array = packed[_kept(packed)]
    return characters


def _joined(texts: Sequence[str]) -> str:
    """The batch as one string, a NUL around each text; links, names and entities made alike."""
    read = [text[:MAX_CHARS] for text in texts]
    if "\0" in "".join(read):
        read = [text.replace("\0", " ") for text in read]
    batch = "\0".join(read) + "\0"
    if "&" in batch:
        for entity, char in _ENTITIES:
            batch = batch.replace(entity, char)
    if any(sign.search(batch) for sign in _URL_SIGNS):
        batch = _URL.sub(" ", batch)
    if "@" in batch:
        batch = _USER.sub("@user", batch)
    return "\0" + (batch if batch.isascii() else unicodedata.normalize("NFKC", batch))


def _packed(batch: str) -> Array:
    """The entry in ``_table`` of every character."""
    if batch.isascii():
        raw = np.frombuffer(batch.encode("ascii"), dtype=np.uint8)
        ascii_only: Array = _table()[:128].take(raw)
        return ascii_only
    wide = np.frombuffer(batch.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    packed: Array = _table().take(np.minimum(wide, LOW))
    return packed


def _kept(packed: Array) -> Array:
    """Which characters stay: those one sees, and no third equal one in a row."""
    keep: Array = packed >= 1 << KIND
    low = packed & LOW
    same = low[1:] == low[:-1]
    third = same[1:] & same[:-1] & (packed[2:] >= WORD << KIND)
    keep[2:] &= ~third
    return keep


@functools.cache
def _table() -> Array:
    """Kind, case and lower case of every code point below 0x20000 (the rest reads as the last)."""
    kinds = {"L": WORD, "N": WORD, "M": WORD, "Z": SPACE, "P": PUNCT, "S": SYMBOL, "C": DROP}
    kind = np.empty(LOW + 1, dtype=np.uint32)
    for code in range(LOW + 1):
        category = unicodedata.category(chr(code))
        kind[code] = PUNCT if category in ("Sm", "Sc", "Sk") else kinds[category[0]]
    kind[[9, 10, 11, 12, 13, 0x85, ord("_")]] = SPACE
    kind[0] = BREAK
    kind[[0x27, 0x2019, 0x200D]] = DROP
    kind[0xFE00:0xFE10] = DROP
    kind[0x1F3FB:0x1F400] = DROP
    kind[LOW] = WORD
    plain = np.arange(LOW + 1, dtype=np.uint32)
    plain[0xD800:0xE000] = 32  # surrogates, which numpy's strings refuse; dropped anyway
    lower = np.strings.lower(plain.view("U1")).view(np.uint32).reshape(-1)
    upper = (lower != plain).astype(np.uint32) * np.uint32(UPPER)
    seen = np.where(kind >= WORD, lower | upper, 0).astype(np.uint32)
    return (kind << np.uint32(KIND)) | seen
