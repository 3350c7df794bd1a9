"""Wall time: parts of the week, and the instants they are, through every change of clocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
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
    window: Window, days: Iterable[date], zone: ZoneInfo
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


def quiet_until(window: Window, zone: ZoneInfo, at: datetime) -> datetime | None:
    """When hours that are to be quiet end (UTC), of one window after the other where they meet;
    None: it is not quiet at ``at``, or would be for more than a week, which is not believed."""
    end = at
    while end - at < 8 * DAY:
        today = end.astimezone(zone).date()
        found = openings(window, (today - DAY, today), zone)
        later = max((close for begin, close in found if begin <= end < close), default=None)
        if later is None:
            return end if end > at else None
        end = later
    return None


FAR = 400
"""So many days ahead an opening is looked for; without one, time counts as it passes."""


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """When an office is open: in the ``window`` of a week in ``zone``, but not on the ``closed``
    days."""

    window: Window
    zone: ZoneInfo
    closed: frozenset[date] = frozenset()

    def after(self, start: datetime, span: timedelta) -> datetime:
        """The instant (UTC) at which the office has been open for ``span`` since ``start``; what
        would fall on its closing or later waits for the next opening. An office that never opens
        keeps nobody waiting: then it is ``start + span``."""
        first = start.astimezone(self.zone).date() - DAY
        left = span
        for opening, closing in openings(
            self.window,
            (day for n in range(FAR) if (day := first + n * DAY) not in self.closed),
            self.zone,
        ):
            begin = max(opening, start)
            if begin < closing and left < closing - begin:
                return begin + left
            left -= max(closing - begin, timedelta(0))
        return start + span

    def pack(self) -> dict[str, Any]:
        """JSON-serialisable."""
        end = self.window.end
        return {
            "days": list(self.window.days),
            "from": self.window.start.isoformat(),
            "to": end.isoformat() if end else None,
            "zone": self.zone.key,
            "closed": sorted(day.isoformat() for day in self.closed),
        }


def unpack_hours(packed: Mapping[str, Any]) -> BusinessHours:
    """The hours that were packed."""
    end = packed["to"]
    window = Window(
        tuple(packed["days"]),
        time.fromisoformat(packed["from"]),
        time.fromisoformat(end) if end else None,
    )
    closed = frozenset(map(date.fromisoformat, packed["closed"]))
    return BusinessHours(window, ZoneInfo(packed["zone"]), closed)
