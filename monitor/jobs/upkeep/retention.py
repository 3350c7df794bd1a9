"""Retention, applied: in batches, so that nobody waits for it long."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from monitor.app import App
from monitor.store.retention import drop_authors, kept_platforms, redact

log = logging.getLogger(__name__)

BATCH = 500
"""Rows changed in one transaction."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many mentions lost their texts, and how many authors went."""

    mentions: int
    authors: int


def prune(app: App, now: datetime) -> Pruned:
    """Take texts and authors whose time is up, by platform. May be stopped and begun again at any
    moment. Mentions that come later but are older than that go in the next round."""
    terms = app.settings.retention
    with app.db.read() as tx:
        platforms = kept_platforms(tx)
    mentions = 0
    for platform in platforms:
        before = now - terms.platforms.get(platform, terms.default)
        while True:
            with app.db.write() as tx:
                gone = redact(tx, platform, before, BATCH)
            mentions += gone
            if gone < BATCH:
                break
    authors = _drop_authors(app) if mentions else 0
    if mentions:
        log.info("retention: %d texts and %d authors are gone", mentions, authors)
    return Pruned(mentions, authors)


def _drop_authors(app: App) -> int:
    total, last = 0, 0
    while True:
        with app.db.write() as tx:
            gone, reached = drop_authors(tx, last, BATCH)
        total += gone
        if reached is None:
            return total
        last = reached
