"""Somebody's Home in Slack: the open incidents and what may be done, kept as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from alerting.i18n import Localizer
from alerting.messages.buttons import buttons
from alerting.messages.card import standing, state
from alerting.messages.codec import pack
from alerting.messages.incident import headline_of
from alerting.model import Button, Card, Incident, Notice, Press
from alerting.oncall import shifts
from monitor.app import App
from monitor.jobs.interactions.commands import AHEAD, command, person_of
from monitor.jobs.respond.context import standing_context
from monitor.jobs.respond.routing import localizer_for
from monitor.jobs.rota import rota
from monitor.model import ANY
from monitor.store.engine import Database, Transaction
from monitor.store.incidents import list_incidents
from monitor.store.outbox import keys
from monitor.store.outbox.write import desire, enqueue, promised_to

CHANNEL = "slack_home"
SHOWN = 20

_shown: WeakKeyDictionary[Database, dict[str, dict[str, Any]]] = WeakKeyDictionary()
"""What was last wanted: no write where nothing has changed."""


def home(app: App, tx: Transaction, who: str, now: datetime) -> Notice:
    """What somebody's Home shows: who is on call, what is open, what they may do."""
    say = localizer_for(app, ANY)
    found = list_incidents(tx, limit=SHOWN + 1)
    if not found:
        summary = say._("No incident is open.")
    else:
        more = "+" if len(found) > SHOWN else ""
        summary = say._("Open incidents: {n}", n=f"{min(len(found), SHOWN)}{more}")
    own: tuple[Button, ...] = (Button("page_me", say._("Send me a test page")),)
    if app.settings.schedules and person_of(app, who):
        own = (Button("cover", say._("Take this shift")), *own)
    if app.settings.schedules:
        everybodys = command(app, Press("", who, "command", value="oncall"), now).lines
        summary = "\n".join([*_mine(app, tx, who, now, say), *everybodys, summary])
    return Notice(
        "incident",
        "Siaga",
        summary,
        parts=tuple(_part(app, tx, incident, now) for incident in found[:SHOWN]),
        card=Card(0, 0, "open", (), buttons=own),
        locale=say.locale,
        zone=say.zone,
    )


def _mine(app: App, tx: Transaction, who: str, now: datetime, say: Localizer) -> Iterator[str]:
    """Somebody's own shift: the running one, else their next."""
    person, ahead = person_of(app, who), now + AHEAD
    for schedule in rota(app, tx, now).schedules.values() if person else ():
        mine = [shift for shift in shifts(schedule, now, ahead) if shift.person == person]
        if not mine:
            continue
        if mine[0].start <= now:
            until = say.moment(mine[0].end, now)
            yield say._(
                "You are on call ({schedule}) until {when}.", schedule=schedule.slug, when=until
            )
        else:
            start = say.moment(mine[0].start, now)
            yield say._(
                "Your next shift ({schedule}) begins {when}.", schedule=schedule.slug, when=start
            )


def show_home(app: App, tx: Transaction, who: str, now: datetime, wall: datetime) -> None:
    """Bring somebody's Home to what is true; the first time it is promised."""
    payload = pack(home(app, tx, who, now))
    if not desire(tx, keys.home(who), payload):
        _promise(tx, who, payload, now, wall)


def refresh_homes(app: App, now: datetime) -> None:
    """Bring every Home that was ever opened to what is true. Nothing is written where nothing
    has changed."""
    with app.db.read() as tx:
        people = promised_to(tx, CHANNEL)
        homes = {who: pack(home(app, tx, who, now)) for who in people}
    if homes and homes != _shown.get(app.db):
        with app.db.write() as tx:
            for who, payload in homes.items():
                desire(tx, keys.home(who), payload)
        _shown[app.db] = homes


def _promise(
    tx: Transaction, who: str, payload: dict[str, object], now: datetime, wall: datetime
) -> None:
    if who in promised_to(tx, CHANNEL):
        return
    enqueue(
        tx,
        key=keys.home(who),
        channel=CHANNEL,
        destination=who,
        payload=payload,
        severity="SEV4",
        created_at=now,
        due_at=wall,
    )


def _part(app: App, tx: Transaction, incident: Incident, now: datetime) -> Notice:
    context = standing_context(app, tx, incident, now)
    how = state(context)
    made = Card(
        incident.id, incident.revision, how, standing(context), buttons=buttons(context, how)
    )
    return Notice("update", headline_of(context), "", incident.severity, card=made)
