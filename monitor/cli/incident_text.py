"""Incidents as lines of a terminal, in the person's language and the brand's zone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from alerting.channels.labels import when_written
from alerting.channels.sanitize import cut, one_line, safe_url
from alerting.decide.response import next_step
from alerting.i18n import Localizer
from alerting.messages.blind import blind_summary, blind_what
from alerting.messages.context import MessageContext
from alerting.messages.incident import beside, coverage_words, situation, status
from alerting.messages.wording import (
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
from alerting.model import Incident
from monitor.cli.incident_timeline import fact, labelled, measured_on, rule_of, timeline
from monitor.cli.language import state_of
from monitor.jobs.views.explain import Explained, Message
from monitor.model import ALL, Signal


def title(incident: Incident, brand: str, localizer: Localizer) -> str:
    """``Incident 42 · SEV2 (high) · Kopi Senja · Reputation``."""
    level = f"{incident.severity} ({severity_word(localizer, incident.severity)})"
    risk = risk_name(localizer, incident.about)
    number = localizer._("Incident {id}", id=incident.id)
    return f"{number} · {level} · {one_line(brand)} · {risk}"


def what(context: MessageContext) -> str:
    """What it is about, in a few words."""
    if not context.signals:
        return context.localizer._("something unusual")
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
    incident, _ = context.incident, context.localizer._
    yield title(incident, context.brand, context.localizer)
    yield what(context)
    shadow = _("shadow")
    yield labelled(_("Status"), status(context) + (f" ({shadow})" if incident.shadow else ""))
    since, opened = (context.moment(at) for at in (incident.since, incident.opened_at))
    yield labelled(_("Since"), _("{since}, opened {opened}", since=since, opened=opened))
    if context.signals:
        facts = blind_summary(context) if context.blind else situation(context)
        yield labelled(_("Facts"), facts)
    yield from _also(context)
    yield from _hold(context)
    if context.coverage:
        yield labelled(_("Coverage"), coverage_words(context))
    if context.second:
        yield labelled(_("Second opinion"), share_of_read(context.localizer, *context.second))
    yield from _evidence(context)
    yield ""
    yield _("Timeline")
    yield from timeline(context, found.events)
    yield ""
    yield labelled(_("Next"), following(found))
    yield from (labelled(_("Waits"), line) for line in held_back(found))


def _hold(context: MessageContext) -> Iterator[str]:
    incident, _ = context.incident, context.localizer._
    if incident.held_until and incident.held_until > context.now:
        hold = incident.facts.get("hold", {})
        told = _(
            "until {when} by {who}: {reason}",
            when=context.moment(incident.held_until),
            who=hold.get("who", "?"),
            reason=hold.get("reason", ""),
        )
        yield labelled(_("Held"), told)


def explanation(found: Explained) -> Iterator[str]:
    """``siaga explain``: the numbers behind it, and why it did or did not page."""
    context = found.context
    incident, _ = context.incident, context.localizer._
    yield title(incident, context.brand, context.localizer)
    since = context.moment(incident.since)
    yield _("Since {when}; {status}.", when=since, status=status(context))
    if context.blind:
        yield blind_summary(context)
    else:
        for signal in _told_once(context):
            yield ""
            yield from numbers(context, signal)
        yield ""
        yield from _shares(context)
        if context.coverage:
            yield labelled(_("Coverage"), f"{coverage_words(context)}.")
        if context.second:
            second = share_of_read(context.localizer, *context.second)
            yield labelled(_("Second opinion"), f"{second}.")
    yield ""
    yield labelled(_("Severity"), _graded(context))
    yield _("Paged?").ljust(9) + " " + paged(found)
    yield from (labelled(_("Waits"), line) for line in held_back(found))
    yield from (f"          {line.strip()}" for line in timeline(context, found.events))


def _graded(context: MessageContext) -> str:
    """``SEV2 by the playbook, since … (playbook default, version 1a2b3c)``."""
    incident, _ = context.incident, context.localizer._
    book = {name: incident.playbook.get(name) for name in ("slug", "version")}
    known = _("playbook {slug}, version {version}", **book)
    rule = rule_of(context, str(incident.facts.get("rule", "")))
    by = _("by the playbook, since {rule}", rule=rule) if rule else _("by default")
    return f"{incident.severity} {by} ({known})"


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
    say, _ = context.localizer, context.localizer._
    window = say.duration(timedelta(minutes=float(facts["bar_minutes"])))
    bar = {"count": say.number(round(float(facts["bar"]))), "window": window}
    if "bar_from" in facts:
        past = context.moment(datetime.fromisoformat(str(facts["bar_from"])))
        told = _(
            "{count} over {window} alone would page; the highest before it was on {past}",
            past=past,
            **bar,
        )
    else:
        told = _(
            "{count} over {window} alone would page; nothing in its past was an episode", **bar
        )
    yield "  " + labelled(_("bar"), told)


def numbers(context: MessageContext, signal: Signal) -> Iterator[str]:
    """A signal's own figures: observed, expected with its range, score by scale."""
    localizer, _ = context.localizer, context.localizer._
    over = _("over")
    yield measured_on(localizer, signal.detector, signal.platform) + (
        f" ({over})" if signal.over else ""
    )
    observed, window = (
        _amount(localizer, signal, signal.observed),
        localizer.duration(signal.window),
    )
    told = _("{observed} over {window}", observed=observed, window=window)
    yield "  " + labelled(_("observed"), told)
    if signal.expected:
        low, middle, high = (
            _amount(localizer, signal, edge)
            for edge in (signal.expected.low, signal.expected.middle, signal.expected.high)
        )
        told = _(
            "{middle}, and in 95 % of ordinary times {low} to {high}",
            middle=middle,
            low=low,
            high=high,
        )
        yield "  " + labelled(_("expected"), told)
    since, last = (context.moment(at) for at in (signal.start, signal.at))
    told = _("{since}, last seen {last}", since=since, last=last)
    yield "  " + labelled(_("since"), told)
    yield from _bar(context, signal)
    if "visible_from" in signal.facts:
        seen = (str(signal.facts[name]) for name in ("visible_from", "visible_until"))
        first, last = (context.moment(datetime.fromisoformat(at)) for at in seen)
        told = _(
            "only from {first} on, the last at {last}; told late by the platform",
            first=first,
            last=last,
        )
        yield "  " + labelled(_("visible"), told)
    yield from _score(localizer, signal)


