"""Incidents as lines of a terminal, in English and the brand's zone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from alerting.channels.labels import when_written
from alerting.channels.sanitize import cut, one_line, safe_url
from alerting.decide.response import next_step
from alerting.i18n import Localizer
from alerting.messages.blind import blind_summary, blind_what
from alerting.messages.context import MessageContext
from alerting.messages.incident import beside, coverage_words, situation, status
from alerting.messages.rule_words import rule_in_words
from alerting.messages.wording import (
    BY_DEFAULT,
    SHARES,
    by_platform,
    happening,
    how_far,
    how_rare,
    platform_name,
    risk_name,
    severity_word,
    share_of_read,
)
from alerting.model import Incident, target
from monitor.cli.options import count_of
from monitor.jobs.views.explain import Explained, Message
from monitor.jobs.views.look_back import happened
from monitor.model import ALL, Signal
from monitor.store.incidents import StoredEvent

WHY: Mapping[str, str] = {
    "opened": "told for the first time",
    "worsened": "told again: worse than before",
    "still_going": "nobody told: it goes on as it was",
    "escalated": "the next step: nobody had acknowledged",
    "acknowledged": "acknowledged; the ladder stops",
    "snoozed": "snoozed",
    "woken": "told again from the first step",
    "resolved": "over",
    "reopened": "told again: it came back",
    "shadowed": "nobody told: the brand is only watched (mode: shadow)",
    "suppressed": "nobody told: late news of what is over",
    "recovered": "the source is read again",
    "held": "what was said of it is kept (legal hold)",
    "released": "the legal hold has ended",
    "not_a_crisis": "closed: not a crisis",
    "unwatched": "closed: the config does not name it any more",
    "quiet_over": "quiet hours are over: what was held is told once",
    "flapping": "told once that it comes and goes",
    "past": "nobody told: it was over before anybody looked",
}


def title(incident: Incident, brand: str, localizer: Localizer) -> str:
    """``Incident 42 · SEV2 (high) · Kopi Senja · Reputation``."""
    level = f"{incident.severity} ({severity_word(localizer, incident.severity)})"
    risk = risk_name(localizer, incident.about)
    return f"Incident {incident.id} · {level} · {one_line(brand)} · {risk}"


def what(context: MessageContext) -> str:
    """What it is about, in a few words."""
    if not context.signals:
        return "something unusual"
    if context.blind:
        return blind_what(context)
    share = context.negative and context.negative[0]
    about = [
        ", ".join(map(one_line, context.words)),
        happening(context.localizer, context.signals[0], share),
    ]
    return " · ".join(part for part in about if part)


def shown(found: Explained) -> Iterator[str]:
    """``siaga incident show``."""
    context = found.context
    incident = context.incident
    yield title(incident, context.brand, context.localizer)
    yield what(context)
    yield f"Status:   {status(context)}" + (" (shadow)" if incident.shadow else "")
    yield f"Since:    {_when(context, incident.since)}, opened {_when(context, incident.opened_at)}"
    if context.signals:
        yield f"Facts:    {blind_summary(context) if context.blind else situation(context)}"
    yield from _also(context)
    if incident.held_until and incident.held_until > context.now:
        hold = incident.facts.get("hold", {})
        yield (
            f"Held:     until {_when(context, incident.held_until)} by {hold.get('who', '?')}: "
            f"{hold.get('reason', '')}"
        )
    if context.coverage:
        yield f"Coverage: {coverage_words(context)}"
    if context.second:
        yield f"Second opinion: {share_of_read(context.localizer, *context.second)}"
    yield from _evidence(context)
    yield ""
    yield "Timeline"
    yield from _timeline(context, found.events)
    yield ""
    yield f"Next:     {following(found)}"
    yield from (f"Waits:    {line}" for line in held_back(found))


def explanation(found: Explained) -> Iterator[str]:
    """``siaga explain``: the numbers behind it, and why it did or did not page."""
    context = found.context
    incident = context.incident
    yield title(incident, context.brand, context.localizer)
    yield f"Since {_when(context, incident.since)}; {status(context)}."
    if context.blind:
        yield blind_summary(context)
    else:
        for signal in _told_once(context):
            yield ""
            yield from numbers(context, signal)
        yield ""
        yield from _shares(context)
        if context.coverage:
            yield f"Coverage: {coverage_words(context)}."
        if context.second:
            yield f"Second opinion: {share_of_read(context.localizer, *context.second)}."
    yield ""
    rule = _rule(context, str(incident.facts.get("rule", "")))
    book = f"playbook {incident.playbook.get('slug')}, version {incident.playbook.get('version')}"
    by = f"by the playbook, since {rule}" if rule else "by default"
    yield f"Severity: {incident.severity} {by} ({book})"
    yield f"Paged?    {paged(found)}"
    yield from (f"Waits:    {line}" for line in held_back(found))
    yield from (f"          {line.strip()}" for line in _timeline(context, found.events))


def _told_once(context: MessageContext) -> list[Signal]:
    """Every signal; of a brand that is heard on one platform alone, what that says as all do is
    told once."""
    signals = context.incident.signals()
    whole = {(s.detector, s.start, s.observed) for s in signals if s.platform == ALL}
    return [
        s
        for s in signals
        if s.platform == ALL
        or len(context.platforms) > 1
        or (s.detector, s.start, s.observed) not in whole
    ]


def _bar(context: MessageContext, signal: Signal) -> Iterator[str]:
    """How high the bar was for the count alone, and which episode of the past has set it."""
    facts = signal.facts
    if "bar" not in facts:
        return
    window = context.localizer.duration(timedelta(minutes=float(facts["bar_minutes"])))
    line = f"  bar:      {context.localizer.number(round(float(facts['bar'])))} over {window} alone"
    if "bar_from" in facts:
        past = _when(context, datetime.fromisoformat(str(facts["bar_from"])))
        yield f"{line} would page; the highest before it was on {past}"
    else:
        yield f"{line} would page; nothing in its past was an episode"


def numbers(context: MessageContext, signal: Signal) -> Iterator[str]:
    """A signal's own figures: observed, expected with its range, score by scale."""
    localizer = context.localizer
    where = "all platforms" if signal.platform == ALL else platform_name(signal.platform)
    over = " (over)" if signal.over else ""
    yield f"{signal.detector.replace('_', ' ')} on {where}{over}"
    observed, window = (
        _amount(localizer, signal, signal.observed),
        localizer.duration(signal.window),
    )
    yield f"  observed: {observed} over {window}"
    if signal.expected:
        low, middle, high = (
            _amount(localizer, signal, edge)
            for edge in (signal.expected.low, signal.expected.middle, signal.expected.high)
        )
        yield f"  expected: {middle}, and in 95 % of ordinary times {low} to {high}"
    yield f"  since:    {_when(context, signal.start)}, last seen {_when(context, signal.at)}"
    yield from _bar(context, signal)
    if "visible_from" in signal.facts:
        seen = (str(signal.facts[name]) for name in ("visible_from", "visible_until"))
        first, last = (_when(context, datetime.fromisoformat(at)) for at in seen)
        yield f"  visible:  only from {first} on, the last at {last}; told late by the platform"
    chance = how_rare(localizer, signal.score)
    yield f"  score:    {signal.score:.1f}" + (f" ({chance})" if chance else "")
    scales = {
        name.removeprefix("score_"): value
        for name, value in signal.facts.items()
        if name.startswith("score_")
    }
    if scales:
        yield "  by scale: " + ", ".join(f"{name} {value}" for name, value in scales.items())
    told = ("score_", "bar", "visible_")
    rest = {n: v for n, v in signal.facts.items() if not n.startswith(told) and n != "p"}
    if rest:
        yield "  facts:    " + ", ".join(f"{name} {_fact(value)}" for name, value in rest.items())


