"""A brand's own corrections on top of the base model, which they never change.

From ``BIASES_FROM`` labels three biases are fitted, from ``WORDS_FROM`` on a small linear model
beside them, both with the base model's logits as their starting point, so that few labels move
little. Fitting is deterministic, and done anew only when a tenth more labels have come.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.enrich.sentiment import features
from monitor.enrich.sentiment.base import CLASSES, Scores, scores_of
from monitor.enrich.sentiment.linear import Linear, packed, quantised
from monitor.enrich.sentiment.shipped import Shipped
from monitor.model import Language

BIASES_FROM = 50
WORDS_FROM = 200
GROWTH = 1.1
BIAS_PRIOR = 0.5
"""How strongly biases are held to zero, in labels' worth."""
WORD_PRIOR = 0.5
"""How strongly a word's residual weight is held to zero; accuracy hardly moves from 0.3 to 2.4."""
MAX_LABELS = 5_000
"""Labels fitted on at most, the newest: some two seconds."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Label:
    """A text, its language, and what a person says it is (one of ``CLASSES``)."""

    text: str
    language: Language
    gold: str


def used(count: int) -> int:
    """How many of ``count`` labels are fitted on: a step of a tenth at a time, 0 below the first.

    The first ones by age, so that every process comes to the same model.
    """
    if count < BIASES_FROM:
        return 0
    step = float(BIASES_FROM)
    while int(step * GROWTH) <= count:
        step *= GROWTH
    return WORDS_FROM if step < WORDS_FROM <= count else int(step)


class BrandModel:
    """The base model as one brand's people read it."""

    def __init__(self, base: Shipped, adjustment: Linear, version: str) -> None:
        self.version = version
        self._base = base
        self._adjustment = adjustment

    def score(self, texts: Sequence[str], languages: Sequence[Language]) -> Scores:
        """See ``SentimentModel``."""
        logits = self._base.logits(texts, languages)
        return scores_of(logits + self._adjustment.logits(texts))

    def why(self, text: str, language: Language) -> tuple[str, ...]:
        """See ``SentimentModel``; the base model's words, which corrections weigh but a little."""
        return self._base.why(text, language)


def adjusted(base: Shipped, labels: Sequence[Label]) -> BrandModel | None:
    """The brand's model by its ``labels``, oldest first; None while there are too few."""
    count = used(len(labels))
    if not count:
        return None
    labels = labels[max(0, count - MAX_LABELS) : count]
    texts = [label.text for label in labels]
    offset = base.logits(texts, [label.language for label in labels])
    gold = np.array([CLASSES.index(label.gold) for label in labels])
    marks = hashlib.sha256(
        repr([(label.text, label.gold) for label in labels]).encode("utf-8", "replace")
    )
    version = f"{base.version}+c{count}-{marks.hexdigest()[:8]}"
    words = _Words(texts) if count >= WORDS_FROM else None
    return BrandModel(base, _fitted(offset, gold, words), version)


class _Words:
    """The labels' n-grams as rows: counts over the root of the text's size, as ``Linear`` does."""

    def __init__(self, texts: Sequence[str]) -> None:
        from scipy import sparse  # 0.3 s, likewise

        batch = features.read_batch(texts)
        sizes = np.sqrt(features.sizes(batch).astype(np.float64))
        views = []
        for grams, first, bits, size in (
            (features.word_grams(batch), batch.first, features.WORD_BITS, sizes[:, 0]),
            (features.char_grams(batch), batch.edges, features.CHAR_BITS, sizes[:, 1]),
        ):
            text_of = np.repeat(np.arange(len(texts)), np.diff(first))
            row = np.broadcast_to(text_of, (len(grams), len(text_of)))
            grams = grams[:, : len(text_of)]
            there = grams != 0
            ones = np.ones(int(there.sum()))
            matrix = sparse.csr_matrix((ones, (row[there], grams[there])), (len(texts), 1 << bits))
            views.append(sparse.diags(1 / size) @ matrix)
        whole = sparse.hstack(views, "csr")
        self.slots = np.unique(whole.indices)
        self.rows = whole[:, self.slots]
        self.turned = self.rows.T.tocsr()
        self.scale = 1 / np.sqrt(self.rows.multiply(self.rows).sum(axis=1).mean())


def _fitted(offset: Floats, gold: NDArray[np.int64], words: _Words | None) -> Linear:
    """Minimum of the cross entropy plus the priors, from the base model's logits on."""
    from scipy import optimize  # 0.5 s, only where there are corrections

    many = len(words.slots) if words else 0
    order = np.arange(len(gold))

    def cost(flat: Floats) -> tuple[float, Floats]:
        bias, weights = flat[:3], flat[3:].reshape(many, 3)
        logits = offset + bias
        if words:
            logits = logits + words.rows @ weights * words.scale
        top = logits.max(axis=1, keepdims=True)
        raised = np.exp(logits - top)
        total = raised.sum(axis=1, keepdims=True)
        loss = float((np.log(total[:, 0]) + top[:, 0] - logits[order, gold]).sum())
        slope = raised / total
        slope[order, gold] -= 1
        downs = [slope.sum(axis=0) + BIAS_PRIOR * bias]
        loss += 0.5 * BIAS_PRIOR * float(bias @ bias)
        if words:
            down = words.turned @ slope * words.scale + WORD_PRIOR * weights
            downs.append(down.ravel())
            loss += 0.5 * WORD_PRIOR * float((weights * weights).sum())
        return loss, np.concatenate(downs)

    start = np.zeros(3 + many * 3)
    found = optimize.minimize(cost, start, jac=True, method="L-BFGS-B", options={"maxiter": 60})
    weights = found.x[3:].reshape(many, 3)
    return _linear(found.x[:3], weights * words.scale if words else weights, words)


def _linear(bias: Floats, weights: Floats, words: _Words | None) -> Linear:
    """As tables of whole numbers, so that sums are exact as the base model's are."""
    split = 1 << features.WORD_BITS
    table = np.zeros((split + (1 << features.CHAR_BITS), 2))
    if words:
        table[words.slots] = weights[:, [0, 2]] - weights[:, [1]]
    steps, unit = quantised(table)
    return Linear(
        packed(steps[:split]),
        packed(steps[split:]),
        np.stack([unit, unit]),
        np.zeros((0, 2)),
        bias[[0, 2]] - bias[1],
    )
