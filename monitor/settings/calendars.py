"""Calendar files (ICS, RFC 5545), as calendars export them -> planned events."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from monitor.problems import Problem
from monitor.settings.errors import in_words
from monitor.settings.model import CalendarFile, PlannedEvent
from monitor.settings.people import OverrideSettings, PersonSettings
from monitor.settings.yaml import NotYaml, read_text

AHEAD = timedelta(days=730)
"""So far ahead a series that repeats for ever is written out; the config is read more often."""

BEGIN = datetime(1970, 1, 2, tzinfo=UTC)
RARE = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
SIGNS = re.compile(r"[^\w@.-]+")
VOLUME = re.compile(r"^\s*volume\s*[:=]\s*([\d.]+)\s*$", re.IGNORECASE | re.MULTILINE)


class CalendarProblem(Problem):
    """The calendar cannot be used; its text says why and what to do."""


def planned(file: Path, asked: CalendarFile, now: datetime) -> tuple[PlannedEvent, ...]:
    """The events of a calendar file, repeated ones written out until ``AHEAD`` of ``now``.

    A day without hours is that day in ``asked.time_zone``. A line ``volume: 5`` in an event's
    description is its own volume. Cancelled events, and moments without a length, are left out.
    Raises CalendarProblem.
    """
    try:
        text = read_text(file)
    except NotYaml as error:
        raise CalendarProblem(f"{error} (a calendar that the config names)") from None
    try:
        occurrences = _occurrences(text, now + AHEAD)
        found = [_event(one, asked) for one in occurrences if _counts(one)]
    except ValidationError as error:
        said = "; ".join(message for _, message in in_words(error, PlannedEvent))
        raise CalendarProblem(f"an event that cannot be used: {said}") from None
    except ZoneInfoNotFoundError:
        raise CalendarProblem(
            f"unknown time zone `{asked.time_zone}`; write it as Asia/Jakarta"
        ) from None
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        first = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise CalendarProblem(
            f"this is no calendar that can be read ({first}); export it again as ICS"
        ) from None
    return tuple(sorted(found, key=lambda event: (event.start, event.name)))


def shifts_in(
    file: Path, people: Sequence[PersonSettings], time_zone: str, now: datetime
) -> tuple[OverrideSettings, ...]:
    """The shifts of a calendar file. An entry's title is a person's slug, name or address, alone or
    among other words. Raises CalendarProblem, also for an entry that names nobody."""
    try:
        text = read_text(file)
        zone = ZoneInfo(time_zone)
        found = [one for one in _occurrences(text, now + AHEAD) if _counts(one)]
        return tuple(_shift(one, people, zone) for one in found)
    except NotYaml as error:
        raise CalendarProblem(f"{error} (a calendar that a schedule names)") from None
    except CalendarProblem:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        first = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise CalendarProblem(
            f"this is no calendar that can be read ({first}); export it again as ICS"
        ) from None


def _shift(occurrence: Any, people: Sequence[PersonSettings], zone: ZoneInfo) -> OverrideSettings:
    title = str(occurrence.get("SUMMARY", "")).strip()
    start, end = _moment(occurrence.start, zone), _moment(occurrence.end, zone)
    return OverrideSettings.model_validate(
        {"person": _named(title, people), "from": start, "to": end, "reason": title[:80]}
    )


def _named(title: str, people: Sequence[PersonSettings]) -> str:
    """Whom a title names first, by slug. Raises CalendarProblem where that is nobody, or two."""
    words = f" {SIGNS.sub(' ', title.lower())} "
    places: dict[str, int] = {}
    for person in people:
        names = (person.slug, person.name, person.email)
        found = [words.find(f" {name.lower()} ") for name in names if name]
        if there := [place for place in found if place >= 0]:
            places[person.slug] = min(there)
    first = [slug for slug, place in places.items() if place == min(places.values())]
    if not first:
        raise CalendarProblem(f"the shift {title[:60]!r} names nobody of `people`")
    if len(first) > 1:
        raise CalendarProblem(
            f"the shift {title[:60]!r} may name {' or '.join(first)}: write the slug or the address"
        )
    return first[0]


def _occurrences(text: str, until: datetime) -> list[Any]:
    import icalendar  # 0.1 s, only where a calendar is named
    import recurring_ical_events

    calendar: Any = icalendar.Calendar.from_ical(text)
    for component in calendar.walk("VEVENT"):
        for rule in _rules(component):
            often = [str(freq) for freq in rule.get("FREQ", ())]
            if any(freq not in RARE for freq in often):
                raise ValueError(f"an event repeats {often[0].lower()}, which no plan does")
            if any(int(step) < 1 for step in rule.get("INTERVAL", ())):  # dateutil never ends
                raise ValueError("an event repeats every 0, which has no end")
    return list(recurring_ical_events.of(calendar).between(BEGIN, until))


def _rules(component: Any) -> Iterator[Any]:
    told = component.get("RRULE", [])
    yield from told if isinstance(told, list) else [told]


def _counts(occurrence: Any) -> bool:
    """Whether it takes place, and takes time."""
    cancelled = str(occurrence.get("STATUS", "")).upper() == "CANCELLED"
    return not cancelled and bool(occurrence.end > occurrence.start)


def _event(occurrence: Any, asked: CalendarFile) -> PlannedEvent:
    zone = ZoneInfo(asked.time_zone)
    own = VOLUME.search(str(occurrence.get("DESCRIPTION", "")))
    return PlannedEvent(
        name=str(occurrence.get("SUMMARY", "")).strip() or "(without a name)",
        start=_moment(occurrence.start, zone),
        end=_moment(occurrence.end, zone),
        volume=float(own[1]) if own else asked.volume,
        brands=asked.brands,
    )


def _moment(told: date, zone: ZoneInfo) -> datetime:
    """A calendar's date or time, which may leave out the hours, the zone or both."""
    if not isinstance(told, datetime):
        told = datetime.combine(told, time())
    return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=zone).astimezone(UTC)
