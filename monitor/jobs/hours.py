"""The config's hours as instants: when a brand's office is open, until when it is quiet."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from alerting.hours import BusinessHours, Window, quiet_until
from alerting.playbook.load import Playbook
from monitor.app import App
from monitor.model import is_drill
from monitor.settings.hours import QuietHours, closed_days


def office(app: App, brand: str, now: datetime) -> BusinessHours:
    """When a brand's office is open; its closed days are known for about a year."""
    hours = app.settings.business_hours
    zone = ZoneInfo(hours.time_zone or zone_of(app, brand))
    window = Window(tuple(hours.days), hours.start, hours.end)
    return BusinessHours(window, zone, closed_days(hours, now, zone))


def in_office(app: App, playbook: Playbook, brand: str, now: datetime) -> Playbook:
    """A playbook that counts in a brand's business hours, where it does so at all."""
    if not playbook.waits_for_office:  # holidays are looked up only where they matter
        return playbook
    return playbook.in_hours(office(app, brand, now))


def brand_quiet_until(app: App, brand: str, at: datetime) -> datetime | None:
    """Until when a brand's messages wait; None: they do not. A replay or a drill waits for
    nobody."""
    settings = app.brands.get(brand)
    if settings is None or settings.quiet_hours is None or app.replay or is_drill(brand):
        return None
    return quiet_until(window_of(settings.quiet_hours), ZoneInfo(settings.time_zone), at)


def person_quiet_until(app: App, slug: str, brand: str, at: datetime) -> datetime | None:
    """Until when pages wait for somebody; None: they do not."""
    person = next((one for one in app.settings.people if one.slug == slug), None)
    if person is None or person.quiet_hours is None or app.replay:
        return None
    zone = ZoneInfo(person.time_zone or zone_of(app, brand))
    return quiet_until(window_of(person.quiet_hours), zone, at)


def window_of(hours: QuietHours) -> Window:
    """As a part of the week."""
    return Window(tuple(hours.days), hours.start or time(0), hours.end)


def zone_of(app: App, brand: str) -> str:
    """A brand's time zone; for every brand (``ANY``) that of the first."""
    settings = app.brands.get(brand) or next(iter(app.brands.values()), None)
    return settings.time_zone if settings else "UTC"