def _score(say: Localizer, signal: Signal) -> Iterator[str]:
    """How rare it is, on which scales, and what else its detector knows."""
    chance = how_rare(say, signal.score)
    told = f"{signal.score:.1f}" + (f" ({chance})" if chance else "")
    yield "  " + labelled(say._("score"), told)
    scales = {
        name.removeprefix("score_"): value
        for name, value in signal.facts.items()
        if name.startswith("score_")
    }
    if scales:
        told = ", ".join(f"{name} {value}" for name, value in scales.items())
        yield "  " + labelled(say._("by scale"), told)
    shown = ("score_", "bar", "visible_")
    rest = {n: v for n, v in signal.facts.items() if not n.startswith(shown) and n != "p"}
    if rest:
        told = ", ".join(f"{name} {fact(value)}" for name, value in rest.items())
        yield "  " + labelled(say._("facts"), told)


def paged(found: Explained) -> str:
    """Whether anybody was named, and if not why."""
    incident, _ = found.context.incident, found.context.localizer._
    if pages := found.paged:
        times = [
            f"{found.context.moment(page.created_at)} {page.named}{_state_of(found, page)}"
            for page in pages
        ]
        return _("yes: {pages}", pages="; ".join(times))
    if found.waiting:
        return _("not yet: every page waits")
    if incident.shadow:
        return _("no: the brand is only watched (mode: shadow)")
    level = incident.severity
    if not incident.told:
        return _(
            "no: {level} has no steps in its playbook; it is kept and listed only", level=level
        )
    return _("no: {level} is only posted, its playbook names nobody", level=level)


