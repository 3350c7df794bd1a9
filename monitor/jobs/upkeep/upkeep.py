"""What a daemon does now and then for its own health: digests, audit, retention, heartbeat."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from monitor.app import App
from monitor.jobs.respond.escalate import audit
from monitor.jobs.upkeep.corrections import refresh_models
from monitor.jobs.upkeep.digest import run_digests
from monitor.jobs.upkeep.retention import prune
from monitor.store.installation import noted
from monitor.store.meta import get_meta, put_meta

log = logging.getLogger(__name__)

PRUNE_EVERY = timedelta(hours=6)


def upkeep(app: App, now: datetime, wall: datetime, status: Mapping[str, Any]) -> None:
    """One round. Each part is tried for itself: a digest that fails must not stop the audit."""
    parts: dict[str, Callable[[], object]] = {
        "audit": lambda: audit(app, now),
        "digests": lambda: run_digests(app, now),
        "corrections": lambda: refresh_models(app),
        "retention": lambda: _prune_when_due(app, now, wall),
        "heartbeat": lambda: heartbeat(app, wall, status),
    }
    for name, part in parts.items():
        try:
            part()
        except Exception:
            log.exception("%s failed; tried again in the next round", name)


def heartbeat(app: App, wall: datetime, status: Mapping[str, Any]) -> None:
    """Leave a sign of life for `siaga status`, which runs in another process."""
    with app.db.write() as tx:
        put_meta(tx, "heartbeat", {"at": wall.isoformat(), **status})
    noted(app.db)


def _prune_when_due(app: App, now: datetime, wall: datetime) -> None:
    with app.db.read() as tx:
        last = get_meta(tx, "pruned")
    if last and wall - datetime.fromisoformat(last["at"]) < PRUNE_EVERY:
        return
    prune(app, now)
    with app.db.write() as tx:
        put_meta(tx, "pruned", {"at": wall.isoformat()})
