"""Figures of a model on labelled texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sentiment_data import CLASSES, Row

Array = NDArray[np.float64]


def auc(score: Array, positive: NDArray[np.bool_]) -> float:
    """Area under the ROC curve, ties counted half."""
    _, rank = np.unique(score, return_inverse=True)
    counts = np.bincount(rank)
    place = np.cumsum(counts) - (counts - 1) / 2
    ranks = place[rank]
    hits, misses = int(positive.sum()), int((~positive).sum())
    return float((ranks[positive].sum() - hits * (hits + 1) / 2) / (hits * misses))


def ece(probabilities: Array, gold: NDArray[np.int64], bins: int = 10) -> float:
    """Expected calibration error of the most likely class, equal-width bins."""
    sure = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == gold
    slot = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [
        abs(right[slot == at].mean() - sure[slot == at].mean()) * (slot == at).sum()
        for at in range(bins)
        if (slot == at).any()
    ]
    return float(sum(gaps) / len(gold))


def figures(probabilities: Array, rows: Sequence[Row]) -> dict[str, float]:
    """Accuracy, macro-F1, macro-recall, AUC of p_neg, precision and recall of negative at .30,
    ECE. A set without neutral is judged between the other two."""
    gold = np.array([CLASSES.index(row.gold) for row in rows])
    present = sorted(set(gold.tolist()))
    shown = probabilities
    if 1 not in present and len(rows) > 100:
        shown = probabilities * np.array([1.0, 0.0, 1.0])
        shown = shown / shown.sum(axis=1, keepdims=True)
    said = shown.argmax(axis=1)
    negative = gold == 0
    flagged = probabilities[:, 0] >= 0.30
    recalls = [(said[gold == k] == k).mean() for k in present]
    f1 = []
    for k in present:
        both = ((said == k) & (gold == k)).sum()
        f1.append(2 * both / max(1, (said == k).sum() + (gold == k).sum()))
    return {
        "accuracy": float((said == gold).mean()),
        "macro_f1": float(np.mean(f1)),
        "macro_recall": float(np.mean(recalls)),
        "auc": auc(probabilities[:, 0], negative) if 0 < negative.sum() < len(gold) else np.nan,
        "precision": float(negative[flagged].mean()) if flagged.any() else np.nan,
        "recall": float(flagged[negative].mean()) if negative.any() else np.nan,
        "ece": ece(shown, gold),
        "unsure": float((probabilities.max(axis=1) < 0.5).mean()),
    }


def error(
    probabilities: Mapping[str, Array], sets: Mapping[str, Sequence[Row]]
) -> dict[str, float]:
    """Mean p_neg of the negative rows (``sensitivity``) and 1 - mean p_neg of the others
    (``specificity``): means over sets, so that a large one does not decide alone."""
    found = []
    for name, rows in sets.items():
        negative = np.array([row.gold == "negative" for row in rows])
        p_neg = probabilities[name][:, 0]
        found.append((p_neg[negative].mean(), 1.0 - p_neg[~negative].mean()))
    sensitivity, specificity = np.mean(found, axis=0)
    return {
        "sensitivity": round(float(sensitivity), 3),
        "specificity": round(float(specificity), 3),
    }


def by_set(
    probabilities: Mapping[str, Array], sets: Mapping[str, Sequence[Row]]
) -> dict[str, dict[str, float]]:
    return {name: figures(probabilities[name], rows) for name, rows in sets.items()}
