"""What is said of a source that cannot be read."""

from __future__ import annotations

from datetime import datetime

from alerting.messages.incident import Scene
from alerting.messages.wording import platform_name, trouble
from monitor.model import ALL, ANY, Signal


def source_name(scene: Scene) -> str:
    """The platform where there is one, else the source's own name."""
    lead = scene.signals[0]
    if lead.platform in (ALL, ANY, ""):
        return str(lead.facts.get("source") or lead.subject)
    return platform_name(lead.platform)


def blind_since(scene: Scene) -> datetime:
    """Since when nothing is seen there."""
    lead: Signal = scene.signals[0]
    since = lead.facts.get("since")
    return datetime.fromisoformat(since) if isinstance(since, str) and since else lead.start


def blind_what(scene: Scene) -> str:
    """For the headline: ``blind on X since 14:02 WIB – its token was refused``."""
    return scene.speech._(
        "blind on {source} since {when} – {trouble}",
        source=source_name(scene),
        when=scene.moment(blind_since(scene)),
        trouble=trouble(scene.speech, str(scene.signals[0].facts.get("kind", ""))),
    )


def blind_summary(scene: Scene) -> str:
    """Which source, since when, and what its platform said."""
    lead, _ = scene.signals[0], scene.speech._
    if lead.facts.get("kind") == "silent":
        return _silent(scene, lead)
    source, since = source_name(scene), scene.moment(blind_since(scene))
    if scene.incident.resolved_at:
        span = scene.speech.duration(scene.incident.resolved_at - blind_since(scene))
        return _("Siaga could not read {source} (source {subject}) from {since} on, for {span}.",
                 source=source, subject=lead.subject, since=since, span=span)  # fmt: skip
    told = _("Siaga cannot read {source} (source {subject}) since {since}.",
             source=source, subject=lead.subject, since=since)  # fmt: skip
    reason = " ".join(str(lead.facts.get("reason", "")).split())
    return f"{told} " + _("Reason: {reason}", reason=reason[:300]) if reason else told


def _silent(scene: Scene, lead: Signal) -> str:
    """A platform that answers without an error and has nothing to tell."""
    say, since = scene.speech, blind_since(scene)
    words = {"source": source_name(scene), "since": scene.moment(since)}
    if scene.incident.resolved_at:
        span = say.duration(scene.incident.resolved_at - since)
        return say._("Nothing came from {source} from {since} on, for {span}.", **words, span=span)
    usual = round(float(lead.facts.get("expected", 0.0)))
    return say._(
        "{source} answers without an error, but nothing has come from it since {since}. "
        "In that time at least {n} mentions are usual.",
        **words, n=say.number(usual),
    )  # fmt: skip


def blind_why(scene: Scene) -> str:
    """Why this pages, though no crisis is known of."""
    if scene.incident.resolved_at:
        return ""
    if scene.signals[0].facts.get("kind") == "silent":
        return scene.speech._(
            "So long a silence has not been seen there. If people do write, a crisis there goes "
            "unseen."
        )
    return scene.speech._(
        "Until it is read again a crisis there goes unseen. "
        "The time that is missing is not counted as calm."
    )
