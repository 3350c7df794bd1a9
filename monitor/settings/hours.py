"""When the office is open, when nobody is to be woken, and how often somebody may be paged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from monitor.settings.sections import Section

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _clock(value: object) -> object:
    """``"09:00"``; ``"24:00"`` is the end of the day."""
    if isinstance(value, str) and value != "24:00":
        hours, _, minutes = value.partition(":")
        if hours.isdigit() and minutes.isdigit() and int(hours) < 24 and int(minutes) < 60:
            return time(int(hours), int(minutes))
    if value == "24:00" or value is None:
        return None
    if isinstance(value, time):
        return value
    raise ValueError('write a time of day such as "09:00", in quotes')


WallTime = Annotated[time, BeforeValidator(_clock)]
"""A time of the wall clock: ``"09:00"``."""

EndTime = Annotated[time | None, BeforeValidator(_clock)]
"""The same, or ``"24:00"``."""

Holidays = Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?(\+[a-z_]+)*$")]
"""A country as ISO 3166 writes it, one of its regions, and which holidays beside the public ones:
``ID``, ``DE-BE``, ``ID+government`` (with cuti bersama)."""

KNOWN = timedelta(days=366)
"""So far ahead the closed days are written out."""


class QuietHours(Section):
    """When delivery waits, other than of SEV1, while everything goes on being watched: on these
    days ``from`` to ``to``, which is on the next day where it is not later."""

    days: tuple[Weekday, ...] = ()
    start: WallTime = Field(alias="from")
    end: EndTime = Field(alias="to")

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.start == self.end:
            raise ValueError("`from` and `to` are the same: that would be quiet for ever")
        if self.start == time(0) and self.end is None and len(set(self.days)) in (0, 7):
            raise ValueError("every hour of every day would be quiet; say when it is not")
        return self


class BusinessHours(Section):
    """When the office is open, for the steps of playbooks that count in `hours: business`."""

    days: tuple[Weekday, ...] = Field(("mon", "tue", "wed", "thu", "fri"), min_length=1)
    start: WallTime = Field(time(9), alias="from")
    end: EndTime = Field(time(17), alias="to")
    time_zone: str = Field("", description="Default: the brand's.")
    holidays: tuple[Holidays, ...] = Field((), description="Countries: ID, DE-BE, ID+government.")
    closed: tuple[date, ...] = Field((), description="Further days on which it is closed.")


class PageBudget(Section):
    """How often one person may be paged, other than by SEV1. What is more comes as one page."""

    per_hour: int | None = Field(6, ge=1)
    per_day: int | None = Field(24, ge=1, description="In any 24 hours.")


def closed_days(hours: BusinessHours, now: datetime, zone: ZoneInfo) -> frozenset[date]:
    """The days from yesterday on, for about a year, on which the office is closed."""
    first = now.astimezone(zone).date() - timedelta(days=1)
    last = first + KNOWN
    years = range(first.year, last.year + 1)
    found = {day for named in hours.holidays for year in years for day in _days(named, year)}
    return frozenset(day for day in (*found, *hours.closed) if first <= day <= last)


@cache
def _days(named: str, year: int) -> frozenset[date]:
    """A country's holidays of a year. Raises ValueError with a sentence."""
    import holidays  # 0.2 s, only where holidays are named

    place, *more = named.split("+")
    country, _, region = place.partition("-")
    known = holidays.list_supported_countries()
    if country not in known:
        raise ValueError(f"the holidays of `{country}` are not known; list the days under `closed`")
    if region and region not in known[country]:
        there = ", ".join(known[country]) or "none"
        raise ValueError(f"`{country}` has no region `{region}`; there are: {there}")
    kinds = getattr(holidays, country).supported_categories
    for kind in more:
        if kind not in kinds:
            raise ValueError(f"`{country}` has no holidays `{kind}`; there are: {', '.join(kinds)}")
    categories = ("public", *more)
    found = holidays.country_holidays(
        country, subdiv=region or None, years=year, categories=categories
    )
    return frozenset(found)


def wrong_holidays(data: Mapping[str, Any], now: datetime) -> Iterator[tuple[int, str]]:
    """What is wrong with the holidays of a config as it was read: which, and a sentence."""
    section = data.get("business_hours")
    named = section.get("holidays") if isinstance(section, Mapping) else None
    for number, one in enumerate(named if isinstance(named, list) else ()):
        if isinstance(one, str) and one:
            try:
                _days(one, now.year)
            except ValueError as error:
                yield number, str(error)
