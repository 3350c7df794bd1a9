"""Fitting: batches of features to one sparse matrix, softmax regression by L-BFGS, quantising."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse
from sentiment_data import CLASSES, Row

from monitor.enrich.sentiment import features, vader_features

BATCH = 200
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """What is counted in texts, before any weighing. ``sizes``: tokens and characters a text."""

    words: sparse.csr_matrix
    chars: sparse.csr_matrix
    sizes: Array
    dense: Array


def count(texts: Sequence[str], *, english: bool) -> Counts:
    """The features of ``texts`` as the shipped code sees them."""
    words, chars, sizes, dense = [], [], [], []
    for at in range(0, len(texts), BATCH):
        batch = features.read_batch(texts[at : at + BATCH])
        words.append(_matrix(features.word_grams(batch), batch.first, 1 << features.WORD_BITS))
        chars.append(_matrix(features.char_grams(batch), batch.edges, 1 << features.CHAR_BITS))
        sizes.append(features.sizes(batch))
        dense.append(
            vader_features.batch_features(batch) if english else np.zeros((len(batch.edges) - 1, 0))
        )
    return Counts(
        sparse.vstack(words, "csr"),
        sparse.vstack(chars, "csr"),
        np.concatenate(sizes),
        np.concatenate(dense),
    )


def _matrix(grams: NDArray[np.int64], first: NDArray[np.int64], width: int) -> sparse.csr_matrix:
    texts = len(first) - 1
    count = int(first[-1])
    row = np.broadcast_to(np.repeat(np.arange(texts), np.diff(first)), (len(grams), count))
    grams = grams[:, :count]
    there = grams != 0
    ones = np.ones(int(there.sum()), dtype=np.float32)
    return sparse.csr_matrix((ones, (row[there], grams[there])), shape=(texts, width))


@dataclass(frozen=True)
class Space:
    """How counts become a row: each view's idf, divided by the root of its size and a constant
    that makes an ordinary row one long."""

    idf: tuple[Array, Array]
    scale: tuple[float, float]

    def rows(self, counts: Counts) -> sparse.csr_matrix:
        parts = [
            sparse.diags(scale / np.sqrt(counts.sizes[:, view])) @ matrix @ sparse.diags(idf)
            for view, (matrix, idf, scale) in enumerate(
                zip((counts.words, counts.chars), self.idf, self.scale, strict=True)
            )
        ]
        parts.append(sparse.csr_matrix(counts.dense))
        return sparse.hstack(parts, "csr").astype(np.float32)


def space(counts: Counts, char_weight: float) -> Space:
    idfs, scales = [], []
    for view, matrix in enumerate((counts.words, counts.chars)):
        df = np.bincount(matrix.indices, minlength=matrix.shape[1])
        idf = np.where(df > 0, np.log((1 + matrix.shape[0]) / (1 + df)) + 1, 0.0)
        weighed = matrix @ sparse.diags(idf)
        length = np.sqrt(weighed.multiply(weighed).sum(axis=1)).A1 / np.sqrt(counts.sizes[:, view])
        scales.append((char_weight if view else 1.0) / float(length.mean()))
        idfs.append(idf)
    return Space((idfs[0], idfs[1]), (scales[0], scales[1]))


def balanced(rows: Sequence[Row]) -> Array:
    """Row weights that give each class of a set the same sum, and leave the set its size."""
    sets: dict[str, dict[str, int]] = {}
    for row in rows:
        classes = sets.setdefault(row.set, {})
        classes[row.gold] = classes.get(row.gold, 0) + 1
    weight = {
        (name, gold): sum(classes.values()) / len(classes) / number
        for name, classes in sets.items()
        for gold, number in classes.items()
    }
    return np.array([weight[row.set, row.gold] for row in rows])


def two_class(rows: Sequence[Row]) -> NDArray[np.bool_]:
    """Rows of sets without a neutral class, whose neutral logit is out of the game."""
    with_neutral = {row.set for row in rows if row.gold == "neutral"}
    return np.array([row.set not in with_neutral for row in rows])


def fit(
    matrix: sparse.csr_matrix,
    gold: NDArray[np.int64],
    weight: Array,
    masked: NDArray[np.bool_],
    *,
    c: float,
    penalty: Array | None = None,
    iterations: int = 60,
) -> tuple[Array, Array]:
    """Weights (features, 3) and biases (3): minimum of C x weighed cross entropy + |W|^2 / 2.
    ``penalty`` scales the latter by feature."""
    used = np.flatnonzero(np.asarray((matrix != 0).sum(axis=0)).ravel())
    small = matrix[:, used]
    turned = small.T.tocsr()
    rows = np.arange(len(gold))
    ridge = np.ones((len(used), 1)) if penalty is None else penalty[used, None]

    def cost(flat: Array) -> tuple[float, Array]:
        weights, bias = flat[:-3].reshape(len(used), 3), flat[-3:]
        logits = (small @ weights.astype(np.float32)).astype(np.float64) + bias
        logits[masked, 1] = -1e9
        top = logits.max(axis=1, keepdims=True)
        raised = np.exp(logits - top)
        total = raised.sum(axis=1, keepdims=True)
        loss = c * float((weight * (np.log(total[:, 0]) + top[:, 0] - logits[rows, gold])).sum())
        slope = raised / total
        slope[rows, gold] -= 1
        slope *= c * weight[:, None]
        down = (turned @ slope.astype(np.float32)).astype(np.float64) + ridge * weights
        loss += 0.5 * float((ridge * weights * weights).sum())
        return loss, np.concatenate([down.ravel(), slope.sum(axis=0)])

    how = {"maxiter": iterations, "maxcor": 8}
    start = np.zeros(len(used) * 3 + 3)
    found = optimize.minimize(cost, start, jac=True, method="L-BFGS-B", options=how)
    weights = np.zeros((matrix.shape[1], 3))
    weights[used] = found.x[:-3].reshape(len(used), 3)
    return weights, found.x[-3:]


def golds(rows: Sequence[Row]) -> NDArray[np.int64]:
    return np.array([CLASSES.index(row.gold) for row in rows])


@dataclass(frozen=True)
class Fitted:
    """A fitted model, before quantising."""

    space: Space
    weights: Array
    bias: Array

    def differences(self) -> tuple[Array, Array, Array, Array]:
        """Weights of words, of characters, of the dense features, and bias, each as the excess of
        negative and of positive over neutral; idf and scale are multiplied in."""
        two = self.weights[:, [0, 2]] - self.weights[:, [1]]
        word, char = (len(idf) for idf in self.space.idf)
        words = two[:word] * self.space.idf[0][:, None] * self.space.scale[0]
        chars = two[word : word + char] * self.space.idf[1][:, None] * self.space.scale[1]
        return words, chars, two[word + char :], self.bias[[0, 2]] - self.bias[1]
