"""Open incidents as they stand now, in the language of whoever looks: for the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from alerting.i18n import Localizer
from alerting.messages.incident import root
from alerting.model import Notice
from monitor.app import App, Opened
from monitor.jobs.respond.context import message_context
from monitor.jobs.respond.paging import Paging
from monitor.store.incidents import read_incident
from monitor.store.overview import ShownIncident

FRESH = 10
"""So many are worded anew; of the others the page shows what was last told."""


def cards(
    app: App | Opened, incidents: Sequence[ShownIncident], language: str, now: datetime
) -> Mapping[int, Notice]:
    """The messages of the first incidents that were told, by number."""
    made = {}
    told = [one for one in incidents if one.notice]
    with app.db.read() as tx:
        for shown in told[:FRESH]:
            incident = read_incident(tx, shown.id)
            if incident is None or not incident.spoken():
                continue
            brand = app.brands.get(incident.brand)
            say = Localizer(language, brand.time_zone if brand else "UTC")
            context = message_context(app, tx, incident, now, paged=Paging(), say=say)
            made[shown.id] = root(context)
    return made
