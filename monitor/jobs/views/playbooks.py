"""What playbooks would do: held against the config, tried on signals, played from a minute on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerting.model import Target
from alerting.oncall import Rota
from alerting.playbook.load import Playbook
from alerting.playbook.review import Remark, World, review
from monitor.app import App
from monitor.jobs.rota import rota
from monitor.model import SEVERITIES


@dataclass(frozen=True, slots=True)
class Rung:
    """A step as it would go: when, whom it names, and who they are then."""

    at: datetime
    step: int
    loop: int
    names: tuple[str, ...]
    people: tuple[str, ...]
    broadcast: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one test of a playbook. ``wrong``: what differs, a sentence each."""

    name: str
    wrong: tuple[str, ...]


def remarks(app: App, playbook: Playbook, now: datetime) -> list[Remark]:
    """What is wrong with a playbook in this config."""
    with app.db.read() as tx:
        whole = rota(app, tx, now)
    return review(playbook, _world(app, whole), now)


def _world(app: App, whole: Rota) -> World:
    sources = [source for brand in app.settings.brands for source in brand.sources]
    rules = app.settings.rules
    ours = {"volume": rules.volume.enabled, "negative_share": rules.negative.enabled}
    running = {name for name, on in ours.items() if on} | {"slow_burn", "silence", "blindness"}
    return World(
        reaches=lambda target, at: _reaches(whole, target, at),
        roles=frozenset(whole.roles),
        platforms=frozenset(app.connector_for(s).info.platform for s in sources),
        detectors=frozenset(running),
        playbooks=app.playbooks,
    )


def _reaches(whole: Rota, target: Target, at: datetime) -> bool:
    """A room, a group or a person Slack can name is reached; a role by those who hold it, and where
    the config knows no roles by the whole room."""
    if target.kind != "role":
        return True
    if not whole.roles:
        return True
    role = whole.roles.get(target.id)
    if role is None:
        return False
    people = [*whole.holders(target.id, at), *whole.backups(target.id)]
    return bool(role.group) or any(person.slack or person.email for person in people)


def ladder(app: App, playbook: Playbook, severity: str, start: datetime) -> list[Rung]:
    """The steps of a severity as they would go from ``start`` if nobody acknowledged."""
    level = playbook.level(severity)
    with app.db.read() as tx:
        whole = rota(app, tx, start)
    found: list[Rung] = []
    begin = start
    for loop in range(level.loops + 1):
        for number, step in enumerate(level.steps):
            at = begin + step.at
            names = tuple(map(str, step.notify))
            found.append(
                Rung(at, number, loop, names, _people(whole, step.notify, at), step.broadcast)
            )
        if level.steps and level.every:
            begin += level.steps[-1].at + level.every
    return found


def _people(whole: Rota, notify: Sequence[Target], at: datetime) -> tuple[str, ...]:
    found: list[str] = []
    for target in notify:
        if target.kind == "role":
            holders = whole.holders(target.id, at) or whole.backups(target.id)
            found += [person.name for person in holders] or ["everybody in the channel"]
        else:
            found.append(str(target))
    return tuple(dict.fromkeys(found))


def tried(playbook: Playbook, tests: Sequence[Mapping[str, Any]]) -> Iterator[Outcome]:
    """Each test's given facts against what it expects: severity, the roles of each step in order,
    the words of the holding statement."""
    for number, test in enumerate(tests, 1):
        name = str(test.get("name") or f"test {number}")
        yield Outcome(name, tuple(_differs(playbook, test)))


def _differs(playbook: Playbook, test: Mapping[str, Any]) -> Iterator[str]:
    risk_class = str(test.get("class") or next(iter(playbook.policy.match.classes), "reputation"))
    base = str(test.get("base") or "")
    held = playbook.based_on(base) if base else playbook
    given = test.get("signals") or [{}]
    answers = [held.severity(risk_class, facts) for facts in given]
    severity, rule = min(answers, key=lambda answer: SEVERITIES.index(answer[0]))
    expect = test.get("expect") or {}
    if expect.get("severity") not in (None, severity):
        yield f"severity is {severity} (by {rule}), not {expect['severity']}"
    level = held.level(severity)
    if "pages" in expect:
        pages = [[str(who) for who in step.notify] for step in level.steps if step.notify]
        if pages != expect["pages"]:
            yield f"pages are {pages}, not {expect['pages']}"
    if "after" in expect:
        minutes = [int(step.at / timedelta(minutes=1)) for step in level.steps]
        if minutes != expect["after"]:
            yield f"steps come after {minutes} minutes, not {expect['after']}"
    if "says" in expect:
        statement = held.policy.statements.get(held.policy.holding)
        words = statement.on(str(test.get("platform") or "default")) if statement else ""
        if str(expect["says"]) not in words:
            yield f"the holding statement does not say {expect['says']!r}: {words!r}"
