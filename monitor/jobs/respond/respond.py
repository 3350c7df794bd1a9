"""Respond: signals that have changed become incidents, timers and messages."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from alerting.decide.incidents import respond as decide
from alerting.decide.response import Incident, Policy
from alerting.decide.signals import signal_key
from monitor.app import App
from monitor.jobs.respond.apply import Outrun, carry_out, incident_of
from monitor.jobs.respond.context import USUAL, share
from monitor.model import BLINDNESS, Signal
from monitor.store import incidents as store

log = logging.getLogger(__name__)


def respond(app: App, brand: str, now: datetime) -> int:
    """Answer a brand's signals (``ANY``: those of sources that serve every brand). Each group is
    one transaction. How many groups were answered."""
    with app.db.read() as tx:
        groups = store.pending_groups(tx, brand)
    done, failed = 0, []
    for group in groups:
        try:
            with app.db.write() as tx:
                done += _answer(app, tx, group, now)
        except Outrun:
            log.info("%s was changed meanwhile; its signals are answered in the next turn", group)
        except Exception as error:  # one group must not keep the others waiting
            failed.append(error)
    if done:
        app.wake()
    if failed:
        raise failed[0]
    return done


def _answer(app: App, tx: Session, group: store.Group, now: datetime) -> bool:
    store.lock_group(tx, group)
    pending = store.pending_signals(tx, group)
    if not pending:
        return False
    stored = store.latest_incident(tx, group)
    before = incident_of(stored) if stored else None
    signals = [_with_mood(tx, item.signal, before) for item in pending]
    response = decide(before, signals, _policy(app, group), now)
    incident = carry_out(app, tx, before, response, now)
    store.answered(tx, pending, incident.id)
    return True


def _policy(app: App, group: store.Group) -> Policy:
    """The playbook for a new incident, and whether the brand is only watched."""
    brand, risk_class, _ = group
    settings = app.brands.get(brand)
    slug = settings.playbook if settings else "default"
    shadow = bool(settings and settings.mode == "shadow") and risk_class != BLINDNESS
    return Policy(app.playbooks.get(slug, app.playbooks["default"]), shadow)


def _with_mood(tx: Session, signal: Signal, before: Incident | None) -> Signal:
    """With the share of negative mentions in its window, and what that is usually, where the
    detector does not say: playbooks ask about them. What is usual is counted once an event."""
    if signal.risk_class == BLINDNESS or "negative_share" in signal.facts:
        return signal
    now = share(tx, signal.brand, signal.platform, signal.at - signal.window, signal.at)
    if now is None:
        return signal
    heard = before.facts.get("signals", {}).get(signal_key(signal), {}) if before else {}
    usual = heard.get("facts", {}).get("expected_negative_share")
    if usual is None:
        usual = share(tx, signal.brand, signal.platform, signal.start - USUAL, signal.start)
    facts = {**signal.facts, "negative_share": round(now, 4)}
    if usual is not None:
        facts["expected_negative_share"] = round(usual, 4)
    return replace(signal, facts=facts)
