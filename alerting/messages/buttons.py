"""What may be done about an incident as it stands. Nothing is offered that would be refused."""

from __future__ import annotations

from datetime import timedelta

from alerting.decide.response import next_step, playbook_of, step_after
from alerting.i18n import Localizer
from alerting.messages.context import MessageContext
from alerting.model import Button
from monitor.model import BLINDNESS

SNOOZES = (timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2), timedelta(hours=8))

REASONS = ("not_about_us", "planned", "joke", "known_issue", "wrong_sentiment")
"""Why something is no crisis; kept as a label of the incident."""


def buttons(context: MessageContext, state: str) -> tuple[Button, ...]:
    """In the order in which they are wanted."""
    say = context.localizer
    acknowledge = Button("ack", say._("Acknowledge"), primary=True)
    resolve = Button("resolve", say._("Resolve …"), primary=state == "acknowledged")
    note = Button("note", say._("Add a note …"))
    match state:
        case "resolved":
            return (Button("reopen", say._("Reopen")),)
        case "acknowledged":
            return (resolve, *_escalate(context), *_checklist(context), note, *_statement(context))
        case "snoozed":
            return (acknowledge, resolve, *_not_a_crisis(context), note)
    return (acknowledge, *_not_a_crisis(context), _snooze(context), *_escalate(context))


def action_label(say: Localizer, action: str) -> str:
    """What a button is called, without the dots of one that asks first; anything else as it is."""
    labels = {
        "ack": say._("Acknowledge"),
        "not_a_crisis": say._("Not a crisis"),
        "snooze": say._("Snooze"),
        "escalate": say._("Escalate now"),
        "resolve": say._("Resolve …").removesuffix(" …"),
        "note": say._("Add a note …").removesuffix(" …"),
        "reopen": say._("Reopen"),
    }
    return labels.get(action, action)


def reason_label(say: Localizer, reason: str) -> str:
    """A reason why it is no crisis, in words; anything else as it is."""
    labels = {
        "not_about_us": say._("not about us"),
        "planned": say._("planned"),
        "joke": say._("a joke"),
        "known_issue": say._("known issue"),
        "wrong_sentiment": say._("wrong sentiment"),
    }
    return labels.get(reason, reason)


def _not_a_crisis(context: MessageContext) -> tuple[Button, ...]:
    if context.incident.risk_class == BLINDNESS:
        return ()
    say = context.localizer
    options = tuple((reason, reason_label(say, reason)) for reason in REASONS)
    return (Button("not_a_crisis", say._("Not a crisis"), options=options),)


def _snooze(context: MessageContext) -> Button:
    say = context.localizer
    longest = playbook_of(context.incident).policy.snooze.max
    spans = [span for span in SNOOZES if span <= longest] or [longest]
    options = tuple((f"{int(span.total_seconds() // 60)}m", say.duration(span)) for span in spans)
    return Button("snooze", say._("Snooze"), options=options)


def _escalate(context: MessageContext) -> tuple[Button, ...]:
    """To the next step, at once. It says first who is paged, and with what words."""
    say, incident = context.localizer, context.incident
    step = step_after(incident)
    if step is None or incident.shadow or not incident.told:
        return ()
    whom = context.called(context.named(step.notify)) or say._("the channel")
    words = say._(
        "{who} escalates this: {severity}, {brand}",
        who="…",
        severity=incident.severity,
        brand=context.brand[:80],
    )
    ask = say._("{whom} is paged now, with these words: “{words}”", whom=whom, words=words)
    if next_step(incident, context.now) is None:
        label = say._("Escalate to {whom}", whom=whom)
    else:
        label = say._("Escalate now")
    return (Button("escalate", label, confirm=(say._("Escalate now?"), ask)),)


def _checklist(context: MessageContext) -> tuple[Button, ...]:
    """What can be ticked off now."""
    done = context.incident.facts.get("done", {})
    items = [
        item
        for item in playbook_of(context.incident).policy.checklist
        if item.id not in done and set(item.needs) <= set(done)
    ]
    if not items:
        return ()
    options = tuple((item.id, item.do) for item in items)
    return (Button("check", context.localizer._("Done"), options=options),)


def _statement(context: MessageContext) -> tuple[Button, ...]:
    if not playbook_of(context.incident).policy.statements:
        return ()
    return (Button("statement", context.localizer._("Statement …")),)
