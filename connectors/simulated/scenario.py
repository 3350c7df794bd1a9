"""The model of a scenario file: an invented brand's weeks, played by the connector ``simulated``.

A file in ``config/scenarios``::

    version: 1
    title: A coffee brand's two quiet weeks, and then a video of a kitchen
    start: 2026-03-02T00:00:00+07:00       # domain time of the first bucket
    days: 16
    time_zone: Asia/Jakarta                # of the daily rhythm
    seed: 1
    called: [Kopi Senja, "@kopisenja"]     # the brand in the texts; a drill puts its own instead
    platforms:
      x: {per_day: 260, languages: {id: 0.7, en: 0.3}, url: "https://x.example/{id}"}
      youtube: {per_day: 60, kind: comment}
    authors: 400                           # how many write, besides an event's own
    slots:                                 # {place} in a text becomes one of these
      place: [Kemang, Dago, Rungkut]
    texts:                                 # what is said on ordinary days
      - {language: id, mood: positive, texts: ["Kopi Senja {place} enak banget"]}
    moods: {positive: 0.35, neutral: 0.5, negative: 0.15}
    events:
      - kind: crisis                       # or: surge (an ordinary burst), gap, blind
        name: kitchen-video
        at: 2026-03-16T09:20:00+07:00
        jitter: 90m                        # the seed moves it by up to so much, either way
        ramp: 40m                          # to its peak
        hold: 3h                           # at its peak
        fade: 6h                           # and away again
        peak: 14                           # times the platform's mean rate, on top of it
        platforms: [x, youtube]            # default: all
        texts:
          - {language: id, mood: negative, texts: ["Dapur Kopi Senja kok begitu?"]}
      - {kind: blind, at: 2026-03-09T10:00:00+07:00, hold: 2h, platforms: [youtube]}
    own:                                   # what the brand itself publishes
      - platform: youtube
        id: video-1
        at: 2026-03-10T09:00:00+07:00
        kind: video
        title: Kopi baru
        metrics: {views: 1200, likes: 80}  # what it comes to in the end
        standing: claimed                  # how the platform judges it, after a while
        after: 2h
        reason: Content ID
    removals:                              # mentions that do not stay as they were
      - {platform: x, at: 2026-03-11T10:00:00+07:00, of: 2026-03-11T09:00:00+07:00, kind: deleted}

A ``blind`` window refuses every poll (as an expired token does) and gives what it kept back
afterwards; a ``gap`` gives nothing and says so (``missed``). Everything is settled by the file
and the seed; nothing here is real.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from connectors.base import Rejected
from connectors.kit.times import zone_named
from monitor.model import OwnPostKind, StandingState
from monitor.settings.durations import parse_duration
from monitor.settings.errors import ConfigError, faults, located, validated
from monitor.settings.shipped import shipped
from monitor.settings.yaml import NotYaml, read_yaml

SHAPE = "a scenario begins with `version: 1` and a `title`; see config/scenarios/kopi-senja.yaml"

Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
SentimentLabel = Literal["positive", "neutral", "negative"]
Tongue = Literal["id", "en", "mixed"]
SLOT = re.compile(r"\{(\w+)\}")

WORKDAY = (
    0.30,
    0.20,
    0.14,
    0.12,
    0.16,
    0.35,
    0.70,
    1.00,
    1.15,
    1.15,
    1.15,
    1.25,
    1.40,
    1.25,
    1.10,
    1.10,
    1.20,
    1.35,
    1.50,
    1.70,
    1.80,
    1.55,
    1.10,
    0.60,
)
"""How much is said in each hour of a day, against the mean; an evening-heavy day."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Texts(_Part):
    """Ways to say something in one language and mood. ``{place}`` is a slot; slots may nest."""

    language: Tongue = "id"
    mood: SentimentLabel = "neutral"
    texts: tuple[str, ...] = Field(min_length=1)


class PlatformPlan(_Part):
    """How much is said on a platform, and how. ``hours`` and ``weekdays`` (Monday first) are
    weights against the mean; ``spread`` how far apart equal hours of different days are."""

    per_day: float = Field(gt=0)
    hours: tuple[float, ...] = Field(WORKDAY, min_length=24, max_length=24)
    weekdays: tuple[float, ...] = Field((1.0,) * 7, min_length=7, max_length=7)
    spread: float = Field(0.25, ge=0, le=2)
    languages: dict[Tongue, float] = {"id": 1.0}
    kind: Literal["post", "comment", "reply", "review", "article"] = "post"
    url: str = ""


