"""An exported incident as Markdown, for the meeting afterwards, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from alerting.channels.labels import when_written
from alerting.decide.reasons import Reason
from alerting.i18n import Localizer
from alerting.messages.wording import risk_name, state_word
from monitor.jobs.views.export import Export, Milestone, Missed
from monitor.store.incidents import StoredEvent


def as_markdown(found: Export) -> Iterator[str]:
    """Line by line, times in the brand's zone."""
    incident, say = found.incident, found.localizer
    _ = say._
    named = {"id": incident.id, "brand": found.brand, "severity": incident.severity}
    yield "# " + _("Incident {id}: {brand}, {severity}", **named)
    yield ""
    risk, state = risk_name(say, incident.about), state_word(say, incident.state)
    since = _at(say, incident.since)
    yield _("{risk}, {state}. Since {since}.", risk=risk, state=state, since=since)
    yield ""
    yield "| " + _("from the beginning to") + " | " + _("took") + " |"
    yield "|---|---|"
    for name, span in found.took.items():
        yield f"| {milestone(say, name)} | {took(say, span)} |"
    yield ""
    yield (
        say.n_("One message named somebody.", "{n} messages named somebody.", found.pages)
        if found.pages
        else _("No message named anybody.")
    )
    if found.missed:
        yield ""
        yield "## " + _("Missed")
        yield from (f"- {sentence(say, one)}" for one in found.missed)
    yield ""
    yield "## " + _("Timeline")
    told = (event for event in found.timeline if event.reason != Reason.STILL_GOING)
    yield from (f"- {_event(say, event)}" for event in told)
    if found.evidence:
        yield ""
        yield "## " + _("Evidence")
        for mention in found.evidence:
            at = when_written(_at(say, mention.published_at), say, doubtful=mention.undated)
            yield f"- {at} {mention.platform} {mention.url}"
            yield f"  > {_plain(mention.text)[:500]}"


def milestone(say: Localizer, name: Milestone) -> str:
    """What is timed, in a word or two."""
    return {
        "detected": say._("detected"),
        "paged": say._("paged"),
        "acknowledged": say._("acknowledged"),
        "first statement": say._("first statement"),
        "resolved": say._("resolved"),
    }[name]


def took(say: Localizer, span: timedelta | None) -> str:
    """How long it took."""
    return say._("never") if span is None else say.duration(span)


def sentence(say: Localizer, missed: Missed) -> str:
    """What was missed."""
    _ = say._
    match missed.kind:
        case "steps":
            return _(
                "steps {steps} came too late and were told together with a later one",
                steps=missed.what,
            )
        case "message":
            return _("the message {key} could not be delivered", key=missed.what)
        case "acknowledgement":
            return _("nobody acknowledged it")
    item = f"{missed.what} ({missed.owner}: {missed.do})"
    if missed.late is None:
        return _("{item} was not done", item=item)
    return _("{item} was done {span} late", item=item, span=say.duration(missed.late))


def _event(say: Localizer, event: StoredEvent) -> str:
    what = happened(say, event.reason)
    if event.who:
        what = say._("{what} by {who}", what=what, who=_plain(event.who))
    because = event.detail.get("because") or event.detail.get("item") or ""
    return f"{_at(say, event.at)} {what}" + (f": {_plain(str(because))}" if because else "")


def happened(say: Localizer, reason: str) -> str:
    """What a line of the timeline says, in a word or two."""
    words = {
        Reason.OPENED: say._("told for the first time"),
        Reason.WORSENED: say._("got worse"),
        Reason.STILL_GOING: say._("went on as it was"),
        Reason.ESCALATED: say._("next step"),
        Reason.ACKNOWLEDGED: say._("acknowledged"),
        Reason.ACKNOWLEDGED_IN_PART: say._("acknowledged in part"),
        Reason.SNOOZED: say._("snoozed"),
        Reason.WOKEN: say._("told again"),
        Reason.RESOLVED: say._("resolved"),
        Reason.REOPENED: say._("opened again"),
        Reason.SHADOWED: say._("only watched, nobody told"),
        Reason.SUPPRESSED: say._("late news, nobody told"),
        Reason.RECOVERED: say._("the source is read again"),
        Reason.NOT_A_CRISIS: say._("closed as no crisis"),
        Reason.NOTED: say._("noted"),
        Reason.HELD: say._("kept (legal hold)"),
        Reason.RELEASED: say._("legal hold ended"),
        Reason.CHECKED: say._("done"),
        Reason.UNWATCHED: say._("not in the config any more"),
        Reason.FLAPPING: say._("comes and goes"),
        Reason.PAST: say._("over before anybody looked"),
        Reason.MOVED: say._("told elsewhere from then on"),
    }
    return words.get(Reason(reason), reason) if reason in list(Reason) else reason


def _at(say: Localizer, at: datetime) -> str:
    return f"{say.local(at):%Y-%m-%d} {say.clock(at)}"


def _plain(text: str) -> str:
    """On one line, and no markup of its own."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    escaped = printable.replace("\\", "\\\\")
    for sign in "`*_<>[]|#":
        escaped = escaped.replace(sign, f"\\{sign}")
    return " ".join(escaped.split())
