"""From texts to sentiments: the model's scores, and what a model alone does not see.

Praise appended to a complaint (``praise``), news of a crisis in sober words (``news``), and that a
language nobody has taught the model cannot be read at all, praise in another one or not.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.enrich.crisis.find import Crisis
from monitor.enrich.language import identify, readable
from monitor.enrich.sentiment.base import UNSURE_BELOW, Scores, SentimentModel
from monitor.enrich.sentiment.praise import without_praise
from monitor.model import Language, Sentiment

PRAISED = 0.2
"""p_pos below which no run of praise hides anything."""

RULES = 6
"""Counts what is read around the model's scores: one more with each change of this package's code
that may change a sentiment, so that the past is scored again."""

UNKNOWN = Sentiment(1 / 3, 1 / 3, 1 / 3, abstain=True)
"""Of a text that cannot be read: as likely one as another."""


@functools.cache
def rules() -> str:
    """What identifies all that a sentiment hangs on beside the weights: the lists, and ``RULES``.
    It is part of what names the shipped model."""
    here = Path(__file__).resolve().parent
    files = [here / "praise.txt", *sorted((here.parent / "crisis" / "terms").glob("*.txt"))]
    parts = [str(RULES).encode(), *(file.read_bytes() for file in files)]
    return hashlib.sha256(b"".join(parts)).hexdigest()


@dataclass(frozen=True, slots=True)
class Text:
    """What is read: ``text`` in plain letters and without names."""

    text: str
    language: Language


def read(model: SentimentModel, texts: Sequence[Text]) -> list[Sentiment]:
    """The sentiment of each text, in order; ``UNKNOWN`` where it cannot be read."""
    said = [text.text for text in texts]
    found = _sentiments(model.score(said, [text.language for text in texts]))
    _read_without_praise(model, texts, found)
    return [
        sentiment if readable(text.text, text.language) else UNKNOWN
        for sentiment, text in zip(found, texts, strict=True)
    ]


def told(sentiment: Sentiment, probability: float, own: Crisis) -> Sentiment:
    """The sentiment of news that tells of a crisis with this probability, or by the brand's ``own``
    terms."""
    return with_negative(sentiment, 1 - (1 - probability) * (1 - own.evidence))


def with_negative(sentiment: Sentiment, negative: float) -> Sentiment:
    """Another p_neg; the rest keeps its shares, to neutral's good where it is less."""
    if negative >= sentiment.negative:
        scale = (1 - negative) / max(1e-9, 1 - sentiment.negative)
        neutral, positive = sentiment.neutral * scale, sentiment.positive * scale
    else:
        positive = sentiment.positive
        neutral = 1 - negative - positive
    unsure = max(negative, neutral, positive) < UNSURE_BELOW
    return Sentiment(negative, neutral, positive, unsure)


def _read_without_praise(
    model: SentimentModel, texts: Sequence[Text], found: list[Sentiment]
) -> None:
    rests = {
        at: rest
        for at, sentiment in enumerate(found)
        if sentiment.negative < UNSURE_BELOW
        and sentiment.positive > PRAISED
        and (rest := without_praise(texts[at].text)) is not None
    }
    if not rests:
        return
    said = list(rests.values())
    languages = identify(said)  # the praise may have been in another language
    read_alone = zip(rests, said, languages, _sentiments(model.score(said, languages)), strict=True)
    for at, rest, language, alone in read_alone:
        if not readable(rest, language):
            found[at] = UNKNOWN
        elif alone.negative > max(found[at].negative, alone.positive):
            found[at] = alone


def _sentiments(scores: Scores) -> list[Sentiment]:
    rows = zip(scores.probabilities.tolist(), scores.abstain.tolist(), strict=True)
    return [Sentiment(p[0], p[1], p[2], unsure) for p, unsure in rows]
