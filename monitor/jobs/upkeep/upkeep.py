"""What a daemon does now and then: audit, digests, retention; and its sign of life."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from monitor.app import App
from monitor.jobs.oncall import tell_shifts
from monitor.jobs.respond.escalate import audit
from monitor.jobs.tokens import keep_fresh, tell_ends
from monitor.jobs.upkeep.corrections import refresh_models
from monitor.jobs.upkeep.digest import run_digests
from monitor.jobs.upkeep.retention import prune
from monitor.problems import sentence_of
from monitor.store.installation import noted
from monitor.store.meta import get_meta, put_meta

log = logging.getLogger(__name__)

PRUNE_EVERY = timedelta(hours=6)


def upkeep(app: App, now: datetime, wall: datetime) -> dict[str, str]:
    """One round; the parts that failed, with what they said. Each part is tried for itself: a
    digest that fails must not stop the audit."""
    parts: dict[str, Callable[[], object]] = {
        "audit": lambda: audit(app, now),
        "digests": lambda: run_digests(app, now),
        "shifts": lambda: tell_shifts(app, now),
        "tokens": lambda: (keep_fresh(app, wall), tell_ends(app, now, wall)),
        "corrections": lambda: refresh_models(app),
        "retention": lambda: _prune_when_due(app, now, wall),
    }
    failed = {}
    for name, part in parts.items():
        try:
            part()
        except Exception as error:
            log.exception("%s failed; tried again in the next round", name)
            failed[name] = sentence_of(error)
    return failed


def heartbeat(app: App, wall: datetime, status: Mapping[str, Any]) -> None:
    """Leave a sign of life for `siaga status`, which runs in another process. Raises
    ``DatabaseProblem`` where nothing can be written, which is the other half of its purpose."""
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