def paged(found: Explained) -> str:
    """Whether anybody was named, and if not why."""
    incident = found.context.incident
    if pages := found.paged:
        times = [
            f"{_when(found.context, page.created_at)} {page.named}{_state_of(found, page)}"
            for page in pages
        ]
        return "yes: " + "; ".join(times)
    if found.waiting:
        return "not yet: every page waits"
    if incident.shadow:
        return "no: the brand is only watched (mode: shadow)"
    if not incident.told:
        return f"no: {incident.severity} has no steps in its playbook; it is kept and listed only"
    return f"no: {incident.severity} is only posted, its playbook names nobody"


def _state_of(found: Explained, page: Message) -> str:
    if page.held_until is not None:
        return f" (held until {_when(found.context, page.held_until)}: quiet hours)"
    return "" if page.state == "sent" else f" ({page.state})"


def held_back(found: Explained) -> Iterator[str]:
    """Whose page waits, until when, and why."""
    why = {"quiet": "their quiet hours", "budget": "their page budget is spent"}
    for page in found.waiting:
        until = _when(found.context, page.held_until) if page.held_until else "?"
        yield f"{page.person} from {_when(found.context, page.at)} until {until}: {why[page.why]}"


def following(found: Explained) -> str:
    """What happens next if nobody does anything."""
    context = found.context
    if step := next_step(context.incident, context.now):
        names = context.called(step[1]) or "nobody in particular"
        return f"{_when(context, step[0])}: {names}, unless somebody acknowledges"
    coming = {timer.kind: timer.due_at for timer in found.timers}
    words = {
        "clear": "over, if it stays quiet",
        "wake": "the snooze ends",
        "ack_timeout": "the ladder starts again, unless it is resolved",
    }
    parts = [f"{_when(context, coming[k])}: {w}" for k, w in words.items() if k in coming]
    if parts:
        return "; ".join(parts)
    return (
        "nothing more" if context.incident.state == "resolved" else "it is over when it gets quiet"
    )


