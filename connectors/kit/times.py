"""Times as files and feeds write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from monitor.model import BUCKET

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

TWITTER = "%a %b %d %H:%M:%S %z %Y"
"""Tue Feb 24 11:35:52 +0000 2015, the form of Twitter's first API."""

_SPACED = re.compile(r"\s+(?=[+-]\d\d:?\d\d$|Z$)")
"""Before the zone: 2015-02-24 11:35:52 -0800."""


def bucket_of(time: datetime) -> datetime:
    """The start of the base bucket that ``time`` is in."""
    return time - (time - EPOCH) % BUCKET


def parse_time(told: str, zone: tzinfo = UTC, form: str = "") -> datetime | None:
    """As aware UTC, or None: ISO 8601, seconds or milliseconds since 1970, e-mail style, Twitter's
    old one, or by a strptime ``form``. ``zone`` is that of times that name none."""
    told = told.strip()
    try:
        at = datetime.strptime(told, form) if form else _parse(told)  # noqa: DTZ007
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _parse(told: str) -> datetime:
    if told[4:5] == "-":
        return datetime.fromisoformat(_SPACED.sub("", told) if " " in told else told)
    if re.fullmatch(r"-?\d{9,11}(\.\d+)?", told):
        return EPOCH + timedelta(seconds=float(told))
    if re.fullmatch(r"\d{12,14}", told):
        return EPOCH + timedelta(milliseconds=int(told))
    if re.fullmatch(r"\w{3} \w{3} .* \d{4}", told):
        return datetime.strptime(told, TWITTER)  # noqa: DTZ007
    return parsedate_to_datetime(told)


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
