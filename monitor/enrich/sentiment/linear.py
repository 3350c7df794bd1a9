"""A linear model over hashed n-grams: a table look-up for every n-gram, sums of whole numbers.

score = word sum / sqrt(tokens) + character sum / sqrt(characters) + VADER's features + bias

The two classes that are not neutral each have a weight for each slot, one byte as
sign(w) x STEPS x sqrt(|w| / largest). Their squares are packed into one 32-bit number for the
look-up, small enough that the few n-grams that begin at one place add up in it without a carry; a
text's sums are 64-bit. So sums are exact, and the page's size and order cannot matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.enrich.sentiment import features, vader_page

Floats = NDArray[np.float64]
Table = NDArray[np.int32]
Sums = NDArray[np.int64]

PAGE = 256
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


def looked_up(table: Table, grams: NDArray[np.int64]) -> Sums:
    """The sums of the n-grams that begin at each place, shape (2, places): both classes' in one
    number, and the second's. They may be added up before they are taken ``apart``."""
    sums = table.take(grams[0])
    for row in grams[1:]:
        sums += table.take(row)
    both = np.empty((2, len(sums)), dtype=np.int64)
    both[0] = sums
    both[1] = sums.astype(np.int16)  # the lower half, with its sign
    return both


def apart(sums: Sums) -> Sums:
    """Each class's sum, in place, of sums of what ``looked_up`` gives; shape (..., 2, any)."""
    sums[..., 0, :] -= sums[..., 1, :]
    sums[..., 0, :] >>= 16
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
        parts = [self._page(texts[at : at + PAGE]) for at in range(0, len(texts), PAGE)]
        return np.concatenate(parts) if parts else np.zeros((0, 3))

    def _page(self, texts: Sequence[str]) -> Floats:
        page = features.read_page(texts)
        sums = np.empty((2, 2, len(texts)), dtype=np.int64)
        sums[0] = _by_text(looked_up(self.words, features.word_grams(page)), page.first)
        chars = looked_up(self.chars, features.char_grams(page))
        np.add.reduceat(chars, page.edges[:-1], axis=1, out=sums[1])
        sizes = np.sqrt(features.sizes(page).T)
        words, chars = apart(sums) / sizes[:, None] * self.units[:, :, None]
        two = words + chars
        two += self.bias[:, None]
        if len(self.dense):
            seen = vader_page.page_features(page)
            for column, weight in enumerate(self.dense):  # in a fixed order, which @ would not keep
                two += weight[:, None] * seen[:, column]
        logits = np.zeros((len(texts), 3))
        logits[:, ::2] = two.T
        return logits

    def parts(self, text: str) -> list[tuple[str, Floats]]:
        """Each token of ``text`` with what it adds to the logits of negative and positive."""
        page = features.read_page([text])
        sizes = np.sqrt(features.sizes(page)[0].astype(np.float64))
        words = apart(looked_up(self.words, features.word_grams(page))).T / sizes[0] * self.units[0]
        values = apart(looked_up(self.chars, features.char_grams(page)))
        found = []
        for at, token in enumerate(features.tokens(page)):
            begin = int(page.begin[at])
            chars = values[:, max(begin - 1, 0) : begin + len(token)].sum(axis=1)
            found.append((token, words[at] + chars / sizes[1] * self.units[1]))
        return found


def _by_text(values: Sums, first: NDArray[np.int64]) -> Sums:
    running = np.zeros((2, values.shape[1] + 1), dtype=np.int64)
    np.add.accumulate(values, axis=1, out=running[:, 1:])
    bounds = running.take(first, axis=1)
    sums: Sums = bounds[:, 1:] - bounds[:, :-1]
    return sums
