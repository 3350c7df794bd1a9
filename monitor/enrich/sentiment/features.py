"""Texts to hashed n-grams, a batch at a time, in numpy: the same code trains and scores.

A batch of texts becomes one array of code points. Tokens are runs of letters and digits, runs of
punctuation, and single symbols (each emoji is a token). Two views come out of it:

words  each token, each pair of neighbours, each token in the scope of a negation and each behind
       a contrast ("tapi", "but"), the latter two under hashes of their own, each word in capitals
chars  every 3- to 5-gram of the stretches between spaces, their edges included

Everything is integer arithmetic inside one text, so results cannot depend on the batch's size or
order. What is read of a text, and what is not, ``characters`` decides.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.enrich.sentiment import characters
from monitor.enrich.sentiment.characters import BREAK, KIND, LOW, PUNCT, SYMBOL, UPPER, WORD

Array = NDArray[Any]
Rows = Iterator[tuple[Any, Array]]
"""One kind of n-gram after the other: at which places they begin (an index), and their slots."""

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

_PRIME = 0x100000001B3
_P32 = np.uint32(0x01000193)
_K32 = np.uint32(0x9E3779B1)
_K64 = np.uint64(0x9E3779B97F4A7C15)
_PAIR = np.uint64(0xD6E8FEB86659FD93)
_NEGATED = np.uint64(0xA0761D6478BD642F)
_AFTER = np.uint64(0xE7037ED1A0B428DB)
_AHEAD = np.arange(1, SCOPE + 1)
_NEGATOR, _CONTRAST = 1, 2
_CAPITALS = 1
"""The slot of the word view that counts words in capitals; slot 0 stands for "nothing"."""


@dataclass(frozen=True, slots=True)
class TextBatch:
    """A batch's tokens and characters.

    ``edges[i] : edges[i + 1]`` are the characters of text i in ``codes`` (0 for a space; the first
    one always is), ``first[i] : first[i + 1]`` its tokens in every token array: ``begin`` in
    ``codes``, ``hashes``, ``capitals`` (three or more), ``stops`` (is punctuation).
    """

    codes: Array
    edges: Array
    first: Array
    begin: Array
    hashes: Array
    capitals: Array
    stops: Array


@functools.lru_cache(maxsize=4)
def _powers(length: int) -> tuple[Array, Array]:
    """The prime's powers, and their inverses, modulo 2^64."""
    inverse = pow(_PRIME, -1, 1 << 64)
    steps = [np.full(length, base, dtype=np.uint64) for base in (_PRIME, inverse)]
    for step in steps:
        step[0] = 1
    return np.cumprod(steps[0], dtype=np.uint64), np.cumprod(steps[1], dtype=np.uint64)


def read_batch(texts: Sequence[str]) -> TextBatch:
    """Tokens of ``texts``, any strings, at least one."""
    packed = characters.seen(texts)
    kind = (packed >> KIND).astype(np.uint8)
    codes = packed & LOW
    edges = (kind == BREAK).nonzero()[0]
    starts = kind >= WORD
    starts[1:] &= (kind[1:] != kind[:-1]) | (kind[1:] == SYMBOL)
    begin = starts.nonzero()[0]
    first = begin.searchsorted(edges)
    stops = kind.take(begin) == PUNCT
    capitals = _capitals(packed, begin)
    return TextBatch(codes, edges, first, begin, _hashes(codes, begin), capitals, stops)


def _capitals(packed: Array, begin: Array) -> Array:
    """Which tokens have three capitals: those of one that is also in the last but one's token."""
    token = begin.searchsorted((packed & UPPER != 0).nonzero()[0], side="right") - 1
    capitals = np.zeros(len(begin), dtype=bool)
    capitals[token[2:][token[2:] == token[:-2]]] = True
    return capitals


def _hashes(codes: Array, begin: Array) -> Array:
    """A 64-bit hash of each token: a polynomial, so that order counts; spaces add nothing (and no
    token begins at 0, which is one)."""
    length = 1 << max(14, len(codes).bit_length())
    powers, inverses = _powers(length)
    running = codes * powers[: len(codes)]
    np.add.accumulate(running, out=running)
    before = running.take(begin - 1)
    sums = np.empty_like(before)
    sums[:-1], sums[-1:] = before[1:], running[-1]
    return _mixed((sums - before) * inverses.take(begin))


def _mixed(value: Array) -> Array:
    value = (value ^ (value >> 32)) * _K64
    mixed: Array = value ^ (value >> 29)
    return mixed


def hash_words(words: Sequence[str]) -> Array:
    """The hash of each of ``words`` (single tokens)."""
    return read_batch([" ".join(words)]).hashes


