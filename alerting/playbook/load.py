"""Playbooks: how severe an incident is, who is told after how long, when it is over.

Strict YAML 1.2 with positions: unknown and duplicate keys, unreadable conditions and ladders that
cannot work are errors when it is loaded, each with its line. A playbook travels into the incident
as a snapshot, so that an edit never moves a running ladder.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from alerting.hours import BusinessHours, unpack_hours
from alerting.model import Target
from alerting.playbook.conditions import Condition, parse_condition
from alerting.playbook.ladder import Level, Severity
from alerting.playbook.schema import PlaybookFile
from monitor.model import BLINDNESS, SEVERITIES, Fact, FactSpec
from monitor.problems import Problem
from monitor.settings.errors import faults, located, validated
from monitor.settings.yaml import Document, NotYaml, parse_yaml

SHAPE = "a playbook begins with `version: 1`; see config/playbooks/default.yaml"


class PlaybookProblem(Problem):
    """A playbook that cannot be used; the text lists every mistake, a line each."""


@dataclass(frozen=True, slots=True)
class Playbook:
    """A checked playbook. ``version`` changes with every change of meaning, not of comments.
    ``base``: the severity that the risk register gives at the least, "" where it is not asked.
    ``office``: the hours in which it counts, None where it counts in all. ``file``: where it was
    read from, if it was."""

    slug: str
    version: str
    policy: PlaybookFile
    rules: tuple[tuple[Condition, Severity], ...]
    source: Mapping[str, Any]
    base: str = ""
    office: BusinessHours | None = None
    file: Path | None = field(default=None, compare=False)

    def snapshot(self) -> dict[str, Any]:
        """What an incident keeps of it (JSON)."""
        kept: dict[str, Any] = {
            "slug": self.slug,
            "version": self.version,
            "source": self.source,
        }
        if self.base:
            kept["base"] = self.base
        if self.office:
            kept["office"] = self.office.pack()
        return kept

    def may(self, action: str) -> tuple[Target, ...]:
        """Who may do this in a channel; nobody named: everybody."""
        return self.policy.may.get(action, ())  # type: ignore[call-overload, no-any-return]

    def level(self, severity: str) -> Level:
        """The ladder of a severity."""
        return self.policy.levels[severity]  # type: ignore[index]

    def due(self, severity: str, armed: datetime) -> list[datetime]:
        """When each step of a severity's ladder comes that began at ``armed``."""
        return self.level(severity).due(armed, None if severity == "SEV1" else self.office)

    @property
    def waits_for_office(self) -> bool:
        """Whether some step of it counts in business hours."""
        levels = self.policy.levels.values()
        return any(level.waits(step) for level in levels for step in level.steps)

    def in_hours(self, office: BusinessHours) -> Playbook:
        """The same, counting in these business hours where it does so at all."""
        return replace(self, office=office) if self.waits_for_office else self

    def clear_after(self, risk_class: str) -> timedelta:
        """How long quiet must last. A source that sees again is known to: no wait."""
        return timedelta(0) if risk_class == BLINDNESS else self.policy.clear.quiet

    def severity(self, risk_class: str, facts: Mapping[str, Fact]) -> tuple[Severity, str]:
        """How severe a signal with these facts is, and the rule that says so."""
        if risk_class == BLINDNESS:
            return self.policy.blindness.severity, "blindness"
        watch = facts.get("level") == "watch"
        if watch and not self._knows_levels:
            return self._naming_nobody, "watch"
        said, rule = self.policy.otherwise, "otherwise"
        for condition, severity in self.rules:
            if condition.holds(facts):
                said, rule = severity, condition.text
                break
        raised = self.base and SEVERITIES.index(self.base) < SEVERITIES.index(said)
        if self.base and raised and not watch:  # a watch names nobody, whatever the risk
            return self.base, "risk register"  # type: ignore[return-value]
        return said, rule

    def based_on(self, severity: str) -> Playbook:
        """The same, where the register's severity is the least, if the playbook asks for it."""
        return replace(self, base=severity) if self.policy.base == "matrix" else self

    @property
    def _knows_levels(self) -> bool:
        """Whether its rules tell watches from pages; one written before there were any does not."""
        return any("level" in condition.names for condition, _ in self.rules)

    @property
    def _naming_nobody(self) -> Severity:
        """The most severe level that names nobody, else the least of all."""
        for severity in SEVERITIES:
            if not any(step.notify for step in self.policy.levels[severity].steps):  # type: ignore[index]
                return severity  # type: ignore[return-value]
        return "SEV4"


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


class Playbooks(Mapping[str, Playbook]):
    """Playbooks by name. Those of ``later`` are read when first asked for: many are shipped, and
    few are used."""

    def __init__(
        self, now: Mapping[str, Playbook], later: Mapping[str, Callable[[], Playbook]]
    ) -> None:
        self._ready = dict(now)
        self._later = {name: read for name, read in later.items() if name not in now}

    def __getitem__(self, name: str) -> Playbook:
        if name not in self._ready:
            self._ready[name] = self._later[name]()
        return self._ready[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self._ready, *self._later)))

    def __len__(self) -> int:
        return len(set(self._ready) | set(self._later))

    @property
    def ready(self) -> tuple[Playbook, ...]:
        """Those that have been read: the config's own, and what was used."""
        return tuple(self._ready.values())


def from_snapshot(snapshot: Mapping[str, Any]) -> Playbook:
    """The playbook an incident was opened under."""
    return _thawed(json.dumps(snapshot, sort_keys=True))


@lru_cache(maxsize=64)
def _thawed(snapshot: str) -> Playbook:
    kept = json.loads(snapshot)
    office = unpack_hours(kept["office"]) if "office" in kept else None
    thawed = _playbook(kept["slug"], kept["source"])
    return replace(thawed, base=kept.get("base", ""), office=office)


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
