"""What a daemon does now and then: audit, digests, retention."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from monitor.app import App
from monitor.jobs.budgets import tell_budgets
from monitor.jobs.clock_off import tell_clock_off
from monitor.jobs.never_shown import tell_never_shown
from monitor.jobs.oncall import tell_shifts
from monitor.jobs.respond.escalate import audit
from monitor.jobs.seen_in_part import tell_seen_in_part
from monitor.jobs.token_watch import watch_tokens
from monitor.jobs.tokens import keep_fresh, tell_ends
from monitor.jobs.upkeep.clock import has_rested, is_held
from monitor.jobs.upkeep.corrections import refresh_models
from monitor.jobs.upkeep.digest import run_digests
from monitor.jobs.upkeep.erasure import unquote_erased
from monitor.jobs.upkeep.retention import prune
from monitor.problems import sentence_of
from monitor.store.meta import get_meta, put_meta

log = logging.getLogger(__name__)

PRUNE_EVERY = timedelta(hours=6)


def upkeep(app: App, now: datetime, wall: datetime) -> dict[str, str]:
    """One round; the parts that failed, with what they said. Each part is tried for itself: a
    digest that fails must not stop the audit. A clock that is not trusted yet takes nothing away,
    sends no digest and asks about nothing that is as it is for a day."""
    parts: dict[str, Callable[[], object]] = {
        "audit": lambda: audit(app, now),
        "shifts": lambda: tell_shifts(app, now),
        "budgets": lambda: tell_budgets(app, now, wall),
        "corrections": lambda: refresh_models(app),
        "clock": lambda: tell_clock_off(app, now, wall),
        "erasure": lambda: unquote_erased(app, now),
    }
    if not is_held(app, wall):
        parts["never shown"] = lambda: tell_never_shown(app, now)
        parts["seen in part"] = lambda: tell_seen_in_part(app, now)
        if not has_rested(app):
            parts["digests"] = lambda: run_digests(app, now)
            parts["retention"] = lambda: _prune_when_due(app, now, wall)
    return _each(parts)


def ask_platforms(app: App, now: datetime, wall: datetime) -> dict[str, str]:
    """What is to be asked of platforms about the accounts that are read, in rounds of its own: one
    that hangs must not delay the audit. The parts that failed, with what they said."""
    return _each(
        {
            "watch": lambda: watch_tokens(app, now, wall),
            "tokens": lambda: (keep_fresh(app, wall), tell_ends(app, now, wall)),
        }
    )


def _each(parts: Mapping[str, Callable[[], object]]) -> dict[str, str]:
    failed = {}
    for name, part in parts.items():
        try:
            part()
        except Exception as error:
            log.exception("%s failed; tried again in the next round", name)
            failed[name] = sentence_of(error)
    return failed


def _prune_when_due(app: App, now: datetime, wall: datetime) -> None:
    with app.db.read() as tx:
        last = get_meta(tx, "pruned")
    if last and wall - datetime.fromisoformat(last["at"]) < PRUNE_EVERY:
        return
    prune(app, now)
    with app.db.write() as tx:
        put_meta(tx, "pruned", {"at": wall.isoformat()})
