"""What a digest tells of a brand's week: facts in, no words yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from alerting.channels.email.readiness import Readiness
from alerting.i18n import Localizer
from alerting.model import Quote
from monitor.model import Signal

ENOUGH = 0.5
"""Least part of a week that must have been seen to say what kind of week it was."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over an interval: mentions, those with a sentiment, and their summed p(negative).
    ``seen``: the part of it in which every source was heard, 0 to 1; ``seen_mentions``: those of
    that part (None: all of them are)."""

    mentions: float = 0
    scored: float = 0
    negative: float = 0
    seen: float = 1.0
    seen_mentions: float | None = None

    @property
    def whole(self) -> float:
        """How many mentions it would be, had all of it been as what was wholly seen."""
        counted = self.mentions if self.seen_mentions is None else self.seen_mentions
        return counted / self.seen if self.seen else 0.0

    @property
    def share(self) -> float | None:
        """The negative share, where there is anything to share."""
        return self.negative / self.scored if self.scored else None


@dataclass(frozen=True, slots=True)
class Day:
    """A local day; ``unseen``: how much of it nobody can tell us about; ``partly``: how much of it
    only some of the sources told."""

    day: date
    totals: Totals
    unseen: timedelta
    partly: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class DigestIncident:
    """An incident of the week. ``watch``: one that was to be looked at and never named anybody.
    ``words``: what it was about; ``peak``: the most telling of its signals at its height."""

    number: int
    severity: str
    risk_class: str
    subject: str
    state: str
    opened_at: datetime
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    shadow: bool = False
    watch: bool = False
    since: datetime | None = None
    words: tuple[str, ...] = ()
    peak: Signal | None = None


@dataclass(frozen=True, slots=True)
class Week:
    """Everything a digest says. ``before``: the last weeks, the latest first, at most four;
    ``seen``: part of the sources' time that was told to us, 0 to 1; ``silent``: sources that are
    missing somewhere, and ``joined``: sources that came in it, since when; ``corrects``: the
    verdict that was mailed before and does not hold any more; ``compared``: the sums that are set
    against the weeks before (None: all), and ``left_out``: the platforms that are in neither."""

    brand: str
    key: str
    start: datetime
    end: datetime
    localizer: Localizer
    days: tuple[Day, ...]
    totals: Totals
    before: tuple[Totals, ...]
    incidents: tuple[DigestIncident, ...]
    sources: int
    silent: tuple[tuple[str, datetime], ...]
    seen: float
    platforms: tuple[tuple[str, float], ...] = ()
    quotes: tuple[Quote, ...] = ()
    link: str = ""
    corrects: str = ""
    joined: tuple[tuple[str, datetime], ...] = ()
    ready: Readiness = field(default_factory=Readiness)
    compared: Totals | None = None
    left_out: tuple[str, ...] = ()

    @property
    def comparable(self) -> Totals:
        """What is set against the weeks before."""
        return self.compared or self.totals

    @property
    def paged(self) -> tuple[DigestIncident, ...]:
        """The incidents that were more than a watch."""
        return tuple(incident for incident in self.incidents if not incident.watch)
