"""Times as platforms, feeds and files write them: one reading of them for all.

Read are ISO 8601, RFC 822 (https://www.rfc-editor.org/rfc/rfc822#section-5), Twitter's first
format, seconds to nanoseconds since 1970 as numbers or digits, compact digits (20260302173000),
English and Indonesian names of months (``Sen, 15 Des 2025 17.30 WIB``), a 12-hour clock, and
numeric dates where their order is known. Whether a time can be believed is another question:
``is_null`` and ``implausible`` answer it.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from connectors.kit.clocks import of_twenty_four_hours
from connectors.kit.time_words import (
    INDONESIAN_ZONES,
    MONTHS,
    NAMED_ZONES,
    OFFSETS,
    WEEKDAYS,
    WORDS,
)
from monitor.model import BUCKET

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

EARLIEST = datetime(2001, 1, 3, tzinfo=UTC)
"""Nobody's mention is older. All dates that programs write for "none" are before: year 1, 1900,
1904, 1970, 1980, 30 November 1999 (PHP's month 0, day 0), 2000, 2001 (Apple's zero)."""

LATEST_YEAR = 2100

TOLERANCE = timedelta(minutes=15)
"""So far ahead of ours a stranger's clock may go before its time is not believed."""

EXCEL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001
"""Day 0 of Excel's calendar from 1 March 1900 on."""

_ORDINAL = re.compile(r"^((?:19|20)\d\d)-?(\d{3})(?=$|[T\s])")
"""2026-061, 2026061: the day of the year (ISO 8601)."""

_WEEK = re.compile(r"^((?:19|20)\d\d)-?W(\d\d)-?([1-7])(?=$|[T\s])", re.IGNORECASE)
"""2026-W10-1, 2026W101: the week of the year and its day (ISO 8601)."""

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
"""What word processors and editors leave between the signs of a date."""

_GROUPED = re.compile(r"\d{1,3}([,. ])\d{3}(?:\1\d{3}){2,5}")
"""1,772,434,860: a number as spreadsheets show it."""

_SPACED = re.compile(r"^(\d{4})\.\s(\d{1,2})\.\s(\d{1,2})\.?(?=\s|$)")
"""2026. 3. 2.: Korea's and Hungary's."""

_EPOCH_UNITS = {13: 1_000, 16: 1_000_000, 19: 1_000_000_000}
_CLOCK = re.compile(
    r"(?<![\d.:])(\d{1,2})(?:[:.](\d{2}))?(?:[:.](\d{2})(?:[.,](\d+))?)?\s*([ap])\.?\s?m\b\.?"
    r"|(?<![\d.:/-])(\d{1,2})([:.])(\d{2})(?:\7(\d{2})(?:[.,](\d+))?)?(?![\d/:-]|\.\d)",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"(?<=[\s\d])(?:GMT|UTC)?\s?([+-])(\d{1,2})(?::?(\d{2}))?\s*$", re.IGNORECASE)
_DOTTED_CLOCK = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d[.,]")
_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)[T,\s]*")
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?)?(?!\d)")
_DIGITS_OF_A_DATE = re.compile(r"^((?:19|20)\d\d)(\d\d)(\d\d)(?=\s|$)")
_ZONE_BEFORE_YEAR = re.compile(r"(?<=:\d\d )((?:[A-Z]{2,4})?[+-]\d\d:?\d\d|[A-Z]{2,4}) (\d{4})$")
"""Mon Mar 02 17:30:00 +0000 2026, the form of Twitter's first API, and Java's."""

_SPELT_OUT = re.compile(r"([+-]\d\d:?\d\d|Z)\s*(?:\([^()]*\)|\[[^\[\]]*\])$")
"""GMT+0700 (Western Indonesia Time), Z[UTC]: JavaScript's and Java's."""

_TWICE = re.compile(
    r"[(\[]?(?:(?<![A-Za-z])(?:WIB|WITA|WIT|MYT|SGT)|[+-]\d\d:?\d\d)[)\]]?\s*[(\[]?"
    r"(?=(?:UTC|GMT)?\s?[+-]\d{1,2}(?::?\d\d)?[)\]]?$)",
    re.IGNORECASE,
)
"""WIB+0700, WIB (UTC+7), +0700 +0700: a zone and the same in numbers, which counts."""

_ZONE_BEHIND_CLOCK = re.compile(r"(\d[:.]\d\d)\s*[(\[]?([A-Za-z]{3,4})[)\]]?(?=[\s,|–-])")
"""14:01 WIB, 2 Maret 2026."""

