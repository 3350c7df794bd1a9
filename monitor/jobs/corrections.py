"""What people correct: kept as labels, learned from per brand, never another brand's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from monitor.app import App
from monitor.enrich.language import identify
from monitor.enrich.sentiment.base import CLASSES, SentimentModel
from monitor.enrich.sentiment.brand import adjusted
from monitor.enrich.sentiment.shipped import load
from monitor.learning import labels_of, learn
from monitor.problems import Problem
from monitor.store.corrections import Correction, corrections, keep, text_of


class CorrectionProblem(Problem):
    """A correction that cannot be taken: an unknown brand or label, no such mention."""


def correct(
    app: App,
    brand: str,
    label: str,
    at: datetime,
    *,
    text: str = "",
    mention: str = "",
    who: str = "",
) -> bool:
    """Keep a person's word on a text, or on a stored mention (``PLATFORM:ID``), for one brand.

    ``at`` is wall time. True if the text had no label yet. Raises ``CorrectionProblem``.
    """
    platform, _, external_id = mention.partition(":")
    if mention:
        if not external_id:
            raise CorrectionProblem(f"{mention!r} names no mention; write PLATFORM:ID.")
        with app.db.read() as tx:
            text = text_of(tx, platform, external_id) or ""
        if not text:
            raise CorrectionProblem(f"No mention {mention} with a text is stored.")
    [taken] = take(app, brand, [(text, label, who)], at, platform=platform, external_id=external_id)
    return taken


def model_of(app: App, brand: str) -> SentimentModel:
    """The model by which the brand is read, its labels included. Raises ``CorrectionProblem``."""
    _known(app, brand)
    with app.db.read() as tx:
        labels = labels_of(corrections(tx, brand))
    return adjusted(load(), labels) or load()


def take(
    app: App,
    brand: str,
    labels: Iterable[tuple[str, str, str]],
    at: datetime,
    *,
    platform: str = "",
    external_id: str = "",
) -> list[bool]:
    """Keep (text, label, who) for the brand, all in one transaction or, with a problem, none.

    Which were new. Raises ``CorrectionProblem``.
    """
    _known(app, brand)
    rows = list(labels)
    for text, label, _ in rows:
        if label not in CLASSES:
            raise CorrectionProblem(f"{label!r} is no label; use {', '.join(CLASSES)}.")
        if not text.strip():
            raise CorrectionProblem("There is no text to correct.")
    languages = identify([text for text, _, _ in rows])
    with app.db.write() as tx:
        return [
            keep(tx, Correction(brand, text, language, label, at, who, platform, external_id))
            for (text, label, who), language in zip(rows, languages, strict=True)
        ]


def refresh_models(app: App) -> list[str]:
    """Let the enricher read each brand as its labels now say; the brands with new labels."""
    return learn(app.enricher, app.db, list(app.brands))


def _known(app: App, brand: str) -> None:
    if brand not in app.brands:
        known = ", ".join(sorted(app.brands)) or "none"
        raise CorrectionProblem(f"There is no brand {brand!r} in the config; known are: {known}.")
