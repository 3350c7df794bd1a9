"""The risk register: what could happen, how likely and how bad it is, who owns it, and what is done
beforehand. A 5 × 5 matrix of likelihood and impact gives the severity there is at the least.

Pure. The matrix is the common one of ISO 31010 practice (likelihood times impact, in four bands);
the bands are ours.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pydantic import Field, field_validator

from monitor.model import RISK_CLASSES, SEVERITIES
from monitor.problems import Problem
from monitor.settings.errors import faults, located, validated
from monitor.settings.sections import Section, Slug
from monitor.settings.yaml import NotYaml, parse_yaml

SHAPE = "a risk register begins with `version: 1` and `risks:`; see config/risks.yaml"

BANDS = ((17, "SEV1"), (10, "SEV2"), (5, "SEV3"), (1, "SEV4"))
"""Likelihood times impact of at least so much -> severity."""

DAYS = 90
"""Observed frequency is counted over so many days."""

FREQUENCY = (0, 1, 3, 8)
"""Incidents in ``DAYS`` up to which the likelihood is 1, 2, 3, 4; more of them are 5."""


class RiskEntry(Section):
    """One risk. ``likelihood`` and ``impact``: 1 (rare, slight) to 5 (almost certain, severe)."""

    slug: Slug
    title: str
    title_id: str = ""
    risk_class: str = Field(alias="class")
    platforms: tuple[str, ...] = ()
    content: tuple[str, ...] = ()
    likelihood: int = Field(ge=1, le=5)
    impact: int = Field(ge=1, le=5)
    owner: str = ""
    prevention: tuple[str, ...] = ()
    early_signs: tuple[str, ...] = ()
    playbook: str = ""
    review: date

    @field_validator("risk_class")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in RISK_CLASSES:
            raise ValueError(f"there is no such class; there are: {', '.join(RISK_CLASSES)}")
        return name

    @property
    def severity(self) -> str:
        """By the matrix."""
        return severity_of(self.likelihood, self.impact)

    def name(self, language: str) -> str:
        """Its title in the reader's language."""
        return self.title_id if language.startswith("id") and self.title_id else self.title


class RegisterFile(Section):
    """The shape of ``risks.yaml``."""

    version: Literal[1]
    risks: tuple[RiskEntry, ...] = ()

    @field_validator("risks")
    @classmethod
    def _once(cls, risks: tuple[RiskEntry, ...]) -> tuple[RiskEntry, ...]:
        slugs = [risk.slug for risk in risks]
        twice = next((slug for slug in slugs if slugs.count(slug) > 1), None)
        if twice:
            raise ValueError(f"`{twice}` stands there twice")
        return risks


class RegisterProblem(Problem):
    """A register that cannot be used; the text lists every mistake, a line each."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen of a risk in the last 90 days: the numbers of its incidents."""

    risk: RiskEntry
    incidents: tuple[int, ...]

    @property
    def likelihood(self) -> int:
        """What their number says."""
        return likelihood_of(len(self.incidents))


def read_register(text: str, file: str) -> tuple[RiskEntry, ...]:
    """The risks of a file. Raises RegisterProblem with every mistake and its line."""
    try:
        document = parse_yaml(text, SHAPE)
    except NotYaml as error:
        raise RegisterProblem(f"{file}:{error.line or 1}: {error}") from None
    if not document.data:
        raise RegisterProblem(f"{file}: {SHAPE}")
    read, found = validated(document, RegisterFile)
    errors = located(file, document, [*found, *faults(document)])
    if errors or read is None:
        raise RegisterProblem("\n".join(map(str, errors)))
    return read.risks


def severity_of(likelihood: int, impact: int) -> str:
    """The severity of a cell of the matrix."""
    return next(severity for least, severity in BANDS if likelihood * impact >= least)


def likelihood_of(incidents: int) -> int:
    """The likelihood that so many incidents in 90 days speak for."""
    return 1 + sum(incidents > most for most in FREQUENCY)


def base_severity(
    risks: Iterable[RiskEntry],
    risk_class: str,
    platforms: Collection[str] = (),
    content: Collection[str] = (),
) -> str:
    """The severity there is at the least for a class on these platforms and under this content
    (none: on any, under any); "" where the register has no such risk."""
    found = [
        risk.severity
        for risk in risks
        if risk.risk_class == risk_class
        and (not platforms or not risk.platforms or set(risk.platforms) & set(platforms))
        and (not content or not risk.content or set(risk.content) & set(content))
    ]
    return min(found, key=SEVERITIES.index) if found else ""


def observed(risks: Sequence[RiskEntry], incidents: Iterable[Mapping[str, Any]]) -> list[Observed]:
    """Which incidents (``id``, ``risk_class``, ``platforms``) belong to which risk. One that fits
    several counts for the narrowest of them: the one with the fewest platforms."""
    counted: dict[str, list[int]] = {risk.slug: [] for risk in risks}
    for incident in incidents:
        on = set(incident["platforms"])
        fits = [
            risk
            for risk in risks
            if risk.risk_class == incident["risk_class"]
            and (not risk.platforms or not on or set(risk.platforms) & on)
        ]
        if fits:
            narrow = min(fits, key=lambda risk: len(risk.platforms) or 99)
            counted[narrow.slug].append(int(incident["id"]))
    return [Observed(risk, tuple(counted[risk.slug])) for risk in risks]


def overdue(risks: Iterable[RiskEntry], today: date) -> list[RiskEntry]:
    """Risks whose review is due, the longest due first."""
    return sorted((r for r in risks if r.review <= today), key=lambda r: (r.review, r.slug))


def matrix(risks: Sequence[RiskEntry]) -> list[list[list[RiskEntry]]]:
    """The cells, likelihood 5 first, impact 1 first."""
    return [
        [[r for r in risks if (r.likelihood, r.impact) == (row, column)] for column in range(1, 6)]
        for row in range(5, 0, -1)
    ]
