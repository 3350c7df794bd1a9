"""The rota as it is now: what the config says, with the covers that people have taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerting.hours import Window
from alerting.model import Target
from alerting.oncall import Event, Layer, Override, Person, Role, Rota, Schedule
from monitor.app import App
from monitor.settings.model import Settings
from monitor.settings.people import LayerSettings, OnlySettings, ScheduleSettings
from monitor.store import oncall as store
from monitor.store.engine import Transaction

CONFIGURED = datetime.min.replace(tzinfo=ZoneInfo("UTC"))
"""When the config's overrides count as made: before any that a person takes."""


def rota(app: App, tx: Transaction, now: datetime) -> Rota:
    """Everything about who is paged, as it is now."""
    return rota_of(app.settings, store.covers(tx, now - timedelta(days=1)))


def names_of(settings: Settings) -> dict[str, str]:
    """What people are called, by slug; which is added where two have the same name."""
    names = Counter(person.name for person in settings.people)
    return {
        person.slug: person.name if names[person.name] == 1 else f"{person.name} ({person.slug})"
        for person in settings.people
    }


def called(settings: Settings) -> dict[str, str]:
    """What people call those whom Slack knows by an id, by how a target is written: a person's
    name, a group's role."""
    names, roles = names_of(settings), settings.roles.items()
    groups = {f"@{role.slack_group}": slug for slug, role in roles if role.slack_group}
    return groups | {f"@{p.slack}": names[p.slug] for p in settings.people if p.slack}


def holders(
    app: App, tx: Transaction, now: datetime, but: Collection[str] = ()
) -> dict[str, tuple[Target, ...]]:
    """Whom each role stands for now, as Slack can name them: its holders, else its backup; and its
    group. ``but``: people who are left out."""
    if not app.settings.roles:
        return {}
    whole = rota(app, tx, now)
    found = {}
    for slug, role in whole.roles.items():
        named = [p for p in whole.holders(slug, now) if p.slack and p.slug not in but]
        named = named or [p for p in whole.backups(slug) if p.slack and p.slug not in but]
        group = (Target("group", role.group),) if role.group else ()
        found[slug] = (*(Target("person", p.slack) for p in named), *group)
    return found


def roles_of(app: App, names: Sequence[str], now: datetime) -> tuple[str, ...]:
    """The roles that somebody holds now, known by any of these names (slug, name, Slack id, mail
    address), backups included; ("*",) where the config knows no roles: then anybody may stand for
    any of them."""
    if not app.settings.roles:
        return ("*",)
    known = {name.strip().lower() for name in names if name.strip()}
    with app.db.read() as tx:
        whole = rota(app, tx, now)
    return tuple(
        slug
        for slug in whole.roles
        if any(
            known & {p.slug, p.name.lower(), p.slack.lower(), p.email.lower()} - {""}
            for p in (*whole.holders(slug, now), *whole.backups(slug))
        )
    )


def rota_of(settings: Settings, covers: list[store.Cover]) -> Rota:
    """The rota of a config with the covers that its people took: those of somebody who is not in
    it any more count no longer, and whom they relieved is on call again."""
    names = names_of(settings)
    people = {
        p.slug: Person(p.slug, names[p.slug], p.slack, p.email, p.time_zone)
        for p in settings.people
    }
    roles = {
        slug: Role(slug, role.schedule, role.people, role.slack_group, role.backup)
        for slug, role in settings.roles.items()
    }
    there = [cover for cover in covers if cover.person in people]
    schedules = {s.slug: _schedule(s, there) for s in settings.schedules}
    return Rota(people, roles, schedules)


def _schedule(settings: ScheduleSettings, covers: list[store.Cover]) -> Schedule:
    fixed = [
        Override(o.person, o.start, o.end, CONFIGURED, reason=o.reason, id=place)
        for place, o in enumerate(settings.overrides)
    ]
    taken = [
        Override(c.person, c.start, c.end, c.made_at, c.made_by, c.reason, c.id)
        for c in covers
        if c.schedule == settings.slug
    ]
    return Schedule(
        slug=settings.slug,
        zone=ZoneInfo(settings.time_zone),
        layers=tuple(_layer(layer) for layer in settings.layers),
        events=tuple(Event(s.person, s.start, s.end) for s in settings.shifts),
        overrides=(*fixed, *taken),
        fallback=settings.fallback,
    )


def _layer(layer: LayerSettings) -> Layer:
    only = layer.only
    return Layer(
        layer.people, layer.start, layer.turn_days, layer.handoff, _window(only) if only else None
    )


def _window(only: OnlySettings) -> Window:
    return Window(tuple(only.days), only.start or time(0), only.end)
