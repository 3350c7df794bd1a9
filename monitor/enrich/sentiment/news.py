"""How likely news tells of a crisis: a small model over its words, the crisis lexicon, the mood.

A linear model over hashed n-grams that learned from headlines written for Siaga says how a headline
reads; a logistic combination weighs that with the sentiment model's odds, with what the lexicon
finds, and with the kinds of words there are. ``bench/news_model.py`` fits both.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.enrich.crisis import concepts
from monitor.enrich.crisis.find import MAX_CHARS, Crisis
from monitor.enrich.sentiment.linear import Linear
from monitor.model import Sentiment

CLIP = 4.0
"""The largest log odds of the mood that count."""

MIN_LETTERS = 4
"""Of a word that may say by itself what a text is about."""

FEATURES = 1 + 8 + concepts.COUNT
"""The numbers that are weighed."""


@dataclass(frozen=True, slots=True)
class NewsModel:
    """``weights`` of the features, in their order, and ``bias``."""

    linear: Linear
    weights: tuple[float, ...]
    bias: float

    def look(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        """What of each text does not hang on whom it concerns. Only its beginning is read, a
        headline and the first paragraph."""
        begun = [text[:MAX_CHARS] for text in texts]
        logits = self.linear.logits(begun)[:, 0].tolist() if begun else []
        return [(logit, *concepts.of(text)) for logit, text in zip(logits, begun, strict=True)]

    def loudest(self, text: str) -> str | None:
        """The word that says most that a text tells of a crisis; None where none does."""
        parts = [part for part in self.linear.parts(text[:MAX_CHARS]) if _is_word(part[0])]
        word, said = max(parts, key=lambda part: float(part[1][0]), default=("", (0.0,)))
        return word if said[0] > 0 else None

    def probability(self, seen: Sequence[float], sentiment: Sentiment, crisis: Crisis) -> float:
        """How likely the text tells of a crisis. ``seen``: of ``look``; ``sentiment``: the model's,
        as if it were an opinion."""
        values = (seen[0], *around(sentiment, crisis, seen[concepts.PERSONAL + 1]), *seen[1:])
        total = self.bias + sum(w * v for w, v in zip(self.weights, values, strict=True))
        return 1 / (1 + math.exp(-total))


def around(sentiment: Sentiment, crisis: Crisis, personal: float) -> tuple[float, ...]:
    """The mood's log odds against neutral, the same as far as somebody speaks of himself (up to 2
    ``personal`` words: an opinion, which news is not), and what the lexicon found."""
    negative = _log_odds(sentiment.negative, sentiment.neutral)
    positive = _log_odds(sentiment.positive, sentiment.neutral)
    return (
        negative,
        positive,
        negative * personal / 2,
        positive * personal / 2,
        crisis.evidence,
        float(bool(crisis.terms)),
        float(crisis.denied),
        float(crisis.ordinary),
    )


def _is_word(token: str) -> bool:
    return token.isalpha() and len(token) >= MIN_LETTERS


def _log_odds(one: float, other: float) -> float:
    return max(-CLIP, min(CLIP, math.log(max(one, 1e-9) / max(other, 1e-9))))
