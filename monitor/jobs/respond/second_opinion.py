"""A second opinion on the mentions of an open signal, where a transformer is configured."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from monitor.app import App
from monitor.enrich.sentiment.base import SentimentModel
from monitor.enrich.sentiment.transformer import TransformerProblem
from monitor.model import Language
from monitor.store.mentions import StoredMention

log = logging.getLogger(__name__)

ASKED = 40
"""Mentions it is asked about at most: a second or two on a core."""

REMEMBERED = 2_000
"""Answers kept, so that a message that is brought up to date asks only about what is new."""

_answers: WeakKeyDictionary[SentimentModel, dict[str, bool]] = WeakKeyDictionary()


def second_opinion(app: App, mentions: Sequence[StoredMention]) -> tuple[float, int] | None:
    """The share of the mentions that the transformer calls negative, and how many it has read;
    None where none is configured, there is nothing to read, or it fails, which is logged.

    For people only: series, signals and stored readings keep the light model's.
    """
    asked = [mention for mention in mentions if mention.text][:ASKED]
    if app.second is None or not asked:
        return None
    try:
        known = _answered(app.second, asked)
    except TransformerProblem as problem:
        log.warning("no second opinion: %s", problem)
        return None
    return sum(known[mention.text] for mention in asked) / len(asked), len(asked)


def _answered(model: SentimentModel, mentions: Sequence[StoredMention]) -> dict[str, bool]:
    """Whether each text is negative."""
    known = _answers.setdefault(model, {})
    if len(known) > REMEMBERED:
        known.clear()
    new = {m.text: Language(m.language) for m in mentions if m.text not in known}
    if new:
        scores = model.score(list(new), list(new.values()))
        negative = scores.probabilities.argmax(axis=1) == 0
        known.update(zip(new, negative.tolist(), strict=True))
    return known
