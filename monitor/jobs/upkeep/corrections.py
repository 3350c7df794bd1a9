"""What people correct: kept as labels, learned from per brand, never another brand's.

The command line calls this, and so will the page and Slack.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.app import App
from monitor.brand_models import labels_of, learn
from monitor.enrich.language import identify
from monitor.enrich.sentiment.base import CLASSES, SentimentModel
from monitor.enrich.sentiment.brand import adjusted, used
from monitor.enrich.sentiment.shipped import load
from monitor.problems import Problem, no_brand
from monitor.store.corrections import Correction, corrections, keep, latest, text_of

Said = tuple[str, str, str]
"""text, label, who."""


class CorrectionProblem(Problem):
    """A correction that cannot be taken: an unknown brand or label, no such mention."""


@dataclass(frozen=True, slots=True)
class Taken:
    """How many labels were new, how many changed, and how many the brand has now."""

    new: int
    changed: int
    labels: int


def correct(
    app: App,
    brand: str,
    label: str,
    at: datetime,
    *,
    text: str = "",
    mention: str = "",
    who: str = "",
) -> Taken:
    """Keep a person's word on a text, or on a stored mention (``PLATFORM:ID``), for one brand.

    ``at`` is wall time. Raises ``CorrectionProblem``.
    """
    known(app, brand)
    platform, _, external_id = mention.partition(":")
    if mention:
        if not external_id:
            raise CorrectionProblem(f"{mention!r} names no mention; write PLATFORM:ID.")
        with app.db.read() as tx:
            text = text_of(tx, platform, external_id) or ""
        if not text:
            raise CorrectionProblem(
                f"no mention {mention} is stored with its text; "
                "give the text itself with --text instead."
            )
    done = take(app, {brand: [(text, label, who)]}, at, platform=platform, external_id=external_id)
    return done[brand]


def take(
    app: App,
    labels: Mapping[str, Iterable[Said]],
    at: datetime,
    *,
    platform: str = "",
    external_id: str = "",
) -> dict[str, Taken]:
    """Keep what people said, by brand: all in one transaction or, with a problem, none.

    Raises ``CorrectionProblem``.
    """
    rows = [(brand, *said) for brand, all_said in labels.items() for said in all_said]
    for brand, text, label, _ in rows:
        known(app, brand)
        if label not in CLASSES:
            raise CorrectionProblem(f"{label!r} is no label; use {', '.join(CLASSES)}.")
        if not text.strip():
            raise CorrectionProblem("there is no text to correct.")
    languages = identify([text for _, text, _, _ in rows])
    with app.db.write() as tx:
        kept = [
            (brand, keep(tx, Correction(brand, text, of, label, at, who, platform, external_id)))
            for (brand, text, label, who), of in zip(rows, languages, strict=True)
        ]
        counts = latest(tx, list(labels))
    return {
        brand: Taken(
            kept.count((brand, "new")), kept.count((brand, "changed")), counts.get(brand, (0, 0))[0]
        )
        for brand in labels
    }


def known(app: App, brand: str) -> list[str]:
    """The brand, or all of them for ``""``. Raises ``CorrectionProblem`` for one nobody knows."""
    if brand and brand not in app.brands:
        raise CorrectionProblem(no_brand(brand, app.brands))
    return [brand] if brand else list(app.brands)


def model_of(app: App, brand: str) -> tuple[SentimentModel, frozenset[str]]:
    """The model by which the brand is read, and the texts it has learned from. Raises
    ``CorrectionProblem``."""
    known(app, brand)
    with app.db.read() as tx:
        rows = corrections(tx, brand)
    model = adjusted(load(), labels_of(rows, app.enricher, brand))
    if model is None:
        return load(), frozenset()
    return model, frozenset(row.text for row in rows[: used(len(rows))])


def refresh_models(app: App) -> list[str]:
    """Let the enricher read each brand as its labels now say; the brands with new labels."""
    return learn(app.enricher, app.db, list(app.brands))
