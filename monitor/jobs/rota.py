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


def called(settings: Settings) -> dict[str, str]:
    """What people call those whom Slack knows by an id, by how a target is written: a person's
    name (with their slug where two have the same), a group's role."""
    names = [person.name for person in settings.people]
    found = {
        f"@{role.slack_group}": slug for slug, role in settings.roles.items() if role.slack_group
    }
    for person in settings.people:
        alone = names.count(person.name) == 1
        found[f"@{person.slack}"] = person.name if alone else f"{person.name} ({person.slug})"
    return found


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
    same = Counter(person.name.lower() for person in app.settings.people)
    with app.db.read() as tx:
        whole = rota(app, tx, now)
    return tuple(
        slug
        for slug in whole.roles
        if any(
            known & {p.slug, _alone(p, same), p.slack.lower(), p.email.lower()} - {""}
            for p in (*whole.holders(slug, now), *whole.backups(slug))
        )
    )


def _alone(person: Person, same: Counter[str]) -> str:
    """Somebody's name where it is nobody else's."""
    name = person.name.lower()
    return name if same[name] == 1 else ""


def rota_of(settings: Settings, covers: list[store.Cover]) -> Rota:
    """The rota of a config with the covers that people took."""
    people = {
        p.slug: Person(p.slug, p.name, p.slack, p.email, p.time_zone) for p in settings.people
    }
    roles = {
        slug: Role(slug, role.schedule, role.people, role.slack_group, role.backup)
        for slug, role in settings.roles.items()
    }
    schedules = {s.slug: _schedule(s, covers) for s in settings.schedules}
    return Rota(people, roles, schedules)


def _schedule(settings: ScheduleSettings, covers: list[store.Cover]) -> Schedule:
    fixed = [
        Override(o.person, o.start, o.end, CONFIGURED, reason=o.reason) for o in settings.overrides
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
