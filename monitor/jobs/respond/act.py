"""Act: what a person does to an incident, by command or by button. Both call this."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from alerting.decide.actions import Action, Refusal, decide
from alerting.decide.response import awaited
from alerting.i18n import Localizer
from alerting.model import Incident
from monitor.app import App
from monitor.jobs.respond.apply import ConcurrentUpdate, apply
from monitor.jobs.respond.journal import tell_log
from monitor.jobs.respond.render import render
from monitor.jobs.respond.routing import localizer_for
from monitor.jobs.rota import roles_of
from monitor.model import ANY, IncidentState
from monitor.store import incidents as store
from monitor.store.engine import Transaction

__all__ = ["Acted", "Action", "act"]


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of an action. ``done`` False: ``answer`` says why not; else what was done."""

    done: bool
    answer: str
    incident: Incident | None = None
    refusal: Refusal | None = None


Also = Callable[[Transaction, Acted], None]
"""What is written with an action, in its transaction; what it raises undoes the action."""


def act(
    app: App,
    action: Action,
    now: datetime,
    *,
    also: Also | None = None,
    language: str | None = None,
) -> Acted:
    """Do it in one transaction, or answer why not. Of two people at the same time one wins and the
    other is told who was faster. ``also`` is written with either. ``language``: of the answer;
    None: the brand's, as all that its team reads."""
    for _ in range(3):
        try:
            acted = _once(app, action, now, also, language)
        except ConcurrentUpdate:
            continue
        if acted.done:
            app.wake()
        return acted
    raise ConcurrentUpdate(f"incident {action.incident}")


def waiting(app: App, brand: str | None = None) -> list[int]:
    """The incidents (of a brand) that were told and nobody has acknowledged, in order."""
    with app.db.read() as tx:
        found = store.list_incidents(tx, brand=brand, limit=10_000)
    return sorted(one.id for one in found if one.state == IncidentState.OPEN and one.told)


def _once(
    app: App, action: Action, now: datetime, also: Also | None, language: str | None
) -> Acted:
    with app.db.read() as tx:
        incident = store.read_incident(tx, action.incident)
    if incident is None:
        say = localizer_for(app, ANY)
        say = replace(say, locale=language or say.locale)
        return Acted(False, say._("There is no incident {id}.", id=action.incident))
    if action.roles is None:
        action = replace(action, roles=roles_of(app, (action.who,), now))
    localizer = localizer_for(app, incident.brand)
    localizer = replace(localizer, locale=language or localizer.locale)
    decided = decide(incident, action, now)
    if isinstance(decided, Refusal):
        acted = Acted(False, _words(localizer, decided, now), incident, decided)
        if also:
            with app.db.write() as tx:
                also(tx, acted)
        return acted
    rendered = render(app, incident, decided, now)
    acted = Acted(True, _done(localizer, rendered.incident, action, now), rendered.incident)
    with app.db.write() as tx:
        apply(tx, rendered, app.wall())
        if also:
            also(tx, acted)
    tell_log(rendered)
    return acted


def _words(localizer: Localizer, refusal: Refusal, now: datetime) -> str:
    when = localizer.moment(refusal.at, now) if refusal.at else "?"
    match refusal.code:
        case "acknowledged":
            return localizer._(
                "Already acknowledged by {who} at {when}.", who=refusal.who, when=when
            )
        case "resolved" if refusal.who:
            return localizer._("Already closed by {who} at {when}.", who=refusal.who, when=when)
        case "resolved":
            return localizer._("It was over at {when} already.", when=when)
        case "too_long":
            limit = localizer.duration(refusal.limit) if refusal.limit else "?"
            return localizer._("Snooze for at most {span}.", span=limit)
        case "not_yours":
            return localizer._(
                "This one is acknowledged by {roles}; you hold none of these roles.",
                roles=refusal.who,
            )
        case "done":
            return localizer._("{who} has done that at {when}.", who=refusal.who, when=when)
    return _plainly(localizer, refusal)


def _plainly(localizer: Localizer, refusal: Refusal) -> str:
    """A refusal that is about nobody and no time."""
    words = {
        "changed": localizer._("It has changed since you saw it; look again before you decide."),
        "open": localizer._("It is open already."),
        "reason": localizer._("Snoozing takes a reason."),
        "no_time": localizer._("That time is over already."),
        "no_step": localizer._("There is nobody left to escalate to."),
        "no_item": localizer._("That is not on the checklist."),
        "needs": localizer._("Something else must be done first."),
        "hold_reason": localizer._("A legal hold takes a reason."),
        "not_held": localizer._("It is not held."),
        "no_text": localizer._("A note takes words."),
    }
    return words[refusal.code]


def _done(localizer: Localizer, incident: Incident, action: Action, now: datetime) -> str:
    number = incident.id
    match action.kind:
        case "ack" if left := awaited(incident):
            return localizer._(
                "Noted for incident {id}; the ladder goes on until {roles} acknowledge too.",
                id=number,
                roles=", ".join(left),
            )
        case "ack":
            return localizer._("Incident {id} is yours; the ladder stops.", id=number)
        case "resolve":
            return localizer._("Incident {id} is closed.", id=number)
        case "not_a_crisis":
            return localizer._("Incident {id} is closed and marked as no crisis.", id=number)
        case "escalate":
            return localizer._("The next step of incident {id} is told now.", id=number)
        case "check":
            return localizer._("Done.")
        case "note":
            return localizer._("Noted.")
        case "hold":
            end = localizer.moment(incident.held_until or now, now)
            return localizer._(
                "What was said of incident {id} is kept until {when}.", id=number, when=end
            )
        case "release":
            return localizer._("Incident {id} is held no more; retention goes on.", id=number)
        case "reopen":
            return localizer._("Incident {id} is open again.", id=number)
        case "snooze":
            until = incident.snoozed_until or now
            when = localizer.moment(until, now)
            return localizer._("Incident {id} is snoozed until {when}.", id=number, when=when)
