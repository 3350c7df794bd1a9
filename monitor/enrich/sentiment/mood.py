"""One sentiment out of two: the whole text's and that of the clauses about the brand."""

from __future__ import annotations

from monitor.enrich.sentiment.base import UNSURE_BELOW
from monitor.enrich.sentiment.clauses import WEIGHT
from monitor.model import Sentiment


def toward(whole: Sentiment, clauses: Sentiment, *, turned: bool) -> Sentiment:
    """The sentiment toward a brand whose clauses read as ``clauses``; ``turned`` where they praise
    another at its cost."""
    negative, positive = clauses.negative, clauses.positive
    if turned:
        negative, positive = positive, negative
    rest = 1 - WEIGHT
    negative = WEIGHT * negative + rest * whole.negative
    neutral = WEIGHT * clauses.neutral + rest * whole.neutral
    positive = WEIGHT * positive + rest * whole.positive
    unsure = max(negative, neutral, positive) < UNSURE_BELOW
    return Sentiment(negative, neutral, positive, unsure)
