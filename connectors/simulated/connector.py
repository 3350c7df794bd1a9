"""An invented platform: what a scenario file says, the same for the same seed. No network.

One source is one platform of the scenario, so that one can go blind alone. Pages are told like a
replay's: five minutes each, with the time up to which all has been told; how fast that goes is
the player's decision. With ``storm_at`` the scenario is moved to the present, for a drill: its
first crisis begins then, and a bucket is told once it is over. In a blind window (``[from, to)``)
a poll is refused for as long as the source's ``now`` is before its end: another source's clock
must carry the time past it. It cannot show what real people write: what a detector does here
proves the plumbing, not the detector.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import exp
from random import Random
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field, field_validator

from connectors.base import Cursor, Info, Options, Page, Rejected, SourceSpec, Unauthorized
from connectors.kit.times import bucket_of
from connectors.simulated.moved import Moved
from connectors.simulated.own import own_content
from connectors.simulated.scenario import (
    SLOT,
    Duration,
    Event,
    PlatformPlan,
    Scenario,
    Texts,
    load_scenario,
)
from monitor.model import ANY, BUCKET, Author, Mention

DAY = timedelta(days=1)


class Window(Options):
    """A stretch of time, ``from`` <= t < ``to``."""

    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime


class SimulatedOptions(Options):
    """Options of a simulated source."""

    scenario: str = Field(description="Name of a shipped scenario, or the path of a .yaml file.")
    platform: str = Field(description="Which of the scenario's platforms this source is.")
    seed: int | None = Field(None, description="Another seed: other times, counts and words.")
    crisis: bool = Field(True, description="false: the same weeks without their crises.")
    blind: Window | None = Field(None, description="Refuse every poll between `from` and `to`.")
    page: Duration = Field(BUCKET, ge=BUCKET, description="At most so much is told in one page.")
    storm_at: AwareDatetime | None = Field(
        None, description="A drill: the first crisis begins then, and nothing is told before it is."
    )
    called: str = Field("", description="A drill: what the brand is called in the texts.")

    @field_validator("scenario")
    @classmethod
    def _loads(cls, name: str) -> str:
        try:
            load_scenario(name)
        except Rejected as error:
            raise ValueError(str(error)) from error
        return name


class Simulated:
    """A scenario's platform as mentions, a bucket a page."""

    info = Info(
        name="simulated",
        platform=ANY,
        can=frozenset({"mentions", "own_posts", "own_metrics", "own_standing", "deletions"}),
        options=SimulatedOptions,
        lag=timedelta(0),
        every=timedelta(seconds=1),
    )

    def __init__(self, options: SimulatedOptions, secrets: Mapping[str, str]) -> None:
        self.options = options

    def fetch(self, source: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
        """Pages from the cursor to the scenario's end. Raises as a platform would."""
        played = _Platform(load_scenario(self.options.scenario), self.options)
        moved = Moved(played, self.options, source.brand) if self.options.storm_at else None
        now = source.now - moved.by if moved else source.now
        first = bucket_of(played.scenario.start.astimezone(UTC))
        at = datetime.fromisoformat(cursor["position"]) if cursor else first
        while at < played.scenario.end and (moved is None or at + BUCKET <= now):
            until = played.within(at, "blind")
            if until and now < until:
                raise Unauthorized(f"{played.platform} refused the token (a scenario's blindness).")
            gap = played.within(at, "gap")
            starts = self._page(played, at, now)
            end = starts[-1] + BUCKET
            silent = gap or moved or source.brand == ANY
            page = Page(
                mentions=()
                if gap
                else tuple(m for start in starts for m in played.mentions(start)),
                covered_from=at if at == first else None,
                missed=(at, end) if gap else None,
                cursor={"position": end.isoformat()},
                position=end,
                **({} if silent else own_content(played, starts)),
            )
            yield moved.page(page) if moved else page
            at = end

    def _page(self, played: _Platform, at: datetime, now: datetime) -> list[datetime]:
        """The buckets of the page that begins at ``at``: one, or as many as the option allows and
        ``now`` has reached, as long as nothing about the source changes."""
        starts, until = [at], min(at + self.options.page, now, played.scenario.end)
        while starts[-1] + 2 * BUCKET <= until:
            after = starts[-1] + BUCKET
            if any(
                played.within(after, kind) != played.within(at, kind) for kind in ("blind", "gap")
            ):
                break
            starts.append(after)
        return starts


@dataclass(slots=True)
class _Happening:
    """An event at the time and for the platform that the seed and the source settle."""

    event: Event
    at: datetime

    def factor(self, time: datetime) -> float:
        """How many times the mean rate it adds at ``time``: up, level, and down again."""
        gone, event = time - self.at, self.event
        if gone < timedelta(0):
            return 0.0
        if gone < event.ramp:
            return event.peak * ((gone + BUCKET) / (event.ramp + BUCKET))
        if gone < event.ramp + event.hold:
            return event.peak
        left = gone - event.ramp - event.hold
        return event.peak * exp(-3 * (left / event.fade)) if left < event.fade else 0.0


class _Platform:
    """One platform of a scenario under one seed. A pure function of the bucket's start."""

    def __init__(self, scenario: Scenario, options: SimulatedOptions) -> None:
        if options.platform not in scenario.platforms:
            raise Rejected(
                f"the scenario {options.scenario} has no platform {options.platform}; "
                f"it has: {', '.join(scenario.platforms)}."
            )
        self.scenario, self.platform = scenario, options.platform
        self.seed = scenario.seed if options.seed is None else options.seed
        self.name = options.scenario.rsplit("/", 1)[-1].partition(".")[0]
        self.plan: PlatformPlan = scenario.platforms[options.platform]
        self.zone = ZoneInfo(scenario.time_zone)
        happenings = [
            self._settle(n, event)
            for n, event in enumerate(scenario.events)
            if not event.platforms or self.platform in event.platforms
        ]
        self.bursts = [
            h
            for h in happenings
            if h.event.kind == "surge" or (h.event.kind == "crisis" and options.crisis)
        ]
        self.windows = [(h.event.kind, h.at, h.at + h.event.hold) for h in happenings]
        if options.blind:
            self.windows.append(("blind", options.blind.from_, options.blind.to))

    def _settle(self, n: int, event: Event) -> _Happening:
        moved = Random(f"{self.name}|{self.seed}|event|{n}").uniform(-1, 1)
        return _Happening(event, event.at.astimezone(UTC) + event.jitter * moved)

    @property
    def storm(self) -> datetime | None:
        """When its first crisis begins; None where it has none."""
        return min((h.at for h in self.bursts if h.event.kind == "crisis"), default=None)

    def within(self, time: datetime, kind: str) -> datetime | None:
        """The end of the window of that kind that ``time`` is in, if it is in one."""
        ends = [end for k, start, end in self.windows if k == kind and start <= time < end]
        return max(ends, default=None)

    def mentions(self, at: datetime) -> tuple[Mention, ...]:
        """What is said in the bucket that starts at ``at``, in order of time."""
        dice = Random(f"{self.name}|{self.seed}|{self.platform}|{at.isoformat()}")
        mean = self.plan.per_day * (BUCKET / DAY)
        said = [self._ordinary(dice) for _ in range(_poisson(dice, mean * self._rhythm(at)))]
        for burst in self.bursts:
            more = _poisson(dice, mean * burst.factor(at))
            said += [self._one_of(dice, burst.event.texts) for _ in range(more)]
        dice.shuffle(said)
        times = sorted(dice.uniform(0, BUCKET.total_seconds() - 1) for _ in said)
        return tuple(
            self._mention(dice, at + timedelta(seconds=round(times[n], 3)), n, *what)
            for n, what in enumerate(said)
        )

    def _rhythm(self, at: datetime) -> float:
        """This hour's rate against the mean: the plan's day and week, and a luck of its own."""
        local, plan = at.astimezone(self.zone), self.plan
        luck = Random(f"{self.name}|{self.seed}|{self.platform}|{local:%Y-%m-%d %H}")
        hour = plan.hours[local.hour] * 24 / sum(plan.hours)
        weekday = plan.weekdays[local.weekday()] * 7 / sum(plan.weekdays)
        return hour * weekday * luck.lognormvariate(-(plan.spread**2) / 2, plan.spread)

    def _ordinary(self, dice: Random) -> tuple[str, str]:
        moods = self.scenario.moods
        mood = dice.choices(list(moods), list(moods.values()))[0]
        fitting = tuple(group for group in self.scenario.texts if group.mood == mood)
        return self._one_of(dice, fitting or self.scenario.texts)

    def _one_of(self, dice: Random, groups: tuple[Texts, ...]) -> tuple[str, str]:
        """A text and its language, languages as often as the platform has them."""
        weights = [self.plan.languages.get(group.language, 0.0) for group in groups]
        group = dice.choices(groups, weights if any(weights) else None)[0]
        text = dice.choice(group.texts)
        while SLOT.search(text):
            text = SLOT.sub(lambda slot: dice.choice(self.scenario.slots[slot[1]]), text)
        return text, group.language

    def _mention(self, dice: Random, at: datetime, n: int, text: str, language: str) -> Mention:
        number = f"{self.name}-{self.seed}-{self.platform}-{bucket_of(at):%Y%m%d%H%M}-{n}"
        author = int(self.scenario.authors * dice.random() ** 2)
        return Mention(
            platform=self.platform,
            external_id=number,
            published_at=at,
            text=text,
            author=Author(f"akun_{author:04d}", followers=int(dice.lognormvariate(5.5, 1.4))),
            url=self.plan.url.replace("{id}", number),
            kind=self.plan.kind,
            lang_hint="" if language == "mixed" else language,
        )


def _poisson(dice: Random, mean: float) -> int:
    """How many happen when ``mean`` are expected; in steps, so that exp never underflows."""
    count = 0
    while mean > 0:
        step = min(mean, 500.0)
        limit, product = exp(-step), dice.random()
        while product > limit:
            count += 1
            product *= dice.random()
        mean -= step
    return count
