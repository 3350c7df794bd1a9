"""What an incident is about: the words that are new in it, and how many mentions it has by now."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.app import App
from monitor.enrich.subject import new_words
from monitor.model import Signal, real_brand
from monitor.store.engine import Transaction
from monitor.store.series import series
from monitor.store.wording import written

READ, READ_BEFORE = 300, 600
"""Texts of the event and of the time before it that are read for its words."""

BEFORE = timedelta(days=14)


def total(tx: Transaction, lead: Signal, since: datetime, until: datetime) -> float:
    """Mentions from its beginning on, where the leading signal looks."""
    return sum(bucket.volume for bucket in series(tx, lead.brand, lead.platform, since, until))


def subject_words(
    app: App, tx: Transaction, lead: Signal, since: datetime, until: datetime
) -> tuple[str, ...]:
    """The words that stand out against the brand's own past."""
    settings = app.brands.get(real_brand(lead.brand))
    now = written(tx, lead.brand, lead.platform, since, until, READ)
    if not now or settings is None:
        return ()
    past = written(tx, lead.brand, lead.platform, since - BEFORE, since, READ_BEFORE)
    known = {settings.name, settings.slug, *(term for one in now for term in one.matched)}
    crisis = {term for one in now for term in one.crisis_terms}
    texts, before = [one.text for one in now], [one.text for one in past]
    return tuple(new_words(texts, before, known, crisis))
