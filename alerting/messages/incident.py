"""Messages: a decision put into a ``Notice``, in the reader's language. Pure; golden files.

The incident's own message shows how it stands now and is brought up to date; everything that
happens is a line in its thread.
"""

from __future__ import annotations

from collections.abc import Sequence

from alerting.decide.response import next_step, playbook_of, step_of
from alerting.i18n import Localizer
from alerting.messages.blind import blind_summary, blind_what, blind_why, source_title
from alerting.messages.card import COUNTS, as_of, card, facts
from alerting.messages.context import MessageContext
from alerting.messages.rule_words import rule_in_words
from alerting.messages.wording import (
    agreement,
    by_platform,
    happening,
    how_far,
    how_rare,
    platform_name,
    remedy,
    risk_name,
    rule_words,
    severity_word,
    share_of_read,
    state_word,
    times_usual,
    told_late,
    unlike,
)
from alerting.model import Card, Notice, Target
from monitor.model import ALL, TOLD_LATE, IncidentState, Signal, is_drill

HEADLINE = 150
SHORT_NAME, LEAST_NAME = 24, 12
"""So many characters of a brand's name stand in a headline before words of its subject, and so many
at least."""
MAX_PLATFORMS = 6
"""So many are told one by one."""
MAX_SILENT = 4
"""So many sources that were not read are told one by one."""


def root(context: MessageContext, notify: Sequence[Target] = ()) -> Notice:
    """The incident's own message, as it stands. ``notify``: whom the first step names."""
    incident, _ = context.incident, context.localizer._
    summary = blind_summary(context) if context.blind else _summary(context)
    what = blind_what(context) if context.blind else _what(context)
    return Notice(
        kind="incident",
        headline=headline(_prefix(context), context.brand, what),
        summary=summary,
        severity=incident.severity,
        fields=tuple(_fields(context)),
        quotes=tuple(context.quotes),
        why=blind_why(context) if context.blind else _why(context),
        how_to=how_to(context),
        link=context.link,
        stamp=stamp(context),
        targets=context.named(notify) if incident.state == IncidentState.OPEN else (),
        footer=footer(context),
        locale=context.localizer.locale,
        zone=context.localizer.zone,
        card=_card(context),
    )


def _card(context: MessageContext) -> Card:
    """What the fields say beyond the facts is folded; how it stands is said in a line of its own,
    and the severity by the headline."""
    _ = context.localizer._
    told = {_("Severity"), _("Status"), _("Next step"), _("By platform")}
    details = [pair for pair in _fields(context) if pair[0] not in told]
    return card(context, [] if context.blind else facts(context), details)


def headline_of(context: MessageContext) -> str:
    """What is wrong, in a line."""
    what = blind_what(context) if context.blind else _what(context)
    return headline(_prefix(context), context.brand, what)


def _prefix(context: MessageContext) -> str:
    incident = context.incident
    over = incident.state == IncidentState.RESOLVED
    return f"{context.localizer._('Over')} · {incident.severity}" if over else incident.severity


def headline(prefix: str, brand: str, what: str) -> str:
    """One line within its limit: a long brand name gives way before what happened does."""
    brand = " ".join(brand.split())
    room = max(LEAST_NAME, HEADLINE - len(prefix) - len(what) - len(" · : "))
    if len(brand) > room:
        brand = brand[: room - 1] + "…"
    line = f"{prefix} · {brand}: {what}"
    return line if len(line) <= HEADLINE else line[: HEADLINE - 1] + "…"


def stamp(context: MessageContext) -> str:
    """Said of every message that does not speak of the present, or of nothing real."""
    if is_drill(context.incident.brand):
        return drill_stamp(context.localizer)
    return f"REPLAY · {context.localizer.date(context.now)}" if context.replay else ""


def drill_stamp(say: Localizer) -> str:
    """Said of every message of a drill."""
    return say._("DRILL · an exercise: nothing of this is real")


def footer(context: MessageContext) -> str:
    """Which incident this is."""
    return context.localizer._(
        "Siaga · incident {id} · opened {when}",
        id=context.incident.id,
        when=context.moment(context.incident.opened_at),
    )


