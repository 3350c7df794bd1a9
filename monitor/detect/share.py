"""What is ordinary of a series' negative share, learned online, and how much of it is error.

The inputs are sums of a classifier's p_neg. A classifier that gives its negatives a mean p_neg of
``sensitivity`` and the others ``1 - specificity`` shows a share that is a straight line of the
true one (Forman 2008, adjusted count); ``true_share`` undoes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp
from typing import Any


@dataclass(frozen=True, slots=True)
class Classifier:
    """Mean p_neg of truly negative mentions, and 1 − mean p_neg of the others."""

    sensitivity: float
    specificity: float

    def true_share(self, shown: float) -> float:
        """The true negative share behind a shown one, within 0..1."""
        false = 1.0 - self.specificity
        return min(1.0, max(0.0, (shown - false) / max(0.05, self.sensitivity - false)))


MEASURED = Classifier(sensitivity=0.73, specificity=0.88)
"""The shipped model's, the mean of its English and its Indonesian half as the weights' manifest has
them. A brand's own corrections are not asked: people correct what is wrong, which is no sample."""

OVERLAP = 0.02
"""Correlation within an hour's mentions: people who complain of one thing do not do so
independently, so of n only n / (1 + OVERLAP (n - 1)) speak on their own."""


class ShareBaseline:
    """The ordinary negative share: a ratio of decayed sums, leaning on ``prior`` while young."""

    def __init__(self, memory: float, prior: float = 0.3, prior_mentions: float = 10.0) -> None:
        self._decay = exp(-1.0 / memory)
        self._prior, self._prior_mentions = prior, prior_mentions
        self._negative = 0.0
        self._scored = 0.0

    @property
    def share(self) -> float:
        """The ordinary share of negative mentions, as the classifier shows it."""
        told = self._scored + self._prior_mentions
        return (self._negative + self._prior * self._prior_mentions) / told

    @property
    def uncertainty(self) -> float:
        """Variance of ``share``."""
        share = self.share
        return share * (1.0 - share) / (self._scored + self._prior_mentions)

    def learn(self, scored: float, negative: float, weight: float = 1.0) -> None:
        """Absorb a bucket."""
        self._scored = self._scored * self._decay + weight * scored
        self._negative = self._negative * self._decay + weight * negative

    def dump(self) -> dict[str, Any]:
        """The state, exact."""
        return {"scored": self._scored, "negative": self._negative}

    def load(self, state: Mapping[str, Any]) -> None:
        """Restore what ``dump`` gave."""
        self._scored = float(state["scored"])
        self._negative = float(state["negative"])
