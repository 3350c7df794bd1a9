"""What a playbook that can be read may still get wrong: nobody there at some hour, words that have
expired, questions that lead in a circle, rules that can never hold. Pure."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from alerting.hours import BusinessHours
from alerting.model import Target
from alerting.playbook.load import Playbook
from monitor.model import SEVERITIES, URGENT

AHEAD = timedelta(days=14)
"""Every hour of so many days must reach somebody."""

SOON = timedelta(days=30)
"""Words that expire so soon are worth a warning."""

Reaches = Callable[[Target, datetime, str], datetime | None]
"""When a page of a severity to this target, made at this time, reaches a person; None: never."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to mend or, ``warning``, to think about: where, and what to do."""

    where: str
    said: str
    warning: bool = False

    def __str__(self) -> str:
        return f"{'warning: ' if self.warning else ''}{self.where}: {self.said}"


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a brand's pages reach and when, with its quiet hours and its ``office``'s. ``brand`` is
    "" where there is but one."""

    reaches: Reaches
    office: BusinessHours
    brand: str = ""


@dataclass(frozen=True, slots=True)
class World:
    """What a playbook is held against: whom a target reaches, by brand, the roles there are, the
    platforms whose sources are enabled, the detectors that run, and the other playbooks."""

    audiences: tuple[Audience, ...]
    roles: frozenset[str]
    platforms: frozenset[str]
    detectors: frozenset[str]
    playbooks: Mapping[str, Playbook]


def review(playbook: Playbook, world: World, now: datetime) -> list[Remark]:
    """Everything that is wrong with it here, errors and warnings, in the order of the file."""
    return [
        *_dead_rules(playbook, world),
        *_unreached(playbook, world, now),
        *_unknown_roles(playbook, world),
        *_expired(playbook, now.date()),
        *_circles(playbook, world),
    ]


def _dead_rules(playbook: Playbook, world: World) -> Iterator[Remark]:
    """Rules about a platform nobody listens to, or by a detector that does not run."""
    known = {"platform": world.platforms | {"all"}, "detector": world.detectors}
    for number, (condition, _) in enumerate(playbook.rules):
        for name, value in _demanded(condition.tree):
            if name in known and known[name] and value not in known[name]:
                there = ", ".join(sorted(known[name]))
                yield Remark(
                    f"severity, rule {number + 1}",
                    f"`{condition.text}` can never hold: there is no {name} {value!r} here, "
                    f"only {there}",
                )


def _demanded(tree: ast.expr) -> Iterator[tuple[str, str]]:
    """Equalities that must hold for the whole to hold."""
    match tree:
        case ast.BoolOp(op=ast.And(), values=values):
            for value in values:
                yield from _demanded(value)
        case ast.Compare(
            left=ast.Name(id=name), ops=[ast.Eq()], comparators=[ast.Constant(value=str() as value)]
        ):
            yield name, value


def _unreached(playbook: Playbook, world: World, now: datetime) -> Iterator[Remark]:
    """Severities whose whole ladder reaches nobody at some hour of the days ahead, and those that
    wait for somebody beyond what their steps say."""
    for severity in SEVERITIES:
        steps = playbook.level(severity).steps
        if any(step.notify for step in steps):
            for audience in world.audiences:
                yield from _unheard(playbook, severity, audience, now)
        elif severity in URGENT:
            yield Remark(f"levels, {severity}", "names nobody: nobody is paged by it")


def _unheard(
    playbook: Playbook, severity: str, audience: Audience, now: datetime
) -> Iterator[Remark]:
    steps, held = playbook.level(severity).steps, playbook.in_hours(audience.office)
    start = now.replace(minute=0, second=0, microsecond=0)
    hours = [start + timedelta(hours=n) for n in range(int(AHEAD / timedelta(hours=1)))]
    where = f"levels, {severity}" + (f", {audience.brand}" if audience.brand else "")
    reached = {at: _first_reached(held, severity, audience, at) for at in hours}
    deaf = [at for at, then in reached.items() if then is None]
    if deaf:
        people = ", ".join(dict.fromkeys(str(who) for step in steps for who in step.notify))
        yield Remark(
            where,
            f"reaches nobody at {len(deaf)} of the next {len(hours)} hours, first "
            f"{deaf[0]:%Y-%m-%d %H:%M} UTC ({people}): give a role people, a backup, or a "
            "schedule a fallback",
        )
        return
    first = next(step.at for step in steps if step.notify)
    waits = {at: then - at - first for at, then in reached.items() if then is not None}
    longest = max(waits, key=lambda at: waits[at])
    if waits[longest] > timedelta(0):
        yield Remark(
            where,
            f"waits for business or quiet hours to end, at most {_span(waits[longest])}: what "
            f"comes at {longest:%a %H:%M} UTC reaches somebody at {reached[longest]:%a %H:%M}",
            warning=True,
        )


def _first_reached(
    playbook: Playbook, severity: str, audience: Audience, at: datetime
) -> datetime | None:
    """When the first person hears of what is opened then."""
    level, found = playbook.level(severity), []
    for number, due in enumerate(playbook.due(severity, at)[: len(level.steps)]):
        told = [audience.reaches(who, due, severity) for who in level.steps[number].notify]
        found += [then for then in told if then is not None]
    return min(found, default=None)


def _span(span: timedelta) -> str:
    hours = span / timedelta(hours=1)
    return f"{hours:.0f} h" if hours >= 1 else f"{span / timedelta(minutes=1):.0f} min"


def _unknown_roles(playbook: Playbook, world: World) -> Iterator[Remark]:
    """Roles that stand for nobody in this config. Where it has none at all, that is one warning."""
    policy = playbook.policy
    named: dict[str, str] = {}
    for severity in SEVERITIES:
        level = policy.levels[severity]  # type: ignore[index]
        for step in level.steps:
            named |= {w.id: f"levels, {severity}" for w in step.notify if w.kind == "role"}
        named |= dict.fromkeys(level.ack_by, f"levels, {severity}, ack_by")
    named |= {item.owner: f"checklist, {item.id}" for item in policy.checklist}
    named |= {s.approved_by: f"statements, {name}" for name, s in policy.statements.items()}
    named |= {clock.owner: f"clocks, {clock.id}" for clock in policy.clocks}
    named |= dict.fromkeys(policy.approvers, "approvers")
    unknown = [role for role in named if role not in world.roles]
    if unknown and not world.roles:
        yield Remark("roles", "the config has no `roles`: steps that name them page the whole "
                     "channel, and checklist items belong to nobody", warning=True)  # fmt: skip
    elif unknown:
        for role in unknown:
            yield Remark(
                named[role], f"nobody has the role {role}: add it to `roles` in the config"
            )


def _expired(playbook: Playbook, today: date) -> Iterator[Remark]:
    """Words whose approval has lapsed: an error where the worst severity needs them."""
    for name, statement in playbook.policy.statements.items():
        where = f"statements, {name}"
        if statement.expires < today:
            held = name == playbook.policy.holding
            again = f"let {statement.approved_by} approve it again and set `expires`"
            yield Remark(where, f"has expired on {statement.expires}: {again}", warning=not held)
        elif statement.expires - today <= SOON:
            yield Remark(where, f"expires on {statement.expires}", warning=True)


def _circles(playbook: Playbook, world: World) -> Iterator[Remark]:
    """Questions that lead to a playbook that is not there, or back to where one came from."""
    for target in _gotos(playbook):
        if target not in world.playbooks:
            known = ", ".join(sorted(world.playbooks))
            yield Remark("decide", f"`goto {target}`: there is no such playbook; there are {known}")
    path = [playbook.slug]
    if found := _back(playbook, world.playbooks, path):
        yield Remark("decide", f"leads in a circle: {' → '.join(found)}")


def _gotos(playbook: Playbook) -> list[str]:
    answers = [
        answer
        for question in playbook.policy.decide
        for answer in (question.if_yes, question.if_no, question.if_unsure)
    ]
    return [answer.split()[1] for answer in answers if answer.startswith("goto ")]


def _back(
    playbook: Playbook, playbooks: Mapping[str, Playbook], path: Sequence[str]
) -> list[str] | None:
    for target in _gotos(playbook):
        if target == path[0]:
            return [*path, target]
        if target in playbooks and target not in path:
            found = _back(playbooks[target], playbooks, [*path, target])
            if found:
                return found
    return None
