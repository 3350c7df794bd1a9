"""Who is on call: rotations in layers, overrides, hand-off times that survive a change of clocks.

Pure. A layer hands over every ``turn_days`` days at a wall time of its zone; where clocks jump over
that time the hand-off is the first instant after the jump, where they repeat it the first of the
two. A later layer wins where it covers, an override over every layer, of two overrides the one
made later. Where nobody is on call the fallback is, and that it is so is itself worth an alert.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from alerting.hours import DAY, Window, instant, openings, within

Why = Literal["layer", "override", "calendar", "fallback", "nobody"]


@dataclass(frozen=True, slots=True)
class Layer:
    """People who take turns of ``turn_days`` days from ``start`` on; hand-off at ``handoff``."""

    people: tuple[str, ...]
    start: date
    turn_days: int = 7
    handoff: time = time(9)
    only: Window | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody else for a while, UTC. ``made_at``: of two that overlap the later one counts."""

    person: str
    start: datetime
    end: datetime
    made_at: datetime
    by: str = ""
    reason: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """A shift of an imported calendar, UTC."""

    person: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """Who is on call when. ``events``: of an imported calendar, below the layers' overrides."""

    slug: str
    zone: ZoneInfo
    layers: tuple[Layer, ...] = ()
    events: tuple[Event, ...] = ()
    overrides: tuple[Override, ...] = ()
    fallback: str = ""


@dataclass(frozen=True, slots=True)
class Shift:
    """From ``start`` to ``end`` (UTC) ``person`` is on call; "" is nobody, ``why`` says by what."""

    person: str
    start: datetime
    end: datetime
    why: Why

    @property
    def gap(self) -> bool:
        """Whether the rota itself has nobody: only the fallback, or nobody at all."""
        return self.why in ("fallback", "nobody")


def on_call(schedule: Schedule, at: datetime) -> tuple[str, Why]:
    """Who is on call at an instant, and by what."""
    active = [o for o in schedule.overrides if o.start <= at < o.end]
    if active:
        return max(active, key=lambda o: (o.made_at, o.id)).person, "override"
    for event in reversed(schedule.events):
        if event.start <= at < event.end:
            return event.person, "calendar"
    for layer in reversed(schedule.layers):
        if person := _of_layer(layer, at, schedule.zone):
            return person, "layer"
    return (schedule.fallback, "fallback") if schedule.fallback else ("", "nobody")


def shifts(schedule: Schedule, start: datetime, end: datetime) -> list[Shift]:
    """The shifts between two instants, in order, without a hole; neighbours of one person and one
    reason are one."""
    edges = sorted({start, end, *(e for e in _edges(schedule, start, end) if start < e < end)})
    found: list[Shift] = []
    for begin, until in pairwise(edges):
        person, why = on_call(schedule, begin)
        if found and (found[-1].person, found[-1].why) == (person, why):
            found[-1] = Shift(person, found[-1].start, until, why)
        else:
            found.append(Shift(person, begin, until, why))
    return found


def gaps(schedule: Schedule, start: datetime, end: datetime) -> list[Shift]:
    """When the rota itself has nobody."""
    return [shift for shift in shifts(schedule, start, end) if shift.gap]


def _of_layer(layer: Layer, at: datetime, zone: ZoneInfo) -> str:
    if not layer.people or (layer.only and not within(layer.only, at, zone)):
        return ""
    day = at.astimezone(zone).date()
    if at < instant(day, layer.handoff, zone):
        day -= DAY
    turns = (day - layer.start).days
    return layer.people[turns // layer.turn_days % len(layer.people)] if turns >= 0 else ""


def _edges(schedule: Schedule, start: datetime, end: datetime) -> Iterator[datetime]:
    """Every instant at which who is on call may change."""
    for override in schedule.overrides:
        yield from (override.start, override.end)
    for event in schedule.events:
        yield from (event.start, event.end)
    zone = schedule.zone
    first = start.astimezone(zone).date() - DAY
    days = [first + n * DAY for n in range((end - start).days + 4)]
    for layer in schedule.layers:
        yield from (instant(day, layer.handoff, zone) for day in days)
        if layer.only:
            for opening in openings(layer.only, days, zone):
                yield from opening


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be paged. ``slack``: a member id, U…; ``zone``: for quiet hours."""

    slug: str
    name: str
    slack: str = ""
    email: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Role:
    """Who is meant by a role: those on call by a schedule, some people, or a Slack group; and who
    comes next where none of them can be reached."""

    slug: str
    schedule: str = ""
    people: tuple[str, ...] = ()
    group: str = ""
    backup: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rota:
    """All there is to know about who is paged."""

    people: Mapping[str, Person]
    roles: Mapping[str, Role]
    schedules: Mapping[str, Schedule]

    def holders(self, role: str, at: datetime) -> list[Person]:
        """The people a role stands for at an instant, without the backup; [] where it names
        nobody or only a group."""
        found = self.roles.get(role)
        if found is None:
            return []
        names = list(found.people)
        if found.schedule in self.schedules:
            person, _ = on_call(self.schedules[found.schedule], at)
            names = [person, *names] if person else names
        return [self.people[name] for name in dict.fromkeys(names) if name in self.people]

    def backups(self, role: str) -> list[Person]:
        """Who comes next where no holder can be reached."""
        found = self.roles.get(role)
        return [self.people[name] for name in found.backup if name in self.people] if found else []