@functools.cache
def _marks() -> Array:
    """Of each slot of the word view, whether a negator's or a contrast's."""
    table = np.zeros(1 << WORD_BITS, dtype=np.uint8)
    table[slots(hash_words(NEGATORS))] |= _NEGATOR
    table[slots(hash_words(CONTRASTS))] |= _CONTRAST
    return table


def slots(hashes: Array) -> Array:
    """The slots of the word view that belong to ``hashes``."""
    found: Array = (hashes >> (64 - WORD_BITS)).view(np.int64)
    return found


def _negated(negators: Array, batch: TextBatch, opens: Array) -> Array:
    """The tokens up to ``SCOPE`` behind one of ``negators`` in its text, with no other and no
    punctuation between."""
    passes = np.zeros(len(negators) + SCOPE, dtype=bool)
    passes[: len(negators)] = ~(negators | batch.stops | opens)
    ahead = (negators & ~batch.stops).nonzero()[0][:, None] + _AHEAD
    return ahead[np.logical_and.accumulate(passes.take(ahead), axis=1)]


def _behind(contrasts: Array, batch: TextBatch) -> Array:
    """The tokens behind a contrast in its text: the last thing before them is no text's beginning
    (an even number) but a contrast (an odd one)."""
    turns = contrasts.nonzero()[0]
    last = np.zeros(len(contrasts) + 1, dtype=np.int64)
    last[batch.first] = 2 * batch.first
    last[turns] = 2 * turns + 1
    behind = np.maximum.accumulate(last)[:-1] & 1
    behind[turns] = 0
    return behind.nonzero()[0]


def word_rows(batch: TextBatch) -> Rows:
    """The n-grams of the word view: each token, it with the next one, those negated, those behind
    a contrast, those in capitals."""
    hashes = batch.hashes
    own = slots(hashes)
    opens = np.zeros(len(hashes) + 1, dtype=bool)
    opens[batch.first] = True
    marks = _marks().take(own)
    negated = _negated(marks & _NEGATOR != 0, batch, opens[:-1])
    behind = _behind(marks & _CONTRAST != 0, batch)
    pairs = hashes[:-1] * _PAIR + hashes[1:]
    marked = hashes.take(negated) ^ _NEGATED, hashes.take(behind) ^ _AFTER
    made = slots(_mixed(np.concatenate([pairs, *marked])))
    capitals = batch.capitals.nonzero()[0]
    yield slice(None), own
    yield slice(0, -1), made[: len(pairs)] * ~opens[1:-1]
    yield negated, made[len(pairs) : len(pairs) + len(negated)]
    yield behind, made[len(pairs) + len(negated) :]
    yield capitals, np.full(len(capitals), _CAPITALS)


def char_rows(batch: TextBatch) -> Rows:
    """The n-grams of the character view: the 3- to 5-grams that begin at each character."""
    count = len(batch.codes)
    codes = np.zeros(count + 4, dtype=np.uint32)
    codes[:count] = batch.codes
    seen = (codes != 0).astype(np.uint32)
    value = codes[:count] * _P32
    value += codes[1 : count + 1]
    inner = np.full(count, _K32)  # times 0 where the n-gram would reach over a space
    for last in (2, 3, 4):
        value *= _P32
        value += codes[last : count + last]
        inner *= seen[last - 1 : count + last - 1]
        slot = value * inner
        slot >>= 32 - CHAR_BITS
        yield slice(None), slot


def word_grams(batch: TextBatch) -> Array:
    """``word_rows`` in one array, shape (5, tokens); 0 where there is none."""
    return _whole(word_rows(batch), len(batch.hashes))


def char_grams(batch: TextBatch) -> Array:
    """``char_rows`` in one array, shape (3, characters); 0 where there is none."""
    return _whole(char_rows(batch), len(batch.codes))


def _whole(rows: Rows, places: int) -> Array:
    whole = []
    for where, found in rows:
        whole.append(np.zeros(places, dtype=np.int64))
        whole[-1][where] = found
    return np.array(whole)


def sizes(batch: TextBatch) -> Array:
    """Tokens and characters of each text, each at least 1; shape (texts, 2)."""
    counts = np.empty((len(batch.first) - 1, 2), dtype=np.int64)
    counts[:, 0] = batch.first[1:] - batch.first[:-1]
    counts[:, 1] = np.add.reduceat((batch.codes != 0).astype(np.int64), batch.edges[:-1])
    return np.maximum(counts, 1, out=counts)


def tokens(batch: TextBatch) -> list[str]:
    """The tokens of a batch of one text, as they are read."""
    ends = [*batch.begin[1:], len(batch.codes)][: len(batch.begin)]
    spans = [batch.codes[begin:end] for begin, end in zip(batch.begin, ends, strict=True)]
    return ["".join(map(chr, span[span != 0])) for span in spans]
