"""A decision put into messages, before it is written: nothing here changes the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from alerting.decide.reasons import Reason
from alerting.decide.response import Response, Tell, playbook_of, step_of
from alerting.messages.codec import pack
from alerting.messages.context import MessageContext
from alerting.messages.incident import root
from alerting.messages.moved import left_behind
from alerting.messages.thread import line
from alerting.model import Incident, Target
from alerting.playbook.ladder import Step
from monitor.app import App
from monitor.jobs.hours import brand_quiet_until
from monitor.jobs.respond.context import message_context
from monitor.jobs.respond.paging import paging
from monitor.jobs.respond.routing import CONSOLE, destinations
from monitor.model import BLINDNESS, IncidentState
from monitor.store.incidents import card_place, reserve_incident
from monitor.store.outbox import keys
from monitor.store.pages import Page

Place = tuple[str, str]
"""A channel and a destination on it."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be promised. ``payload``: its packed notice."""

    key: str
    channel: str
    destination: str
    payload: Mapping[str, Any]
    thread_of: str | None = None
    broadcast: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """Where a card goes on, as ``payload``; ``left`` is what stands where it was."""

    place: Place
    payload: Mapping[str, Any]
    left: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A decision ready to be written: the incident ``before`` it (None: there was none), the
    decision, about the incident as it will be, the messages it brings, and what the incident's
    card shows from then on (None: as before). ``pages``: whom they name, and whose page waits.
    ``held_until``: quiet hours hold the messages until then. ``move``: the card goes on there.
    ``now`` is domain time."""

    before: Incident | None
    response: Response
    now: datetime
    messages: tuple[Outgoing, ...] = ()
    card: Mapping[str, Any] | None = None
    pages: tuple[Page, ...] = ()
    held_until: datetime | None = None
    move: Move | None = None

    @property
    def incident(self) -> Incident:
        """The incident as it will be."""
        return self.response.incident


def render(app: App, before: Incident | None, response: Response, now: datetime) -> Rendered:
    """Write the messages of a decision. A new incident gets its number, which they name."""
    response = replace(response, incident=_numbered(app, before, response))
    incident = response.incident
    if is_silent(app, response):
        return Rendered(before, response, now)
    with app.db.read() as tx:
        paged = paging(app, tx, incident, now)
        context = message_context(
            app, tx, incident, now, who=response.who, detail=response.detail, paged=paged
        )
        home = card_place(tx, incident.id)
    notify = named_by(incident, response)
    addresses = dict.fromkeys(a for who in notify for a in paged.mail.get(str(who), ()))
    told = [_outgoing(app, context, tell, home) for tell in response.notices]
    messages = (*told, *(_by_mail(one, address) for one in told for address in addresses))
    held = _held_until(app, response, now)
    pages = paged.pages(incident, told[0].key, context.named(notify), notify, now) if told else []
    return Rendered(
        before,
        response,
        now,
        messages,
        card=None if any(tell.root for tell in response.notices) else card(context),
        pages=() if held else tuple(pages),  # who is named is decided anew when they end
        held_until=held,
    )


def render_move(
    app: App, before: Incident, response: Response, place: Place, now: datetime
) -> Rendered:
    """The same of a card that goes on in another place. While nobody has acknowledged, it names
    whom its step names: those in the new place have not heard."""
    response = replace(response, incident=_numbered(app, before, response))
    incident = response.incident
    with app.db.read() as tx:
        paged = paging(app, tx, incident, now)
        context = message_context(app, tx, incident, now, detail=response.detail, paged=paged)
    calls = incident.state == IncidentState.OPEN and not incident.snoozed(now)
    held = incident.shadow or incident.step < 0 or _held_until(app, response, now)
    step = step_of(incident, incident.step) if calls and not held else None
    notify = step.notify if step else ()
    key = keys.card(incident.id)
    pages = paged.pages(incident, key, context.named(notify), notify, now) if notify else ()
    whole = root(context, notify)
    left = left_behind(context.localizer, whole, place[1])
    return Rendered(
        before, response, now, pages=tuple(pages), move=Move(place, pack(whole), pack(left))
    )


def is_silent(app: App, response: Response) -> bool:
    """Whether no message says anything of a decision. Where time goes as fast as it can, figures
    alone are not shown: others would take their place before anybody had read them."""
    if not (response.recorded and response.incident.told):
        return True
    return app.at_will and response.reason is Reason.STILL_GOING and not response.notices


def _held_until(app: App, response: Response, now: datetime) -> datetime | None:
    """Until when a brand's quiet hours hold what is told. SEV1 waits for nobody, and neither does
    that nobody could see one: a source that cannot be read. What a person does is told to the
    others at once."""
    incident = response.incident
    blind = incident.risk_class == BLINDNESS
    if response.who or blind or incident.severity == "SEV1":
        return None
    if response.reason is Reason.QUIET_OVER:
        return None
    return brand_quiet_until(app, incident.brand, now)


def named_by(incident: Incident, response: Response) -> list[Target]:
    """Everybody whom the steps that are told name."""
    told = [
        step_of(incident, tell.step if tell.names is None else tell.names)
        for tell in response.notices
    ]
    return [who for step in told if step for who in step.notify]


def _by_mail(message: Outgoing, address: str) -> Outgoing:
    """The same page for somebody whom Slack cannot name."""
    return Outgoing(keys.mailed(message.key, address), "email", address, message.payload)


def card(context: MessageContext) -> dict[str, Any]:
    """The incident's own message as it stands, packed. Once a later step is told, that names its
    people, and a card that is still on its way names nobody beside it."""
    incident = context.incident
    steps = playbook_of(incident).level(incident.severity).steps
    first = steps[0].notify if steps and incident.step == 0 and not incident.shadow else ()
    return pack(root(context, first))


def _numbered(app: App, before: Incident | None, response: Response) -> Incident:
    incident = response.incident
    if response.recorded and response.reason not in (
        Reason.STILL_GOING,
        Reason.SUPPRESSED,
        Reason.MOVED,
    ):
        incident = replace(incident, reason=response.reason.value)
    if incident.id and before is not None:
        return replace(incident, version=before.version + 1)
    group = (incident.brand, incident.risk_class, incident.subject)
    with app.db.write(durable=False) as tx:
        return replace(incident, id=reserve_incident(tx, group), version=1)


def _outgoing(app: App, context: MessageContext, tell: Tell, home: Place | None) -> Outgoing:
    incident = context.incident
    step = step_of(incident, tell.step)
    named = step if tell.names is None else step_of(incident, tell.names)
    notify = named.notify if named else ()
    place = _place(app, incident, step, None if tell.root else home)
    if tell.root:
        return Outgoing(keys.card(incident.id), *place, pack(root(context, notify)))
    same = place == home
    return Outgoing(
        _key(incident, tell, place),
        *place,
        pack(line(context, tell.reason, notify) if same else root(context, notify)),
        thread_of=keys.card(incident.id) if same else None,
        broadcast=tell.broadcast and same and app.settings.slack.broadcast,
    )


def _place(app: App, incident: Incident, step: Step | None, home: Place | None) -> Place:
    """Where the card is, unless there is none, its channel is off by now, or the step has a channel
    of its own."""
    own = step.channel if step else ""
    if home is not None and home[0] in app.channels and not own:
        return home
    place = destinations(app, incident.brand, own)
    # what no channel takes goes by mail too; what is meant for the console does not
    return home if home is not None and place == CONSOLE else place


def _key(incident: Incident, tell: Tell, place: Place) -> str:
    if tell.reason is Reason.ESCALATED and tell.step is not None:
        return keys.step(incident.id, tell.step, incident.loop, place[1])
    return keys.line(incident.id, tell.reason.value, incident.revision)
