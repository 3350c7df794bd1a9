"""Texts to hashed n-grams, a page at a time, in numpy: the same code trains and scores.

A page of texts becomes one array of code points. Tokens are runs of letters and digits, runs of
punctuation, and single symbols (each emoji is a token). Two views come out of it:

words  each token, each pair of neighbours, each token in the scope of a negation and each behind
       a contrast ("tapi", "but"), the latter two under hashes of their own, each word in capitals
chars  every 3- to 5-gram of the stretches between spaces, their edges included

Everything is integer arithmetic inside one text, so results cannot depend on the page's size or
order. A text is read up to ``MAX_CHARS`` characters; what nobody sees (zero-width, bidi controls,
lone surrogates, variation selectors, skin tones) is dropped, and so are apostrophes.
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


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NEGATORS = _words("""
not no never none nor cannot cant dont doesnt didnt isnt arent wasnt werent wont wouldnt shouldnt
couldnt hasnt havent hadnt aint without neither hardly nobody nothing barely
tidak tak tdk gak ga gk g nggak ngga enggak engga kagak kaga ndak ndk nda tiada bukan bkn bukanlah
belum blm belom blum jangan jgn jgan tanpa tnp kurang krg krang ogah jarang
ora mboten ndhak durung aja sanes henteu teu moal acan alun indak dak inda kada lain tara
sing tusing ten nenten uko hana bunda tan
""")

CONTRASTS = _words("""
but however though although yet tapi tp tpi tetapi namun cuma cuman hanya sayangnya sayang padahal
pdhl ternyata malah nanging tapine ananging mung ngan tatapi
""")

_ENTITIES = (("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"))
_URL = re.compile(r"(?:https?://|www\.)[^\s\0]*", re.IGNORECASE)
_USER = re.compile(r"@[A-Za-z0-9_.]+")

_MASK = 0x1FFFF
_UPPER = 1 << 20
_KIND = 24
DROP, BREAK, SPACE, WORD, PUNCT, SYMBOL = range(6)

_PRIME = 0x100000001B3
_P32 = np.uint32(0x01000193)
_K32 = np.uint32(0x9E3779B1)
_K64 = np.uint64(0x9E3779B97F4A7C15)
_PAIR = np.uint64(0xD6E8FEB86659FD93)
_NEGATED = np.uint64(0xA0761D6478BD642F)
_AFTER = np.uint64(0xE7037ED1A0B428DB)
_CAPITALS = 1
"""The slot of the word view that counts words in capitals; slot 0 stands for "nothing"."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page's tokens and characters.

    ``edges[i] : edges[i + 1]`` are the characters of text i in ``codes`` (0 for a space; the first
    one always is), ``first[i] : first[i + 1]`` its tokens in every token array: ``hashes``,
    ``begin`` and ``end`` in ``codes``, ``capitals``, ``stops`` (is punctuation).
    """

    codes: Array
    edges: Array
    first: Array
    begin: Array
    hashes: Array
    capitals: Array
    stops: Array


@functools.cache
def _table() -> Array:
    """Kind, case and lower case of every code point below 0x20000 (the rest reads as the last)."""
    kinds = {"L": WORD, "N": WORD, "M": WORD, "Z": SPACE, "P": PUNCT, "S": SYMBOL, "C": DROP}
    kind = np.empty(_MASK + 1, dtype=np.uint32)
    for code in range(_MASK + 1):
        category = unicodedata.category(chr(code))
        kind[code] = PUNCT if category in ("Sm", "Sc", "Sk") else kinds[category[0]]
    kind[[9, 10, 11, 12, 13, 0x85, ord("_")]] = SPACE
    kind[0] = BREAK
    kind[[0x27, 0x2019, 0x200D]] = DROP
    kind[0xFE00:0xFE10] = DROP
    kind[0x1F3FB:0x1F400] = DROP
    kind[_MASK] = WORD
    plain = np.arange(_MASK + 1, dtype=np.uint32)
    plain[0xD800:0xE000] = 32  # surrogates, which numpy's strings refuse; dropped anyway
    lower = np.strings.lower(plain.view("U1")).view(np.uint32).reshape(-1)
    upper = (lower != plain).astype(np.uint32) * np.uint32(_UPPER)
    seen = np.where(kind >= WORD, lower | upper, 0).astype(np.uint32)
    return (kind << np.uint32(_KIND)) | seen


@functools.lru_cache(maxsize=4)
def _powers(length: int) -> tuple[Array, Array]:
    """The prime's powers, and their inverses, modulo 2^64."""
    inverse = pow(_PRIME, -1, 1 << 64)
    steps = [np.full(length, base, dtype=np.uint64) for base in (_PRIME, inverse)]
    for step in steps:
        step[0] = 1
    return np.cumprod(steps[0], dtype=np.uint64), np.cumprod(steps[1], dtype=np.uint64)


def _joined(texts: Sequence[str]) -> str:
    """The page as one string, a NUL around each text; links, names and entities made alike."""
    page = "\0".join([text[:MAX_CHARS] for text in texts]) + "\0"
    if page.count("\0") != len(texts):
        page = "\0".join([text[:MAX_CHARS].replace("\0", " ") for text in texts]) + "\0"
    if "&" in page:
        for entity, char in _ENTITIES:
            page = page.replace(entity, char)
    if "://" in page or "www." in page:
        page = _URL.sub(" ", page)
    if "@" in page:
        page = _USER.sub("@user", page)
    return "\0" + (page if page.isascii() else unicodedata.normalize("NFKC", page))


