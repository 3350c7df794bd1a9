"""What alerting's halves hand to each other, in no channel's own words: a notice, its evidence,
whom it pages, where it went; and the incident it is about, which the store keeps."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from monitor.model import ALL, BLINDNESS, IncidentState, Interval, Signal

Receipt = Mapping[str, Any]
"""Where the message went, JSON-serialisable (Slack: channel and ts): enough to find it again."""

EVERYBODY = ("channel", "here", "everyone")
"""Targets without an id: all members of the room, those present, everybody there is."""

_ROLE = re.compile(r"[a-z][a-z0-9-]{1,62}")
_PERSON, _GROUP = re.compile(r"[UW][A-Z0-9]{4,}"), re.compile(r"S[A-Z0-9]{4,}")


@dataclass(frozen=True, slots=True)
class Target:
    """Who is paged. ``id``: of a person or a group, as the workspace's directory writes it, or a
    role's slug; "" for the others. ``str()`` is how a person reads it: ``@channel``,
    ``@U0123ABCD``, ``social``. A role stands for whoever holds it when the message is made."""

    kind: Literal["person", "group", "channel", "here", "everyone", "role"]
    id: str = ""

    def __str__(self) -> str:
        return self.id if self.kind == "role" else f"@{self.id or self.kind}"


def target(text: str) -> Target:
    """The target that ``text`` names: ``@channel``, ``@here``, ``@everyone``, or the id of a user
    or a user group, with or without the signs around it that a message shows. Raises ValueError."""
    name = text.strip().removeprefix("<").removesuffix(">").lstrip("@!").removeprefix("subteam^")
    if name in EVERYBODY:
        return Target(name)  # type: ignore[arg-type]
    if _PERSON.fullmatch(name):
        return Target("person", name)
    if _GROUP.fullmatch(name):
        return Target("group", name)
    if name == text.strip() and _ROLE.fullmatch(name):
        return Target("role", name)
    raise ValueError(
        f'{text!r} names nobody; write "@channel", "@here", the id of a Slack user or user group '
        "such as U0123ABCD or S0123ABCD, or a role such as social"
    )


@dataclass(frozen=True, slots=True)
class Quote:
    """A mention shown as evidence. ``text`` is hostile: a channel must never let it be markup.
    ``mention`` names it (``PLATFORM:ID``), so that how it was read can be corrected. ``doubtful``:
    the platform states no time that can be believed; ``at`` is when it was first seen, or about."""

    text: str
    author: str = ""
    url: str = ""
    platform: str = ""
    at: datetime | None = None
    sentiment: str = ""
    mention: str = ""
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Channel-neutral content, already in the reader's language, plain text throughout.

    ``headline``  one line: severity, brand, what                        (<= 150 characters)
    ``summary``   what happened, how far from normal, since when
    ``fields``    label and value pairs
    ``quotes``    at most three mentions as evidence
    ``why``       why this fired and why it pages now
    ``how_to``    how to acknowledge, in words that work without buttons
    ``stamp``     set where the notice does not speak of the present: "REPLAY · 22 Feb 2015"
    ``targets``   who is paged by it
    ``html``      e-mail only: the HTML alternative of ``summary``
    ``locale``    the reader's language, for the few words that are the channel's own
    ``zone``      the reader's time zone, an IANA name, for when the quotes were written
    ``card``      an incident's own message as a card, for the channels that can show one
    ``moved_to``  where what was told here goes on, as the channel calls it
    ``parts``     what a page of several is made of: the incidents of somebody's Home
    """

    kind: Literal["incident", "update", "digest", "test"]
    headline: str
    summary: str
    severity: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    quotes: tuple[Quote, ...] = ()
    why: str = ""
    how_to: str = ""
    link: str = ""
    stamp: str = ""
    targets: tuple[Target, ...] = ()
    html: str = ""
    footer: str = ""
    locale: str = "en"
    zone: str = "UTC"
    card: Card | None = None
    moved_to: str = ""
    parts: tuple[Notice, ...] = ()


MAX_MENTION_IDS = 20
"""How many of a signal's mentions an incident remembers."""


