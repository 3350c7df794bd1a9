"""Incidents as lines of a terminal, in English and the brand's zone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from alerting.channels.sanitize import cut, one_line, safe_url
from alerting.decide.response import Incident, next_step
from alerting.i18n import Speech
from alerting.messages.blind import blind_summary, blind_what
from alerting.messages.incident import Scene, coverage_words, plain_mention, situation, status
from alerting.messages.wording import (
    SHARES,
    happening,
    how_far,
    how_rare,
    platform_name,
    risk_name,
    severity_word,
    share_of_read,
)
from monitor.jobs.views.explain import Explained
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
    "not_a_crisis": "closed: not a crisis",
}


def title(incident: Incident, brand: str, speech: Speech) -> str:
    """``Incident 42 · SEV2 (high) · Kopi Senja · Reputation``."""
    level = f"{incident.severity} ({severity_word(speech, incident.severity)})"
    risk = risk_name(speech, incident.risk_class)
    return f"Incident {incident.id} · {level} · {one_line(brand)} · {risk}"


def what(scene: Scene) -> str:
    """What it is about, in a few words."""
    if not scene.signals:
        return "something unusual"
    if scene.blind:
        return blind_what(scene)
    return happening(scene.speech, scene.signals[0], scene.negative and scene.negative[0])


def shown(found: Explained) -> Iterator[str]:
    """``siaga incident show``."""
    scene = found.scene
    incident = scene.incident
    yield title(incident, scene.brand, scene.speech)
    yield what(scene)
    yield f"Status:   {status(scene)}" + (" (shadow)" if incident.shadow else "")
    yield f"Since:    {_when(scene, incident.since)}, opened {_when(scene, incident.opened_at)}"
    if scene.signals:
        yield f"Facts:    {blind_summary(scene) if scene.blind else situation(scene)}"
    yield from _also(scene)
    if scene.coverage:
        yield f"Coverage: {coverage_words(scene)}"
    if scene.second:
        yield f"Second opinion: {share_of_read(scene.speech, *scene.second)}"
    yield from _evidence(scene)
    yield ""
    yield "Timeline"
    yield from _timeline(scene, found.events)
    yield ""
    yield f"Next:     {following(found)}"


def explanation(found: Explained) -> Iterator[str]:
    """``siaga explain``: the numbers behind it, and why it did or did not page."""
    scene = found.scene
    incident = scene.incident
    yield title(incident, scene.brand, scene.speech)
    yield f"Since {_when(scene, incident.since)}; {status(scene)}."
    if scene.blind:
        yield blind_summary(scene)
    else:
        for signal in incident.signals():
            yield ""
            yield from numbers(scene, signal)
        yield ""
        yield from _shares(scene)
        if scene.coverage:
            yield f"Coverage: {coverage_words(scene)}."
        if scene.second:
            yield f"Second opinion: {share_of_read(scene.speech, *scene.second)}."
    yield ""
    rule = str(incident.facts.get("rule", ""))
    book = f"playbook {incident.playbook.get('slug')}, version {incident.playbook.get('version')}"
    named = rule not in ("", "otherwise", "blindness")
    by = f"the rule `{rule}`" if named else "default"
    yield f"Severity: {incident.severity} by {by} ({book})"
    yield f"Paged?    {paged(found)}"
    yield from (f"          {line.strip()}" for line in _timeline(scene, found.events))


def numbers(scene: Scene, signal: Signal) -> Iterator[str]:
    """A signal's own figures: observed, expected with its range, score by scale."""
    speech = scene.speech
    where = "all platforms" if signal.platform == ALL else platform_name(signal.platform)
    over = " (over)" if signal.over else ""
    yield f"{signal.detector.replace('_', ' ')} on {where}{over}"
    observed, window = _amount(speech, signal, signal.observed), speech.duration(signal.window)
    yield f"  observed: {observed} over {window}"
    if signal.expected:
        low, middle, high = (
            _amount(speech, signal, edge)
            for edge in (signal.expected.low, signal.expected.middle, signal.expected.high)
        )
        yield f"  expected: {middle}, and in 95 % of ordinary times {low} to {high}"
    yield f"  since:    {_when(scene, signal.start)}, last seen {_when(scene, signal.at)}"
    chance = how_rare(speech, signal.score)
    yield f"  score:    {signal.score:.1f}" + (f" ({chance})" if chance else "")
    scales = {
        name.removeprefix("score_"): value
        for name, value in signal.facts.items()
        if name.startswith("score_")
    }
    if scales:
        yield "  by scale: " + ", ".join(f"{name} {value}" for name, value in scales.items())
    rest = {n: v for n, v in signal.facts.items() if not n.startswith("score_") and n != "p"}
    if rest:
        yield "  facts:    " + ", ".join(f"{name} {_fact(value)}" for name, value in rest.items())