def read_page(texts: Sequence[str]) -> Page:
    """Tokens of ``texts``, any strings, at least one."""
    packed = _packed(_joined(texts))
    packed = packed.take(_kept(packed))
    kind = packed >> np.uint32(_KIND)
    codes = packed & np.uint32(_MASK)
    edges = np.flatnonzero(kind == BREAK)
    starts = kind >= WORD
    starts[1:] &= (kind[1:] != kind[:-1]) | (kind[1:] == SYMBOL)
    begin = np.flatnonzero(starts)
    first = np.searchsorted(begin, edges)
    if not len(begin):
        none = np.empty(0, dtype=bool)
        return Page(codes, edges, first, begin, np.empty(0, dtype=np.uint64), none, none)
    upper = np.add.reduceat((packed >> np.uint32(20)) & np.uint32(1), begin)
    stops = kind.take(begin) == PUNCT
    return Page(codes, edges, first, begin, _hashes(codes, begin), upper >= 3, stops)


def _packed(page: str) -> Array:
    """The entry in ``_table`` of every character."""
    if page.isascii():
        raw = np.frombuffer(page.encode("ascii"), dtype=np.uint8)
        ascii_only: Array = _table()[:128].take(raw)
        return ascii_only
    wide = np.frombuffer(page.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    packed: Array = _table().take(np.minimum(wide, _MASK))
    return packed


def _kept(packed: Array) -> Array:
    """Where the characters are that stay: those one sees, and no third equal one in a row."""
    keep = packed >= np.uint32(1 << _KIND)
    low = packed & np.uint32(_MASK)
    same = low[1:] == low[:-1]
    third = same[1:] & same[:-1] & (packed[2:] >= np.uint32(WORD << _KIND))
    keep[2:] &= ~third
    return np.flatnonzero(keep)


def _hashes(codes: Array, begin: Array) -> Array:
    """A 64-bit hash of each token: a polynomial, so that order counts; spaces add nothing."""
    length = 1 << max(14, len(codes).bit_length())
    powers, inverses = _powers(length)
    sums = np.add.reduceat(codes * powers[: len(codes)], begin)
    return _mixed(sums * inverses.take(begin))


def _mixed(value: Array) -> Array:
    value = (value ^ (value >> np.uint64(32))) * _K64
    mixed: Array = value ^ (value >> np.uint64(29))
    return mixed


def hash_words(words: Sequence[str]) -> Array:
    """The hash of each of ``words`` (single tokens)."""
    return read_page([" ".join(words)]).hashes


@functools.cache
def _marked(words: tuple[str, ...]) -> Array:
    """A table telling which slot of the word view belongs to one of ``words``."""
    table = np.zeros(1 << WORD_BITS, dtype=bool)
    table[_slots(hash_words(words))] = True
    return table


def _slots(hashes: Array) -> Array:
    return (hashes >> np.uint64(64 - WORD_BITS)).astype(np.int64)


def _scopes(page: Page, slots: Array) -> tuple[Array, Array]:
    """For each token: negated, after a contrast (both end at the text's end, the former also at
    punctuation and after ``SCOPE`` tokens)."""
    order = np.arange(len(slots))
    start = np.repeat(page.first[:-1], np.diff(page.first))

    def last(where: Array) -> Array:
        return np.maximum.accumulate(np.where(where, order, -1))

    negator = last(_marked(NEGATORS).take(slots))
    negated = (negator >= start) & (negator < order) & (order - negator <= SCOPE)
    negated &= last(page.stops) < negator
    contrast = last(_marked(CONTRASTS).take(slots))
    return negated, (contrast >= start) & (contrast < order)


def word_grams(page: Page) -> Array:
    """Slots of the word view, shape (5, tokens): the token, it with the next one, it negated, it
    behind a contrast, in capitals. 0 where there is none."""
    hashes = page.hashes
    grams = np.zeros((5, len(hashes)), dtype=np.int64)
    if not len(hashes):
        return grams
    grams[0] = _slots(hashes)
    grams[1, :-1] = _slots(_mixed(hashes[:-1] * _PAIR + hashes[1:]))
    ends = page.first[1:]
    grams[1, ends[ends > 0] - 1] = 0
    negated, after = _scopes(page, grams[0])
    for row, mask, mark in ((2, negated, _NEGATED), (3, after, _AFTER)):
        where = np.flatnonzero(mask)
        grams[row, where] = _slots(_mixed(hashes.take(where) ^ mark))
    grams[4] = page.capitals * _CAPITALS
    return grams


def char_grams(page: Page) -> Array:
    """Slots of the character view, shape (3, characters): the 3- to 5-grams that begin there.
    0 where there is none."""
    count = len(page.codes)
    codes = np.zeros(count + 4, dtype=np.uint32)
    codes[:count] = page.codes
    seen = (codes != 0).astype(np.uint32)
    grams = np.empty((3, count), dtype=np.int64)
    value = codes[:count] * _P32
    value += codes[1 : count + 1]
    inner = np.ones(count, dtype=np.uint32)
    for row, last in enumerate((2, 3, 4)):
        value *= _P32
        value += codes[last : count + last]
        inner *= seen[last - 1 : count + last - 1]
        slot = value * _K32
        slot >>= np.uint32(32 - CHAR_BITS)
        slot *= inner
        grams[row] = slot
    return grams


def sizes(page: Page) -> Array:
    """Tokens and characters of each text, each at least 1; shape (texts, 2)."""
    tokens = np.diff(page.first)
    seen = np.add.reduceat((page.codes != 0).astype(np.int64), page.edges[:-1])
    counts: Array = np.maximum(np.stack([tokens, seen], axis=1), 1)
    return counts


def tokens(page: Page) -> list[str]:
    """The tokens of a page of one text, as they are read."""
    ends = [*page.begin[1:], len(page.codes)][: len(page.begin)]
    spans = [page.codes[begin:end] for begin, end in zip(page.begin, ends, strict=True)]
    return ["".join(map(chr, span[span != 0])) for span in spans]
