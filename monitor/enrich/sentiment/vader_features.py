"""What vaderSentiment's lexicon says of a batch of texts, in numpy: features of the English model.

The values, boosters and negations are the installed package's; the rules are its own in short:
boosters and negations up to three tokens before a word of the lexicon, capitals, "but", emoji by
their descriptions. ``monitor.enrich.sentiment.vader`` follows the package to the last digit; this
is near it at a tenth of the cost, and the model was trained on exactly this. Values are counted in
thousandths as whole numbers, so that the batch's size and order cannot matter.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.enrich.sentiment import features
from monitor.enrich.sentiment.vader_lexicon import lexicon

Array = NDArray[Any]

FEATURES = ("pos", "neg", "compound", "positive", "negative", "first half", "second half")

SCOPE = 3
"""Tokens before a word in which boosters and negations count."""

UNCLEAR = ("ill", "hell", "wed")
"""Words of the lexicon that "I'll", "he'll" and "we'd" look like without their apostrophes."""

_FADE = (1000, 950, 900)


@dataclass(frozen=True, slots=True)
class Entries:
    """What the package knows, by number. ``number`` finds an entry by a token's slot (0: none),
    ``second`` by another slot those whose first one was taken; ``check`` tells whether the token
    is the one the entry was made for."""

    number: Array
    second: Array
    check: Array
    value: Array
    booster: Array
    negation: Array
    but: Array


@functools.cache
def _entries() -> Entries:
    known = lexicon()
    values = {word: value for word, value in known.words.items() if word not in UNCLEAR}
    for emoji, description in known.emojis.items():
        value = sum(known.words.get(word, 0.0) for word in description.lower().split())
        if value:
            values[emoji] = value
    boosters = {word: by for word, by in known.boosters.items() if word not in values}
    words = sorted({*values, *boosters, *known.negations, "but"})
    batch = features.read_batch(words)
    single = np.flatnonzero(np.diff(batch.first) == 1)
    hashes = batch.hashes[batch.first[single]]
    words = ["", *(words[at] for at in single)]
    number, second = np.zeros((2, 1 << features.WORD_BITS), dtype=np.uint16)
    order = np.arange(1, len(words))
    number[features.slots(hashes)] = order
    lost = np.flatnonzero(number[features.slots(hashes)] != order)
    second[_others(hashes[lost])] = order[lost]
    return Entries(
        number,
        second,
        np.concatenate([np.zeros(1, dtype=np.uint64), hashes]),
        np.array([round(1000 * values.get(word, 0.0)) for word in words]),
        np.array([round(1000 * boosters.get(word, 0.0)) for word in words]),
        np.array([word in known.negations for word in words]),
        np.array([word == "but" for word in words]),
    )


def _others(hashes: Array) -> Array:
    found: Array = (hashes & ((1 << features.WORD_BITS) - 1)).view(np.int64)
    return found


def batch_features(batch: features.TextBatch) -> NDArray[np.float64]:
    """``FEATURES`` of each text of the batch, shape (texts, 7): shares of positive and negative
    words, the compound score, whether it is plainly positive or negative, each half's compound."""
    sizes = batch.first[1:] - batch.first[:-1]
    where, values = _values(batch)
    bounds = where.searchsorted(batch.first)
    many = bounds[1:] - bounds[:-1]
    half = (batch.first[:-1] + sizes // 2).repeat(many)
    rows = np.zeros((4, len(where) + 1), dtype=np.int64)
    rows[0, 1:] = values
    rows[1, 1:] = np.where(values > 0, values + 1000, 0)
    rows[2, 1:] = np.where(values < 0, 1000 - values, 0)
    rows[3, 1:] = np.where(where < half, values, 0)
    running = np.cumsum(rows, axis=1)
    total, pos, neg, head = (running[:, bounds[1:]] - running[:, bounds[:-1]]) / 1000.0
    whole = np.maximum(pos + neg + (sizes - many), 1.0)
    compound = _normal(total)
    plain = [(compound >= 0.05) * 1.0, (compound <= -0.05) * 1.0]
    shares = [pos / whole, neg / whole]
    return np.array([*shares, compound, *plain, _normal(head), _normal(total - head)]).T


def _values(batch: features.TextBatch) -> tuple[Array, Array]:
    """The tokens of the lexicon, and each one's value after what stands around it."""
    known = _entries()
    entry = known.number.take(features.slots(batch.hashes))
    entry = np.where(
        known.check.take(entry) == batch.hashes, entry, known.second.take(_others(batch.hashes))
    )
    live = np.flatnonzero(entry)
    live = live[known.check.take(entry[live]) == batch.hashes[live]]
    entry = entry[live]
    value = known.value.take(entry)
    valued = np.flatnonzero(value)
    where, found = live[valued], value[valued]
    sign = np.sign(found)
    found += 733 * sign * batch.capitals[where]
    acts = np.zeros((2, len(batch.hashes) + SCOPE), dtype=np.int64)  # what reaches over the start
    acts[0, live + SCOPE] = known.booster.take(entry)
    acts[1, live + SCOPE] = known.negation.take(entry)
    text = np.searchsorted(batch.first, where, side="right") - 1
    room = where - batch.first[text]
    negated = np.zeros(len(where), dtype=bool)
    for back, fade in enumerate(_FADE, start=1):
        boost, negation = acts[:, where + (SCOPE - back)] * (room >= back)
        found += sign * boost * fade // 1000
        negated |= negation > 0
    found = np.where(negated, found * -74 // 100, found)
    buts = live[known.but.take(entry)]
    if len(buts):
        earlier = np.searchsorted(buts, where)
        so_far = np.searchsorted(buts, batch.first)
        behind = earlier > so_far[text]
        before = ~behind & (so_far[text + 1] > so_far[text])
        found = np.where(behind, found * 3 // 2, np.where(before, found // 2, found))
    return where, found


def _normal(score: Array) -> Array:
    shown: Array = score / np.sqrt(score * score + 15)
    return shown
