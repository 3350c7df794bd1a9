"""What an incident is about: the words that are new in it."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerting.messages.wording import platform_name
from monitor.app import App, Opened
from monitor.enrich.subject import Said, new_words
from monitor.model import Signal, real_brand
from monitor.settings.model import BrandSettings
from monitor.store.engine import Transaction
from monitor.store.wording import Written, texts, written

READ, READ_BEFORE = 300, 600
"""Texts of the event and of the time before it that are read for its words."""

BEFORE = timedelta(days=14)


def subject_words(
    app: App | Opened, tx: Transaction, lead: Signal, since: datetime, until: datetime
) -> tuple[str, ...]:
    """The words that stand out against the brand's own past."""
    settings = app.brands.get(real_brand(lead.brand))
    now = written(tx, lead.brand, lead.platform, since, until, READ)
    if not now or settings is None:
        return ()
    past = texts(tx, lead.brand, lead.platform, since - BEFORE, since, READ_BEFORE)
    said = [Said(one.text, one.crisis_terms, one.author) for one in now]
    others = {
        name
        for slug, brand in app.brands.items()
        if slug != settings.slug
        for name in (brand.name, slug)
    }
    return tuple(new_words(said, past, _known(settings, now), others))


def _known(settings: BrandSettings, now: list[Written]) -> set[str]:
    """Names that say nothing of an event: the brand's, its accounts', platforms', what matched."""
    accounts = {account.partition(":")[2] for account in settings.own_accounts}
    platforms = {one.platform for one in now}
    titles = {platform_name(platform) for platform in platforms}
    matched = {term for one in now for term in one.matched}
    return {settings.name, settings.slug, *accounts, *platforms, *titles, *matched}
