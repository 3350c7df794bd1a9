"""The vocabulary: the nouns every part of Siaga shares. Facts only; standard library only.

Times are aware UTC datetimes everywhere. Intervals are half-open: ``start <= t < end``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

BUCKET = timedelta(minutes=5)
"""Length of the base bucket; every stored series counts in these. Detectors widen from here."""

ALL = "all"
"""The platform name of a brand's series over every platform; never a real platform."""

ANY = "*"
"""Stands for "every brand" or "whatever platform the data says" in a source (a replayed file)."""

DRILL = "~drill-"
"""In the slug of the brand that a drill plays: ``kopi-senja~drill-3``. No real brand has a tilde:
everything that is kept by brand is kept apart from the real one's."""

RISK_CLASSES = (
    "reputation",
    "coordinated_attack",
    "data_privacy",
    "copyright",
    "misleading_ad",
    "product_safety",
    "platform_policy",
    "visibility",
    "unanswered",
)

BLINDNESS, TOLD_LATE = "blindness", "told_late"
"""Class of the incidents that say a source cannot be read; who says that a storm was told late."""

SEVERITIES = ("SEV1", "SEV2", "SEV3", "SEV4")
"""Most severe first."""

URGENT = SEVERITIES[:2]
"""What somebody is called for, and what must not wait for one channel to come back."""

Fact = float | int | str | bool

OwnPostKind = Literal[
    "image", "video", "short_video", "reel", "live", "story", "ad", "article", "job", "text"
]
"""What an own post is. ``image`` stands for an album too, ``text`` for a post of words alone."""

SubjectKind = Literal["post", "ad", "account"]
"""What a metric or a standing speaks of."""

StandingState = Literal[
    "live",
    "pending",
    "rejected",
    "disapproved",
    "restricted",
    "claimed",
    "limited",
    "failed",
    "removed",
]
"""``live``: as it should be. ``pending``: being reviewed. ``rejected``: refused by a review.
``disapproved``: an ad that may not run (any more). ``restricted``: only some may see it (age,
region). ``claimed``: somebody claims a right to it. ``limited``: shown to fewer, or may not earn.
``failed``: could not be processed. ``removed``: taken down by the platform."""


@dataclass(frozen=True, slots=True)
class FactSpec:
    """A fact that signals supply and playbooks may ask for: its type (``number``, ``text`` or
    ``flag``), its unit, and what it is in words for people."""

    name: str
    type: Literal["number", "text", "flag"]
    unit: str = ""
    doc: str = ""


class Language(StrEnum):
    """What a text is written in; ``regional`` are Indonesia's other languages (Javanese …)."""

    INDONESIAN = "id"
    ENGLISH = "en"
    REGIONAL = "regional"
    MIXED = "mixed"
    OTHER = "other"


class Health(StrEnum):
    """How well a source can be read: ``degraded`` is failing for now, ``blind`` needs somebody."""

    OK = "ok"
    DEGRADED = "degraded"
    BLIND = "blind"


class IncidentState(StrEnum):
    """An incident's life: open until somebody acknowledges, resolved when it is over."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a mention, as the platform shows it. Personal: kept apart, gone at retention."""

    handle: str
    name: str = ""
    followers: int | None = None
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """One public post, comment, reply or review as the platform reported it.

    Identity is ``(platform, external_id)``; ids are strings because several platforms exceed 2^53.
    ``text`` is hostile input: plain text, never markup to be trusted. ``stable_time`` is False
    where the platform may report another ``published_at`` for the same id later (feeds).

    ``time_is``   ``stated`` by the platform; ``first_seen``: what it states is missing or cannot
                  be believed, and ``published_at`` is when we first saw it; ``unknown``: it
                  appeared while nobody looked, and ``published_at`` only puts it into that time
                  (before all that was watched, if it was there at the first look)
    ``reply_to``  id of the comment or post that it answers; a comment right under a post needs none
    ``root_id``   id of the post that the whole conversation hangs on
    ``own``       the brand itself wrote it: kept, so that "unanswered since" is true, never counted
    ``media``     what a mention without words consists of, else ``""``
    ``reach``, ``likes``, ``replies``  as counted when it was read; None: not told
    """

    platform: str
    external_id: str
    published_at: datetime
    text: str
    author: Author | None = None
    url: str = ""
    kind: Literal["post", "comment", "reply", "review", "article"] = "post"
    reply_to: str | None = None
    title: str = ""
    lang_hint: str = ""
    reach: int | None = None
    stable_time: bool = True
    time_is: Literal["stated", "first_seen", "unknown"] = "stated"
    root_id: str | None = None
    own: bool = False
    media: Literal["", "image", "video", "sticker", "gif", "audio", "other"] = ""
    likes: int | None = None
    replies: int | None = None


