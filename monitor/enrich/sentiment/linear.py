"""A linear model over hashed n-grams: a table look-up for every n-gram, sums of whole numbers.

score = word sum / sqrt(tokens) + character sum / sqrt(characters) + VADER's features + bias

The two classes that are not neutral each have a weight for each slot, one byte as
sign(w) x STEPS x sqrt(|w| / largest). Their squares are packed into one 32-bit number for the
look-up, small enough that the few n-grams that begin at one place add up in it without a carry; a
text's sums are 64-bit. So sums are exact, and the batch's size and order cannot matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.enrich.sentiment import features, vader_features

Floats = NDArray[np.float64]
Table = NDArray[np.int32]

BATCH = 256
"""Texts looked at together; only memory and speed depend on it."""

STEPS = 80
"""The most a byte says: five squares of it fit into 15 bits."""


def packed(weights: NDArray[np.int8]) -> Table:
    """Both classes' weights of each slot, shape (slots, 2), in one number each."""
    wide = weights.astype(np.int32)
    exact = wide * np.abs(wide)
    table: Table = (exact[:, 0] << 16) + exact[:, 1]
    return table


def quantised(weights: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Weights of two classes as bytes, and what one step of their squares is worth in each."""
    largest = np.abs(weights).max(axis=0)
    parts = np.abs(weights) / np.where(largest > 0, largest, 1.0)
    return np.round(np.sign(weights) * np.sqrt(parts) * STEPS).astype(np.int8), largest / STEPS**2


def looked_up(table: Table, rows: features.Rows, places: int) -> Table:
    """The sums of the n-grams that begin at each place, both classes' in one number."""
    sums = np.zeros(places, dtype=np.int32)
    for where, slots in rows:
        sums[where] += table.take(slots)
    return sums


@dataclass(frozen=True, slots=True)
class Linear:
    """``units``: what one step of a view's weights is worth, shape (2 views, 2 classes); ``dense``
    weights of VADER's features, shape (features, 2); none where the model has none."""

    words: Table
    chars: Table
    units: Floats
    dense: Floats
    bias: Floats

    def logits(self, texts: Sequence[str]) -> Floats:
        """Logits of negative, neutral (always 0) and positive; shape (texts, 3)."""
        parts = [self._batch(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, 3))

    def _batch(self, texts: Sequence[str]) -> Floats:
        batch = features.read_batch(texts)
        words, chars = self._looked_up(batch)
        sums = np.empty((2, 2, len(texts)), dtype=np.int64)
        for at, (by_word, by_char) in enumerate(zip(_both(words), _both(chars), strict=True)):
            sums[at, 0] = _by_text(by_word, batch.first)
            np.add.reduceat(by_char, batch.edges[:-1], dtype=np.int64, out=sums[at, 1])
        views = _apart(*sums) / np.sqrt(features.sizes(batch).T) * self.units.T[:, :, None]
        two = views[:, 0] + views[:, 1]
        two += self.bias[:, None]
        if len(self.dense):
            seen = vader_features.batch_features(batch)
            for column, weight in enumerate(self.dense):  # in a fixed order, which @ would not keep
                two += weight[:, None] * seen[:, column]
        logits = np.zeros((len(texts), 3))
        logits[:, ::2] = two.T
        return logits

    def _looked_up(self, batch: features.TextBatch) -> tuple[Table, Table]:
        return (
            looked_up(self.words, features.word_rows(batch), len(batch.hashes)),
            looked_up(self.chars, features.char_rows(batch), len(batch.codes)),
        )

    def parts(self, text: str) -> list[tuple[str, Floats]]:
        """Each token of ``text`` with what it adds to the logits of negative and positive."""
        batch = features.read_batch([text])
        sizes = np.sqrt(features.sizes(batch)[0].astype(np.float64))
        own, values = (_apart(*_both(sums)) for sums in self._looked_up(batch))
        words = own.T / sizes[0] * self.units[0]
        found = []
        for at, token in enumerate(features.tokens(batch)):
            begin = int(batch.begin[at])
            chars = values[:, max(begin - 1, 0) : begin + len(token)].sum(axis=1)
            found.append((token, words[at] + chars / sizes[1] * self.units[1]))
        return found


def _both(sums: Table) -> tuple[NDArray[Any], NDArray[Any]]:
    """What to add up of sums as they are looked up: both classes' in one number, and the second's,
    which is its lower half."""
    return sums, sums.astype(np.int16)


def _apart(both: NDArray[Any], second: NDArray[Any]) -> NDArray[Any]:
    """Each class's sums, of ``_both`` however added up."""
    return np.array([(both - second) >> 16, second])


def _by_text(values: NDArray[Any], first: NDArray[np.int64]) -> NDArray[np.int64]:
    running = np.zeros(len(values) + 1, dtype=np.int64)
    np.add.accumulate(values, dtype=np.int64, out=running[1:])
    bounds = running.take(first)
    sums: NDArray[np.int64] = bounds[1:] - bounds[:-1]
    return sums