def _what(context: MessageContext) -> str:
    """What people speak of, how many there are in all, and what is unusual about it."""
    say, lead, share = context.localizer, context.signals[0], context.negative
    if lead.detector == TOLD_LATE:
        return _about(context, say._("told late: {what}", what=told_late(say, lead)))
    if not context.total:
        return _about(context, happening(say, lead, share and share[0]))
    unusual = unlike(say, lead, share and share[0])
    where = "" if lead.platform == ALL else platform_name(lead.platform)
    if lead.platform == ALL and len(context.platforms) == 1:
        where = platform_name(context.platforms[0][0])
    return _about(context, f"{_counted(context, where)}, {unusual}")


def _counted(context: MessageContext, where: str) -> str:
    """How many there are in all, and of which time: what is over is not counted on."""
    say, count = context.localizer, round(context.total or 0)
    since, ended = context.moment(context.incident.since), context.incident.resolved_at
    if context.incident.state == IncidentState.RESOLVED and ended:
        until = context.moment(ended)
        if where:
            return say.n_(
                "{n} mention on {where} from {since} to {until}",
                "{n} mentions on {where} from {since} to {until}",
                count,
                where=where,
                since=since,
                until=until,
            )
        return say.n_(
            "{n} mention from {since} to {until}",
            "{n} mentions from {since} to {until}",
            count,
            since=since,
            until=until,
        )
    if where:
        return say.n_(
            "{n} mention on {where} since {when}",
            "{n} mentions on {where} since {when}",
            count,
            where=where,
            when=since,
        )
    return say.n_("{n} mention since {when}", "{n} mentions since {when}", count, when=since)


def _about(context: MessageContext, what: str) -> str:
    """As many of the words as a headline has room for beside what is unusual."""
    taken = len(_prefix(context)) + min(len(context.brand), SHORT_NAME) + len(" · :  · ")
    words = list(context.words)
    while len(words) > 1 and taken + len(", ".join(words)) + len(what) > HEADLINE:
        words.pop()
    return f"{', '.join(words)} · {what}" if words else what


def situation(context: MessageContext) -> str:
    """How far from normal, in a sentence or two."""
    lead = context.signals[0]
    usual = times_usual(context.localizer, lead)
    first = how_far(context.localizer, lead) + (f" ({usual})" if usual else "")
    first = as_of(context, first) + "."
    if lead.detector not in COUNTS or context.negative is None:
        return first
    now, normal = context.negative
    percent = context.localizer.percent
    if normal is None:
        return f"{first} " + context.localizer._(
            "{share} of them are negative.", share=percent(now)
        )
    return f"{first} " + context.localizer._(
        "{share} of them are negative, normally {normal}.",
        share=percent(now),
        normal=percent(normal),
    )


def _summary(context: MessageContext) -> str:
    """How far from normal and since when; how long only once it is over: a message is read later
    than it is written."""
    incident, _ = context.incident, context.localizer._
    since = context.moment(incident.since)
    if incident.state == IncidentState.RESOLVED and incident.resolved_at:
        time = _(
            "It went on from {since} to {until}, {span}.",
            since=since,
            until=context.moment(incident.resolved_at),
            span=context.localizer.duration(incident.resolved_at - incident.since),
        )
    else:
        time = _("Since {since}.", since=since)
    return f"{situation(context)} {time}"


def _fields(context: MessageContext) -> list[tuple[str, str]]:
    incident, _ = context.incident, context.localizer._
    word = severity_word(context.localizer, incident.severity)
    pairs = [
        (_("Severity"), f"{incident.severity}, {word}"),
        (_("Risk"), risk_name(context.localizer, incident.about)),
        (_("Status"), status(context)),
    ]
    if step := next_step(incident, context.now):
        who = context.called(step[1])
        following = _("{when}, unless somebody acknowledges", when=context.moment(step[0]))
        pairs.append((_("Next step"), f"{following}: {who}" if who else following))
    if words := waiting_words(context):
        pairs.append((_("Waits"), words))
    if context.blind:
        return pairs
    if others := [how_far(context.localizer, signal) for signal in beside(context)]:
        pairs.append((_("Also"), "\n".join(others)))
    if len(context.platforms) > 1:
        counts = by_platform(context.localizer, context.platforms, MAX_PLATFORMS)
        pairs.append((_("By platform"), counts))
    if context.coverage:
        pairs.append((_("Coverage"), coverage_words(context)))
    if context.second:
        pairs.append((_("Second opinion"), share_of_read(context.localizer, *context.second)))
    return pairs


