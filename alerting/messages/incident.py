"""Messages: a decision put into a ``Notice``, in the reader's language. Pure; golden files.

The incident's own message shows how it stands now and is brought up to date; everything that
happens is a line in its thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from alerting.channels.base import Notice, Quote
from alerting.decide.reasons import Reason
from alerting.decide.response import Incident, next_step
from alerting.i18n import Speech
from alerting.messages.wording import (
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
)
from monitor.model import ALL, BLINDNESS, IncidentState, Signal

HEADLINE = 150


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything a message may speak of.

    ``negative``   share of negative mentions now and normally, where known
    ``platforms``  mentions by platform in the lead signal's window, most first
    ``coverage``   sources, sources seen, and those that were silent with since when
    ``second``     what another model says: the share of negative mentions, and how many it read
    ``pages``      how many messages named somebody so far
    ``detail``     of the decision that is told
    """

    incident: Incident
    brand: str
    speech: Speech
    now: datetime
    quotes: Sequence[Quote] = ()
    negative: tuple[float, float | None] | None = None
    platforms: Sequence[tuple[str, float]] = ()
    coverage: tuple[int, int, Sequence[tuple[str, datetime]]] | None = None
    second: tuple[float, int] | None = None
    pages: int = 0
    link: str = ""
    replay: bool = False
    who: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def signals(self) -> list[Signal]:
        """The signals it speaks of, the most telling first."""
        return self.incident.spoken()

    @property
    def blind(self) -> bool:
        """Whether it is about a source that cannot be read."""
        return self.incident.risk_class == BLINDNESS

    def moment(self, at: datetime) -> str:
        """A time as the reader would write it."""
        return self.speech.moment(at, self.now)


def root(scene: Scene, notify: Sequence[str] = ()) -> Notice:
    """The incident's own message, as it stands. ``notify``: whom the first step names."""
    from alerting.messages.blind import blind_summary, blind_what, blind_why

    incident, _ = scene.incident, scene.speech._
    summary = blind_summary(scene) if scene.blind else _summary(scene)
    what = blind_what(scene) if scene.blind else _what(scene)
    over = incident.state == IncidentState.RESOLVED
    prefix = f"{_('Over')} · {incident.severity}" if over else incident.severity
    return Notice(
        kind="incident",
        headline=headline(prefix, scene.brand, what),
        summary=summary,
        severity=incident.severity,
        fields=tuple(_fields(scene)),
        quotes=tuple(scene.quotes),
        why=blind_why(scene) if scene.blind else _why(scene),
        how_to=_how_to(scene),
        link=scene.link,
        stamp=stamp(scene),
        mention=" ".join(notify) if incident.state == IncidentState.OPEN else "",
        footer=footer(scene),
        locale=scene.speech.locale,
        zone=scene.speech.zone,
    )


def headline(prefix: str, brand: str, what: str) -> str:
    """One line within its limit: a long brand name gives way before what happened does."""
    brand = " ".join(brand.split())
    room = HEADLINE - len(prefix) - len(what) - len(" · : ")
    if len(brand) > room:
        brand = brand[: max(10, room - 1)] + "…"
    line = f"{prefix} · {brand}: {what}"
    return line if len(line) <= HEADLINE else line[: HEADLINE - 1] + "…"


def stamp(scene: Scene) -> str:
    """Said of every message of a replay: it does not speak of the present."""
    return f"REPLAY · {scene.speech.date(scene.now)}" if scene.replay else ""


def footer(scene: Scene) -> str:
    """Which incident this is."""
    return scene.speech._(
        "Siaga · incident {id} · opened {when}",
        id=scene.incident.id, when=scene.moment(scene.incident.opened_at),
    )  # fmt: skip


def _what(scene: Scene) -> str:
    return happening(scene.speech, scene.signals[0], scene.negative and scene.negative[0])


def situation(scene: Scene) -> str:
    """How far from normal, in a sentence or two."""
    lead = scene.signals[0]
    usual = times_usual(scene.speech, lead)
    first = how_far(scene.speech, lead) + (f" ({usual})" if usual else "") + "."
    if lead.detector != "volume" or scene.negative is None:
        return first
    now, normal = scene.negative
    percent = scene.speech.percent
    if normal is None:
        return f"{first} " + scene.speech._("{share} of them are negative.", share=percent(now))
    return f"{first} " + scene.speech._(
        "{share} of them are negative, normally {normal}.",
        share=percent(now), normal=percent(normal),
    )  # fmt: skip


def _summary(scene: Scene) -> str:
    incident, _ = scene.incident, scene.speech._
    since, span = scene.moment(incident.since), scene.now - incident.since
    if incident.state == IncidentState.RESOLVED and incident.resolved_at:
        lasted = scene.speech.duration(incident.resolved_at - incident.since)
        time = _("This is the height of what went on from {since} to {until}, {span}.", since=since,
                 until=scene.moment(incident.resolved_at), span=lasted)  # fmt: skip
    else:
        time = _("Since {since}, for {span} now.", since=since, span=scene.speech.duration(span))
    return f"{situation(scene)} {time}"


