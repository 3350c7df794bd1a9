"""What playbooks would do: held against the config, tried on signals, played from a minute on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from alerting.decide.blindness import SOURCE_DETECTOR
from alerting.messages.context import Waiting
from alerting.model import Target
from alerting.oncall import Person, Rota
from alerting.playbook.conditions import OF_EVERY_SIGNAL
from alerting.playbook.load import Playbook
from alerting.playbook.review import Audience, Remark, World, review
from alerting.playbook.rules import LEVELS, Heard
from connectors.registry import declared
from monitor.app import App
from monitor.detect.late import FACTS as LATE_FACTS
from monitor.detect.registry import MEASURES, detectors_for, installed
from monitor.jobs.hours import brand_quiet_until, in_office, office, person_quiet_until
from monitor.jobs.respond.about import KINDS
from monitor.jobs.respond.paging import DAY, of_role, waits_after
from monitor.jobs.rota import called, rota
from monitor.model import ALL, ANY, SEVERITIES, TOLD_LATE, SeriesKey
from monitor.store.pages import Page, paged_since

TOLD = frozenset({"reputation", *KINDS.values()})
"""The classes of risk that an incident of ours can be about."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A step as it would go: when, whom it names, who they are then; ``until``: where quiet hours
    hold it, when it is told, and ``held`` whose; ``waiting``: of whom the page waits; ``office``:
    whether it counts only while the office is open."""

    at: datetime
    step: int
    loop: int
    names: tuple[str, ...]
    people: tuple[str, ...]
    broadcast: bool
    until: datetime | None = None
    held: str = ""
    waiting: tuple[Waiting, ...] = ()
    office: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one test of a playbook. ``wrong``: what differs, a sentence each."""

    name: str
    wrong: tuple[str, ...]


def remarks(app: App, playbook: Playbook, now: datetime) -> list[Remark]:
    """What is wrong with a playbook in this config."""
    with app.db.read() as tx:
        whole = rota(app, tx, now)
    world = _world(app, whole, now)
    return [
        *review(playbook, world, now),
        *_untold(app, playbook),
        *_hours(app, playbook),
        *_languages(app, playbook),
    ]


def _untold(app: App, playbook: Playbook) -> Iterator[Remark]:
    """That a brand's playbook is for nothing that anything here tells. A detector installed beside
    ours may tell any class."""
    classes = set(playbook.policy.match.classes)
    using = [brand.slug for brand in app.settings.brands if playbook.slug in brand.playbooks]
    if using and classes and not installed() and classes.isdisjoint(TOLD):
        yield Remark(
            "match, classes",
            f"is for {', '.join(sorted(classes))}, which nothing here tells by itself, only "
            f"{', '.join(sorted(TOLD))}: it is never chosen for {', '.join(using)}. Take it as the "
            "brand's `playbook`, or keep it to read",
            warning=True,
        )


def _languages(app: App, playbook: Playbook) -> Iterator[Remark]:
    """Words that somebody cannot read, and translations that do not do the same."""
    name, _, language = playbook.slug.partition(".")
    if language and name in app.playbooks:
        mine, other = (book.policy.without_words() for book in (playbook, app.playbooks[name]))
        if differs := [part for part, is_now in mine.items() if is_now != other[part]]:
            yield Remark(
                ", ".join(differs),
                f"differs from {name}: a brand has one or the other by its language, so the same "
                "crisis would be answered in two ways",
                warning=True,
            )
    readers = {
        brand.language.partition("_")[0]: brand.slug
        for brand in reversed(app.settings.brands)
        if playbook.slug in (*brand.playbooks, brand.playbook)
    }
    left = {
        spoken: slug for spoken, slug in readers.items() if f"{name}.{spoken}" not in app.playbooks
    }
    if len(left) > 1 and playbook.policy.has_words:
        told = ", ".join(f"{spoken} ({slug})" for spoken, slug in sorted(left.items()))
        yield Remark(
            "title, checklist, statements",
            f"is read in {told} in the same words: add {name}.{max(left)}.yaml with the "
            "translation, and list it under `playbooks` of the config",
            warning=True,
        )


def _hours(app: App, playbook: Playbook) -> Iterator[Remark]:
    """What is probably not meant about business and quiet hours."""
    if playbook.waits_for_office and "business_hours" not in app.settings.model_fields_set:
        yield Remark(
            "levels",
            "counts in business hours and the config has no `business_hours`: Monday to Friday, "
            "09:00 to 17:00 of the brand's zone, without holidays",
            warning=True,
        )


def _world(app: App, whole: Rota, now: datetime) -> World:
    sources = [source for brand in app.settings.brands for source in brand.sources]
    listened = frozenset(app.connector_for(source).info.platform for source in sources)
    return World(
        audiences=_audiences(app, whole, now),
        roles=frozenset(whole.roles),
        heard=_heard(app, listened),
        playbooks=app.playbooks,
        platforms=frozenset(info.platform for info in declared().values()) - {ANY},
        listened=listened,
        channels=frozenset({"slack", *app.settings.channels}),
    )


