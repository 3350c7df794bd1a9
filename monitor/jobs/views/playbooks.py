"""What playbooks would do: held against the config, tried on signals, played from a minute on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from alerting.decide.blindness import SOURCE_DETECTOR
from alerting.model import Target
from alerting.oncall import Person, Rota
from alerting.playbook.conditions import OF_EVERY_SIGNAL
from alerting.playbook.load import Playbook
from alerting.playbook.review import Audience, Remark, World, review
from alerting.playbook.rules import LEVELS, Heard
from connectors.registry import declared
from monitor.app import App
from monitor.detect.registry import MEASURES, detectors_for
from monitor.jobs.hours import brand_quiet_until, in_office, office, person_quiet_until
from monitor.jobs.rota import rota
from monitor.model import ALL, ANY, SEVERITIES, SeriesKey


@dataclass(frozen=True, slots=True)
class Rung:
    """A step as it would go: when, whom it names, who they are then; ``until``: where quiet hours
    hold it, when it is told, and ``held`` whose."""

    at: datetime
    step: int
    loop: int
    names: tuple[str, ...]
    people: tuple[str, ...]
    broadcast: bool
    until: datetime | None = None
    held: str = ""


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
    return [*review(playbook, world, now), *_hours(app, playbook), *_languages(app, playbook)]


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
    quiet = [brand.slug for brand in app.settings.brands if brand.quiet_hours]
    blind = playbook.policy.blindness.severity
    if quiet and blind != "SEV1":
        yield Remark(
            "blindness",
            f"a source that cannot be read is {blind}, which waits in the quiet hours of "
            f"{', '.join(quiet)}; SEV1 does not",
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
    of ``brand`` (the first)."""
    brand = brand or _any(app)
    with app.db.read() as tx:
        whole = rota(app, tx, start)
    held, found = in_office(app, playbook, brand, start), []
    for number, at in enumerate(held.due(severity, start)):
        step = playbook.level(severity).steps[number % len(playbook.level(severity).steps)]
        loop, place = divmod(number, len(playbook.level(severity).steps))
        until = None if severity == "SEV1" else brand_quiet_until(app, brand, at)
        held_by = f"quiet hours of {brand}" if until else ""
        names = tuple(map(str, step.notify))
        people = _people(whole, step.notify, until or at)
        found.append(Rung(at, place, loop, names, people, step.broadcast, until, held_by))
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
