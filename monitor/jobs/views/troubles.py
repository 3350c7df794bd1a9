"""What is wrong: for the page, /healthz and ``siaga status``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alerting.i18n import Localizer
from monitor.jobs.clock_off import how_wrong
from monitor.jobs.never_shown import has_never_shown, question
from monitor.jobs.views.overview import Overview
from monitor.store.source_state import PART_KIND

ENGLISH = Localizer("en", "UTC")


def troubles(
    view: Overview,
    status: Mapping[str, Any],
    localizer: Localizer = ENGLISH,
    *,
    listed: bool = True,
) -> tuple[list[str], list[str]]:
    """In sentences: what makes the daemon unhealthy, and what somebody should know besides;
    ``listed`` False: without what the page lists further down, sources and failures."""
    mild = _mild(view, status, localizer)
    return _grave(view, status, localizer), [*_listed(view, localizer), *mild] if listed else mild


def advice(view: Overview, localizer: Localizer = ENGLISH) -> list[str]:
    """What of the config is probably not meant, though all works as it says."""
    _ = localizer._
    found = [question(source, localizer) for source in has_never_shown(view.sources, view.now)]
    if names := ", ".join(view.silent_brands):
        told = _(
            "no alert about {names} reaches anybody: in the config, switch on Slack, or name a "
            "channel (webhook, Apprise) in the brand's `alerts`",
            names=names,
        )
        found.append(told)
    if view.copied:
        told = _(
            "since {when} this runs on a copy of its database; if the Siaga that it was copied "
            "from still runs, every incident comes twice: stop one of them",
            when=localizer.moment(view.copied, view.now),
        )
        found.append(told)
    for source, what in view.unheard:
        unseen = localizer.reason(what)
        told = _(
            "{source}: {what} are unseen; only a webhook tells them", source=source, what=unseen
        )
        found.append(told)
    return found


def process_troubles(status: Mapping[str, Any], localizer: Localizer = ENGLISH) -> list[str]:
    """What is wrong with the daemon itself; asks no database."""
    _, loops = localizer._, status.get("loops", {})
    found = []
    for name in status.get("stuck", ()):
        found.append(_("the {name} loop has not ended a run for minutes", name=name))
    failing: dict[str, list[str]] = {}
    for name in status.get("failing", ()):
        failing.setdefault(loops.get(name, {}).get("last_error", ""), []).append(name)
    for told, names in failing.items():  # the error first: it is cut where there is little room
        error = localizer.problem(told)
        loop = ", ".join(names)
        found.append(_("{error} (fails again and again: {loop})", error=error, loop=loop))
    if status.get("starved"):
        found.append(_("this process has no file left to open; raise its limit (LimitNOFILE)"))
    if status.get("idle"):
        found.append(_("the changed config names no source, so nothing is heard"))
    return found


def muteness(unready: Sequence[str], localizer: Localizer = ENGLISH) -> list[str]:
    """What keeps alerts from arriving, a sentence each."""
    _, found = localizer._, []
    for told in unready:
        where, colon, why = told.partition(": ")
        error = f"{where}{colon}{localizer.reason(why)}"
        found.append(_("an alert would not arrive: {error}", error=error))
    return found


def process_causes(status: Mapping[str, Any]) -> list[str]:
    """What makes the daemon ill, each once: the same error in several loops is one cause."""
    loops = status.get("loops", {})
    errors = (loops.get(name, {}).get("last_error", name) for name in status.get("failing", ()))
    found = [*errors, *(f"stuck: {name}" for name in status.get("stuck", ()))]
    found += [what for what in ("idle", "starved") if status.get(what)]
    return list(dict.fromkeys(found))


def _grave(view: Overview, status: Mapping[str, Any], localizer: Localizer) -> list[str]:
    _ = localizer._
    found = process_troubles(status, localizer)
    found += muteness(status.get("unready", ()), localizer)
    if not view.brands:
        found.append(_("no brand is configured, so nothing is listened to"))
    elif not any(source.active for source in view.sources):
        none = _("no source is configured, so nothing is heard")
        waiting = _("no daemon has taken up the sources of the config yet, so nothing is heard")
        found.append(waiting if view.configured else none)
    for number in view.unreached:
        found.append(_("nobody has been reached about incident {id}", id=number))
    return found


def _listed(view: Overview, localizer: Localizer) -> list[str]:
    _ = localizer._
    found = [
        _(
            "blind: {source} since {time}: {reason}",
            source=s.title,
            time=f"{s.health_since:%Y-%m-%d %H:%M} UTC",
            reason=localizer.reason(s.health_reason),
        )
        for s in view.blind
        if s.health_since
    ]
    found += [
        _(
            "{source} sees only a part: {reason}",
            source=s.title,
            reason=localizer.reason(s.health_reason),
        )
        for s in view.sources
        if s.active and s.health_kind == PART_KIND
    ]
    for failure in view.outbox.failures:
        about = {
            "key": failure.key,
            "channel": failure.channel,
            "error": localizer.reason(failure.error),
        }
        found.append(_("not delivered: {key} to {channel} ({error})", **about))
    return found


def _mild(view: Overview, status: Mapping[str, Any], localizer: Localizer) -> list[str]:
    _ = localizer._
    found = []
    for pause in view.outbox.pauses:
        why = localizer.reason(pause.reason)
        found.append(_("{channel} is paused: {reason}", channel=pause.channel, reason=why))
    if view.heartbeat and view.heartbeat.status.get("hold_s"):
        found.append(_("the clock has jumped: digests and retention wait until it is trusted"))
    if off_s := view.heartbeat and view.heartbeat.status.get("off_s"):
        found.append(how_wrong(off_s, localizer))
    clicks = status.get("slack_socket") or {}
    if clicks.get("heard_s", 0) is None and (error := clicks.get("last_error")):
        why = localizer.reason(error)
        found.append(_("buttons in Slack are not heard: {reason}", reason=why))
    if error := status.get("config_error"):
        found.append(_("the changed config is not used: {error}", error=error))
    for name, loop in status.get("loops", {}).items():
        if loop.get("last_error") and name not in status.get("failing", ()):
            error = localizer.problem(loop["last_error"])
            found.append(
                _("the {name} loop failed in its last run: {error}", name=name, error=error)
            )
    return found
