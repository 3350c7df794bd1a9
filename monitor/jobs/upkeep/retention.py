"""Retention, applied: in batches, so that nobody waits for it long."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.registry import retention
from monitor.app import App
from monitor.settings.model import RetentionSettings
from monitor.store.hooks import forget_hooks
from monitor.store.interactions import forget as forget_interactions
from monitor.store.retention import drop_authors, forget_own_content, kept_platforms, redact

log = logging.getLogger(__name__)

HOOKS_KEPT = timedelta(days=3)
"""What came by webhook and nobody has read: twice as long as Meta delivers it again."""

BATCH = 500
"""Rows changed in one transaction."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many mentions lost their texts, and how many authors went."""

    mentions: int
    authors: int


def kept_for(settings: RetentionSettings, platform: str) -> timedelta:
    """How long a platform's texts are kept: as the config says, else the shorter of its default
    and the platform's terms."""
    if platform in settings.platforms:
        return settings.platforms[platform]
    return min(settings.default, retention(platform) or settings.default)


def prune(app: App, now: datetime) -> Pruned:
    """Take texts and authors whose time is up, and what was told of the brand's own content and
    not again since, by platform. May be stopped and begun again at any
    moment. Mentions that come later but are older than that go in the next round."""
    with app.db.read() as tx:
        platforms = kept_platforms(tx)
    mentions = 0
    for platform in platforms:
        before = now - kept_for(app.settings.retention, platform)
        while True:
            with app.db.write() as tx:
                gone = redact(tx, platform, before, BATCH, now)
            mentions += gone
            if gone < BATCH:
                break
        _forget_own_content(app, platform, before, now)
    authors = _drop_authors(app) if mentions else 0
    with app.db.write() as tx:
        forget_interactions(tx, now - app.settings.retention.default)
        forget_hooks(tx, app.wall() - HOOKS_KEPT)
    if mentions:
        log.info("retention: %d texts and %d authors are gone", mentions, authors)
    return Pruned(mentions, authors)


def _forget_own_content(app: App, platform: str, before: datetime, now: datetime) -> None:
    while True:
        with app.db.write() as tx:
            if not forget_own_content(tx, platform, before, BATCH, now):
                return


def _drop_authors(app: App) -> int:
    total, last = 0, 0
    while True:
        with app.db.write() as tx:
            gone, reached = drop_authors(tx, last, BATCH)
        total += gone
        if reached is None:
            return total
        last = reached
