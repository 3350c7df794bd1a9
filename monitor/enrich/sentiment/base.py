"""What a sentiment model is to the rest of the program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from monitor.model import Language

CLASSES = ("negative", "neutral", "positive")
"""The order of the columns everywhere."""

UNSURE_BELOW = 0.5
"""A text whose most likely class is less likely than this is shown as "unsure"."""


@dataclass(frozen=True, slots=True)
class Scores:
    """``probabilities``: shape (texts, 3), columns as ``CLASSES``, each row's sum 1. ``abstain``:
    too close to call; the arithmetic of alerts uses the probabilities all the same."""

    probabilities: NDArray[np.float64]
    abstain: NDArray[np.bool_]


class SentimentModel(Protocol):
    """Scores texts. Deterministic: a text's score depends on nothing but the text, its language
    and ``version``. Any string is fine."""

    @property
    def version(self) -> str:
        """Names the model; changes with anything that may change a score."""
        ...

    def score(self, texts: Sequence[str], languages: Sequence[Language]) -> Scores:
        """The scores of ``texts``, in order."""
        ...

    def why(self, text: str, language: Language) -> tuple[str, ...]:
        """The words that moved the score most, most first. Slower; for showing."""
        ...


def scores_of(logits: NDArray[np.float64]) -> Scores:
    """Softmax of ``logits``, shape (texts, 3)."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = raised / raised.sum(axis=1, keepdims=True)
    return Scores(probabilities, probabilities.max(axis=1) < UNSURE_BELOW)
