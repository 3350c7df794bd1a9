"""Playbooks: how severe an incident is, who is told after how long, when it is over.

Strict YAML 1.2 with positions: unknown and duplicate keys, unreadable conditions and ladders that
cannot work are errors when it is loaded, each with its line. A playbook travels into the incident
as a snapshot, so that an edit never moves a running ladder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from alerting.model import Target, target
from alerting.playbook.conditions import Condition, parse_condition
from monitor.model import BLINDNESS, SEVERITIES, Fact, FactSpec
from monitor.problems import Problem
from monitor.settings.errors import faults, located, validated
from monitor.settings.sections import Duration, Section
from monitor.settings.yaml import Document, NotYaml, parse_yaml

SHAPE = "a playbook begins with `version: 1`; see config/playbooks/default.yaml"

Severity = Literal["SEV1", "SEV2", "SEV3", "SEV4"]

Pressed = Literal["ack", "not_a_crisis", "snooze", "escalate", "resolve", "note", "reopen"]


class PlaybookProblem(Problem):
    """A playbook that cannot be used; the text lists every mistake, a line each."""


Notified = Annotated[Target, BeforeValidator(lambda who: target(str(who)))]


class Step(Section):
    """One step of a ladder: ``at`` after the ladder began (domain time)."""

    at: Duration
    notify: tuple[Notified, ...] = ()
    channel: str = ""
    broadcast: bool = False


class Level(Section):
    """What a severity means. Without steps it is kept and listed, and nobody is told."""

    steps: tuple[Step, ...] = ()
    ack_timeout: Duration | None = None

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
    """The longest an incident may be muted."""

    max: Duration = timedelta(hours=24)


class Blindness(Section):
    """How severe it is that a source cannot be read."""

    severity: Severity = "SEV2"


class PlaybookFile(Section):
    """The shape of a playbook file."""

    version: Literal[1]
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

    @field_validator("levels")
    @classmethod
    def _every_level(cls, levels: dict[Severity, Level]) -> dict[Severity, Level]:
        missing = [severity for severity in SEVERITIES if severity not in levels]
        if missing:
            raise ValueError(f"{', '.join(missing)} missing; `steps: []` tells nobody")
        return levels


@dataclass(frozen=True, slots=True)
class Playbook:
    """A checked playbook. ``version`` changes with every change of meaning, not of comments."""

    slug: str
    version: str
    policy: PlaybookFile
    rules: tuple[tuple[Condition, Severity], ...]
    source: Mapping[str, Any]

    def snapshot(self) -> dict[str, Any]:
        """What an incident keeps of it (JSON)."""
        return {"slug": self.slug, "version": self.version, "source": self.source}

    def may(self, action: str) -> tuple[Target, ...]:
        """Who may do this in a channel; nobody named: everybody."""
        return self.policy.may.get(action, ())  # type: ignore[call-overload, no-any-return]

    def level(self, severity: str) -> Level:
        """The ladder of a severity."""
        return self.policy.levels[severity]  # type: ignore[index]

    def clear_after(self, risk_class: str) -> timedelta:
        """How long quiet must last. A source that sees again is known to: no wait."""
        return timedelta(0) if risk_class == BLINDNESS else self.policy.clear.quiet

    def severity(self, risk_class: str, facts: Mapping[str, Fact]) -> tuple[Severity, str]:
        """How severe a signal with these facts is, and the rule that says so."""
        if risk_class == BLINDNESS:
            return self.policy.blindness.severity, "blindness"
        for condition, severity in self.rules:
            if condition.holds(facts):
                return severity, condition.text
        return self.policy.otherwise, "otherwise"


def load_playbook(text: str, slug: str, facts: Mapping[str, FactSpec] | None = None) -> Playbook:
    """Read a playbook file; ``facts``: what the detectors declare (None: any name goes).
    Raises PlaybookProblem with every mistake."""
    try:
        document = parse_yaml(text, SHAPE)
        mistakes = _mistakes(document, facts)
    except NotYaml as error:
        mistakes = [(error.line or 1, str(error))]
    if mistakes:
        lines = (f"playbook {slug}, line {line}: {message}" for line, message in mistakes)
        raise PlaybookProblem("\n".join(lines))
    return _playbook(slug, document.data)


def from_snapshot(snapshot: Mapping[str, Any]) -> Playbook:
    """The playbook an incident was opened under."""
    return _thawed(json.dumps(snapshot, sort_keys=True))


@lru_cache(maxsize=64)
def _thawed(snapshot: str) -> Playbook:
    kept = json.loads(snapshot)
    return _playbook(kept["slug"], kept["source"])


def check_playbook(
    text: str,
    file: str = "",  # noqa: ARG001
    *,
    facts: Mapping[str, FactSpec] | None = None,
) -> list[tuple[int, str]]:
    """Every mistake as (line, message), in order; [] for a good playbook. ``file``: its name;
    ``facts``: what the detectors declare (None: any name goes)."""
    try:
        return _mistakes(parse_yaml(text, SHAPE), facts)
    except NotYaml as error:
        return [(error.line or 1, str(error))]


def _mistakes(document: Document, facts: Mapping[str, FactSpec] | None) -> list[tuple[int, str]]:
    if not document.data:
        return [(1, SHAPE)]
    _, found = validated(document, PlaybookFile, {"facts": facts})
    errors = located("", document, [*found, *faults(document)])
    return [(e.line, f"{e.path}: {e.message}" if e.path else e.message) for e in errors]


def _playbook(slug: str, source: Mapping[str, Any]) -> Playbook:
    policy = PlaybookFile.model_validate(source)
    rules = tuple((parse_condition(rule.condition), rule.then) for rule in policy.severity)
    digest = sha256(json.dumps(source, sort_keys=True).encode()).hexdigest()[:12]
    return Playbook(slug, digest, policy, rules, source)