@dataclass(frozen=True, slots=True)
class OwnPost:
    """Something the brand itself published. Identity is ``(platform, external_id)``.

    ``url`` is where people see it, or ``""`` (an ad that nobody can open).
    """

    platform: str
    external_id: str
    published_at: datetime
    kind: OwnPostKind
    text: str = ""
    url: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """One measured value, as the platform reports it.

    ``subject``      id of an own post or ad, or the account's own id
    ``name``         ours where we have one (``views``, ``reach``, ``likes``, ``comments``,
                     ``shares``, ``followers``, ``saves``, ``clicks``), else the platform's own
    ``unit``         ``count``, ``share`` (0 to 1), ``seconds`` or ``usd``
    ``measured_at``  when the platform says it was so, else when it was asked
    """

    platform: str
    subject: str
    name: str
    value: float
    unit: Literal["count", "share", "seconds", "usd"]
    measured_at: datetime
    subject_kind: SubjectKind = "post"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a platform judges an own post, an ad or the account: one state a subject, the gravest.

    ``reason``  the platform's own words or code, "" where it gives none
    ``since``   when it became so; None where the platform does not say (then: first seen)
    """

    platform: str
    subject: str
    subject_kind: SubjectKind
    state: StandingState
    reason: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Removal:
    """A mention or an own post that is not any more what it was.

    ``deleted`` and ``private`` take text and author away at once; id, times and counts stay.
    ``edited`` puts ``text`` (and ``title``, unless it is None) in place of what is stored, and it
    is read again; the same words change nothing, so that a connector need not know what is stored.
    ``at``: when the platform says it happened, else when it was noticed.
    """

    platform: str
    external_id: str
    kind: Literal["deleted", "private", "edited"]
    at: datetime
    text: str = ""
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Sentiment:
    """Probabilities of negative, neutral and positive (sum 1). ``why``: the words that moved it."""

    negative: float
    neutral: float
    positive: float
    abstain: bool = False
    why: tuple[str, ...] = ()

    @property
    def label(self) -> Literal["negative", "neutral", "positive"]:
        """The most likely class. For people; arithmetic uses the probabilities."""
        best = max(self.negative, self.neutral, self.positive)
        if best == self.neutral:
            return "neutral"
        return "negative" if best == self.negative else "positive"


@dataclass(frozen=True, slots=True)
class Reading:
    """A mention read for one brand. Identity is ``(mention, brand)``; rollups count readings.

    ``crisis_terms``: words of the text that tell of a crisis (poisoning, a recall, a breach …).
    """

    mention: Mention
    brand: str
    matched: tuple[str, ...]
    language: Language
    sentiment: Sentiment
    model_version: str
    crisis_terms: tuple[str, ...] = ()

    @property
    def is_scored(self) -> bool:
        """Whether its sentiment is known. In a language that nobody reads it is not: such a
        mention counts as one, and neither as calm nor as negative."""
        return not (self.language == Language.OTHER and self.sentiment.abstain)


@dataclass(frozen=True, slots=True)
class Count:
    """A volume the platform itself reports for an interval (X counts). Replaces, never adds."""

    platform: str
    start: datetime
    end: datetime
    value: int


@dataclass(frozen=True, slots=True)
class SeriesKey:
    """Names a series: ``measure`` is ``volume`` or ``negative``; platform may be ``ALL``."""

    brand: str
    platform: str
    measure: str


@dataclass(frozen=True, slots=True)
class Voices:
    """Authors who spoke in a bucket for the first time within their hour: ``count`` of them, of
    whom ``scored`` could be read, ``negative`` the sum of each one's mean p_neg (None: unknown)."""

    count: float
    scored: float | None = None
    negative: float | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """One base interval of (brand, platform), as the detectors see it.

    ``volume``  mentions (or what the platform itself counted, where that is more)
    ``scored``  readings with a sentiment, ``negative`` the sum of their p_neg (<= scored)
    ``crisis``  readings that name a crisis; ``unread``: mentions of an unknown opinion, not calm
    ``voices``  the mentions' authors, each once an hour; None: not known
    ``covered`` False where a source was blind: it teaches nothing, and fires only if ``partial``
    ``acknowledged``  a person has taken on a crisis it is part of, and has not called it none
    ``new_words``, ``spread``, ``named``  what else ``monitor.corroboration`` knows; None: nothing
    ``final``   every source was polled past its end and lag; one that is not final can only grow
    """

    start: datetime
    volume: float
    scored: float = 0.0
    negative: float = 0.0
    covered: bool = True
    partial: bool = False
    final: bool = True
    span: timedelta = BUCKET
    crisis: float = 0.0
    unread: float = 0.0
    voices: Voices | None = None
    acknowledged: bool = False
    new_words: float | None = None
    spread: float | None = None
    named: float | None = None

    @property
    def end(self) -> datetime:
        return self.start + self.span

    @property
    def opinion(self) -> tuple[float, float]:
        """How many spoke, and the sum of their p_neg: voices where authors are known."""
        voices = self.voices
        if voices is None or voices.scored is None or voices.negative is None:
            return self.scored, self.negative
        return voices.scored, voices.negative


