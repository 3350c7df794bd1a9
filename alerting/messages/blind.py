"""What is said of a source that cannot be read."""

from __future__ import annotations

from datetime import datetime

from alerting.decide import blindness
from alerting.messages.context import MessageContext
from alerting.messages.wording import platform_name, trouble
from monitor.model import ALL, ANY, Signal

MAX_NAMED = 6
"""So many sources are named one by one."""


def source_title(title: str) -> str:
    """``TikTok (brand)`` for the source ``tiktok/brand``."""
    connector, _, name = title.partition("/")
    return f"{platform_name(connector)} ({name})" if name else title


def sources(context: MessageContext) -> list[str]:
    """The sources it speaks of, each once, by brand and title."""
    found = {blindness.source_of(signal) for signal in context.signals}
    return [title for _, title in sorted(found)]


def source_name(context: MessageContext) -> str:
    """The platform where there is one, else the source's own name; of several how many they are."""
    lead, count = context.signals[0], len(sources(context))
    if count > 1:
        return context.localizer.n_("one source", "{n} sources", count)
    if lead.platform in (ALL, ANY, ""):
        return str(lead.facts.get("source") or lead.subject)
    return platform_name(lead.platform)


def blind_since(context: MessageContext) -> datetime:
    """Since when nothing is seen there."""
    return min(blindness.blind_from(signal) for signal in context.signals)


def blind_what(context: MessageContext) -> str:
    """For the headline: ``blind on X since 14:02 WIB – its token was refused``."""
    if _between_gaps(context):
        return context.localizer._(
            "{source} comes and goes; it is read now", source=source_name(context)
        )
    return context.localizer._(
        "blind on {source} since {when} – {trouble}",
        source=source_name(context),
        when=context.moment(blind_since(context)),
        trouble=trouble(context.localizer, str(context.signals[0].facts.get("kind", ""))),
    )


def blind_summary(context: MessageContext) -> str:
    """Which source, since when, and what its platform said."""
    lead, _ = context.signals[0], context.localizer._
    if lead.facts.get("kind") == "silent":
        return _silent(context, lead)
    before = len(blindness.gaps(context.incident)) - (context.incident.resolved_at is not None)
    if len(sources(context)) > 1 or before > 0:
        return _several(context)
    source, since = source_name(context), context.moment(blind_since(context))
    if context.incident.resolved_at:
        span = context.localizer.duration(context.incident.resolved_at - blind_since(context))
        return _(
            "Siaga could not read {source} (source {subject}) from {since} on, for {span}.",
            source=source,
            subject=lead.subject,
            since=since,
            span=span,
        )
    told = _(
        "Siaga cannot read {source} (source {subject}) since {since}.",
        source=source,
        subject=lead.subject,
        since=since,
    )
    reason = " ".join(context.localizer.reason(str(lead.facts.get("reason", ""))).split())
    reason = reason.replace("`", "")  # a summary is plain words
    return f"{told} " + _("Reason: {reason}", reason=reason[:300]) if reason else told


def _several(context: MessageContext) -> str:
    """Sources that failed together, or one that comes and goes."""
    say = context.localizer
    titles = [source_title(title) for title in sources(context)]
    names = ", ".join(titles[:MAX_NAMED])
    if len(titles) > MAX_NAMED:
        names = say._("{names} and {n} more", names=names, n=say.number(len(titles) - MAX_NAMED))
    if len(context.brands) > 1:  # the headline says only how many
        affected = say._("Affected: {brands}.", brands=", ".join(context.brands))
        return f"{_of_all(context, names)} {affected}"
    return _of_all(context, names)


def _of_all(context: MessageContext, names: str) -> str:
    say, incident = context.localizer, context.incident
    if _between_gaps(context):
        now = say._("Siaga reads {names} at the moment, but not steadily.", names=names)
        return " ".join((now, _so_far(context)))
    if incident.resolved_at is None:
        since = context.moment(blindness.since(incident))
        now = say._("Siaga cannot read {names} since {since}.", names=names, since=since)
        return " ".join(part for part in (now, _so_far(context)) if part)
    return say.n_(
        "Siaga could not read {names} once, for {span} in all.",
        "Siaga could not read {names} {n} times, for {span} in all.",
        max(1, len(blindness.gaps(incident))),
        names=names,
        span=say.duration(blindness.unseen(incident)),
    )


def _between_gaps(context: MessageContext) -> bool:
    """Whether what comes and goes is there at the moment."""
    incident = context.incident
    over = incident.resolved_at is None and bool(blindness.gaps(incident))
    return over and not blindness.live_sources(incident)


def _so_far(context: MessageContext) -> str:
    """How often it was so before."""
    incident, say = context.incident, context.localizer
    count = len(blindness.gaps(incident))
    if not count:
        return ""
    span = say.duration(blindness.unseen(incident))
    return say.n_(
        "Before that it was so once, for {span}.",
        "Before that it was so {n} times, for {span} in all.",
        count,
        span=span,
    )


def _silent(context: MessageContext, lead: Signal) -> str:
    """A platform that answers without an error and has nothing to tell."""
    say, since = context.localizer, blind_since(context)
    words = {"source": source_name(context), "since": context.moment(since)}
    if context.incident.resolved_at:
        span = say.duration(context.incident.resolved_at - since)
        return say._("Nothing came from {source} from {since} on, for {span}.", **words, span=span)
    usual = round(float(lead.facts.get("expected", 0.0)))
    return say._(
        "{source} answers without an error, but nothing has come from it since {since}. "
        "In that time at least {n} mentions are usual.",
        **words,
        n=say.number(usual),
    )


def blind_why(context: MessageContext) -> str:
    """Why this pages, though no crisis is known of."""
    if context.incident.resolved_at:
        return ""
    if context.signals[0].facts.get("kind") == "silent":
        return context.localizer._(
            "So long a silence has not been seen there. If people do write, a crisis there goes "
            "unseen."
        )
    return context.localizer._(
        "Until it is read again a crisis there goes unseen. "
        "The time that is missing is not counted as calm."
    )
