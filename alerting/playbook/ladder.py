"""A ladder: who is told after how long, in what hours, and how often again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from difflib import get_close_matches
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from alerting.hours import BusinessHours
from alerting.model import Target, target
from monitor.settings.sections import Duration, Section

Severity = Literal["SEV1", "SEV2", "SEV3", "SEV4"]

Notified = Annotated[Target, BeforeValidator(lambda who: target(str(who)))]


Role = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
"""Whom the config's `roles` say it stands for."""

Counts = Literal["always", "business"]
"""In what time something counts: all of it, or only while the office is open."""


def meant(name: str, known: Iterable[str]) -> str:
    """``; did you mean `legal`?`` for a slip of the pen, else what there is."""
    there = sorted(known)
    near = get_close_matches(name.lower(), there, 1, 0.6)
    if near:
        return f"; did you mean `{near[0]}`?"
    return f"; there are: {', '.join(there) or 'none'}"


def _at_least(least: timedelta, why: str) -> Callable[[timedelta, ValidationInfo], timedelta]:
    """A check of files as people write them; what an open incident keeps was checked then."""

    def checked(span: timedelta, info: ValidationInfo) -> timedelta:
        if info.context is not None and span < least:
            raise ValueError(why)
        return span

    return checked


Pause = Annotated[
    Duration,
    AfterValidator(
        _at_least(timedelta(minutes=1), "must be 1m at least: sooner nobody can have answered")
    ),
]
"""How long nothing happens on a ladder."""

Term = Annotated[
    Duration, AfterValidator(_at_least(timedelta(seconds=1), "must be longer than nothing"))
]
"""How long something may take."""


class Step(Section):
    """One step of a ladder: ``at`` after the ladder began (domain time). ``notify``: roles, or
    targets such as "@here". ``hours``: where it counts otherwise than its level."""

    at: Duration
    notify: tuple[Notified, ...] = ()
    channel: str = ""
    broadcast: bool = False
    hours: Counts | None = None


class Level(Section):
    """What a severity means. Without steps it is kept and listed, and nobody is told.

    ``loops``: how often the steps begin again, ``every`` after the last one, while nobody
    acknowledges. ``repeat``: after that the last step is told again each so long, until somebody
    acknowledges. ``ack_by``: roles that must all acknowledge before it counts as acknowledged.
    ``ack_timeout``: an incident that was acknowledged but not resolved for so long begins again; a
    note, an item done or escalating by hand show that somebody is at it, and it counts from there.
    ``hours``: ``business`` counts only the time in which the office is open, and what would come
    while it is closed waits for the next opening.
    """

    steps: tuple[Step, ...] = ()
    loops: int = Field(0, ge=0, le=100)
    every: Pause | None = None
    repeat: Pause | None = None
    ack_by: tuple[Role, ...] = ()
    ack_timeout: Pause | None = None
    hours: Counts = "always"

    def rung(self, number: int) -> Step | None:
        """The step of that number, counted on through the rounds and what is told again after
        them; None where there is none."""
        if not self.steps or number < 0:
            return None
        if number < self.rungs:
            return self.steps[number % len(self.steps)]
        return self.steps[-1] if self.repeat else None

    def due(self, armed: datetime, office: BusinessHours | None = None) -> list[datetime]:
        """When each step of each round comes, for a ladder that began at ``armed``. Each counts on
        from the one before it, in its own hours, so that none overtakes another."""
        found: list[datetime] = []
        for number in range(self.rungs):
            index = number % len(self.steps)
            step, before = self.steps[index], found[-1] if found else armed
            gap = step.at - self.steps[index - 1].at if index else self._pause(number)
            waits = office is not None and self.waits(step)
            found.append(office.after(before, gap) if office and waits else before + gap)
        return found

    def waits(self, step: Step) -> bool:
        """Whether a step of this level waits for the office to open."""
        return (step.hours or self.hours) == "business"

    def _pause(self, number: int) -> timedelta:
        return (self.every or timedelta(0)) if number else timedelta(0)

    @property
    def rungs(self) -> int:
        """How many steps there are in all rounds."""
        return len(self.steps) * (self.loops + 1)

    @model_validator(mode="after")
    def _repeats(self) -> Level:
        if self.loops and not self.every:
            raise ValueError("`loops` need `every`: how long after the last step it begins again")
        return self

    @field_validator("steps")
    @classmethod
    def _in_order(cls, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        if steps and steps[0].at:
            raise ValueError("the first step is the message itself; it must be `at: 0m`")
        for number, (step, later) in enumerate(pairwise(steps), 2):
            if later.at <= step.at:
                raise ValueError(
                    f"each step must come later than the one before it; step {number} comes after "
                    f"{_minutes(later.at)}, the one before it after {_minutes(step.at)}"
                )
        return steps


def _minutes(span: timedelta) -> str:
    return f"{span / timedelta(minutes=1):g} min"