def _fields(scene: Scene) -> list[tuple[str, str]]:
    incident, _ = scene.incident, scene.speech._
    word = severity_word(scene.speech, incident.severity)
    pairs = [
        (_("Severity"), f"{incident.severity}, {word}"),
        (_("Risk"), risk_name(scene.speech, incident.risk_class)),
        (_("Status"), status(scene)),
    ]
    if step := next_step(incident, scene.now):
        who = ", ".join(plain_mention(name) for name in step[1])
        following = _("{when}, unless somebody acknowledges", when=scene.moment(step[0]))
        pairs.append((_("Next step"), f"{following}: {who}" if who else following))
    if scene.blind:
        return pairs
    beside = [how_far(scene.speech, signal) for signal in _beside(scene)]
    if beside:
        pairs.append((_("Also"), "\n".join(beside)))
    if len(scene.platforms) > 1:
        counts = [f"{platform_name(p)} {scene.speech.number(n)}" for p, n in scene.platforms[:6]]
        pairs.append((_("By platform"), " · ".join(counts)))
    if scene.coverage:
        pairs.append((_("Coverage"), coverage_words(scene)))
    if scene.second:
        pairs.append((_("Second opinion"), share_of_read(scene.speech, *scene.second)))
    return pairs


def _beside(scene: Scene) -> list[Signal]:
    """The signals to be listed below the first; where there is but one platform its own say
    nothing new."""
    lead, *others = scene.signals
    if lead.platform == ALL and len(scene.platforms) == 1:
        others = [signal for signal in others if signal.platform == ALL]
    return others[:4]


def plain_mention(name: str) -> str:
    """``@channel`` for ``<!channel>``: who is meant, without calling them."""
    return "@" + name.strip("<>").lstrip("!@").removeprefix("subteam^")


def status(scene: Scene) -> str:
    """How it stands and who has it, in a line."""
    incident, _ = scene.incident, scene.speech._
    if incident.snoozed(scene.now) and incident.snoozed_until:
        return _("snoozed until {when}", when=scene.moment(incident.snoozed_until))
    if incident.state == IncidentState.ACKNOWLEDGED and incident.acknowledged_at:
        return _("acknowledged by {who} at {when}", who=incident.acknowledged_by or "?",
                 when=scene.moment(incident.acknowledged_at))  # fmt: skip
    if incident.not_a_crisis:
        return _("closed by {who}: not a crisis", who=incident.resolved_by or "?")
    if incident.state == IncidentState.RESOLVED and incident.resolved_by:
        return _("closed by {who}", who=incident.resolved_by)
    if incident.state == IncidentState.OPEN:
        return _("nobody has acknowledged it")
    return state_word(scene.speech, incident.state)


def source_title(title: str) -> str:
    """``TikTok (brand)`` for the source ``tiktok/brand``."""
    connector, _, name = title.partition("/")
    return f"{platform_name(connector)} ({name})" if name else title


def coverage_words(scene: Scene) -> str:
    """``saw 5 of 6 sources; TikTok silent for 3 h``."""
    if scene.coverage is None:
        return ""
    sources, seen, silent = scene.coverage
    if seen == sources:
        return scene.speech.n_(
            "the only source was read", "all {n} sources were read", sources
        )  # fmt: skip
    parts = [
        scene.speech._("{name} silent for {span}", name=source_title(name),
                       span=scene.speech.duration(scene.now - since))
        for name, since in silent[:4]
    ]  # fmt: skip
    saw = scene.speech._(
        "saw {seen} of {sources} sources",
        seen=scene.speech.number(seen), sources=scene.speech.number(sources),
    )  # fmt: skip
    return "; ".join([saw, *parts])


def _why(scene: Scene) -> str:
    incident, _ = scene.incident, scene.speech._
    chances = how_rare(scene.speech, scene.signals[0].score)
    pages = any(step.notify for step in incident.rules.level(incident.severity).steps)
    rule = rule_words(scene.speech, incident.severity, str(incident.facts.get("rule", "")), pages)
    return (_("Why it fired: {chance}.", chance=chances) + " " if chances else "") + rule


def _how_to(scene: Scene) -> str:
    incident, _ = scene.incident, scene.speech._
    number = incident.id
    if incident.state == IncidentState.RESOLVED:
        return ""
    if scene.blind:
        kind = str(scene.signals[0].facts.get("kind", ""))
        fix = remedy(scene.speech, kind)
        return f"{fix} " + _("To stop the ladder: `siaga incident ack {id}`", id=number)
    if incident.state == IncidentState.ACKNOWLEDGED:
        return _("To close it: `siaga incident resolve {id}`", id=number)
    return _(
        "To acknowledge, which stops the ladder: `siaga incident ack {id}`. "
        "Not a crisis? `siaga incident resolve {id} --not-a-crisis`",
        id=number,
    )


Line = Callable[[Scene], tuple[str, str]]


def line(scene: Scene, reason: Reason, notify: Sequence[str] = ()) -> Notice:
    """A line in the thread: what has just happened."""
    from alerting.messages.thread import LINES

    head, body = LINES[reason](scene)
    head = " ".join(head.split())
    acts = bool(notify) or reason in (Reason.WORSENED, Reason.REOPENED, Reason.WOKEN)
    return Notice(
        kind="update",
        headline=head if len(head) <= HEADLINE else head[: HEADLINE - 1] + "…",
        summary=body,
        severity=scene.incident.severity,
        how_to=_how_to(scene) if acts else "",
        stamp=stamp(scene),
        mention=" ".join(notify),
        locale=scene.speech.locale,
        zone=scene.speech.zone,
    )