def _state_of(found: Explained, page: Message) -> str:
    if page.held_until is not None:
        until = found.context.moment(page.held_until)
        held = found.context.localizer._("held until {when}: quiet hours", when=until)
        return f" ({held})"
    return "" if page.state == "sent" else f" ({state_of(page.state)})"


def held_back(found: Explained) -> Iterator[str]:
    """Whose page waits, until when, and why."""
    _ = found.context.localizer._
    why = {"quiet": _("their quiet hours"), "budget": _("their page budget is spent")}
    for page in found.waiting:
        yield _(
            "{person} from {start} until {end}: {why}",
            person=page.person,
            start=found.context.moment(page.at),
            end=found.context.moment(page.held_until) if page.held_until else "?",
            why=why[page.why],
        )


def following(found: Explained) -> str:
    """What happens next if nobody does anything."""
    context, _ = found.context, found.context.localizer._
    if step := next_step(context.incident, context.now):
        names = context.called(step[1]) or _("nobody in particular")
        when = context.moment(step[0])
        return _("{when}: {names}, unless somebody acknowledges", when=when, names=names)
    coming = {timer.kind: timer.due_at for timer in found.timers}
    words = {
        "clear": _("over, if it stays quiet"),
        "wake": _("the snooze ends"),
        "ack_timeout": _("the ladder starts again, unless it is resolved"),
    }
    parts = [f"{context.moment(coming[k])}: {w}" for k, w in words.items() if k in coming]
    if parts:
        return "; ".join(parts)
    if context.incident.state == "resolved":
        return _("nothing more")
    return _("it is over when it gets quiet")


def _also(context: MessageContext) -> Iterator[str]:
    if context.blind:
        return
    for signal in beside(context):
        yield f"          {how_far(context.localizer, signal)}"
    if context.platforms:
        total = round(sum(count for _, count in context.platforms))
        counts = by_platform(context.localizer, context.platforms, len(context.platforms))
        told = context.localizer.n_(
            "{n} mention in all: {counts}", "{n} mentions in all: {counts}", total, counts=counts
        )
        yield f"          {told}"


def _evidence(context: MessageContext) -> Iterator[str]:
    for quote in context.quotes:
        yield ""
        yield f"  “{cut(one_line(quote.text), 300)}”"
        at = context.moment(quote.at) if quote.at else ""
        at = when_written(at, context.localizer, doubtful=quote.doubtful)
        parts = (one_line(quote.author), platform_name(quote.platform), at, safe_url(quote.url))
        yield "   " + " · ".join(part for part in parts if part)


def _shares(context: MessageContext) -> Iterator[str]:
    say, total = context.localizer, sum(count for _, count in context.platforms)
    if total:
        parts = [f"{platform_name(p)} {n:g} ({n / total:.0%})" for p, n in context.platforms]
        yield labelled(say._("By platform"), ", ".join(parts))
    if context.negative:
        now, usual = context.negative
        told = say._("{share}, usually {usual}", share=f"{now:.0%}", usual=f"{usual or 0:.0%}")
        yield labelled(say._("Negative"), f"{now:.0%}" if usual is None else told)


def _amount(localizer: Localizer, signal: Signal, value: float) -> str:
    if signal.detector in SHARES and value <= 1:
        return localizer.percent(value)
    return localizer.number(value)


def listed(contexts: Iterable[MessageContext]) -> Iterator[str]:
    """``siaga incident list``: one line each."""
    for context in contexts:
        incident, total = context.incident, round(context.total or 0)
        say, when = context.localizer, context.moment(incident.since)
        shadow = " · " + say._("shadow") if incident.shadow else ""
        since = (
            say.n_("{n} mention since {when}", "{n} mentions since {when}", total, when=when)
            if total
            else say._("since {when}", when=when)
        )
        yield (
            f"{incident.id:>5}  {incident.severity}  {one_line(context.brand)}: {what(context)} "
            f"· {since} · {status(context)}{shadow}"
        )
