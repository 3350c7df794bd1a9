"""The cards of all open incidents brought to how these stand."""

from __future__ import annotations

from datetime import datetime

from monitor.app import App
from monitor.jobs.respond.context import message_context
from monitor.jobs.respond.render import card
from monitor.store.incidents import read_incident, unresolved
from monitor.store.outbox import keys
from monitor.store.outbox.write import desire


def show_figures(app: App, now: datetime) -> None:
    """Show on the cards of open incidents how they stand at ``now``."""
    with app.db.read() as tx:
        found = [read_incident(tx, one.id) for one in unresolved(tx)]
        told = [one for one in found if one is not None and one.told]
        cards = {one.id: card(message_context(app, tx, one, now)) for one in told}
    with app.db.write() as tx:
        for incident_id, shown in cards.items():
            desire(tx, keys.card(incident_id), shown)
