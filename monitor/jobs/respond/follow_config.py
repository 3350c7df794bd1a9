"""What a changed config does to the incidents that are open.

What an incident is, it stays: the playbook it was opened under and the place of its card. Whether
anybody is named for it follows the config as it is now: a brand that is gone closes it, and one
that is only watched (mode: shadow) ends its escalation.
"""

from __future__ import annotations

import logging
from datetime import datetime

from alerting.decide.changes import brand_gone, only_watched
from monitor.app import App
from monitor.jobs.respond.apply import ConcurrentUpdate, apply
from monitor.jobs.respond.render import render
from monitor.model import ANY, BLINDNESS
from monitor.store.engine import Transaction
from monitor.store.incidents import read_incident, unresolved

log = logging.getLogger(__name__)


def follow_config(app: App, now: datetime) -> list[int]:
    """Bring the open incidents in line with the config. Those that changed."""
    with app.db.read() as tx:
        changed = behind_config(tx, app)
    done = [incident_id for incident_id in changed if _follow(app, incident_id, now)]
    if done:
        app.wake()
    return done


def behind_config(tx: Transaction, app: App) -> list[int]:
    """The open incidents that the config says something else of."""
    found = unresolved(tx)
    return [one.id for one in found if _differs(app, one.brand, one.risk_class, one.shadow)]


def _differs(app: App, brand: str, risk_class: str, shadow: bool) -> bool:
    settings = app.brands.get(brand)
    if settings is None:
        return brand != ANY
    return settings.mode == "shadow" and not shadow and risk_class != BLINDNESS


def _follow(app: App, incident_id: int, now: datetime) -> bool:
    with app.db.read() as tx:
        incident = read_incident(tx, incident_id)
    if incident is None or incident.resolved_at is not None:
        return False
    gone = incident.brand not in app.brands
    response = brand_gone(incident, now) if gone else only_watched(incident)
    rendered = render(app, incident, response, now)
    try:
        with app.db.write() as tx:
            apply(tx, rendered, app.wall())
    except ConcurrentUpdate:
        log.info("incident %d was changed meanwhile; the config is followed next turn", incident_id)
        return False
    return True
