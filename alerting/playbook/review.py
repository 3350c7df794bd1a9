"""What a playbook that can be read may still get wrong: nobody there at some hour, words that have
expired, questions that lead in a circle, rules that can never hold. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from alerting.hours import BusinessHours
from alerting.model import Target
from alerting.playbook.ladder import meant
from alerting.playbook.load import Playbook
from alerting.playbook.rules import Heard, behind, never
from monitor.model import SEVERITIES, URGENT
from monitor.settings.yaml import Document, Loc

AHEAD = timedelta(days=14)
"""Every hour of so many days must reach somebody."""

SOON = timedelta(days=30)
"""Words that expire so soon are worth a warning."""

GOTO = "goto "
"""What an answer begins with that leads to another playbook."""

_NEARLY_GOTO = re.compile(r"(?i)go[\s_-]*to\b")

_SLACK_PLACE = re.compile(r"[CGD][A-Z0-9]{6,}|#?[\w-]{1,80}")

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

    def line_in(self, document: Document) -> int:
        """The line of its place in the file, or of what is around it."""
        loc: Loc = ()
        at: Any = document.data
        for part in self.where.split(", "):
            word, _, number = part.partition(" ")
            loc += ("steps",) if word == "step" else ()
            key: str | int = int(number) - 1 if number.isdigit() else part
            if isinstance(at, list) and isinstance(key, str):
                named = (n for n, one in enumerate(at) if key in (one.get("id"), one.get("slug")))
                key = next(named, key)
            at = at.get(key) if isinstance(at, dict) else None
            loc += (key,)
        return document.line(loc)


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a brand's pages reach and when, with its quiet hours and its ``office``'s. ``brand`` is
    "" where there is but one."""

    reaches: Reaches
    office: BusinessHours
    brand: str = ""


@dataclass(frozen=True, slots=True)
class World:
    """What a playbook is held against: whom a target reaches, by brand, the roles there are, what
    signals can say here, the other playbooks, the ``platforms`` there are connectors for and those
    whose sources are ``listened`` to, and the ``channels`` that are on."""

    audiences: tuple[Audience, ...]
    roles: frozenset[str]
    heard: Heard
    playbooks: Mapping[str, Playbook]
    platforms: frozenset[str] = frozenset()
    listened: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset({"slack"})


def review(playbook: Playbook, world: World, now: datetime) -> list[Remark]:
    """Everything that is wrong with it here, errors and warnings, in the order of the file."""
    return [
        *_dead_rules(playbook, world),
        *_never_chosen(playbook, world),
        *_nowhere(playbook, world),
        *_unreached(playbook, world, now),
        *_unknown_roles(playbook, world),
        *_expired(playbook, now.date()),
        *_circles(playbook, world),
    ]


def _dead_rules(playbook: Playbook, world: World) -> Iterator[Remark]:
    """Rules that can never decide: about a platform nobody listens to, by a detector that does not
    run, against themselves, or behind one that always comes first."""
    conditions = [condition for condition, _ in playbook.rules]
    for number, condition in enumerate(conditions, 1):
        if why := never(condition, world.heard):
            said = f"`{condition.text}` can never hold: {why}"
            yield Remark(f"severity, rule {number}", said)
    for place, earlier in behind(conditions):
        yield Remark(
            f"severity, rule {place + 1}",
            f"`{conditions[place].text}` never decides: wherever it holds, rule {earlier + 1} "
            f"(`{conditions[earlier].text}`) has decided before it; put it first, or take it out",
        )


def _never_chosen(playbook: Playbook, world: World) -> Iterator[Remark]:
    """Platforms that it, or words of it, are for and that no connector or no source reads."""
    match, statements = playbook.policy.match, playbook.policy.statements
    asked = [("match, platforms", name) for name in match.platforms]
    for slug, statement in statements.items():
        texts = statement.text if isinstance(statement.text, dict) else {}
        asked += [(f"statements, {slug}", name) for name in texts if name != "default"]
    for where, name in asked if world.platforms else ():
        if name not in world.platforms:
            yield Remark(where, f"there is no platform {name}{meant(name, world.platforms)}")
    known = [name for name in match.platforms if name in world.platforms]
    if known and len(known) == len(match.platforms) and not set(known) & world.listened:
        yield Remark(
            "match, platforms",
            f"is for {', '.join(known)}, which no source here reads: it is never chosen",
            warning=True,
        )


def _nowhere(playbook: Playbook, world: World) -> Iterator[Remark]:
    """Steps whose own channel is none."""
    for severity in SEVERITIES:
        for number, step in enumerate(playbook.level(severity).steps, 1):
            name, colon, _ = step.channel.partition(":")
            where = f"levels, {severity}, step {number}"
            if colon and name not in world.channels:
                there = meant(name, world.channels)
                yield Remark(where, f"the channel `{step.channel}`: {name} is not on{there}")
            elif step.channel and not colon and not _SLACK_PLACE.fullmatch(step.channel):
                yield Remark(
                    where,
                    f"`{step.channel}` can be no channel of Slack; write its name in small letters "
                    "without blanks, such as '#brand-crisis', or its id, C0123ABCD",
                )


def _unreached(playbook: Playbook, world: World, now: datetime) -> Iterator[Remark]:
    """Severities whose whole ladder reaches nobody at some hour of the days ahead, and those that
    wait for somebody beyond what their steps say."""
    for severity in SEVERITIES:
        steps = playbook.level(severity).steps
        if any(step.notify for step in steps):
            for audience in world.audiences:
                yield from _unheard(playbook, severity, audience, now)
        elif severity in URGENT:
            yield Remark(
                f"levels, {severity}", "names nobody: nobody is paged by it; give a step `notify`"
            )


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
    named |= {policy.over.approver: "over, approver"} if policy.over.approver else {}
    for action, people in policy.may.items():
        named |= {who.id: f"may, {action}" for who in people if who.kind == "role"}
    unknown = [role for role in named if role not in world.roles]
    if unknown and not world.roles:
        yield Remark("roles", "the config has no `roles`: steps that name them page the whole "
                     "channel, and checklist items belong to nobody", warning=True)  # fmt: skip
    elif unknown:
        for role in unknown:
            there = meant(role, world.roles)
            yield Remark(
                named[role],
                f"nobody has the role {role}{there}. Or add it to `roles` in the config",
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
            there = meant(target, world.playbooks)
            yield Remark("decide", f"`goto {target}`: there is no such playbook{there}")
    for answer in _answers(playbook):
        if _NEARLY_GOTO.match(answer) and not answer.startswith(GOTO):
            yield Remark(
                "decide",
                f"`{answer}` is read as words; to lead to a playbook write `goto NAME`",
                warning=True,
            )
    path = [playbook.slug]
    if found := _back(playbook, world.playbooks, path):
        yield Remark(
            "decide", f"leads in a circle: {' → '.join(found)}; let one of the answers be words"
        )


def _answers(playbook: Playbook) -> list[str]:
    return [
        answer.strip()
        for question in playbook.policy.decide
        for answer in (question.if_yes, question.if_no, question.if_unsure)
    ]


def _gotos(playbook: Playbook) -> list[str]:
    """The playbooks its answers lead to; "" where one leads nowhere."""
    leading = [answer for answer in _answers(playbook) if f"{answer} ".startswith(GOTO)]
    return [" ".join(answer.split()[1:2]) for answer in leading]


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