class Event(_Part):
    """Something that happens. ``crisis`` and ``surge`` add mentions with texts of their own;
    ``blind`` and ``gap`` use ``at``, ``hold`` and ``platforms`` only."""

    kind: Literal["crisis", "surge", "blind", "gap"]
    name: str = ""
    at: AwareDatetime
    jitter: Duration = timedelta(0)
    ramp: Duration = timedelta(minutes=30)
    hold: Duration = timedelta(hours=2)
    fade: Duration = timedelta(hours=6)
    peak: float = Field(10.0, gt=0)
    platforms: tuple[str, ...] = ()
    texts: tuple[Texts, ...] = ()

    @model_validator(mode="after")
    def _has_texts(self) -> Self:
        if self.kind in ("crisis", "surge") and not self.texts:
            raise ValueError(f"the {self.kind} needs texts")
        return self


class OwnContent(_Part):
    """Something the brand publishes. ``metrics`` grow to their values within two days, most of it
    in the first hours, and are measured each hour; ``standing`` is what the platform makes of it,
    ``live`` until ``after`` has gone by."""

    platform: str
    id: str
    at: AwareDatetime
    kind: OwnPostKind = "image"
    title: str = ""
    text: str = ""
    url: str = ""
    metrics: dict[str, float] = Field(default_factory=dict)
    standing: StandingState = "live"
    after: Duration = timedelta(hours=1)
    reason: str = ""


class Removed(_Part):
    """At ``at`` the first mention of the bucket of ``of`` is deleted, made private, or edited to
    ``text``. Nothing happens where nothing was said then."""

    platform: str
    at: AwareDatetime
    of: AwareDatetime
    kind: Literal["deleted", "private", "edited"] = "deleted"
    text: str = ""


class Scenario(_Part):
    """A whole scenario. ``seed`` is the default of the source's option of that name."""

    version: Literal[1] = 1
    title: str
    start: AwareDatetime
    days: float = Field(gt=0, le=400)
    time_zone: str = "Asia/Jakarta"
    seed: int = 1
    called: tuple[str, ...] = ()
    platforms: dict[str, PlatformPlan] = Field(min_length=1)
    authors: int = Field(300, ge=1)
    slots: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    texts: tuple[Texts, ...] = Field(min_length=1)
    moods: dict[SentimentLabel, float] = {"positive": 0.35, "neutral": 0.5, "negative": 0.15}
    events: tuple[Event, ...] = ()
    own: tuple[OwnContent, ...] = ()
    removals: tuple[Removed, ...] = ()

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        zone_named(self.time_zone)
        named = {slot for text in self._all_texts() for slot in SLOT.findall(text)}
        if lacking := sorted(named - set(self.slots)):
            raise ValueError(f"texts use slots that are not there: {', '.join(lacking)}")
        named = {p for event in self.events for p in event.platforms}
        named |= {one.platform for one in self.own} | {one.platform for one in self.removals}
        if strange := sorted(named - set(self.platforms)):
            raise ValueError(f"it names platforms that are not there: {', '.join(strange)}")
        if circular := [s for s, told in self.slots.items() if _circular(s, self.slots, told)]:
            raise ValueError(f"slots that lead to themselves: {', '.join(circular)}")
        return self

    def _all_texts(self) -> Iterator[str]:
        for group in (*self.texts, *(g for event in self.events for g in event.texts)):
            yield from group.texts
        for values in self.slots.values():
            yield from values

    @property
    def end(self) -> datetime:
        """When it is over."""
        return self.start + timedelta(days=self.days)


def _circular(slot: str, slots: dict[str, tuple[str, ...]], told: tuple[str, ...]) -> bool:
    """Does filling ``slot`` ever need ``slot`` again?"""
    seen: set[str] = set()
    ahead = {name for text in told for name in SLOT.findall(text)}
    while ahead - seen:
        seen |= ahead
        ahead = {name for s in ahead for text in slots[s] for name in SLOT.findall(text)}
    return slot in seen


def load_scenario(name: str) -> Scenario:
    """A scenario by the name of a shipped one, or by the path of a file (``….yaml``).

    Raises ``Rejected`` with one sentence.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else shipped("scenarios") / f"{name}.yaml"
    try:
        return _load(path, path.stat().st_mtime_ns)
    except FileNotFoundError as error:
        there = ", ".join(sorted(p.stem for p in shipped("scenarios").glob("*.yaml")))
        raise Rejected(f"there is no scenario {name}; there are: {there}.") from error
    except OSError as error:
        raise Rejected(f"the scenario {path} cannot be read: {error.strerror}") from error


@lru_cache(maxsize=8)
def _load(path: Path, stamp: int) -> Scenario:  # noqa: ARG001 -- a changed file is another
    try:
        document = read_yaml(path, SHAPE)
    except NotYaml as error:
        raise Rejected(
            f"the scenario {ConfigError(str(path), error.line, '', str(error))}"
        ) from None
    made, found = validated(document, Scenario)
    wrong = located(str(path), document, [*found, *faults(document)])
    if wrong or made is None:
        raise Rejected("the scenario " + "; ".join(map(str, wrong)))
    return made