@dataclass(frozen=True, slots=True)
class Incident:
    """Signals grouped for one brand, class and subject; the fields of its row. Times are domain.

    ``id`` is 0 until one is reserved. ``facts``: ``signals`` by key (packed), ``peaks`` the same at
    their height, ``rule`` the one its severity is by, ``root`` whether its message was told,
    ``told_at`` when its figures were, ``armed_at`` when its escalation began, ``named_at`` when
    people were last named, ``suppressed`` the keys of signals it has silenced, ``class`` what it is
    about where its signals do not say, ``second_opinion`` what a transformer says (negative share,
    how many it read), ``hold`` who holds what was said of it against retention, and why.
    ``held_until``: a legal hold's end. ``playbook`` is the snapshot
    it was opened under. ``revision`` moves with every change that a person could act upon, not with
    its figures; ``version`` with every change.
    """

    id: int
    brand: str
    risk_class: str
    subject: str
    severity: str
    since: datetime
    opened_at: datetime
    last_signal_at: datetime
    playbook: Mapping[str, Any]
    state: str = IncidentState.OPEN.value
    step: int = 0
    loop: int = 0
    shadow: bool = False
    snoozed_until: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    not_a_crisis: bool = False
    reason: str = ""
    held_until: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    revision: int = 1
    version: int = 0

    @property
    def about(self) -> str:
        """The class of risk that it is about: what most of what was said told of when it was
        opened, else its signals' own, which it is found by."""
        return str(self.facts.get("class") or self.risk_class)

    @property
    def told(self) -> bool:
        """Whether its message was promised to anybody."""
        return bool(self.facts.get("root"))

    def signals(self) -> list[Signal]:
        """Every signal it has heard, as last heard, the most telling first."""
        return ranked([unpack_signal(kept) for kept in self.facts.get("signals", {}).values()])

    def spoken(self) -> list[Signal]:
        """The signals a message speaks of: those that go on, or, where it is over, all of them at
        their height."""
        heard = self.signals()
        live = [signal for signal in heard if not signal.over]
        if live and self.state != IncidentState.RESOLVED:
            return _one_a_storm(live)
        return _one_a_storm(self.peaks())

    def paging(self) -> Signal:
        """The signal that is reason to page: where a watch leads, another one that is more."""
        live = [s for s in self.signals() if not s.over] or self.peaks()
        return next((s for s in live if s.facts.get("level") != "watch"), live[0])

    def peaks(self) -> list[Signal]:
        """Every signal it has heard at its height, the most telling first."""
        return ranked([unpack_signal(kept) for kept in self.facts.get("peaks", {}).values()])

    def snoozed(self, now: datetime) -> bool:
        """Whether it is muted."""
        return self.snoozed_until is not None and self.snoozed_until > now


STANDS_OUT = 1.0
"""One platform speaks for a storm where it is ten times as improbable there as over all of them."""


def ranked(signals: Sequence[Signal]) -> list[Signal]:
    """The most telling first: live before over, then by score, the whole before one platform
    unless that one stands out."""

    def rank(signal: Signal) -> tuple[bool, float, datetime, str]:
        whole = STANDS_OUT if signal.platform == ALL else 0.0
        return signal.over, -(signal.score + whole), signal.start, signal.detector

    return sorted(signals, key=rank)


def _one_a_storm(signals: Sequence[Signal]) -> list[Signal]:
    """The most telling signal of each detector: what a storm was noticed by twice, and on all
    platforms and on one of them, is told once. Sources that are blind are each told."""
    best: dict[tuple[str, ...], Signal] = {}
    for signal in signals:
        place = signal.platform if signal.risk_class == BLINDNESS else ""
        best.setdefault((signal.brand, signal.detector, signal.subject, place), signal)
    return list(best.values())


def signal_key(signal: Signal) -> str:
    """A signal's identity within its incident."""
    short = short_key(signal)
    return f"{short}|{signal.brand}|{signal.subject}" if signal.subject else short


