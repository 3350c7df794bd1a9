"""A new sentiment model, or a person's corrections, must never look like a change of mood."""

from __future__ import annotations

from sqlalchemy.orm import Session

from monitor.app import App
from monitor.store.meta import get_metas


def rescoring(tx: Session, app: App) -> frozenset[str]:
    """The brands whose past has been scored by another model than what comes in now."""
    done = get_metas(tx, [_name(slug) for slug in app.brands])
    return frozenset(
        slug
        for slug in app.brands
        if (known := done.get(_name(slug))) and known["version"] != app.enricher.model_version(slug)
    )


def _name(brand: str) -> str:
    return f"model:{brand}"