def _heard(app: App, listened: frozenset[str]) -> Heard:
    """What signals can say here: by the detectors that run, of the platforms that are read. A
    source of recorded data may bring any platform."""
    facts = {spec.name for spec in OF_EVERY_SIGNAL} | {"negative_share", "expected_negative_share"}
    running = {SOURCE_DETECTOR}
    if app.settings.rules.late.enabled:
        running.add(TOLD_LATE)
        facts |= {fact.name for fact in LATE_FACTS}
    for platform in (ALL, "x"):
        for measure in MEASURES:
            for detector in detectors_for(app.settings.rules)(SeriesKey("", platform, measure)):
                running.add(detector.name)
                facts |= {fact.name for fact in detector.facts}
    texts: dict[str, Set[str]] = {"detector": running, "level": LEVELS}
    if ANY not in listened:
        texts["platform"] = listened | {ALL}
    return Heard(facts, texts)


def _audiences(app: App, whole: Rota, now: datetime) -> tuple[Audience, ...]:
    """One a brand, or one for all where they keep the same hours."""
    same = {(b.quiet_hours, b.time_zone) for b in app.settings.brands}
    brands = [b.slug for b in app.settings.brands] if len(same) > 1 else [_any(app)]
    return tuple(
        Audience(
            partial(_reached_at, app, whole, slug),
            office(app, slug, now),
            slug if len(brands) > 1 else "",
        )
        for slug in brands
    )


def _any(app: App) -> str:
    return next((brand.slug for brand in app.settings.brands), ANY)


def _reached_at(
    app: App, whole: Rota, brand: str, target: Target, at: datetime, severity: str
) -> datetime | None:
    """When a page reaches somebody. A room, a group or a person Slack can name is reached; a role
    by those who hold it, and where the config knows no roles by the whole room."""
    if severity != "SEV1":
        at = brand_quiet_until(app, brand, at) or at
    if target.kind != "role" or not whole.roles:
        return at
    role = whole.roles.get(target.id)
    if role is None:
        return None
    people = [*whole.holders(target.id, at), *whole.backups(target.id)]
    found = [_person_at(app, brand, person, at, severity) for person in people]
    reached = [then for then in found if then is not None]
    return at if role.group else min(reached, default=None)


def _person_at(
    app: App, brand: str, person: Person, at: datetime, severity: str
) -> datetime | None:
    if not (person.slack or person.email):
        return None
    return at if severity == "SEV1" else person_quiet_until(app, person.slug, brand, at) or at


def ladder(
    app: App, playbook: Playbook, severity: str, start: datetime, brand: str = ""
) -> list[Rung]:
    """The steps of a severity as they would go from ``start`` if nobody acknowledged, in the hours
    of ``brand`` (the first) and of its people, who were paged as they really were before."""
    brand = brand or _any(app)
    with app.db.read() as tx:
        whole, paged = rota(app, tx, start), paged_since(tx, start - DAY)
    held, found = in_office(app, playbook, brand, start), []
    level = held.level(severity)
    for number, at in enumerate(held.due(severity, start)):
        loop, place = divmod(number, len(level.steps))
        step = level.steps[place]
        until = None if severity == "SEV1" else brand_quiet_until(app, brand, at)
        told = until or at
        waits = {} if severity == "SEV1" else waits_after(app, paged, brand, told)
        named = [_paged(app, whole, target, waits, told) for target in step.notify]
        people = dict.fromkeys(one.slug for free, _, _ in named for one in free)
        paged += [Page(slug, 0, severity, told, "") for slug in people]
        found.append(
            Rung(
                at,
                place,
                loop,
                names=tuple(map(str, step.notify)),
                people=tuple(dict.fromkeys(word for _, _, words in named for word in words)),
                broadcast=step.broadcast,
                until=until,
                held=f"quiet hours of {brand}" if until else "",
                waiting=tuple(dict.fromkeys(one for _, late, _ in named for one in late)),
                office=severity != "SEV1" and level.waits(step),
            )
        )
    return found


def _paged(
    app: App, whole: Rota, target: Target, waits: Mapping[str, Waiting], at: datetime
) -> tuple[list[Person], tuple[Waiting, ...], list[str]]:
    """The people whom a target pages then, those whose page waits, and who it is in words. A role
    that stands for nobody is everybody in the room."""
    if target.kind != "role":
        known = [p for p in whole.people.values() if p.slack and target.id == p.slack]
        late = tuple(waits[person.slug] for person in known if person.slug in waits)
        words = [] if late else [called(app.settings).get(str(target), str(target))]
        return ([] if late else known), late, words
    free, late = of_role(whole, target.id, waits, at)
    free = free or ([] if late else whole.backups(target.id))
    words = [person.name for person in free]
    role = whole.roles.get(target.id)
    if role and role.group:
        words.append(f"the group {role.slug}")
    return free, late, words or ([] if late else ["everybody in the channel"])


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
