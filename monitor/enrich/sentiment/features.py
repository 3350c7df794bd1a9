"""Texts to hashed n-grams, a page at a time, in numpy: the same code trains and scores.

A page of texts becomes one array of code points. Tokens are runs of letters and digits, runs of
punctuation, and single symbols (each emoji is a token). Two views come out of it:

words  each token, each pair of neighbours, and each token in the scope of a negation or behind
       a contrast ("tapi", "but"), the latter two under hashes of their own
chars  every 2- to 5-gram of ``<token>`` that does not cross the token's edge

Everything is integer arithmetic inside one text, so results cannot depend on the page's size or
order. A text is read up to ``MAX_CHARS`` characters; what nobody sees (zero-width, bidi controls,
lone surrogates, variation selectors, skin tones) is dropped; apostrophes inside words are too.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

MAX_CHARS = 8_000
"""How much of a text is read; longer ones are articles whose beginning tells their tone."""

WORD_BITS = 18
CHAR_BITS = 18
SCOPE = 4
"""How many tokens after a negator count as negated."""

NEGATORS = """
not no never none nor cannot cant dont doesnt didnt isnt arent wasnt werent wont wouldnt shouldnt
couldnt hasnt havent hadnt aint without neither hardly nobody nothing barely
tidak tak tdk gak ga gk g nggak ngga enggak engga kagak kaga ndak ndk nda tiada bukan bkn bukanlah
belum blm belom blum jangan jgn jgan tanpa tnp kurang krg krang ogah jarang
ora mboten ndhak durung aja sanes henteu teu moal acan alun indak ndak dak inda kada lain tara
sing tusing ten nenten uko hana bunda tan
""".split()

CONTRASTS = """
but however though although yet tapi tp tpi tetapi namun cuma cuman hanya sayangnya sayang padahal
pdhl ternyata malah nanging tapine ananging mung ngan tatapi
""".split()

_ENTITIES = (("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"))
_URL = re.compile(r"(?:https?://|www\.)[^\s\0]*", re.IGNORECASE)
_USER = re.compile(r"@[A-Za-z0-9_.]+")
_MASK = 0x1FFFF

DROP, BREAK, SPACE, WORD, PUNCT, SYMBOL, JOIN = range(7)

_P32 = np.uint32(0x01000193)
_K32 = np.uint32(0x9E3779B1)
_K64 = np.uint64(0x9E3779B97F4A7C15)
_PAIR = np.uint64(0xD6E8FEB86659FD93)
_NEGATED = np.uint64(0xA0761D6478BD642F)
_AFTER = np.uint64(0xE7037ED1A0B428DB)
_POWERS = np.cumprod(np.full(64, 0x100000001B3, dtype=np.uint64), dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Page:
    """A page's tokens. ``first[i]:first[i + 1]`` are the tokens of text i (in every token array).

    ``hashes`` of the tokens, ``chars`` the characters with one space before each token and one at
    the end, ``spot`` each token's place in ``chars`` (that space), one more at the end.
    ``negated``, ``after``: token is in a negation's scope, behind a contrast.
    """

    first: Array
    hashes: Array
    chars: Array
    spot: Array
    negated: Array
    after: Array


@functools.cache
def _tables() -> tuple[Array, Array]:
    """Class and lower case of every code point below 0x20000 (the rest reads as the last one)."""
    kinds = {"L": WORD, "N": WORD, "M": WORD, "Z": SPACE, "P": PUNCT, "S": SYMBOL, "C": DROP}
    kind = np.empty(_MASK + 1, dtype=np.uint8)
    for code in range(_MASK + 1):
        category = unicodedata.category(chr(code))
        kind[code] = PUNCT if category in ("Sm", "Sc", "Sk") else kinds[category[0]]
    kind[[9, 10, 11, 12, 13, 0x85]] = SPACE
    kind[0] = BREAK
    kind[ord("_")] = SPACE
    kind[[0x27, 0x2019, 0x2D, 0x2010, 0x2011]] = JOIN
    kind[0xFE00:0xFE10] = DROP
    kind[0x1F3FB:0x1F400] = DROP
    kind[_MASK] = WORD
    lower = np.strings.lower(np.arange(_MASK + 1, dtype=np.uint32).view("U1"))
    return kind, lower.view(np.uint32).reshape(-1)


def _joined(texts: Sequence[str]) -> str:
    """The page as one string, a NUL after each text; links, names and entities made alike."""
    page = "\0".join([text[:MAX_CHARS] for text in texts]) + "\0"
    if page.count("\0") != len(texts):
        page = "\0".join([text[:MAX_CHARS].replace("\0", " ") for text in texts]) + "\0"
    if "&" in page:
        for entity, char in _ENTITIES:
            page = page.replace(entity, char)
    if "://" in page or "www." in page.lower():
        page = _URL.sub(" ", page)
    if "@" in page:
        page = _USER.sub("@user", page)
    return page if page.isascii() else unicodedata.normalize("NFKC", page)


def read_page(texts: Sequence[str]) -> Page:
    """Tokens of ``texts``. Any string is fine; an empty page is not asked for."""
    kinds, lower = _tables()
    codes = np.frombuffer(_joined(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    codes = np.minimum(codes, _MASK)
    kind = kinds[codes]
    if (kind == DROP).any():
        codes, kind = codes[kind != DROP], kind[kind != DROP]
    codes = lower[codes]
    keep, kind = _without_joins(codes, kind)
    codes, kind = codes[keep], kind[keep]
    inside = (kind == WORD) | (kind == PUNCT) | (kind == SYMBOL)
    before = np.empty_like(kind)
    before[0] = SPACE
    before[1:] = kind[:-1]
    starts = inside & ((kind != before) | (kind == SYMBOL))
    text_of = np.cumsum(kind == BREAK)
    begin = np.flatnonzero(starts)
    first = np.searchsorted(text_of[begin], np.arange(len(texts) + 1))
    token_of = np.cumsum(starts)[inside]
    letters = codes[inside]
    spot = np.append(np.searchsorted(token_of, np.arange(1, len(begin) + 1)), len(letters))
    hashes = _hashes(letters, spot, token_of - 1)
    chars = np.full(len(letters) + len(begin) + 6, 32, dtype=np.uint32)
    chars[np.arange(len(letters)) + token_of] = letters
    spot = spot + np.arange(len(begin) + 1)
    stops = (kind[begin] == PUNCT)
    return Page(first, hashes, chars, spot, *_scopes(hashes, first, stops))


def _without_joins(codes: Array, kind: Array) -> tuple[Array, Array]:
    """Which characters stay: no third equal one in a row, no apostrophe inside a word (a hyphen
    there becomes a space)."""
    keep = np.ones(len(codes), dtype=bool)
    keep[2:] = (codes[2:] != codes[1:-1]) | (codes[1:-1] != codes[:-2]) | (kind[2:] < WORD)
    joins = np.flatnonzero(kind == JOIN)
    if len(joins):
        kind = kind.copy()
        # the page ends with a NUL and index -1 wraps to it: neither end is a word
        within = (kind[joins - 1] == WORD) & (kind[joins + 1] == WORD)
        apostrophe = (codes[joins] == 0x27) | (codes[joins] == 0x2019)
        kind[joins] = np.where(within, SPACE, PUNCT)
        keep[joins[within & apostrophe]] = False
    return keep, kind


def _hashes(letters: Array, spot: Array, token_of: Array) -> Array:
    """A 64-bit hash of each token: a polynomial, so that order counts."""
    if len(spot) == 1:
        return np.empty(0, dtype=np.uint64)
    place = np.minimum(np.arange(len(letters)) - spot[token_of], len(_POWERS) - 1)
    terms = (letters.astype(np.uint64) + np.uint64(1)) * _POWERS[place]
    return _mixed(np.add.reduceat(terms, spot[:-1]))


def _mixed(value: Array) -> Array:
    value = (value ^ (value >> np.uint64(32))) * _K64
    return value ^ (value >> np.uint64(29))


@functools.cache
def _marked(words: tuple[str, ...]) -> Array:
    """A table telling which slot of WORD_BITS belongs to one of ``words``."""
    table = np.zeros(1 << WORD_BITS, dtype=bool)
    table[_slots(read_words(words))] = True
    return table


def read_words(words: Sequence[str]) -> Array:
    """The hash of each of ``words`` (single tokens in lower case)."""
    letters = np.array([ord(char) for word in words for char in word], dtype=np.uint32)
    lengths = np.array([len(word) for word in words])
    spot = np.concatenate([[0], np.cumsum(lengths)])
    return _hashes(letters, spot, np.repeat(np.arange(len(words)), lengths))


def _slots(hashes: Array) -> Array:
    return (hashes >> np.uint64(64 - WORD_BITS)).astype(np.int64)


def _scopes(hashes: Array, first: Array, stops: Array) -> tuple[Array, Array]:
    """For each token: negated, after a contrast (both end at the text's end, the former also at
    punctuation and after ``SCOPE`` tokens)."""
    count = len(hashes)
    order = np.arange(count)
    slots = _slots(hashes)
    start = np.repeat(first[:-1], np.diff(first))

    def last(where: Array) -> Array:
        return np.maximum.accumulate(np.where(where, order, -1)) if count else order

    negator = last(_marked(tuple(NEGATORS))[slots])
    negated = (negator >= start) & (negator < order) & (order - negator <= SCOPE)
    negated &= last(stops) < negator
    contrast = last(_marked(tuple(CONTRASTS))[slots])
    return negated, (contrast >= start) & (contrast < order)


def word_grams(page: Page) -> list[tuple[Array, Array]]:
    """(slot, valid) per token: itself, with the next one, negated, after a contrast."""
    hashes = page.hashes
    pair = np.zeros(len(hashes), dtype=bool)
    pair[:-1] = True
    pair[page.first[1:][page.first[1:] > 0] - 1] = False
    following = np.roll(hashes, -1)
    return [
        (_slots(hashes), np.ones(len(hashes), dtype=bool)),
        (_slots(_mixed(hashes * _PAIR + following)), pair),
        (_slots(_mixed(hashes ^ _NEGATED)), page.negated),
        (_slots(_mixed(hashes ^ _AFTER)), page.after),
    ]


def char_grams(page: Page) -> list[tuple[Array, Array]]:
    """(slot, valid) per character of ``page.chars`` (less the padding), for n = 2 … 5."""
    chars = page.chars
    count = len(chars) - 5
    gap = chars == 32
    value = chars[:count].copy()
    inner = np.ones(count, dtype=bool)
    grams = []
    for n in range(2, 6):
        value = value * _P32 + chars[n - 1 : count + n - 1]
        if n > 2:
            inner = inner & ~gap[n - 2 : count + n - 2]
            valid = inner
        else:
            valid = ~(gap[:count] & gap[1 : count + 1])
        mixed = (value ^ (value >> np.uint32(15))) * _K32
        grams.append(((mixed >> np.uint32(32 - CHAR_BITS)).astype(np.int64), valid))
    return grams
