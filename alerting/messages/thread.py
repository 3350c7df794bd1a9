"""The lines of an incident's thread, by the reason they are told for: a headline and a body."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from alerting.decide import blindness
from alerting.decide.reasons import Reason
from alerting.decide.response import playbook_of
from alerting.messages.blind import blind_since, blind_summary, blind_what, source_name
from alerting.messages.buttons import reason_label
from alerting.messages.context import MessageContext
from alerting.messages.incident import HEADLINE, headline, how_to, situation, stamp, status
from alerting.messages.wording import severity_word
from alerting.model import Incident, Notice, Target

_ACTED_UPON = (Reason.WORSENED, Reason.REOPENED, Reason.WOKEN, Reason.FLAPPING)
"""Lines that say what to do, whoever is named."""

Renderer = Callable[[MessageContext], tuple[str, str]]
"""The headline and the body of one line."""


def line(context: MessageContext, reason: Reason, notify: Sequence[Target] = ()) -> Notice:
    """A line in the thread: what has just happened. One that somebody is to act upon says whom it
    is about: a phone's notification and a mail's subject show nothing else."""
    head, body = _RENDERERS[reason](context)
    head = " ".join(head.split())
    acts = bool(notify) or reason in _ACTED_UPON
    if acts and reason is not Reason.RECOVERED and context.brand not in head:
        head = headline(context.incident.severity, context.brand, head)
    return Notice(
        kind="update",
        headline=head if len(head) <= HEADLINE else head[: HEADLINE - 1] + "…",
        summary=body,
        severity=context.incident.severity,
        how_to=how_to(context) if acts else "",
        stamp=stamp(context),
        targets=context.named(notify),
        locale=context.localizer.locale,
        zone=context.localizer.zone,
    )


def _state(context: MessageContext) -> str:
    return blind_summary(context) if context.blind else situation(context)


def _level(context: MessageContext, severity: str) -> str:
    return f"{severity} ({severity_word(context.localizer, severity)})"


def _because(context: MessageContext) -> str:
    return str(context.detail.get("because", ""))


def _worsened(context: MessageContext) -> tuple[str, str]:
    head = context.localizer._(
        "it got worse, {before} before",
        before=_level(context, str(context.detail.get("from", "?"))),
    )
    return head, _state(context)


def _escalated(context: MessageContext) -> tuple[str, str]:
    if context.who:
        head = context.localizer._(
            "{who} escalates this: {severity}, {brand}",
            who=context.who,
            severity=context.incident.severity,
            brand=context.brand,
        )
        return head, " ".join(part for part in (_because(context), _state(context)) if part)
    if context.detail.get("opening"):
        head = context.localizer._(
            "The office is open and nobody has acknowledged: {severity}, {brand}",
            severity=context.incident.severity,
            brand=context.brand,
        )
        return head, _state(context)
    began = context.incident.facts.get("armed_at")
    span = context.now - (datetime.fromisoformat(began) if began else context.incident.opened_at)
    head = context.localizer._(
        "Nobody has acknowledged for {span}: {severity}, {brand}",
        span=context.localizer.duration(span),
        severity=context.incident.severity,
        brand=context.brand,
    )
    return head, _state(context)


def _acknowledged(context: MessageContext) -> tuple[str, str]:
    head = context.localizer._("{who} has acknowledged this; the ladder stops.", who=context.who)
    return head, _because(context)


def _acknowledged_in_part(context: MessageContext) -> tuple[str, str]:
    head = context.localizer._(
        "{who} has acknowledged this for {roles}; {awaited} must still do so.",
        who=context.who,
        roles=", ".join(context.detail.get("for", [])),
        awaited=", ".join(context.detail.get("awaited", [])),
    )
    return head, _because(context)


def _snoozed(context: MessageContext) -> tuple[str, str]:
    until = context.incident.snoozed_until or context.now
    head = context.localizer._(
        "{who} has snoozed this until {when}.", who=context.who, when=context.moment(until)
    )
    return head, _because(context)


def _woken(context: MessageContext) -> tuple[str, str]:
    if context.detail.get("why") == "ack_timeout":
        head = context.localizer._(
            "{who} acknowledged this, and it still is not resolved.",
            who=str(context.detail.get("acknowledged_by") or "?"),
        )
    elif context.detail.get("why") == "grown":
        head = context.localizer._(
            "It has grown to {times} times what it was when it was snoozed.",
            times=context.localizer.number(context.detail["times"]),
        )
    elif context.detail.get("why") == "audit":
        head = context.localizer._("Nobody was on it: the ladder starts again.")
    else:
        head = context.localizer._("The snooze is over, and it still goes on.")
    return head, _state(context)


def _quiet_over(context: MessageContext) -> tuple[str, str]:
    head = context.localizer._(
        "Quiet hours are over: {severity}, {brand}, {status}",
        severity=context.incident.severity,
        brand=context.brand,
        status=status(context),
    )
    lines = [f"• {line}" for line in context.detail.get("meanwhile", [])]
    return head, "\n".join([*lines, _state(context)])


def _resolved(context: MessageContext) -> tuple[str, str]:
    incident, localizer = context.incident, context.localizer
    if context.who:
        head = localizer._("{who} has closed this.", who=context.who)
    else:
        quiet = playbook_of(incident).clear_after(incident.risk_class)
        head = localizer._("It is over: quiet for {span}.", span=localizer.duration(quiet))
    return head, " ".join(part for part in (_because(context), _account(context)) if part)


def _not_a_crisis(context: MessageContext) -> tuple[str, str]:
    label = str(context.detail.get("label", ""))
    if label:
        why = reason_label(context.localizer, label)
        head = context.localizer._(
            "{who} has closed this: not a crisis ({why}).", who=context.who, why=why
        )
    else:
        head = context.localizer._("{who} has closed this: not a crisis.", who=context.who)
    return head, " ".join(part for part in (_because(context), _account(context)) if part)


def _noted(context: MessageContext) -> tuple[str, str]:
    return context.localizer._("{who} notes:", who=context.who), _because(context)


def _held(context: MessageContext) -> tuple[str, str]:
    head = context.localizer._(
        "{who} keeps what was said of this until {when} (legal hold).",
        who=context.who,
        when=context.moment(context.incident.held_until or context.now),
    )
    return head, _because(context)


def _released(context: MessageContext) -> tuple[str, str]:
    return context.localizer._("{who} ends the legal hold.", who=context.who), _because(context)


def _checked(context: MessageContext) -> tuple[str, str]:
    item = str(context.detail.get("item", ""))
    return context.localizer._("{who} has done: {item}", who=context.who, item=item), ""


def _account(context: MessageContext) -> str:
    """How long it went on, how often people were named, how soon somebody acknowledged."""
    incident, localizer = context.incident, context.localizer
    ended = incident.resolved_at or context.now
    parts = [
        localizer._("It went on for {span}.", span=localizer.duration(ended - incident.since)),
        localizer.n_("One message named somebody.", "{n} messages named somebody.", context.pages)
        if context.pages
        else localizer._("No message named anybody."),
    ]
    if incident.acknowledged_at and incident.acknowledged_by:
        parts.append(_acknowledged_after(incident, localizer.duration, context))
    return " ".join(parts)


def _acknowledged_after(
    incident: Incident, duration: Callable[..., str], context: MessageContext
) -> str:
    after = (incident.acknowledged_at or incident.opened_at) - incident.opened_at
    return context.localizer._(
        "Acknowledged by {who} after {span}.",
        who=incident.acknowledged_by or "?",
        span=duration(after),
    )


def _reopened(context: MessageContext) -> tuple[str, str]:
    if context.blind:
        return blind_what(context), blind_summary(context)
    if context.who:
        return context.localizer._("{who} has opened this again.", who=context.who), _state(context)
    return context.localizer._("it is back"), _state(context)


def _recovered(context: MessageContext) -> tuple[str, str]:
    if "gaps" in context.detail:
        return _settled(context), ""
    until, begun = context.detail.get("until"), context.detail.get("since")
    again = datetime.fromisoformat(until) if isinstance(until, str) else context.now
    since = datetime.fromisoformat(begun) if isinstance(begun, str) else blind_since(context)
    head = context.localizer._(
        "Sees {source} again since {when}, after a gap of {span}.",
        source=source_name(context),
        when=context.moment(again),
        span=context.localizer.duration(again - since),
    )
    return head, ""


def _settled(context: MessageContext) -> str:
    """What came and went stays: its gaps, and how long they were in truth."""
    localizer, unseen = context.localizer, timedelta(seconds=context.detail["unseen_s"])
    return localizer.n_(
        "Sees {source} steadily again, after one gap of {span}.",
        "Sees {source} steadily again, after {n} gaps, {span} in all.",
        int(context.detail["gaps"]),
        source=source_name(context),
        span=localizer.duration(unseen),
    )


def _flapping(context: MessageContext) -> tuple[str, str]:
    quiet = blindness.steady_after(context.incident)
    head = context.localizer._(
        "{source} comes and goes. From now on it is told only when it has been seen for {span}.",
        source=source_name(context),
        span=context.localizer.duration(quiet),
    )
    return head, blind_summary(context)


def _unwatched(context: MessageContext) -> tuple[str, str]:
    if context.blind and not context.detail.get("brand"):
        return context.localizer._(
            "{source} is not in the config any more: whether it can be read is not watched.",
            source=source_name(context),
        ), ""
    return context.localizer._(
        "{brand} is not in the config any more: this is closed.", brand=context.brand
    ), ""


def _shadowed(context: MessageContext) -> tuple[str, str]:
    return context.localizer._(
        "{brand} is only watched from now on (mode: shadow): nobody is named any more.",
        brand=context.brand,
    ), ""


def _live(context: MessageContext) -> tuple[str, str]:
    return context.localizer._(
        "{brand} is watched again: {severity}",
        brand=context.brand,
        severity=context.incident.severity,
    ), _state(context)


_RENDERERS: Mapping[Reason, Renderer] = {
    Reason.WORSENED: _worsened,
    Reason.ESCALATED: _escalated,
    Reason.ACKNOWLEDGED: _acknowledged,
    Reason.ACKNOWLEDGED_IN_PART: _acknowledged_in_part,
    Reason.SNOOZED: _snoozed,
    Reason.WOKEN: _woken,
    Reason.QUIET_OVER: _quiet_over,
    Reason.RESOLVED: _resolved,
    Reason.NOT_A_CRISIS: _not_a_crisis,
    Reason.NOTED: _noted,
    Reason.HELD: _held,
    Reason.RELEASED: _released,
    Reason.CHECKED: _checked,
    Reason.REOPENED: _reopened,
    Reason.RECOVERED: _recovered,
    Reason.FLAPPING: _flapping,
    Reason.UNWATCHED: _unwatched,
    Reason.SHADOWED: _shadowed,
    Reason.OPENED: _live,
}