@dataclass(frozen=True, slots=True)
class Interval:
    """An expectation: the middle and the range in which 95 % of ordinary buckets fall."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Signal:
    """What a detector says. Identity is ``(brand, platform, subject, detector, start)``.

    An event that lasts is one signal with one ``start``, yielded again for every bucket of it:
    ``at`` (the bucket's end), ``score``, ``observed`` and ``facts`` move on.

    ``start``    when the event began (start of its first abnormal bucket): "since"
    ``score``    −log10 of how improbable this is; 0 for rules without a probability
    ``window``   the length over which ``observed`` and ``expected`` are counted
    ``subject``  what it is about beyond the brand (a source's name for blindness), else ""
    ``facts``    the detector's facts by name; playbook conditions may use only declared ones
    """

    brand: str
    platform: str
    detector: str
    risk_class: str
    start: datetime
    at: datetime
    score: float
    observed: float
    expected: Interval | None = None
    window: timedelta = BUCKET
    subject: str = ""
    final: bool = True
    over: bool = False
    facts: Mapping[str, Fact] = field(default_factory=dict)
    mention_ids: tuple[str, ...] = ()

    @property
    def onset(self) -> datetime:
        """When it left the ordinary, as far as is known by ``at``: ``start`` is when it was first
        noticed, and never moves."""
        minutes = self.facts.get("onset_minutes")
        if not isinstance(minutes, int | float):
            return self.start
        return self.at - timedelta(minutes=minutes)


def is_drill(brand: str) -> bool:
    """Whether this is a drill's brand."""
    return DRILL in brand


def real_brand(brand: str) -> str:
    """The brand itself, or the one that a drill's brand stands for."""
    return brand.partition(DRILL)[0]