_DOT_NET = re.compile(r"/?Date\((\d{12,13})(?:[+-]\d{4})?\)/?")
_ROUNDED = re.compile(r"\d\.\d{7,}E\+?(09|9|12)", re.IGNORECASE)
"""Seconds or milliseconds as a spreadsheet or a program shows a large number, where enough of their
digits are left: within a minute."""

_JOINED = re.compile(r"^(\d{4}-\d\d-\d\d|\d{1,2}(/?)[A-Za-z]{3}\2\d{4})[-:](?=\d\d[.:])")
"""2026-03-02-17.30.00, 02MAR2026:17:30:00, 02/Mar/2026:17:30:00: DB2's, SAS's, Apache's."""

_BYLINE = re.compile(r"^[\w.]+\.(?:com|net|id|my)\s?[-–|,]\s")
"""Kompas.com - 02/03/2026, 17:30 WIB."""

_SEPARATED = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[_ T](?P<h>\d\d)-(?P<m>\d\d)(?:-(?P<s>\d\d))?$"
    r"|(?P<before>\d\s)(?P<hour>\d{1,2})h(?P<minute>\d\d)?\b"
)
"""2026-03-02_17-30-00, as in names of files; 17h30."""

_REGION = re.compile(r"\s\[?([A-Z][A-Za-z]+/[A-Z][A-Za-z_]+)\]?$")
_EAST_ASIAN = str.maketrans({"年": "-", "月": "-", "日": " "})
_NAMED = re.compile(r"(?:\d+|[^\W\d_]+)")


def bucket_of(time: datetime) -> datetime:
    """The start of the base bucket that ``time`` is in."""
    return time - (time - EPOCH) % BUCKET


def parse_time(
    value: object, zone: tzinfo = UTC, form: str = "", *, day_first: bool | None = None
) -> datetime | None:
    """The time that a text or a number says, as aware UTC; None where it cannot be read.

    ``zone`` is that of times that name none; ``form`` a strptime format that they must have;
    ``day_first`` the order of numeric dates such as 02/03/2026 (None: only those are read that
    can be one date alone).
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value)
    text = " ".join((text if text.isascii() else _INVISIBLE.sub("", text)).split())
    try:
        if form:
            at = datetime.strptime(text, form)  # noqa: DTZ007
        else:
            at = _iso(text) or _since_1970(text) or _written(text, day_first)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError, LookupError):
        return None


def is_ambiguous(value: str) -> bool:
    """Whether a numeric date can be read in two ways: 02/03/2026 is in February or in March."""
    return (
        parse_time(value) is None
        and parse_time(value, day_first=True) is not None
        and parse_time(value, day_first=False) is not None
    )


def excel_time(value: str) -> datetime | None:
    """The naive time of an Excel serial number (46083.5 is 2 March 2026, 12:00), 1990 to 2099."""
    if re.fullmatch(r"\d{2}([.,])\d{3}(?!\1)[.,]\d+", value):
        value = value[:2] + value[3:]
    if not re.fullmatch(r"\d{5}([.,]\d+)?", value):
        return None
    days = float(value.replace(",", "."))
    if not 32_874 <= days < 73_051:
        return None
    return EXCEL_ZERO + timedelta(seconds=round(days * 86_400))


def is_null(at: datetime) -> bool:
    """Whether it is what programs write where there is no date, or no possible time."""
    return at < EARLIEST or at.year >= LATEST_YEAR


def implausible(at: datetime | None, earliest: datetime, now: datetime) -> bool:
    """Whether a time cannot be believed of something new: none, a null date, before ``earliest``
    or in the future."""
    return at is None or is_null(at) or at < earliest or at > now + TOLERANCE


def zone_in(text: str) -> tzinfo | None:
    """The zone that a text names: ``Date (WIB)``, ``GMT+7``, ``All times in Asia/Jakarta``."""
    if found := re.search(r"\b(?:GMT|UTC)\s?([+-])(\d{1,2})(?::?(\d{2}))?", text, re.IGNORECASE):
        return _fixed(*found.groups())
    if found := re.search(r"\b[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+", text):
        try:
            return ZoneInfo(found[0])
        except (KeyError, OSError, ValueError):
            pass
    text = re.sub(r"(?<![^\W_])(wib|wita|utc)(?![^\W_])", lambda m: m[0].upper(), text)
    text = text.replace("_", " ")
    if re.search(r"\b(jakarta|wib)\b", text, re.IGNORECASE):
        return ZoneInfo("Asia/Jakarta")
    for word in re.findall(r"\b[A-Z]{2,4}\b", text):
        if word in OFFSETS:
            return timezone(timedelta(hours=OFFSETS[word]))
        if word in NAMED_ZONES:
            return ZoneInfo(NAMED_ZONES[word])
    return None


def midnight_after(time: datetime, zone: tzinfo = UTC) -> datetime:
    """The next midnight in ``zone``, aware UTC: when a day's quota begins anew."""
    tomorrow = time.astimezone(zone).date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone).astimezone(UTC)


