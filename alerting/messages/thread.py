"""The lines of an incident's thread, by the reason they are told for: a headline and a body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from alerting.decide.reasons import Reason
from alerting.decide.response import Incident
from alerting.messages.blind import blind_since, blind_summary, blind_what, source_name
from alerting.messages.incident import Scene, situation
from alerting.messages.wording import severity_word

Line = Callable[[Scene], tuple[str, str]]


def _state(scene: Scene) -> str:
    return blind_summary(scene) if scene.blind else situation(scene)


def _level(scene: Scene, severity: str) -> str:
    return f"{severity} ({severity_word(scene.speech, severity)})"


def _because(scene: Scene) -> str:
    return str(scene.detail.get("because", ""))


def _worsened(scene: Scene) -> tuple[str, str]:
    head = scene.speech._(
        "It got worse: {level}, before {before}",
        level=_level(scene, scene.incident.severity),
        before=str(scene.detail.get("from", "?")),
    )
    return head, _state(scene)


def _escalated(scene: Scene) -> tuple[str, str]:
    began = scene.incident.facts.get("armed_at")
    span = scene.now - (datetime.fromisoformat(began) if began else scene.incident.opened_at)
    head = scene.speech._(
        "Nobody has acknowledged for {span}: {severity}, {brand}",
        span=scene.speech.duration(span), severity=scene.incident.severity, brand=scene.brand,
    )  # fmt: skip
    return head, _state(scene)


def _acknowledged(scene: Scene) -> tuple[str, str]:
    head = scene.speech._("{who} has acknowledged this; the ladder stops.", who=scene.who)
    return head, _because(scene)


def _snoozed(scene: Scene) -> tuple[str, str]:
    until = scene.incident.snoozed_until or scene.now
    head = scene.speech._(
        "{who} has snoozed this until {when}.", who=scene.who, when=scene.moment(until)
    )
    return head, _because(scene)


def _woken(scene: Scene) -> tuple[str, str]:
    if scene.detail.get("why") == "ack_timeout":
        head = scene.speech._(
            "{who} acknowledged this, and it still is not resolved.",
            who=str(scene.detail.get("acknowledged_by") or "?"),
        )
    elif scene.detail.get("why") == "audit":
        head = scene.speech._("Nobody was on it: the ladder starts again.")
    else:
        head = scene.speech._("The snooze is over, and it still goes on.")
    return head, _state(scene)


def _resolved(scene: Scene) -> tuple[str, str]:
    incident, speech = scene.incident, scene.speech
    if scene.who:
        head = speech._("{who} has closed this.", who=scene.who)
    else:
        quiet = incident.rules.clear_after(incident.risk_class)
        head = speech._("It is over: quiet for {span}.", span=speech.duration(quiet))
    return head, " ".join(part for part in (_because(scene), _account(scene)) if part)


def _not_a_crisis(scene: Scene) -> tuple[str, str]:
    head = scene.speech._("{who} has closed this: not a crisis.", who=scene.who)
    return head, " ".join(part for part in (_because(scene), _account(scene)) if part)


def _account(scene: Scene) -> str:
    """How long it went on, how often people were named, how soon somebody acknowledged."""
    incident, speech = scene.incident, scene.speech
    ended = incident.resolved_at or scene.now
    parts = [
        speech._("It went on for {span}.", span=speech.duration(ended - incident.since)),
        speech.n_("One message named somebody.", "{n} messages named somebody.", scene.pages)
        if scene.pages
        else speech._("No message named anybody."),
    ]
    if incident.acknowledged_at and incident.acknowledged_by:
        parts.append(_acknowledged_after(incident, speech.duration, scene))
    return " ".join(parts)


def _acknowledged_after(incident: Incident, duration: Callable[..., str], scene: Scene) -> str:
    after = (incident.acknowledged_at or incident.opened_at) - incident.opened_at
    return scene.speech._(
        "Acknowledged by {who} after {span}.",
        who=incident.acknowledged_by or "?",
        span=duration(after),
    )


def _reopened(scene: Scene) -> tuple[str, str]:
    if scene.blind:
        return blind_what(scene), blind_summary(scene)
    if scene.who:
        return scene.speech._("{who} has opened this again.", who=scene.who), _state(scene)
    return scene.speech._("It is back: {severity}", severity=scene.incident.severity), _state(scene)


def _recovered(scene: Scene) -> tuple[str, str]:
    since = blind_since(scene)
    until = scene.detail.get("until")
    again = datetime.fromisoformat(until) if isinstance(until, str) else scene.now
    head = scene.speech._(
        "Sees {source} again since {when}, after a gap of {span}.",
        source=source_name(scene),
        when=scene.moment(again),
        span=scene.speech.duration(again - since),
    )
    return head, ""


LINES: Mapping[Reason, Line] = {
    Reason.WORSENED: _worsened,
    Reason.ESCALATED: _escalated,
    Reason.ACKNOWLEDGED: _acknowledged,
    Reason.SNOOZED: _snoozed,
    Reason.WOKEN: _woken,
    Reason.RESOLVED: _resolved,
    Reason.NOT_A_CRISIS: _not_a_crisis,
    Reason.REOPENED: _reopened,
    Reason.RECOVERED: _recovered,
}
