"""Where a brand's messages go, and how its people are spoken to."""

from __future__ import annotations

from alerting.i18n import Localizer
from monitor.app import App
from monitor.model import ANY
from monitor.settings.model import BrandSettings

CONSOLE = ("console", "console")


def destinations(app: App, brand: str, override: str = "") -> tuple[str, str]:
    """Channel and destination: Slack where it is on (``override``: a step's own channel), else the
    console."""
    if not app.settings.slack.enabled or "slack" not in app.channels:
        return CONSOLE
    settings = app.brands.get(brand)
    channel = override or (settings.slack_channel if settings else "") or app.settings.slack.channel
    return ("slack", channel) if channel else CONSOLE


def localizer_for(app: App, brand: str) -> Localizer:
    """The brand's language and zone; for every brand (``ANY``) what all of them share."""
    if brand in app.brands:
        return _localizer(app.brands[brand])
    shared = {_localizer(settings) for settings in app.brands.values()}
    if len(shared) == 1:
        return shared.pop()
    languages = {localizer.locale for localizer in shared}
    return Localizer(languages.pop() if len(languages) == 1 else "en", "UTC")


def brand_name(app: App, brand: str) -> str:
    """As people call it."""
    if brand in app.brands:
        return app.brands[brand].name
    return localizer_for(app, brand)._("every brand") if brand == ANY else brand


def _localizer(settings: BrandSettings) -> Localizer:
    return Localizer(settings.language, settings.time_zone)
