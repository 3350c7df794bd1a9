"""What is heard right now: for the page, from the first poll on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.app import App, Opened
from monitor.model import BUCKET, is_drill
from monitor.store.engine import Transaction
from monitor.store.latest import Heard, heard
from monitor.store.series import bucket_of, platforms
from monitor.store.volumes import volumes

HOURS = 24
WEEK = timedelta(days=7)
SHOWN = 6
"""Mentions that are shown, the latest ones."""

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Listening:
    """``hours``: mentions of a brand in each of the last 24 hours, the latest last; ``week``: those
    of 7 days by brand and platform; ``latest``: what was stored last, the latest first."""

    hours: Mapping[str, tuple[int, ...]]
    week: Mapping[tuple[str, str], int]
    latest: tuple[Heard, ...]


def listening(app: App | Opened, now: datetime) -> Listening:
    """Read it. Raises ``DatabaseProblem`` where the database does not answer."""
    brands = [slug for slug in app.brands if not is_drill(slug)]
    end = bucket_of(now) + BUCKET
    with app.db.read() as tx:
        counted = {
            (brand, platform): volumes(tx, brand, platform, end - WEEK, end)
            for brand in brands
            for platform in platforms(tx, brand)
        }
        latest = _latest(tx, brands)
    hours = {brand: [0] * HOURS for brand in brands}
    for (brand, _), found in counted.items():
        for at, volume in found.items():
            if at >= end - HOURS * HOUR:
                hours[brand][int((at - end + HOURS * HOUR) / HOUR)] += volume
    week = {key: sum(found.values()) for key, found in counted.items()}
    return Listening({brand: tuple(each) for brand, each in hours.items()}, week, latest)


def _latest(tx: Transaction, brands: list[str]) -> tuple[Heard, ...]:
    return tuple(reversed(heard(tx, brands, limit=SHOWN, newest=True)))
