"""A new sentiment model, or a person's corrections, must never look like a change of mood."""

from __future__ import annotations

from sqlalchemy.orm import Session

from monitor.app import App
from monitor.store.meta import get_meta


def rescoring(tx: Session, app: App, brand: str) -> bool:
    """Whether the brand's past has been scored by another model than what comes in now."""
    done = get_meta(tx, f"model:{brand}")
    return done is not None and done["version"] != app.enricher.model_version(brand)
