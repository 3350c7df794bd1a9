"""The shape of a playbook file: who is told after how long, what is to be done by whom, and what
may be said. Unknown keys are errors; what is not stated has the default of the fields here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from alerting.hours import BusinessHours
from alerting.model import Target, target
from alerting.playbook.conditions import parse_condition
from monitor.model import RISK_CLASSES, SEVERITIES
from monitor.settings.sections import Duration, Section

PLACES = ("brand", "platform", "topic", "since", "next_update", "help_url", "product", "content",
          "needed", "first_name", "date", "claim")  # fmt: skip
"""What may be filled into a statement."""

PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")

Severity = Literal["SEV1", "SEV2", "SEV3", "SEV4"]

Pressed = Literal["ack", "not_a_crisis", "snooze", "escalate", "resolve", "note", "reopen"]

Notified = Annotated[Target, BeforeValidator(lambda who: target(str(who)))]


Role = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
"""Whom the config's `roles` say it stands for."""

Counts = Literal["always", "business"]
"""In what time something counts: all of it, or only while the office is open."""

Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$")]


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
    ``ack_timeout``: an incident that was acknowledged but not resolved for so long begins again.
    ``hours``: ``business`` counts only the time in which the office is open, and what would come
    while it is closed waits for the next opening.
    """

    steps: tuple[Step, ...] = ()
    loops: int = Field(0, ge=0, le=100)
    every: Duration | None = None
    repeat: Duration | None = None
    ack_by: tuple[Role, ...] = ()
    ack_timeout: Duration | None = None
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
        if any(later.at <= step.at for step, later in pairwise(steps)):
            raise ValueError("each step must come later than the one before it")
        return steps


class SeverityRule(Section):
    """``if`` this holds of a signal, ``then`` it is so severe."""

    condition: str = Field(alias="if")
    then: Severity

    @field_validator("condition")
    @classmethod
    def _readable(cls, text: str, info: ValidationInfo) -> str:
        parse_condition(text, (info.context or {}).get("facts"))
        return text


class Clear(Section):
    """When an incident is over: quiet for so long."""

    quiet: Duration = Field(timedelta(minutes=30), alias="for")


class Reopen(Section):
    """How long after its end a new signal opens the same incident again."""

    within: Duration = timedelta(hours=2)


class Update(Section):
    """How often figures may be brought up to date."""

    every: Duration = timedelta(minutes=15)


class Snooze(Section):
    """The longest an incident may be muted. It wakes early when it gets worse, or when there is
    ``grown`` times as much of it as when it was muted (None: not for that)."""

    max: Duration = timedelta(hours=24)
    grown: float | None = Field(2.0, gt=1)


class Blindness(Section):
    """How severe it is that a source cannot be read."""

    severity: Severity = "SEV2"


class Match(Section):
    """What a playbook is for. Nothing stated: whatever a brand's `playbook` names it for.
    ``content`` is for its readers: no signal says what kind of content it is about."""

    classes: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    content: tuple[str, ...] = ()

    @field_validator("classes")
    @classmethod
    def _known(cls, classes: tuple[str, ...]) -> tuple[str, ...]:
        for name in classes:
            if name not in RISK_CLASSES:
                raise ValueError(
                    f"there is no risk class {name}; there are: {', '.join(RISK_CLASSES)}"
                )
        return classes


class Item(Section):
    """Something to be done: by a role, within so long of the incident's opening. ``needs``: other
    items first. ``approves``: doing it is the approval of what is said in public; ``publishes``: it
    is what is said, which the first statement is timed by."""

    id: Word
    do: str = Field(min_length=3, max_length=300)
    owner: Role
    within: Duration
    needs: tuple[Word, ...] = ()
    approves: bool = False
    publishes: bool = False


def fill_in(text: str, known: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """A statement with what is known in its places, and the names of the others, which stay."""
    left = dict.fromkeys(name for name in PLACE.findall(text) if not known.get(name))
    return PLACE.sub(lambda place: known.get(place[1]) or place[0], text), tuple(left)


class Statement(Section):
    """Words that may be said in public, by platform or for all; ``{{…}}`` are filled in. Siaga
    never publishes. ``approved_by``: the role that has approved them, until ``expires``."""

    text: str | dict[str, str]
    approved_by: Role
    expires: date

    def on(self, platform: str) -> str:
        """The words for a platform."""
        if isinstance(self.text, str):
            return self.text
        return self.text.get(platform) or self.text.get("default") or next(iter(self.text.values()))

    @field_validator("text")
    @classmethod
    def _known_places(cls, text: str | dict[str, str]) -> str | dict[str, str]:
        for words in text.values() if isinstance(text, dict) else (text,):
            for name in PLACE.findall(words):
                if name not in PLACES:
                    raise ValueError(
                        f"{{{{{name}}}}} cannot be filled in; there are: {', '.join(PLACES)}"
                    )
        return text


class Clock(Section):
    """A term that law or a platform sets, from the incident's opening. Confirmed by nobody but your
    counsel: ``confirm`` says by whom."""

    id: Word
    due: Duration
    warn: tuple[Duration, ...] = ()
    owner: Role
    confirm: str = ""


class Question(Section):
    """Something to decide, and where each answer leads: `goto PLAYBOOK`, or words."""

    ask: str = Field(min_length=3, max_length=300)
    if_yes: str = ""
    if_no: str = ""
    if_unsure: str = ""


class Over(Section):
    """When people may stand down, in words, and whose word it is."""

    when: str = ""
    approver: Role | None = None


class Review(Section):
    """The look back: so long after the end at most."""

    within: Duration = timedelta(days=5)


class PlaybookFile(Section):
    """The shape of a playbook file.

    ``base``: ``matrix`` takes the severity of the risk register as the least there is.
    ``scct``: how the public is likely to see our part in it (Coombs, Situational Crisis
    Communication Theory); ``by_decision``: a question of the checklist.
    """

    version: Literal[1]
    title: str = ""
    match: Match = Match()
    scct: Literal["", "victim", "accidental", "preventable", "by_decision"] = ""
    base: Literal["", "matrix"] = ""
    severity: tuple[SeverityRule, ...] = ()
    otherwise: Severity = "SEV2"
    levels: dict[Severity, Level]
    clear: Clear = Field(default_factory=lambda: Clear.model_validate({}))
    reopen: Reopen = Reopen()
    update: Update = Update()
    snooze: Snooze = Snooze()
    blindness: Blindness = Blindness()
    may: dict[Pressed, tuple[Notified, ...]] = Field(
        default_factory=dict,
        description="Who may do what in Slack; what is not named everybody in the channel may do.",
    )

    checklist: tuple[Item, ...] = ()
    decide: tuple[Question, ...] = ()
    clocks: tuple[Clock, ...] = ()
    statements: dict[Word, Statement] = Field(default_factory=dict)
    holding: str = ""
    approvers: tuple[Role, ...] = ()
    dont: tuple[str, ...] = ()
    over: Over = Over()
    review: Review = Review()

    @field_validator("checklist")
    @classmethod
    def _doable(cls, checklist: tuple[Item, ...]) -> tuple[Item, ...]:
        ids = [item.id for item in checklist]
        if len(set(ids)) < len(ids):
            raise ValueError("two items have the same id")
        for item in checklist:
            for need in item.needs:
                if need not in ids:
                    raise ValueError(f"`{item.id}` needs `{need}`, which is no item")
        if circle := _circle({item.id: item.needs for item in checklist}):
            raise ValueError(f"{' needs '.join(circle)}: none of them can ever be done")
        return checklist

    @model_validator(mode="after")
    def _held(self) -> PlaybookFile:
        if self.holding and self.holding not in self.statements:
            known = ", ".join(self.statements) or "none"
            raise ValueError(f"holding: there is no statement `{self.holding}`; there are: {known}")
        return self

    @field_validator("levels")
    @classmethod
    def _every_level(cls, levels: dict[Severity, Level]) -> dict[Severity, Level]:
        missing = [severity for severity in SEVERITIES if severity not in levels]
        if missing:
            raise ValueError(f"{', '.join(missing)} missing; `steps: []` tells nobody")
        worst = levels["SEV1"]
        if any(worst.waits(step) for step in worst.steps) or worst.hours != "always":
            raise ValueError("SEV1 never waits for an office to open; take `hours` out of it")
        return levels


def _circle(needs: Mapping[str, Sequence[str]]) -> list[str]:
    """A chain that comes back to where it began, or nothing."""
    for start in needs:
        path = [start]
        stack = [(start, iter(needs[start]))]
        while stack:
            _, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                stack.pop()
                path.pop()
            elif following == start:
                return [*path, start]
            elif following not in path:
                path.append(following)
                stack.append((following, iter(needs.get(following, ()))))
    return []
