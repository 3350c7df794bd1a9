"""What quiet hours and budgets have held goes out when it may: once, as the highest that is due,
with what happened meanwhile."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from alerting.decide.quiet import quiet_over
from alerting.messages.codec import pack, unpack
from alerting.messages.incident import status
from alerting.model import Incident, Notice, Target
from monitor.app import App
from monitor.jobs.respond.apply import ConcurrentUpdate, apply
from monitor.jobs.respond.context import message_context
from monitor.jobs.respond.journal import tell_log
from monitor.jobs.respond.paging import by_person, waits
from monitor.jobs.respond.render import render
from monitor.jobs.respond.routing import destinations, localizer_for
from monitor.model import IncidentState
from monitor.settings.people import PersonSettings
from monitor.store import incidents as store
from monitor.store.engine import Transaction
from monitor.store.outbox import held as outbox
from monitor.store.outbox import keys
from monitor.store.outbox.write import enqueue
from monitor.store.pages import (
    Page,
    add_page,
    held_pages,
    paged_since,
    postpone_pages,
    settle_pages,
)
from monitor.store.tables.responding import NotificationRow

log = logging.getLogger(__name__)


def release_messages(app: App, now: datetime) -> list[int]:
    """Tell what the quiet hours of brands have held and are over by ``now``. The incidents. Where
    it cannot be made one message, each goes out as it was promised."""
    with app.db.read() as tx:
        due = outbox.held_incidents(tx, now)
    return [incident_id for incident_id in due if _release(app, incident_id, now)]


def _release(app: App, incident_id: int, now: datetime) -> bool:
    with app.db.read() as tx:
        incident = store.read_incident(tx, incident_id)
        rows = outbox.held_messages(tx, incident_id)
    if incident is None or not rows:
        return False
    card = keys.card(incident_id)
    home = next(
        ((r.channel, r.destination) for r in rows if r.delivery_key == card),
        destinations(app, incident.brand),
    )
    there = [row for row in rows if (row.channel, row.destination) == home]
    lines = [row for row in there if row.delivery_key != card]
    lasting = _newest_elsewhere(rows, home)
    meanwhile = [_headline(row) for row in (*there, *lasting)]
    response = quiet_over(incident, meanwhile, now, alone=not lines)
    rendered = render(app, incident, response, now)
    if lines and rendered.card is not None:  # the line names people, not the card beside it
        rendered = replace(rendered, card=pack(replace(unpack(rendered.card), targets=())))
    ended = [row.id for row in rows if row.delivery_key != card and row not in lasting]
    try:
        with app.db.write() as tx:
            outbox.told_instead(tx, ended, keys.line(incident_id, "quiet_over", 0))
            outbox.release_held(tx, incident_id, app.wall())
            apply(tx, rendered, app.wall())
    except ConcurrentUpdate:
        return False
    tell_log(rendered)
    return True


def _newest_elsewhere(rows: list[NotificationRow], home: tuple[str, str]) -> list[NotificationRow]:
    """Of what was promised to other places than the card's (a step's own channel, somebody's
    mail), the newest for each."""
    found = {(r.channel, r.destination): r for r in rows if (r.channel, r.destination) != home}
    return list(found.values())


def _headline(row: NotificationRow) -> str:
    return unpack(row.desired or row.payload).headline


def release_pages(app: App, now: datetime) -> int:
    """Page everybody whose pages have waited until ``now``, each once. How many were."""
    with app.db.read() as tx:
        held = held_pages(tx)
    due = by_person(held, lambda page: page.held_until is not None and page.held_until <= now)
    people = {person.slug: person for person in app.settings.people}
    told = 0
    for slug in due:
        with app.db.write() as tx:
            mine = [page for page in held_pages(tx) if page.person == slug]
            if slug not in people:  # not in the config any more
                settle_pages(tx, slug, "gone")
            elif mine:
                told += _page(app, tx, people[slug], mine, now)
    if told:
        app.wake()
    return told


def _page(
    app: App, tx: Transaction, person: PersonSettings, pages: list[Page], now: datetime
) -> bool:
    again = paged_since(tx, min(page.at for page in pages))
    named = {page.incident for page in again if page.person == person.slug}
    found = [store.read_incident(tx, n) for n in dict.fromkeys(page.incident for page in pages)]
    incidents = sorted((one for one in found if one), key=lambda one: (one.severity, one.id))
    open_ = [one for one in incidents if _waits(one, now) and one.id not in named]
    first = next(iter(open_ or incidents), None)
    if first is None:
        return settle_pages(tx, person.slug, "gone")
    late = waits(app, tx, first.brand, now).get(person.slug)
    if late is not None and open_ and first.severity != "SEV1":
        postpone_pages(tx, [person.slug], late.until, late.why)
        return False
    key = keys.held_for(person.slug, now)
    if not settle_pages(tx, person.slug, key):
        return False
    channel, place = _way(app, person, first.brand)
    notice = _notice(app, tx, person, pages, incidents, now)
    notice = replace(notice, targets=_target(person) if open_ else ())
    enqueue(
        tx,
        key=key,
        channel=channel,
        destination=place,
        payload=pack(notice),
        severity=first.severity,
        created_at=now,
        due_at=app.wall(),
        incident_id=first.id,
    )
    if open_:
        add_page(tx, Page(person.slug, first.id, first.severity, now, key))
    return True


def _waits(incident: Incident, now: datetime) -> bool:
    waiting = incident.state == IncidentState.OPEN and not incident.snoozed(now)
    return waiting and incident.told and not incident.shadow


def _way(app: App, person: PersonSettings, brand: str) -> tuple[str, str]:
    """To the brand's place, where they are named, or by mail to whom Slack cannot name."""
    if not person.slack and person.email and "email" in app.channels:
        return "email", person.email
    return destinations(app, brand)


def _target(person: PersonSettings) -> tuple[Target, ...]:
    return (Target("person", person.slack),) if person.slack else ()


def _notice(
    app: App,
    tx: Transaction,
    person: PersonSettings,
    pages: list[Page],
    incidents: list[Incident],
    now: datetime,
) -> Notice:
    """Each incident that would have paged them, and how it stands."""
    say = localizer_for(app, incidents[0].brand)
    lines = []
    for one in incidents:
        context = message_context(app, tx, one, now)
        lines.append(f"• #{one.id} {one.severity} {context.brand}: {status(context)}")
    why = (
        say._("They came while it was quiet for you.")
        if pages[-1].why == "quiet"
        else say._("You had been paged often enough (page budget); SEV1 would not have waited.")
    )
    return Notice(
        kind="update",
        headline=say.n_(
            "One page waited for {name}",
            "{n} pages waited for {name}",
            len(pages),
            name=person.name,
        )[:150],
        summary="\n".join(lines),
        severity=incidents[0].severity,
        why=why,
        locale=say.locale,
        zone=say.zone,
    )
