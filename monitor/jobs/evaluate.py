"""One evaluation: detect, respond, timers -- in this order, for every brand, at one domain time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from monitor.app import App
from monitor.jobs.detect.detect import detect, watch_sources
from monitor.jobs.detect.late import watch_late
from monitor.jobs.detect.sources import all_answer
from monitor.jobs.respond.escalate import run_timers
from monitor.jobs.respond.follow_config import behind_config, follow_config
from monitor.jobs.respond.held import release_pages
from monitor.jobs.respond.respond import respond
from monitor.jobs.upkeep.rescore import is_current, rescore
from monitor.model import ANY
from monitor.problems import sentence_of
from monitor.store.engine import Transaction
from monitor.store.incidents import brands_waiting
from monitor.store.outbox.queue import next_due
from monitor.store.timers import next_timer

log = logging.getLogger(__name__)


@dataclass(slots=True)
class EvaluationResult:
    """What one evaluation did. ``failed``: the parts that raised, with what they said."""

    failed: dict[str, str] = field(default_factory=dict)


def evaluate(app: App, now: datetime, *, strict: bool = False) -> EvaluationResult:
    """Bring every brand up to ``now``. A brand that raises is logged and named, and the others go
    on; ``strict`` raises instead (replays, tests)."""
    done = EvaluationResult()
    steps: list[tuple[str, Callable[[], object]]] = [
        ("the model's past", lambda: rescore(app, now, limit=2000)),
        (ANY, lambda: watch_sources(app, now)),
    ]
    steps += [(slug, lambda slug=slug: detect(app, slug, now)) for slug in app.brands]  # type: ignore[misc]
    steps += [("what came late", lambda: watch_late(app, now))]
    steps += [("the config", lambda: follow_config(app, now))]
    steps += [("signals", lambda: _respond(app, now)), ("timers", lambda: run_timers(app, now))]
    steps += [("pages that waited", lambda: release_pages(app, now))]
    for name, step in steps:
        try:
            step()
        except Exception as error:
            if strict:
                raise
            log.exception("evaluating %s failed", name)
            done.failed[name] = sentence_of(error)
    return done


def idle_until(tx: Transaction, app: App, now: datetime) -> datetime | None:
    """Up to when evaluations would do nothing, if no detector spoke: the next timer's time, or
    for ever. None: there is something to do or to deliver as it is. The parts of ``evaluate``."""
    if not is_current(tx, app) or not all_answer(tx) or behind_config(tx, app):
        return None
    if next_due(tx) is not None:
        return None
    due = next_timer(tx)
    if brands_waiting(tx) or (due is not None and due <= now):
        return None
    return due or datetime.max.replace(tzinfo=UTC)


def _respond(app: App, now: datetime) -> None:
    """Answer the brands whose signals have changed; one that fails keeps no other waiting."""
    with app.db.read() as tx:
        waiting = brands_waiting(tx)
    failed = []
    for brand in (*app.brands, ANY):
        if brand in waiting:
            try:
                respond(app, brand, now)
            except Exception as error:
                log.exception("answering the signals of %s failed", brand)
                failed.append(error)
    if failed:
        raise failed[0]
