"""Where a brand's messages go, and how its people are spoken to."""

from __future__ import annotations

from alerting.i18n import Localizer
from monitor.app import App, Opened
from monitor.model import ANY, is_drill, real_brand
from monitor.settings.model import BrandSettings, Settings

CONSOLE = ("console", "console")


def destinations(app: App, brand: str, override: str = "") -> tuple[str, str]:
    """Channel and destination of a brand's messages (``override``: a step's own); of what concerns
    every brand (``ANY``), where there is no place for it, those of the first that has one. The
    console where that channel is not on."""
    settings = app.brands.get(brand) or app.brands.get(real_brand(brand))
    places = [place_for(app.settings, settings, override)]
    if brand == ANY:
        places += [place_for(app.settings, one) for one in app.settings.brands]
    return next((place for place in places if place and place[0] in app.channels), CONSOLE)


def place_for(
    settings: Settings, brand: BrandSettings | None, override: str = ""
) -> tuple[str, str] | None:
    """Where the config sends a brand's messages: to an installed channel where it is named
    (``webhook:room``), else to Slack. None: it says nothing."""
    own = (brand.alerts or brand.slack_channel) if brand else ""
    wanted = override or own or settings.slack.channel
    name, _, place = wanted.partition(":")
    if name in settings.channels:
        return name, place or name
    return ("slack", wanted) if wanted else None


def mute(settings: Settings) -> list[BrandSettings]:
    """The brands whose messages lead to no channel that is on."""
    on = {*settings.channels, *(["slack"] if settings.slack.enabled else [])}
    places = [(brand, place_for(settings, brand)) for brand in settings.brands]
    return [brand for brand, place in places if place is None or place[0] not in on]


def localizer_for(app: App | Opened, brand: str) -> Localizer:
    """The brand's language and zone; for every brand (``ANY``) what all of them share."""
    if settings := app.brands.get(brand) or app.brands.get(real_brand(brand)):
        return _localizer(settings)
    shared = {_localizer(settings) for settings in app.brands.values()}
    if len(shared) == 1:
        return shared.pop()
    languages = {localizer.locale for localizer in shared}
    return Localizer(languages.pop() if len(languages) == 1 else "en", "UTC")


def brand_name(app: App | Opened, brand: str) -> str:
    """As people call it; a drill's says that it is one."""
    if is_drill(brand):
        say = localizer_for(app, brand)
        return say._("DRILL {brand}", brand=brand_name(app, real_brand(brand)))
    if brand in app.brands:
        return app.brands[brand].name
    return localizer_for(app, brand)._("every brand") if brand == ANY else brand


def _localizer(settings: BrandSettings) -> Localizer:
    return Localizer(settings.language, settings.time_zone)
