"""What a message may speak of, gathered before it is written. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from alerting.i18n import Localizer
from alerting.model import Incident, Quote, Target
from monitor.model import BLINDNESS, Signal


@dataclass(frozen=True, slots=True)
class History:
    """Mentions by intervals of ``step``, the first beginning at ``start``, and how many are usual
    in each; no ``usual`` where not enough is known."""

    start: datetime
    step: timedelta
    counts: tuple[float, ...]
    usual: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A page that waits for somebody until then: for the end of their quiet hours, or because they
    were paged often enough (budget)."""

    person: str
    name: str
    until: datetime
    why: Literal["quiet", "budget"]


@dataclass(frozen=True, slots=True)
class MessageContext:
    """Everything a message may speak of.

    ``lead``       the first signal as far as it is of this incident, where it says more
    ``negative``   share of negative mentions now and normally, where known
    ``total``      mentions since it began, where the lead signal looks
    ``words``      what is new in them against the brand's own past
    ``platforms``  mentions by platform since it began, most first
    ``coverage``   sources, sources seen, and those that were silent with since when
    ``second``     what another model says: the share of negative mentions, and how many it read
    ``history``    mentions of the last day beside the usual ones
    ``holders``    whom each role stands for now, in the order they are named
    ``waiting``    by target, the people whose page waits
    ``brands``     what people call the brands whose sources are blind together
    ``names``      what people call those whom a channel knows by an id
    ``pages``      how many messages named somebody so far
    ``command``    how siaga is called where people acknowledge
    ``detail``     of the decision that is told
    """

    incident: Incident
    brand: str
    localizer: Localizer
    now: datetime
    brands: Sequence[str] = ()
    quotes: Sequence[Quote] = ()
    lead: Signal | None = None
    negative: tuple[float, float | None] | None = None
    total: float | None = None
    words: Sequence[str] = ()
    platforms: Sequence[tuple[str, float]] = ()
    coverage: tuple[int, int, Sequence[tuple[str, datetime]]] | None = None
    second: tuple[float, int] | None = None
    history: History | None = None
    pages: int = 0
    holders: Mapping[str, Sequence[Target]] = field(default_factory=dict)
    waiting: Mapping[str, Sequence[Waiting]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    link: str = ""
    command: str = "siaga"
    replay: bool = False
    who: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def signals(self) -> list[Signal]:
        """The signals it speaks of, the most telling first."""
        spoken = self.incident.spoken()
        return spoken if self.lead is None else [self.lead, *spoken[1:]]

    @property
    def blind(self) -> bool:
        """Whether it is about a source that cannot be read."""
        return self.incident.risk_class == BLINDNESS

    def moment(self, at: datetime) -> str:
        """A time as the reader would write it."""
        return self.localizer.moment(at, self.now)

    def named(self, notify: Sequence[Target]) -> tuple[Target, ...]:
        """Whom a step names now: roles become those who hold them. A role that nobody holds is
        everybody in the room: a page goes to somebody, never nowhere. Whose page waits is left
        out."""
        found: list[Target] = []
        for target in notify:
            waits = str(target) in self.waiting
            if target.kind == "role":
                nobody = () if waits else (Target("channel"),)
                found += self.holders.get(target.id) or nobody
            elif not waits:
                found.append(target)
        return tuple(dict.fromkeys(found))

    def called(self, targets: Sequence[Target]) -> str:
        """Who these are, as people call them; "" for nobody."""
        return ", ".join(self.names.get(str(target), str(target)) for target in targets)

    def held(self, notify: Sequence[Target]) -> tuple[Waiting, ...]:
        """Whose page waits of those whom a step names."""
        found = (one for target in notify for one in self.waiting.get(str(target), ()))
        return tuple(dict.fromkeys(found))
