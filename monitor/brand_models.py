"""What brands' people have corrected -> the models by which the enricher reads those brands."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from monitor.enrich.pipeline import Enricher, Learned
from monitor.enrich.sentiment.brand import Label, adjusted
from monitor.enrich.sentiment.shipped import load
from monitor.model import Language
from monitor.query.text import normalise
from monitor.store.corrections import Correction, corrections, latest
from monitor.store.engine import Database

log = logging.getLogger(__name__)


def learn(enricher: Enricher, db: Database, brands: Iterable[str]) -> list[str]:
    """Let each brand be read as its labels say; the brands with labels that are new.

    Cheap where no label has come since the last time. A brand's new version counts as any other
    new model's: its past is scored anew before it counts (``jobs.rescore``).
    """
    with db.read() as tx:
        marks = latest(tx, list(brands))
        changed = [brand for brand in brands if _mark(enricher, brand) != marks.get(brand)]
        found = {brand: corrections(tx, brand) for brand in changed}
    for brand, rows in found.items():
        before = enricher.model_version(brand)
        said = {normalise(row.text): row.gold for row in rows}
        model = adjusted(load(), labels_of(rows, enricher, brand))
        enricher.learn(brand, Learned(model, said, marks.get(brand)))
        after = enricher.model_version(brand)
        if after != before:
            log.info("%s is read by %s from now on (%d corrections)", brand, after, len(rows))
    return changed


def _mark(enricher: Enricher, brand: str) -> tuple[int, int] | None:
    learned = enricher.learned.get(brand)
    return learned.mark if learned else None


def labels_of(rows: Iterable[Correction], enricher: Enricher, brand: str) -> list[Label]:
    """Stored corrections as the brand's model takes them: their texts as it is given any."""
    return [
        Label(enricher.as_read(brand, row.text), Language(row.language), row.gold) for row in rows
    ]
