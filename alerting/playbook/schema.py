"""The shape of a playbook file: who is told after how long, what is to be done by whom, and what
may be said. Unknown keys are errors; what is not stated has the default of the fields here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, ValidationInfo, field_validator, model_validator

from alerting.playbook.conditions import parse_condition
from alerting.playbook.ladder import Level, Notified, Role, Severity, Term, meant
from monitor.model import RISK_CLASSES, SEVERITIES, OwnPostKind
from monitor.settings.sections import Duration, Section

PLACES = ("brand", "platform", "topic", "since", "next_update", "help_url", "product", "content",
          "needed", "first_name", "date", "claim")  # fmt: skip
"""What may be filled into a statement."""

PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")

Pressed = Literal["ack", "not_a_crisis", "snooze", "escalate", "resolve", "note", "reopen"]

Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$")]

CONTENT: tuple[str, ...] = get_args(OwnPostKind)
"""The kinds of own content that a playbook may be for."""


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

    max: Term = timedelta(hours=24)
    grown: float | None = Field(2.0, gt=1)


class Blindness(Section):
    """How severe it is that a source cannot be read."""

    severity: Severity = "SEV2"


class Match(Section):
    """What a playbook is for. Nothing stated: whatever a brand's `playbook` names it for.
    ``classes``: what most of what is said tells of; ``platforms``: where it is seen; ``content``:
    the kind of own content under which most of it stands."""

    classes: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    content: tuple[str, ...] = ()

    @field_validator("classes")
    @classmethod
    def _known(cls, classes: tuple[str, ...]) -> tuple[str, ...]:
        for name in classes:
            if name not in RISK_CLASSES:
                raise ValueError(f"there is no risk class {name}{meant(name, RISK_CLASSES)}")
        return classes

    @field_validator("content")
    @classmethod
    def _some_kind(cls, content: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        for name in content if info.context is not None else ():
            if name not in CONTENT:
                raise ValueError(f"there is no kind of content {name}{meant(name, CONTENT)}")
        return content


class Item(Section):
    """Something to be done: by a role, within so long of the incident's opening. ``needs``: other
    items first. ``approves``: doing it is the approval of what is said in public; ``publishes``: it
    is what is said, which the first statement is timed by."""

    id: Word
    do: str = Field(min_length=3, max_length=300)
    owner: Role
    within: Term
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
                    raise ValueError(f"{{{{{name}}}}} cannot be filled in{meant(name, PLACES)}")
        return text


class Clock(Section):
    """A term that law or a platform sets, from the incident's opening. Confirmed by nobody but your
    counsel: ``confirm`` says by whom."""

    id: Word
    due: Term
    warn: tuple[Duration, ...] = ()
    owner: Role
    confirm: str = ""

    @model_validator(mode="after")
    def _warns_before(self, info: ValidationInfo) -> Clock:
        if info.context is not None and any(span >= self.due for span in self.warn):
            raise ValueError("`warn` comes after `due`: a warning must come before the term ends")
        return self


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

    @property
    def has_words(self) -> bool:
        """Whether there is anything in it that people read as it is written."""
        return bool(self.checklist or self.statements or self.decide or self.dont)

    def without_words(self) -> dict[str, Any]:
        """What it does, by part, whatever language it is written in."""
        acts = self.model_dump(exclude={"title", "decide", "dont", "over"})
        for item in (*acts["checklist"], *acts["clocks"]):
            item.pop("do", None)
            item.pop("confirm", None)
        for statement in acts["statements"].values():
            texts = statement.pop("text")
            statement["on"] = sorted(texts) if isinstance(texts, dict) else []
        return acts

    @field_validator("checklist")
    @classmethod
    def _doable(cls, checklist: tuple[Item, ...]) -> tuple[Item, ...]:
        ids = [item.id for item in checklist]
        if twice := next((one for one in ids if ids.count(one) > 1), None):
            raise ValueError(f"two items have the id `{twice}`; give one of them another")
        for item in checklist:
            for need in item.needs:
                if need not in ids:
                    raise ValueError(
                        f"`{item.id}` needs `{need}`, which is no item{meant(need, ids)}"
                    )
        if circle := _circle({item.id: item.needs for item in checklist}):
            raise ValueError(
                f"{' needs '.join(circle)}: none of them can ever be done; take one `needs` out"
            )
        return checklist

    @field_validator("holding")
    @classmethod
    def _held(cls, holding: str, info: ValidationInfo) -> str:
        statements = info.data.get("statements")  # not there where one of them is wrong
        if holding and statements is not None and holding not in statements:
            raise ValueError(f"there is no statement `{holding}`{meant(holding, statements)}")
        return holding

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
