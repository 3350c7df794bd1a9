"""What a changed config does to the incidents that are open.

What an incident is, it stays: the playbook it was opened under. Whom it is told to, and where,
follows the config as it is now: a brand that is gone closes it, one that is only watched (mode:
shadow) ends its escalation, and where its brand's messages go elsewhere its card goes on there.
"""

from __future__ import annotations

import logging
from datetime import datetime

from alerting.decide.changes import brand_gone, moved, only_watched
from alerting.decide.response import playbook_of
from alerting.model import Incident
from monitor.app import App
from monitor.jobs.respond.apply import ConcurrentUpdate, apply
from monitor.jobs.respond.render import Place, Rendered, render, render_move
from monitor.jobs.respond.routing import CONSOLE, destinations
from monitor.model import ANY, BLINDNESS
from monitor.store.engine import Transaction
from monitor.store.incidents import (
    Unresolved,
    card_place,
    card_places,
    read_incident,
    unresolved,
)
from monitor.store.outbox import keys
from monitor.store.outbox.moves import may_move

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
    homes = {} if app.replay else card_places(tx, [one.id for one in found])
    return [
        one.id
        for one in found
        if _differs(app, one) or _new_place(tx, app, one.id, one.brand, homes.get(one.id))
    ]


def _differs(app: App, incident: Incident | Unresolved) -> bool:
    settings = app.brands.get(incident.brand)
    if settings is None:
        return incident.brand != ANY
    shadow = settings.mode == "shadow" and not incident.shadow
    return shadow and incident.risk_class != BLINDNESS


def _new_place(
    tx: Transaction, app: App, number: int, brand: str, home: Place | None
) -> Place | None:
    """Where the card of an incident, now at ``home``, is to go on; None: it is where the config, or
    a step of its own, has it. What no channel takes stays where it was."""
    if home is None or home == destinations(app, brand):
        return None
    incident = read_incident(tx, number)
    assert incident is not None
    levels = playbook_of(incident).policy.levels
    steps = levels[incident.severity].steps  # type: ignore[index]
    own = {step.channel for level in levels.values() for step in level.steps}
    if home in (destinations(app, brand, channel) for channel in own):
        return None
    place = destinations(app, brand, steps[0].channel if steps else "")
    if place == CONSOLE or not may_move(tx, keys.card(number)):
        return None
    return place


def _follow(app: App, incident_id: int, now: datetime) -> bool:
    with app.db.read() as tx:
        incident = read_incident(tx, incident_id)
    if incident is None or incident.resolved_at is not None:
        return False
    rendered = _followed(app, incident, now)
    if rendered is None:
        return False
    try:
        with app.db.write() as tx:
            if rendered.move and not may_move(tx, keys.card(incident_id)):
                return False
            apply(tx, rendered, app.wall())
    except ConcurrentUpdate:
        log.info("incident %d was changed meanwhile; the config is followed next turn", incident_id)
        return False
    return True


def _followed(app: App, incident: Incident, now: datetime) -> Rendered | None:
    """What the config makes of it."""
    if _differs(app, incident):
        gone = incident.brand not in app.brands
        response = brand_gone(incident, now) if gone else only_watched(incident)
        return render(app, incident, response, now)
    with app.db.read() as tx:
        home = None if app.replay else card_place(tx, incident.id)
        place = _new_place(tx, app, incident.id, incident.brand, home)
    if place is None:
        return None
    return render_move(app, incident, moved(incident, place[1]), place, now)