def zone_named(name: str) -> ZoneInfo:
    """The zone of that name. Raises ValueError with words for a person."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise ValueError(f"no such time zone: {name}; write one like Asia/Jakarta") from error


def _iso(text: str) -> datetime | None:
    """Most times are of this form, and this is the fastest way to read them."""
    if _DOTTED_CLOCK.match(text):
        return None  # minutes, not a fraction of an hour
    try:
        return datetime.fromisoformat(text) if text[4:5] == "-" else None
    except ValueError:
        return None


def _since_1970(text: str) -> datetime | None:
    text = text.lstrip("@'+")
    if found := _DOT_NET.fullmatch(text):
        text = found[1]
    elif found := _GROUPED.fullmatch(text):
        text = text.replace(found[1], "")
    elif _ROUNDED.fullmatch(text):
        text = f"{float(text):.0f}"
    if re.fullmatch(r"\d{9,11}([.,]\d+)?", text):
        return EPOCH + timedelta(seconds=float(text.replace(",", ".")))
    if re.fullmatch(r"\d{12}", text) and not _COMPACT.fullmatch(text):
        return EPOCH + timedelta(milliseconds=int(text))
    whole = text.partition(".")[0]
    if re.fullmatch(r"\d+(\.\d+)?", text) and (unit := _EPOCH_UNITS.get(len(whole))):
        return EPOCH + timedelta(microseconds=int(whole) * 1_000_000 // unit)
    return None


def _written(text: str, day_first: bool | None) -> datetime:
    """Raises ValueError or LookupError where no date is found, or more than one can be meant."""
    if len(text) > 100:
        raise ValueError("no date is so long")
    text = _BYLINE.sub("", text).rstrip(".")
    text = _SEPARATED.sub(_with_colons, of_twenty_four_hours(text.translate(_EAST_ASIAN)))
    text = _WEEK.sub(_day_of_week, _ORDINAL.sub(_day_of_year, _SPACED.sub(r"\1-\2-\3", text)))
    if at := _iso(text):
        return at
    rest, zone = _take_zone(_ZONE_BEFORE_YEAR.sub(r"\2 \1", _JOINED.sub(r"\1 ", text)))
    rest = _DIGITS_OF_A_DATE.sub(r"\1-\2-\3", rest)
    if (found := _COMPACT.match(rest)) and rest[found.end() :].strip() in ("", "Z"):
        return datetime(*(int(part or 0) for part in found.groups()), tzinfo=zone)  # type: ignore[misc, arg-type]
    if found := _ISO.match(rest):
        year, _, month, day = found.groups()
        rest = " " + rest[found.end() :]
    elif not _names_a_month(rest) and (found := _NUMERIC.search(rest)):
        if zone is not None and zone.tzname(None) in ("WIB", "WITA", "WIT"):
            day_first = True
        if day_first is None:
            day_first = _by_weekday(found, rest)
        year, month, day = _ordered(found, day_first)
        rest = f"{rest[: found.start()]} {rest[found.end() :]}"
    else:
        year = month = day = ""
    hour, minute, second, micro, rest = _take_clock(rest)
    if not year:
        year, month, day = _by_names(rest)
    elif _unknown(rest):
        raise ValueError("words that are no part of a time")
    at = datetime(int(_full(year)), int(month), int(day), tzinfo=zone)
    return at + timedelta(hours=hour, minutes=minute, seconds=min(second, 59), microseconds=micro)


def _with_colons(found: re.Match[str]) -> str:
    if found["day"]:
        return f"{found['day']} {found['h']}:{found['m']}:{found['s'] or '00'}"
    return f"{found['before']}{found['hour']}:{found['minute'] or '00'}"


def _day_of_year(found: re.Match[str]) -> str:
    day = date(int(found[1]), 1, 1) + timedelta(days=int(found[2]) - 1)
    return str(day) if day.year == int(found[1]) else found[0]


def _day_of_week(found: re.Match[str]) -> str:
    return str(date.fromisocalendar(int(found[1]), int(found[2]), int(found[3])))


def _names_a_month(text: str) -> bool:
    """Whether a month stands there by its name: numbers with dots are a time of day then."""
    return any(word.lower() in MONTHS for word in _NAMED.findall(text))


def _take_zone(text: str) -> tuple[str, tzinfo | None]:
    """The text without its zone, and the zone: the last that is written, numbers before names."""
    zone: tzinfo | None = None
    text = _SPELT_OUT.sub(lambda found: found[1], text)
    for words, short in INDONESIAN_ZONES.items():
        text = re.sub(words, short, text, flags=re.IGNORECASE)
    if found := _REGION.search(text):
        return text[: found.start()], ZoneInfo(found[1])
    text = re.sub(r"[()\[\]]", " ", _TWICE.sub(" ", text)).strip()
    while found := re.search(r"(?<=[\s\d])([A-Za-z]{1,5})$", text):
        word = found[1].upper()
        if word not in OFFSETS:
            break
        zone = zone or timezone(timedelta(hours=OFFSETS[word]), word)
        text = text[: found.start()].rstrip()
        if re.search(r"[+-]$", text):
            raise ValueError("no zone")
    has_clock = re.search(r"\d[:.]\d\d|\d\s?[AaPp]\.?[Mm]|T\d{4}", text)
    if has_clock and (found := _OFFSET.search(text)):
        return text[: found.start()].rstrip(), _fixed(*found.groups())
    if zone is None and (found := _ZONE_BEHIND_CLOCK.search(text)):
        word = found[2].upper()
        if word in OFFSETS:
            text = f"{text[: found.end(1)]} {text[found.end() :]}"
            zone = timezone(timedelta(hours=OFFSETS[word]), word)
    return text, zone


def _fixed(sign: str, hours: str, minutes: str | None) -> timezone:
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-offset if sign == "-" else offset)


def _ordered(found: re.Match[str], day_first: bool | None) -> tuple[str, str, str]:
    """Year, month and day of a numeric date. Raises ValueError where it can be two."""
    first, separator, second, year = found.groups()
    if separator == ".":  # nobody writes the month first with dots
        day_first = True
    if int(first) > 12 or first == second:
        day_first = True
    elif int(second) > 12:
        day_first = False
    if day_first is None:
        raise ValueError("the order of day and month is not known")
    return (year, second, first) if day_first else (year, first, second)


def _by_weekday(found: re.Match[str], text: str) -> bool | None:
    """The order of a numeric date beside which a day of the week stands that fits one order."""
    words = (word.lower() for word in _NAMED.findall(text.replace("'", "").replace("’", "")))
    named = next((WEEKDAYS[word] for word in words if word in WEEKDAYS), None)
    first, _, second, year = int(found[1]), found[2], int(found[3]), _full(found[4])
    fits = [
        order
        for order, month, day in ((True, second, first), (False, first, second))
        if month <= 12 and day <= 28 and date(int(year), month, day).weekday() == named
    ]
    return fits[0] if len(fits) == 1 else None


def _full(year: str) -> str:
    return year if len(year) != 2 else f"{'19' if int(year) >= 70 else '20'}{year}"


def _take_clock(text: str) -> tuple[int, int, int, int, str]:
    found = _CLOCK.search(text)
    if not found:
        return 0, 0, 0, 0, text
    twelve = found[5]
    hour, minute, second, fraction = (
        (found[1], found[2], found[3], found[4])
        if twelve
        else (found[6], found[8], found[9], found[10])
    )
    hours = int(hour)
    if twelve and hours <= 12:
        hours = hours % 12 + (12 if twelve in "pP" else 0)
    elif twelve in ("a", "A"):  # 17:30 PM is of a program that has both; 17:30 AM means nothing
        raise ValueError("no hour of a 12-hour clock")
    if hours > 24 or int(minute or 0) > 59 or int(second or 0) > 60:
        raise ValueError("no time of day")
    micro = int((fraction or "0")[:6].ljust(6, "0"))
    rest = f"{text[: found.start()]} {text[found.end() :]}"
    return hours, int(minute or 0), int(second or 0), micro, rest


def _by_names(text: str) -> tuple[str, str, str]:
    """Year, month and day of a date with the month's name. Raises ValueError."""
    month, numbers = 0, []
    for part in _NAMED.findall(text.replace("'", "").replace("’", "")):
        word = part.lower()
        if part.isdigit():
            numbers.append(part)
        elif word in MONTHS and not month:
            month = MONTHS[word]
        elif word not in WORDS:
            raise ValueError("a word that is no part of a date")
    if not month or len(numbers) != 2:
        raise ValueError("no date")
    if len(numbers[0]) == 4:
        numbers.reverse()
    return numbers[1], str(month), numbers[0]


def _unknown(text: str) -> bool:
    words = _NAMED.findall(text.replace("'", "").replace("’", ""))
    return any(word.lower() not in WORDS for word in words)
