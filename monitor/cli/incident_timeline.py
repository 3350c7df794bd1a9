"""What was decided about an incident, line by line, in the person's language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import groupby
from typing import Any

from alerting.channels.sanitize import one_line
from alerting.i18n import Localizer
from alerting.messages.context import MessageContext
from alerting.messages.rule_words import rule_in_words
from alerting.messages.wording import (
    BY_DEFAULT,
    SHARES,
    platform_name,
)
from alerting.model import target
from monitor.jobs.views.look_back import happened
from monitor.model import ALL
from monitor.store.incidents import StoredEvent


def _why(say: Localizer, reason: str) -> str:
    """What a line of the timeline says was decided."""
    words = {
        "opened": say._("told for the first time"),
        "worsened": say._("told again: worse than before"),
        "still_going": say._("nobody told: it goes on as it was"),
        "escalated": say._("the next step: nobody had acknowledged"),
        "acknowledged": say._("acknowledged; the ladder stops"),
        "snoozed": say._("snoozed"),
        "woken": say._("told again from the first step"),
        "resolved": say._("over"),
        "reopened": say._("told again: it came back"),
        "shadowed": say._("nobody told: the brand is only watched (mode: shadow)"),
        "suppressed": say._("nobody told: late news of what is over"),
        "recovered": say._("the source is read again"),
        "held": say._("what was said of it is kept (legal hold)"),
        "released": say._("the legal hold has ended"),
        "not_a_crisis": say._("closed: not a crisis"),
        "unwatched": say._("closed: the config does not name it any more"),
        "quiet_over": say._("quiet hours are over: what was held is told once"),
        "flapping": say._("told once that it comes and goes"),
        "past": say._("nobody told: it was over before anybody looked"),
        "moved": say._("goes on where the config has it told now"),
    }
    return words.get(reason) or happened(say, reason)


def labelled(label: str, value: str) -> str:
    return f"{label + ':':<9} {value}"


def measured_on(say: Localizer, detector: str, platform: str) -> str:
    """``volume on all platforms``."""
    where = say._("all platforms") if platform == ALL else platform_name(platform)
    return say._("{detector} on {where}", detector=detector.replace("_", " "), where=where)


def timeline(context: MessageContext, events: Iterable[StoredEvent]) -> Iterator[str]:
    """A line an event; what merely went on for hours is its first line and one for the rest."""
    for reason, run in groupby(events, key=lambda event: event.reason):
        first, *rest = run
        if reason != "still_going":
            yield from (_event(context, event) for event in (first, *rest))
            continue
        yield _event(context, first)
        if rest:
            again = context.localizer.n_(
                "the same {n} more time", "the same {n} more times", len(rest)
            )
            yield f"  {context.moment(rest[-1].at)}  {again}"


def _event(context: MessageContext, event: StoredEvent) -> str:
    why = _why(context.localizer, event.reason)
    by = context.localizer._("by {who}", who=one_line(event.who))
    who = f" ({by})" if event.who else ""
    told = "; ".join(_detail(context, event))
    return f"  {context.moment(event.at)}  {why}{who}" + (f": {told}" if told else "")


MEASURED = ("detector", "platform", "score", "observed", "expected", "signals", "rule")
"""What is kept of a decision's figures and of the rule that graded them, and told in words."""


def _detail(context: MessageContext, event: StoredEvent) -> Iterator[str]:
    """What is known of a decision: its figures, the rule in words, and all else by its name. What
    merely goes on is graded as before."""
    detail, _ = event.detail, context.localizer._
    other = {name: value for name, value in detail.items() if name not in MEASURED}
    rule = "" if event.reason == "still_going" else rule_of(context, str(detail.get("rule", "")))
    if severity := other.pop("severity", ""):
        graded = _("{severity}, since {rule}", severity=severity, rule=rule)
        yield graded if rule else str(severity)
    elif rule:
        yield _("since {rule}", rule=rule)
    if "detector" in detail:
        yield _figures(context, detail)
    parts = (
        f"{name.replace('_', ' ')} {fact(value)}"
        for name, value in other.items()
        if value not in (None, "", [], {})
    )
    if named := one_line(", ".join(parts)):
        yield named


def rule_of(context: MessageContext, rule: str) -> str:
    """The playbook's condition in words; "" where none asks for the severity."""
    return "" if rule in BY_DEFAULT else rule_in_words(context.localizer, rule)


def _figures(context: MessageContext, detail: Mapping[str, Any]) -> str:
    """``volume on all platforms 47, normally 0–4``."""
    say, name = context.localizer, str(detail["detector"])
    written = say.percent if name in SHARES else say.number
    where = measured_on(say, name, str(detail.get("platform", ALL)))
    told = f"{where} {written(float(detail.get('observed', 0.0)))}"
    if edges := detail.get("expected"):
        low, high = (written(float(edge)) for edge in edges)
        told += ", " + say._("normally {low}–{high}", low=low, high=high)
    return told


def fact(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return "–".join(fact(part) for part in value) if value else "none"
    text = one_line(str(value))
    if text.startswith("<"):  # whom Siaga 0.1 named, in Slack's signs
        with suppress(ValueError):
            return str(target(text))
    return text