def waiting_words(context: MessageContext) -> str:
    """Whose page of the step that is told waits, until when and why."""
    incident, _ = context.incident, context.localizer._
    step = step_of(incident, max(incident.step, 0))
    if step is None or incident.state != IncidentState.OPEN:
        return ""
    words = {"quiet": _("quiet hours"), "budget": _("page budget")}
    return ", ".join(
        _(
            "{name} until {when} ({why})",
            name=one.name,
            when=context.moment(one.until),
            why=words[one.why],
        )
        for one in context.held(step.notify)
    )


def beside(context: MessageContext) -> list[Signal]:
    """The signals to be listed below the first. The share of negative mentions is told already."""
    told = () if context.negative is None else ("negative_share",)
    return [signal for signal in context.signals[1:] if signal.detector not in told][:4]


def status(context: MessageContext) -> str:
    """How it stands and who has it, in a line."""
    incident, _ = context.incident, context.localizer._
    if incident.snoozed(context.now) and incident.snoozed_until:
        return _("snoozed until {when}", when=context.moment(incident.snoozed_until))
    if incident.state == IncidentState.ACKNOWLEDGED and incident.acknowledged_at:
        return _(
            "acknowledged by {who} at {when}",
            who=incident.acknowledged_by or "?",
            when=context.moment(incident.acknowledged_at),
        )
    if incident.not_a_crisis:
        return _("closed by {who}: not a crisis", who=incident.resolved_by or "?")
    if incident.state == IncidentState.RESOLVED and incident.resolved_by:
        return _("closed by {who}", who=incident.resolved_by)
    if incident.state == IncidentState.OPEN:
        return _("nobody has acknowledged it")
    return state_word(context.localizer, incident.state)


def coverage_words(context: MessageContext) -> str:
    """``saw 5 of 6 sources; TikTok silent for 3 h``."""
    if context.coverage is None:
        return ""
    sources, seen, silent = context.coverage
    if seen == sources:
        return context.localizer.n_(
            "the only source was read", "all {n} sources were read", sources
        )
    parts = [
        context.localizer._(
            "{name} silent for {span}",
            name=source_title(name),
            span=context.localizer.duration(context.now - since),
        )
        for name, since in silent[:MAX_SILENT]
    ]
    if (more := len(silent) - MAX_SILENT) > 0:
        parts.append(context.localizer.n_("{n} other silent", "{n} others silent", more))
    saw = context.localizer._(
        "saw {seen} of {sources} sources",
        seen=context.localizer.number(seen),
        sources=context.localizer.number(sources),
    )
    return "; ".join([saw, *parts])


def _why(context: MessageContext) -> str:
    incident, _ = context.incident, context.localizer._
    told = incident.paging()
    chances = how_rare(context.localizer, told.score)
    steps = playbook_of(incident).level(incident.severity).steps
    pages = any(step.notify for step in steps)
    named = rule_in_words(context.localizer, str(incident.facts.get("rule", "")))
    if incident.shadow:
        rule = _(
            "It is {severity} and pages nobody: the brand is only watched (mode: shadow).",
            severity=incident.severity,
        )
    else:
        rule = rule_words(context.localizer, incident.severity, named, pages)
    agreed = agreement(context.localizer, told, context.negative)
    fired = _("Why it fired: {chance}.", chance=chances) if chances else ""
    return " ".join(part for part in (fired, agreed, rule) if part)


def how_to(context: MessageContext) -> str:
    incident, _ = context.incident, context.localizer._
    number, command = incident.id, context.command
    if incident.state == IncidentState.RESOLVED:
        return ""
    if context.blind:
        kind = str(context.signals[0].facts.get("kind", ""))
        fix = remedy(context.localizer, kind)
        return f"{fix} " + _(
            "To stop the ladder: `{command} incident ack {id}`", id=number, command=command
        )
    if incident.state == IncidentState.ACKNOWLEDGED:
        return _("To close it: `{command} incident resolve {id}`", id=number, command=command)
    if incident.shadow:
        return _(
            "Nobody is called (mode: shadow). To acknowledge all the same: "
            "`{command} incident ack {id}`. "
            "Not a crisis? `{command} incident resolve {id} --not-a-crisis`",
            id=number,
            command=command,
        )
    return _(
        "To acknowledge, which stops the ladder: `{command} incident ack {id}`. "
        "Not a crisis? `{command} incident resolve {id} --not-a-crisis`",
        id=number,
        command=command,
    )
