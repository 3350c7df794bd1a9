"""A linear model over hashed n-grams: a table look-up for every n-gram, sums of whole numbers.

score = word sum / sqrt(tokens) + character sum / sqrt(characters) + VADER's features + bias

The two classes that are not neutral each have a weight for each slot, one byte as
sign(w) x sqrt(|w| / largest). Both are packed into one 64-bit number for the look-up, so that sums
are exact and the page's size and order cannot matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.enrich.sentiment import features, vader

Floats = NDArray[np.float64]
Table = NDArray[np.int64]

PAGE = 256
"""Texts looked at together; only memory and speed depend on it."""

_LOW = 1 << 31


def packed(weights: NDArray[np.int8]) -> Table:
    """Both classes' weights of each slot, shape (slots, 2), in one number each."""
    wide = weights.astype(np.int64)
    exact = wide * np.abs(wide)
    return (exact[:, 0] << 32) + exact[:, 1]


def unpacked(sums: Table) -> Floats:
    """The two sums in each packed number; shape (n, 2)."""
    low = ((sums + _LOW) & 0xFFFFFFFF) - _LOW
    return np.stack([(sums - low) >> 32, low], axis=1).astype(np.float64)


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
        sizes = np.sqrt(features.sizes(page).astype(np.float64))
        chars = np.add.reduceat(self._char_values(page), page.edges[:-1])
        two = unpacked(_by_text(self._word_values(page), page.first)) / sizes[:, :1] * self.units[0]
        two += unpacked(chars) / sizes[:, 1:] * self.units[1]
        two += self.bias
        if len(self.dense):
            seen = vader.features(texts)
            for column, weight in enumerate(self.dense):  # in a fixed order, which @ would not keep
                two += seen[:, column : column + 1] * weight
        return np.stack([two[:, 0], np.zeros(len(texts)), two[:, 1]], axis=1)

    def _word_values(self, page: features.Page) -> Table:
        values: Table = self.words.take(features.word_grams(page)).sum(axis=0)
        return values

    def _char_values(self, page: features.Page) -> Table:
        values: Table = self.chars.take(features.char_grams(page)).sum(axis=0)
        return values

    def parts(self, text: str) -> list[tuple[str, Floats]]:
        """Each token of ``text`` with what it adds to the logits of negative and positive."""
        page = features.read_page([text])
        sizes = np.sqrt(features.sizes(page)[0].astype(np.float64))
        words = unpacked(self._word_values(page)) / sizes[0] * self.units[0]
        values = self._char_values(page)
        found = []
        for at, token in enumerate(features.tokens(page)):
            begin = int(page.begin[at])
            span = slice(max(begin - 1, 0), begin + len(token))
            chars = unpacked(values[span].sum(keepdims=True))[0] / sizes[1] * self.units[1]
            found.append((token, words[at] + chars))
        return found


def _by_text(values: Table, first: NDArray[np.int64]) -> Table:
    running = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(values)])
    sums: Table = running[first[1:]] - running[first[:-1]]
    return sums
