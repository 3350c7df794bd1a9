"""Who can be paged: people, the roles they hold, and the rotas that say who is on call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any, Literal, Self

from pydantic import AwareDatetime, Field, field_validator, model_validator

from monitor.settings.addresses import ADDRESS
from monitor.settings.hours import EndTime, QuietHours, WallTime, Weekday
from monitor.settings.sections import Section, Slug


class PersonSettings(Section):
    """Somebody who can be paged, by the ways that are named."""

    slug: Slug
    name: str
    slack: str = Field("", pattern=r"^([UW][A-Z0-9]{4,})?$", description="Slack member id, U….")
    email: str = ""
    time_zone: str = Field("", description="For quiet hours; default: the brand's.")
    quiet_hours: QuietHours | None = Field(
        None, description="When pages wait for them, other than of SEV1."
    )

    @field_validator("email")
    @classmethod
    def _is_an_address(cls, email: str) -> str:
        if email and not ADDRESS.fullmatch(email):
            raise ValueError("must be an e-mail address, such as team@example.com")
        return email


class RoleSettings(Section):
    """Who is meant by a role of a playbook. ``backup`` comes next where none can be reached."""

    schedule: Slug | Literal[""] = ""
    people: tuple[Slug, ...] = ()
    slack_group: str = Field("", pattern=r"^(S[A-Z0-9]{4,})?$", description="User group id, S….")
    backup: tuple[Slug, ...] = ()

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not (self.schedule or self.people or self.slack_group):
            raise ValueError("names nobody; give it a `schedule`, `people` or a `slack_group`")
        return self


class OnlySettings(Section):
    """The part of the week a layer covers. ``to`` at or before ``from`` is on the next day."""

    days: tuple[Weekday, ...] = ()
    start: WallTime = Field(time(0), alias="from")
    end: EndTime = Field(None, alias="to")


class LayerSettings(Section):
    """People who take turns. A later layer wins where it covers."""

    people: tuple[Slug, ...] = Field(min_length=1)
    start: date
    turn_days: int = Field(7, ge=1, le=366)
    handoff: WallTime = time(9)
    only: OnlySettings | None = None


class OverrideSettings(Section):
    """Somebody else for a while, known beforehand (a holiday). Times need a zone."""

    person: Slug
    start: AwareDatetime = Field(alias="from")
    end: AwareDatetime = Field(alias="to")
    reason: str = ""

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.end <= self.start:
            raise ValueError("ends before it begins; mend `from` or `to`")
        return self


class ScheduleSettings(Section):
    """A rota. ``shifts``: single ones, and those of ``calendar``, an ICS file beside the config
    whose entries' titles name people. ``fallback``: who is paged where the rota has nobody, which
    is itself told so many days ahead."""

    slug: Slug
    time_zone: str = "Asia/Jakarta"
    layers: tuple[LayerSettings, ...] = ()
    shifts: tuple[OverrideSettings, ...] = ()
    calendar: str = ""
    overrides: tuple[OverrideSettings, ...] = ()
    fallback: Slug | Literal[""] = ""
    warn_gap_days_ahead: int = Field(7, ge=0, le=60)


Named = Iterator[tuple[tuple[str | int, ...], object]]


def wrong_names(data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What names somebody or something that is not there, in a config as it was read: where, and a
    sentence. Sections of a wrong shape are another check's."""
    people = {row.get("slug") for _, row in _rows(data.get("people"))}
    rotas = {row.get("slug") for _, row in _rows(data.get("schedules"))}
    roles = data.get("roles")
    for slug, role in roles.items() if isinstance(roles, Mapping) else ():
        if isinstance(role, Mapping) and role.get("schedule") not in (None, "", *rotas):
            yield ("roles", slug, "schedule"), f"there is no schedule `{role['schedule']}`"
    for loc, name in _named(data):
        if name not in (None, "", *people):
            yield loc, f"`{name}` is not one of `people`; give them a name and a way there"


def _named(data: Mapping[str, Any]) -> Named:
    roles = data.get("roles")
    for slug, role in roles.items() if isinstance(roles, Mapping) else ():
        for field in ("people", "backup"):
            if isinstance(role, Mapping):
                yield from _each(("roles", slug, field), role.get(field))
    for at, schedule in _rows(data.get("schedules")):
        where = ("schedules", at)
        yield (*where, "fallback"), schedule.get("fallback")
        for n, layer in _rows(schedule.get("layers")):
            yield from _each((*where, "layers", n, "people"), layer.get("people"))
        for field in ("overrides", "shifts"):
            for n, override in _rows(schedule.get(field)):
                yield (*where, field, n, "person"), override.get("person")


def _each(loc: tuple[str | int, ...], names: object) -> Named:
    if isinstance(names, list):
        for n, name in enumerate(names):
            yield (*loc, n), name


def _rows(value: object) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if isinstance(value, list):
        for n, row in enumerate(value):
            if isinstance(row, Mapping):
                yield n, row