def short_key(signal: Signal) -> str:
    """What the identity of every signal was until incidents had several subjects."""
    return f"{signal.platform}|{signal.detector}|{signal.start.isoformat()}"


def pack_signal(signal: Signal) -> dict[str, Any]:
    """JSON-serialisable."""
    return {
        "brand": signal.brand,
        "platform": signal.platform,
        "detector": signal.detector,
        "risk_class": signal.risk_class,
        "subject": signal.subject,
        "start": signal.start.isoformat(),
        "at": signal.at.isoformat(),
        "score": signal.score,
        "observed": signal.observed,
        "expected": _pack_interval(signal.expected),
        "window_s": int(signal.window.total_seconds()),
        "final": signal.final,
        "over": signal.over,
        "facts": dict(signal.facts),
        "mention_ids": list(signal.mention_ids[:MAX_MENTION_IDS]),
    }


def unpack_signal(packed: Mapping[str, Any]) -> Signal:
    """The signal that was packed."""
    expected = packed["expected"]
    return Signal(
        brand=packed["brand"],
        platform=packed["platform"],
        detector=packed["detector"],
        risk_class=packed["risk_class"],
        subject=packed["subject"],
        start=datetime.fromisoformat(packed["start"]),
        at=datetime.fromisoformat(packed["at"]),
        score=packed["score"],
        observed=packed["observed"],
        expected=Interval(*expected) if expected else None,
        window=timedelta(seconds=packed["window_s"]),
        final=packed["final"],
        over=packed["over"],
        facts=packed["facts"],
        mention_ids=tuple(packed["mention_ids"]),
    )


def _pack_interval(interval: Interval | None) -> list[float] | None:
    return [interval.low, interval.middle, interval.high] if interval else None


Part = str | datetime
"""A piece of a sentence: words, or a time that each reader shall see in their own zone."""


@dataclass(frozen=True, slots=True)
class Button:
    """Something a reader may do. ``action`` names it; with ``options`` (value, label) it is a menu.
    ``confirm``: what is asked before it is done, as title and text."""

    action: str
    label: str
    primary: bool = False
    options: tuple[tuple[str, str], ...] = ()
    confirm: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """Mentions against the usual: ``counts`` of intervals of ``step_s`` seconds from ``start`` on,
    ``usual`` of the same ones (none: not known), and when it began. ``alt`` says the same in
    words; ``names`` are those of counts, usual and onset."""

    title: str
    alt: str
    names: tuple[str, str, str]
    start: datetime
    step_s: int
    counts: tuple[float, ...]
    usual: tuple[float, ...] = ()
    onset: datetime | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """An incident's own message for a channel that can show it as one and be acted in.

    ``standing``  who has it, since when, what happens next and to whom, in one line
    ``facts``     three or four, label and value
    ``details``   what is folded away where that can be
    """

    incident: int
    revision: int
    state: Literal["open", "snoozed", "acknowledged", "resolved"]
    standing: tuple[Part, ...]
    facts: tuple[tuple[str, str], ...] = ()
    details: tuple[tuple[str, str], ...] = ()
    buttons: tuple[Button, ...] = ()
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Press:
    """Something a person did in a channel: pressed, chose, filled in, pinned.

    ``key``       the same however often the channel delivers it, and of no other
    ``who``       the channel's id of the person, ``name`` what they call themselves (hostile)
    ``action``    what of: the action of a button or of a form
    ``incident``  and its ``revision`` as it was shown; 0 where it is about none
    ``value``     the option that was chosen; ``fields`` what was filled in, by name (hostile)
    ``place``     where an answer that only they see is put
    """

    key: str
    who: str
    action: str
    name: str = ""
    incident: int = 0
    revision: int = 0
    value: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    place: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """What a form asks for: words, or one of ``options`` (value, label)."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A form to be filled in, or (without fields) words to be read and copied. ``texts``: label and
    words shown above the fields."""

    action: str
    title: str
    submit: str
    incident: int = 0
    revision: int = 0
    texts: tuple[tuple[str, str], ...] = ()
    fields: tuple[Field, ...] = ()
    place: str = ""
