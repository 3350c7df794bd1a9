"""Wall time: parts of the week, and the instants they are, through every change of clocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Window:
    """Part of a day: ``start`` to ``end`` of the wall clock on some weekdays (of its start; empty:
    all). ``end`` None is the end of the day; at or before ``start`` it is on the next day."""

    days: tuple[str, ...] = ()
    start: time = time(0)
    end: time | None = None


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A wall time as UTC: where it is jumped over the first instant after the jump, where it comes
    twice the first of the two."""
    local = datetime.combine(day, at, tzinfo=zone)
    early = local.astimezone(UTC)
    if early.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return early
    before = local.replace(fold=1).astimezone(UTC)
    low, high = before, early  # the jump is between these two
    offset = before.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def within(window: Window, at: datetime, zone: ZoneInfo) -> bool:
    today = at.astimezone(zone).date()
    return any(start <= at < end for start, end in openings(window, (today - DAY, today), zone))


def openings(
    window: Window, days: Sequence[date], zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    for day in days:
        if window.days and WEEKDAYS[day.weekday()] not in window.days:
            continue
        start = instant(day, window.start, zone)
        if window.end is None:
            yield start, instant(day + DAY, time(0), zone)
        else:
            last = day if window.end > window.start else day + DAY
            yield start, instant(last, window.end, zone)