def paged(found: Explained) -> str:
    """Whether anybody was named, and if not why."""
    incident = found.scene.incident
    if pages := found.paged:
        times = [
            f"{_when(found.scene, page.created_at)} {_names(page.named)}"
            + ("" if page.state == "sent" else f" ({page.state})")
            for page in pages
        ]
        return "yes: " + "; ".join(times)
    if incident.shadow:
        return "no: the brand is only watched (mode: shadow)"
    if not incident.told:
        return f"no: {incident.severity} has no steps in its playbook; it is kept and listed only"
    return f"no: {incident.severity} is only posted, its playbook names nobody"


def following(found: Explained) -> str:
    """What happens next if nobody does anything."""
    scene = found.scene
    if step := next_step(scene.incident, scene.now):
        names = _names(" ".join(step[1])) or "nobody in particular"
        return f"{_when(scene, step[0])}: {names}, unless somebody acknowledges"
    coming = {timer.kind: timer.due_at for timer in found.timers}
    words = {
        "clear": "over, if it stays quiet",
        "wake": "the snooze ends",
        "ack_timeout": "the ladder starts again, unless it is resolved",
    }
    parts = [f"{_when(scene, coming[k])}: {w}" for k, w in words.items() if k in coming]
    if parts:
        return "; ".join(parts)
    return "nothing more" if scene.incident.state == "resolved" else "it is over when it gets quiet"


def _timeline(scene: Scene, events: Iterable[StoredEvent]) -> Iterator[str]:
    """A line an event; what merely went on for hours is its first line and one for the rest."""
    for reason, run in groupby(events, key=lambda event: event.reason):
        first, *rest = run
        if reason != "still_going":
            yield from (_event(scene, event) for event in (first, *rest))
            continue
        yield _event(scene, first)
        if rest:
            yield f"  {_when(scene, rest[-1].at)}  still_going: the same {len(rest)} more time(s)"


def _event(scene: Scene, event: StoredEvent) -> str:
    who = f" by {one_line(event.who)}" if event.who else ""
    detail = _detail(event.detail)
    head = f"  {_when(scene, event.at)}  {event.reason}{who}: {WHY.get(event.reason, '')}"
    return f"{head} ({detail})" if detail else head


def _detail(detail: Mapping[str, Any]) -> str:
    parts = [
        f"{name.replace('_', ' ')} {_fact(value)}"
        for name, value in detail.items()
        if value not in (None, "", [], {})
    ]
    return one_line(", ".join(parts))


def _fact(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return "–".join(_fact(part) for part in value) if value else "none"
    text = one_line(str(value))
    return plain_mention(text) if text.startswith(("<!", "<@")) else text


def _also(scene: Scene) -> Iterator[str]:
    if scene.blind:
        return
    for signal in scene.signals[1:6]:
        yield f"          {how_far(scene.speech, signal)}"
    if scene.platforms:
        yield "          " + " · ".join(f"{platform_name(p)} {n:g}" for p, n in scene.platforms)


def _evidence(scene: Scene) -> Iterator[str]:
    for quote in scene.quotes:
        yield ""
        yield f"  “{cut(one_line(quote.text), 300)}”"
        at = _when(scene, quote.at) if quote.at else ""
        parts = (one_line(quote.author), platform_name(quote.platform), at, safe_url(quote.url))
        yield "   " + " · ".join(part for part in parts if part)


def _shares(scene: Scene) -> Iterator[str]:
    total = sum(count for _, count in scene.platforms)
    if total:
        parts = [f"{platform_name(p)} {n:g} ({n / total:.0%})" for p, n in scene.platforms]
        yield "By platform: " + ", ".join(parts)
    if scene.negative:
        now, usual = scene.negative
        yield f"Negative: {now:.0%}" + (f", usually {usual:.0%}" if usual is not None else "")


def _amount(speech: Speech, signal: Signal, value: float) -> str:
    if signal.detector in SHARES and value <= 1:
        return speech.percent(value)
    return speech.number(value)


def _names(mention: str) -> str:
    return ", ".join(plain_mention(name) for name in mention.split())


def _when(scene: Scene, at: datetime) -> str:
    return scene.moment(at)


def listed(incidents: Sequence[tuple[Incident, str, Speech]], now: datetime) -> Iterator[str]:
    """``siaga incident list``: one line each."""
    for incident, brand, speech in incidents:
        scene = Scene(incident, brand, speech, now)
        shadow = " · shadow" if incident.shadow else ""
        since = speech.moment(incident.since, now)
        yield (
            f"{incident.id:>5}  {incident.severity}  {one_line(brand)}: {what(scene)} "
            f"· since {since} · {status(scene)}{shadow}"
        )
