"""The times of a file's rows: one column or two, one order of day and month for all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from connectors.kit.times import excel_time, is_null, parse_time, zone_in

_DAY_AND_MONTH = re.compile(r"(?:.*?[\s,(])??(\d{1,2})([/ -])(\d{1,2})\2(\d{4}|(?<! )\d{2})(?!\d)")
_SHORT = re.compile(r"^(\d\d)([-/.])(\d\d)\2(\d\d)(?!\d)")
_LONG = re.compile(r"^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_COMPACT = re.compile(r"^(\d{8})[ T_-](\d\d)(\d\d)(\d\d)?$")
_HAS_CLOCK = re.compile(r"\d:\d\d|\d\.\d\d\b(?!\.)|[ap]\.?m\b", re.IGNORECASE)
_MIDNIGHT = re.compile(r"[ T]00:00(:00(\.0+)?)?$")
_HOUR = re.compile(r"\d{1,2}")
_DIGITS = re.compile(r"(\d{1,2})(\d{2})(\d{2})?")
_SHARE = re.compile(r"0?[.,]\d+")
"""A share of a day, as spreadsheets keep a time."""

_HAS_ZONE = re.compile(r"(Z|[+-]\d\d:?\d\d|[A-Z]{3,4}|^\d{9,}(\.\d+)?)\)?$")
_OFFSET = re.compile(r"^([+-])?(\d{1,2})(?::?(\d{2}))?$")
"""A zone's column that holds the offset alone."""

_SPREADSHEET_S_DAY = re.compile(r"^1(899-12-3\d|900-01-0\d)[ T]")

Get = Callable[[str], str]
"""A row's value of one of our fields, ``""`` where it has none."""


@dataclass(slots=True)
class Moments:
    """Reads a row's time. ``day_first`` is the order that the file itself has shown (None: not
    yet); ``year_first``: dates such as 26-03-02 begin with the year; ``day_second``: such as
    2026-22-03 have the day before the month; ``shown`` an example of each order, day first and
    month first."""

    zone: tzinfo
    form: str = ""
    day_first: bool | None = None
    year_first: bool = False
    day_second: bool = False
    shown: dict[bool, str] = field(default_factory=dict)
    example: str = ""

    def text(self, get: Get) -> str:
        """What the row says of its time: date and time of day."""
        said = self._of_day(get)
        zone = _OFFSET.sub(
            lambda found: f"UTC{found[1] or '+'}{found[2]}:{found[3] or '00'}", get("zone")
        )
        if zone and not _HAS_ZONE.search(said) and zone_in(zone) is not None:
            said = f"{said} {zone}"
        return said

    def _of_day(self, get: Get) -> str:
        date, clock = get("published_at"), get("clock")
        if self.year_first:
            date = _SHORT.sub(r"20\1-\3-\4", date)
        if self.day_second:
            date = _LONG.sub(r"\1-\4-\3", date)
        if found := _COMPACT.match(date):
            date = f"{found[1]} {':'.join(filter(None, found.groups()[1:]))}"
        if not clock or (_HAS_CLOCK.search(date) and not _MIDNIGHT.search(date)):
            return date
        clock = _MIDNIGHT.sub("", _SPREADSHEET_S_DAY.sub("", clock))
        if _SHARE.fullmatch(clock):
            seconds = round(float(clock.replace(",", ".")) * 86_400)
            clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        elif _HOUR.fullmatch(clock):
            clock = f"{clock}:00"
        elif digits := _DIGITS.fullmatch(clock):
            clock = ":".join(filter(None, digits.groups()))
        if day := excel_time(date):
            date = f"{day:%Y-%m-%d}"
        return f"{_MIDNIGHT.sub('', date)} {clock}"

    def read(self, get: Get) -> tuple[datetime | None, datetime | None]:
        """The row's time, aware UTC, and a second one where day and month can be exchanged: then
        the first has the day first. (None, None): none that can be read."""
        text = self.text(get)
        if not text:
            return None, None
        if self.form:
            date = get("published_at")
            return parse_time(text, self.zone, self.form) or parse_time(
                date, self.zone, self.form
            ), None
        at = parse_time(text, self.zone, day_first=self.day_first)
        if at is not None:
            self._learn(text)
            return at, None
        if (serial := excel_time(text)) is not None:
            return parse_time(serial.isoformat(), self.zone), None
        first, second = either(text, zone=self.zone)
        if first is not None and second is not None and first != second:
            self.example = self.example or text
            return first, second
        return first or second, None

    def _learn(self, text: str) -> None:
        if not (found := _DAY_AND_MONTH.match(text)):
            return
        first, second = int(found[1]), int(found[3])
        if first == second or min(first, second) > 12 or max(first, second) <= 12:
            return
        self.shown.setdefault(first > 12, text)
        if len(self.shown) == 1:
            self.day_first = first > 12


def is_year_first(values: Sequence[str]) -> bool:
    """Whether dates of two digits each, such as 26-03-02, begin with the year: what changes less
    from row to row is the year."""
    found = [match for match in map(_SHORT.match, values) if match]
    years, months, days = ({int(match[n]) for match in found} for n in (1, 3, 4))
    possible = all(12 < year < 70 for year in years) and all(month <= 12 for month in months)
    return possible and len(years) < len(days)


def is_day_second(values: Sequence[str]) -> bool:
    """Whether dates such as 2026-22-03 have the day before the month: some can be nothing else, and
    none the other order."""
    found = [match for match in map(_LONG.match, values) if match]
    days, months = ({int(match[n]) for match in found} for n in (3, 4))
    return max(days, default=0) > 12 >= max(months, default=13)


def either(
    text: str, form: str = "", zone: tzinfo = UTC
) -> tuple[datetime | None, datetime | None]:
    """A time with the day first, and with the month first."""
    return (
        parse_time(text, zone, form, day_first=True),
        parse_time(text, zone, form, day_first=False),
    )


def is_believable(at: datetime | None) -> bool:
    """Whether a row's time is one that something was said at."""
    return at is not None and not is_null(at)


def form_of(text: str, *, day_first: bool) -> str:
    """The strptime format of a numeric date and time, for a sentence to a person."""
    found = _DAY_AND_MONTH.match(text)
    if found is None:
        return "%d/%m/%Y %H:%M" if day_first else "%m/%d/%Y %H:%M"
    year = "%Y" if len(found[4]) == 4 else "%y"
    date = found[2].join(("%d", "%m", year) if day_first else ("%m", "%d", year))
    return _form_of_clock(text[: found.start(1)]) + date + _form_of_clock(text[found.end() :])


def _form_of_clock(rest: str) -> str:
    half = re.search(r"\s*[AaPp][Mm]\b", rest)
    rest = re.sub(r"\d{1,2}([:.])\d{2}\1\d{2}", r"%H\1%M\1%S", rest, count=1)
    rest = re.sub(r"\d{1,2}([:.])\d{2}", r"%H\1%M", rest, count=1)
    if half:
        rest = re.sub(r"[AaPp][Mm]\b", "%p", rest.replace("%H", "%I"))
    return rest
