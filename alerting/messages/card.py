"""An incident as a card: how it stands in one line, a few facts, a picture, what may be done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from alerting.decide.response import next_step, playbook_of
from alerting.messages.buttons import buttons
from alerting.messages.context import MessageContext
from alerting.messages.wording import SHARES, by_platform, how_far, times_usual
from alerting.model import Card, Part, Picture
from monitor.model import TOLD_LATE, IncidentState

State = Literal["open", "snoozed", "acknowledged", "resolved"]

MAX_FACTS = MAX_PLATFORMS = 4

COUNTS = ("volume", "first_days", TOLD_LATE)
"""Detectors that count mentions, so that how negative these are is told beside."""

FRESH = timedelta(minutes=1)
"""Older figures are told with their time."""


def card(
    context: MessageContext, facts: list[tuple[str, str]], details: list[tuple[str, str]]
) -> Card:
    """The card; what is more than a few facts goes to the details."""
    return Card(
        incident=context.incident.id,
        revision=context.incident.revision,
        state=state(context),
        standing=standing(context),
        facts=tuple(facts[:MAX_FACTS]),
        details=(*facts[MAX_FACTS:], *checklist(context), *details),
        buttons=buttons(context, state(context)),
        picture=picture(context),
    )


def state(context: MessageContext) -> State:
    """How it stands, as a reader tells it apart at a glance."""
    incident = context.incident
    if incident.state == IncidentState.RESOLVED:
        return "resolved"
    if incident.snoozed(context.now):
        return "snoozed"
    return "acknowledged" if incident.state == IncidentState.ACKNOWLEDGED else "open"


def standing(context: MessageContext) -> tuple[Part, ...]:
    """Who has it, since when, what happens next and to whom. Times stay times."""
    match state(context):
        case "resolved":
            return _resolved(context)
        case "snoozed":
            return _snoozed(context)
        case "acknowledged":
            return _acknowledged(context)
    return _open(context)


def _open(context: MessageContext) -> tuple[Part, ...]:
    say = context.localizer
    step = next_step(context.incident, context.now)
    if step is None:
        return say.parts("Nobody has acknowledged it.")
    whom = context.called(context.named(step[1]))
    if not whom:
        return say.parts("Nobody has acknowledged it. At {when} it is told again.", when=step[0])
    return say.parts(
        "Nobody has acknowledged it. At {when} {whom} is paged.", when=step[0], whom=whom
    )


def _acknowledged(context: MessageContext) -> tuple[Part, ...]:
    incident, say = context.incident, context.localizer
    since = incident.acknowledged_at or context.now
    active = incident.facts.get("active_at")
    last = max(since, datetime.fromisoformat(active)) if active else since
    who = incident.acknowledged_by or "?"
    has = say.parts("{who} has it since {when}.", who=who, when=since)
    timeout = playbook_of(incident).level(incident.severity).ack_timeout
    if not timeout:
        return has
    return (
        *has,
        " ",
        *say.parts("Unless it is resolved by {when}, people are paged again.", when=last + timeout),
    )


def _snoozed(context: MessageContext) -> tuple[Part, ...]:
    until = context.incident.snoozed_until or context.now
    return context.localizer.parts("Snoozed until {when}; then people are paged again.", when=until)


def _resolved(context: MessageContext) -> tuple[Part, ...]:
    incident, say = context.incident, context.localizer
    when, who = incident.resolved_at or context.now, incident.resolved_by
    if incident.not_a_crisis:
        return say.parts("{who} closed it at {when}: not a crisis.", who=who or "?", when=when)
    if who:
        return say.parts("{who} closed it at {when}.", who=who, when=when)
    return say.parts("Over since {when}.", when=when)


def facts(context: MessageContext) -> list[tuple[str, str]]:
    """What a reader must know at once: since when, how many, how angry, where."""
    say, lead = context.localizer, context.signals[0]
    what = say._("Negative") if lead.detector in SHARES else say._("How many")
    pairs = [(say._("Since"), _since(context)), (what, _how_many(context))]
    if lead.detector in COUNTS and context.negative:
        pairs.append((say._("Negative"), as_of(context, _negative(context, *context.negative))))
    if context.platforms:
        pairs.append((say._("Where"), by_platform(say, context.platforms, MAX_PLATFORMS)))
    return pairs


def _since(context: MessageContext) -> str:
    """When it began; how long it lasted only once it is over: a card is read later than written."""
    incident = context.incident
    since = context.moment(incident.since)
    if incident.resolved_at is None:
        return since
    span = context.localizer.duration(incident.resolved_at - incident.since)
    return context.localizer._("{when} ({span})", when=since, span=span)


def _how_many(context: MessageContext) -> str:
    lead = context.signals[0]
    usual = times_usual(context.localizer, lead)
    return as_of(context, how_far(context.localizer, lead) + (f" ({usual})" if usual else ""))


def as_of(context: MessageContext, figures: str) -> str:
    """Figures with their time, where that is not now."""
    at, when = context.signals[0].at, context.moment(context.signals[0].at)
    if context.incident.state == IncidentState.RESOLVED:
        return context.localizer._("At its height, {when}: {what}", when=when, what=figures)
    if context.now - at <= FRESH:
        return figures
    return context.localizer._("As of {when}: {what}", when=when, what=figures)


def _negative(context: MessageContext, now: float, usual: float | None) -> str:
    percent = context.localizer.percent
    if usual is None:
        return percent(now)
    return context.localizer._(
        "{share}, normally {normal}", share=percent(now), normal=percent(usual)
    )


def checklist(context: MessageContext) -> list[tuple[str, str]]:
    """The playbook's items: whose each is, until when, and who has done it."""
    incident, say = context.incident, context.localizer
    done, found = incident.facts.get("done", {}), []
    for item in playbook_of(incident).policy.checklist:
        if item.id in done:
            found.append((f"☑ {item.owner}", f"{item.do} ({done[item.id][0]})"))
        else:
            until = context.moment(incident.opened_at + item.within)
            found.append(
                (f"☐ {item.owner}", say._("{item}, until {when}", item=item.do, when=until))
            )
    return found


def picture(context: MessageContext) -> Picture | None:
    """The last day in a picture; None where nothing is known of it."""
    history, say = context.history, context.localizer
    if history is None or len(history.counts) < 2 or not any(history.counts):
        return None
    highest = max(range(len(history.counts)), key=history.counts.__getitem__)
    at = history.start + highest * history.step
    span = say._("{n} h", n=round(len(history.counts) * history.step / timedelta(hours=1)))
    alt = say._(
        "{brand}: mentions over the last {span}. The most in {step}: {n}, at {when}.",
        brand=context.brand,
        span=span,
        step=say.duration(history.step),
        n=say.number(history.counts[highest]),
        when=context.moment(at),
    )
    if history.usual:
        usual = say.number(round(history.usual[highest]))
        alt += " " + say._("At that time of day about {n} are usual.", n=usual)
    return Picture(
        title=say._("Mentions, last {span}", span=span),
        alt=alt,
        names=(say._("now"), say._("usual"), say._("began")),
        start=history.start,
        step_s=int(history.step / timedelta(seconds=1)),
        counts=history.counts,
        usual=history.usual,
        onset=_onset(context, history.start),
    )


def _onset(context: MessageContext, start: datetime) -> datetime | None:
    since = context.incident.since
    return since if since >= start else None