def _timeline(context: MessageContext, events: Iterable[StoredEvent]) -> Iterator[str]:
    """A line an event; what merely went on for hours is its first line and one for the rest."""
    for reason, run in groupby(events, key=lambda event: event.reason):
        first, *rest = run
        if reason != "still_going":
            yield from (_event(context, event) for event in (first, *rest))
            continue
        yield _event(context, first)
        if rest:
            times = count_of(len(rest), "more time")
            yield f"  {_when(context, rest[-1].at)}  the same {times}"


def _event(context: MessageContext, event: StoredEvent) -> str:
    why = WHY.get(event.reason) or happened(context.localizer, event.reason)
    who = f" (by {one_line(event.who)})" if event.who else ""
    told = "; ".join(_detail(context, event))
    return f"  {_when(context, event.at)}  {why}{who}" + (f": {told}" if told else "")


MEASURED = ("detector", "platform", "score", "observed", "expected", "signals", "rule")
"""What is kept of a decision's figures and of the rule that graded them, and told in words."""


def _detail(context: MessageContext, event: StoredEvent) -> Iterator[str]:
    """What is known of a decision: its figures, the rule in words, and all else by its name. What
    merely goes on is graded as before."""
    detail = event.detail
    other = {name: value for name, value in detail.items() if name not in MEASURED}
    rule = "" if event.reason == "still_going" else _rule(context, str(detail.get("rule", "")))
    if severity := other.pop("severity", ""):
        yield f"{severity}, since {rule}" if rule else str(severity)
    elif rule:
        yield f"since {rule}"
    if "detector" in detail:
        yield _figures(context, detail)
    parts = (
        f"{name.replace('_', ' ')} {_fact(value)}"
        for name, value in other.items()
        if value not in (None, "", [], {})
    )
    if named := one_line(", ".join(parts)):
        yield named


def _rule(context: MessageContext, rule: str) -> str:
    """The playbook's condition in words; "" where none asks for the severity."""
    return "" if rule in BY_DEFAULT else rule_in_words(context.localizer, rule)


def _figures(context: MessageContext, detail: Mapping[str, Any]) -> str:
    """``volume on all platforms 47, normally 0–4``."""
    say, name = context.localizer, str(detail["detector"])
    platform = str(detail.get("platform", ALL))
    where = "all platforms" if platform == ALL else platform_name(platform)
    written = say.percent if name in SHARES else say.number
    told = f"{name.replace('_', ' ')} on {where} {written(float(detail.get('observed', 0.0)))}"
    if edges := detail.get("expected"):
        low, high = (written(float(edge)) for edge in edges)
        told += f", normally {low}–{high}"
    return told


def _fact(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return "–".join(_fact(part) for part in value) if value else "none"
    text = one_line(str(value))
    if text.startswith("<"):  # whom Siaga 0.1 named, in Slack's signs
        with suppress(ValueError):
            return str(target(text))
    return text


def _also(context: MessageContext) -> Iterator[str]:
    if context.blind:
        return
    for signal in beside(context):
        yield f"          {how_far(context.localizer, signal)}"
    if context.platforms:
        total = count_of(round(sum(n for _, n in context.platforms)), "mention")
        counts = by_platform(context.localizer, context.platforms, len(context.platforms))
        yield f"          {total} in all: {counts}"


def _evidence(context: MessageContext) -> Iterator[str]:
    for quote in context.quotes:
        yield ""
        yield f"  “{cut(one_line(quote.text), 300)}”"
        at = _when(context, quote.at) if quote.at else ""
        at = when_written(at, context.localizer, doubtful=quote.doubtful)
        parts = (one_line(quote.author), platform_name(quote.platform), at, safe_url(quote.url))
        yield "   " + " · ".join(part for part in parts if part)


def _shares(context: MessageContext) -> Iterator[str]:
    total = sum(count for _, count in context.platforms)
    if total:
        parts = [f"{platform_name(p)} {n:g} ({n / total:.0%})" for p, n in context.platforms]
        yield "By platform: " + ", ".join(parts)
    if context.negative:
        now, usual = context.negative
        yield f"Negative: {now:.0%}" + (f", usually {usual:.0%}" if usual is not None else "")


def _amount(localizer: Localizer, signal: Signal, value: float) -> str:
    if signal.detector in SHARES and value <= 1:
        return localizer.percent(value)
    return localizer.number(value)


def _when(context: MessageContext, at: datetime) -> str:
    return context.moment(at)


def listed(contexts: Iterable[MessageContext]) -> Iterator[str]:
    """``siaga incident list``: one line each."""
    for context in contexts:
        incident, total = context.incident, round(context.total or 0)
        shadow = " · shadow" if incident.shadow else ""
        counted = f"{count_of(total, 'mention')} " if total else ""
        yield (
            f"{incident.id:>5}  {incident.severity}  {one_line(context.brand)}: {what(context)} "
            f"· {counted}since {_when(context, incident.since)} · {status(context)}{shadow}"
        )
