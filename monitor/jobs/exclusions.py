"""Leaving out what is not about a brand: which words would do it, and a person's word that they do.

The command line and Slack call this. What holds is read with each page that is polled.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerting.model import Incident
from monitor.app import App
from monitor.enrich.crisis.find import shipped
from monitor.enrich.matching import wanted_terms
from monitor.enrich.telling import telling
from monitor.model import ALL, BLINDNESS
from monitor.problems import Problem, no_brand
from monitor.query.ast import pattern_of
from monitor.query.text import normalise, pattern, searchable, unescaped
from monitor.store.engine import Transaction
from monitor.store.exclusions import Exclusion, exclude
from monitor.store.wording import texts

LOOKED_AT = timedelta(days=7)
MAX_TEXTS = 3_000
"""Mentions that are read of an incident, and of the days before: some 0.3 s of work at most."""

MIN_OTHERS = 20
"""With fewer other mentions nobody can say what a word costs."""

MIN_SHARE, MAX_LOST = 0.3, 0.02
"""Share of an incident's mentions that words must leave out to be proposed, and of the others that
they may."""

MAX_PROPOSALS = 5


class ExclusionProblem(Problem):
    """Words that cannot be left out: none, or those the brand is found by."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """``words`` stand in ``inside`` of the incident's ``of_inside`` mentions, and in ``outside`` of
    the brand's other ``of_outside`` in the last seven days (the latest 3,000 of each)."""

    words: str
    inside: int
    of_inside: int
    outside: int
    of_outside: int


def proposals(app: App, incident: Incident, now: datetime) -> list[Proposal]:
    """Words by which an incident's mentions could be left out at hardly any cost, best first."""
    if incident.risk_class == BLINDNESS or incident.brand not in app.brands:
        return []
    end = incident.resolved_at or now
    with app.db.read() as tx:
        inside = _texts(tx, incident.brand, incident.since, end, MAX_TEXTS)
        before = _texts(tx, incident.brand, end - LOOKED_AT, incident.since, MAX_TEXTS)
    if not inside or len(before) < MIN_OTHERS:
        return []
    found: list[Proposal] = []
    for one in telling(inside, before, _own_words(app, incident.brand)):
        cheap = one.outside <= MAX_LOST * len(before)
        if one.inside < MIN_SHARE * len(inside) or not cheap or _tells_of_crisis(one.words):
            continue
        if not any(_overlap(one.words, other.words) for other in found):
            found.append(Proposal(one.words, one.inside, len(inside), one.outside, len(before)))
    return sorted(found[:MAX_PROPOSALS], key=lambda p: (-p.inside, p.outside, p.words))


def having_words(app: App, brand: str, words: str, now: datetime) -> tuple[int, int]:
    """In how many of the brand's latest mentions of the last seven days these words stand, and of
    how many; 20,000 at most."""
    with app.db.read() as tx:
        found = _texts(tx, brand, now - LOOKED_AT, now, 20_000)
    wanted = pattern(words)
    return sum(wanted.found_in(normalise(unescaped(text))) for text in found), len(found)


def _texts(tx: Transaction, brand: str, start: datetime, end: datetime, limit: int) -> list[str]:
    return texts(tx, brand, ALL, start, end, limit)


def leave_out(
    app: App,
    tx: Transaction,
    brand: str,
    words: str,
    who: str,
    wall: datetime,
    incident: int | None = None,
) -> int | None:
    """Leave these words' mentions out from now on; the exclusion's number, None where they are left
    out already. Raises ``ExclusionProblem``."""
    wanted = normalise(words)
    if not searchable(wanted) or len(wanted) > 80:
        raise ExclusionProblem("Name a word or a few, at most 80 characters.")
    if brand not in app.brands:
        raise ExclusionProblem(no_brand(brand, app.brands))
    if any(_within(wanted, name) for name in _names(app, brand)):
        raise ExclusionProblem(
            f"{brand} is found by {wanted!r}: leaving that out would leave everything out. "
            "Change the brand's query instead."
        )
    return exclude(tx, Exclusion(brand, wanted, who, wall, incident))


def _names(app: App, brand: str) -> list[str]:
    """What the brand is found by, as queries see it."""
    found = [pattern_of(leaf) for leaf in wanted_terms(app.queries[brand].root)]
    written = [text for pattern in found for text in (pattern.text, *pattern.others)]
    return [normalise(app.brands[brand].name), *written]


def _own_words(app: App, brand: str) -> Collection[str]:
    return {word.strip("#@") for name in _names(app, brand) for word in name.split()}


def _within(words: str, name: str) -> bool:
    """Whether these words stand in whatever holds this name."""
    start = f" {name} ".find(words)
    return start >= 0 and pattern(words).fits(f" {name} ", start, start + len(words))


def _overlap(one: str, other: str) -> bool:
    return bool(set(one.split()) & set(other.split()))


def _tells_of_crisis(words: str) -> bool:
    return bool(shipped().find(words).terms)
