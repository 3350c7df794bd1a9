"""A second opinion on the mentions of an open signal, where a transformer is configured."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from monitor.app import App
from monitor.enrich.sentiment.transformer import TransformerProblem
from monitor.model import Language
from monitor.store.mentions import StoredMention

log = logging.getLogger(__name__)

ASKED = 24
"""Mentions it is asked about at most: under a second on a core."""


def second_opinion(app: App, mentions: Sequence[StoredMention]) -> list[StoredMention]:
    """The mentions with the transformer's sentiment in place of the light model's, most negative
    first; as they are where none is configured or it fails. Only what people are shown changes:
    series, signals and stored readings keep the light model's."""
    if app.second is None or not mentions:
        return list(mentions)
    asked = list(mentions[:ASKED])
    try:
        scores = app.second.score(
            [mention.text for mention in asked], [Language(mention.language) for mention in asked]
        )
    except TransformerProblem as problem:
        log.warning("no second opinion: %s", problem)
        return list(mentions)
    read = [
        replace(mention, negative=row[0], neutral=row[1], positive=row[2])
        for mention, row in zip(asked, scores.probabilities.tolist(), strict=True)
    ]
    return [*sorted(read, key=lambda mention: -mention.negative), *mentions[ASKED:]]
