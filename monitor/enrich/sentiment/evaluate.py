"""How right a model is on texts that people have labelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.enrich.language import identify
from monitor.enrich.sentiment.base import CLASSES, Scores, SentimentModel

BINS = 10


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Shares, 0 to 1. ``confusion[gold][said]`` counts, classes in order; ``ece`` the mean gap
    between how sure it is and how often it is right; ``coverage`` the share it does not abstain
    from; ``macro_f1`` the mean of the F1 of the classes that occur."""

    labels: int
    accuracy: float
    macro_f1: float
    confusion: tuple[tuple[int, ...], ...]
    ece: float
    coverage: float


def evaluate(model: SentimentModel, texts: Sequence[str], gold: Sequence[str]) -> Evaluation:
    """The model's figures on ``texts``, at least one; ``gold`` is of ``CLASSES``."""
    return judged(model.score(texts, identify(texts)), gold)


def judged(scores: Scores, gold: Sequence[str]) -> Evaluation:
    """The figures of scores against what people said; at least one."""
    truth = np.array([CLASSES.index(name) for name in gold])
    said = scores.probabilities.argmax(axis=1)
    right = said == truth
    counts = np.zeros((3, 3), dtype=int)
    np.add.at(counts, (truth, said), 1)
    return Evaluation(
        len(truth),
        float(right.mean()),
        _macro_f1(counts),
        tuple(tuple(int(count) for count in row) for row in counts),
        _ece(scores.probabilities.max(axis=1), right),
        1 - float(scores.abstain.mean()),
    )


def _macro_f1(counts: NDArray[np.int64]) -> float:
    hits, both = np.diag(counts), counts.sum(axis=0) + counts.sum(axis=1)
    return float((2 * hits[both > 0] / both[both > 0]).mean())


def _ece(sure: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Expected calibration error over bins of equal width (Guo et al. 2017)."""
    slot = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [abs(float((right[slot == at] - sure[slot == at]).sum())) for at in range(BINS)]
    return sum(gaps) / len(sure)
