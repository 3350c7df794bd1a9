"""The last resort: Siaga itself cannot work, and says so without its database.

Not by the outbox, which is in the database: straight by each channel, once, and marked so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from uuid import uuid4

from alerting.channels.base import Channel, Delivery, DeliveryError
from alerting.channels.sanitize import cut, one_line
from alerting.i18n import Localizer
from alerting.messages.incident import headline
from alerting.model import Notice, Target
from monitor.jobs.respond.routing import place_for
from monitor.settings.model import Settings

log = logging.getLogger(__name__)


def cry_for_help(
    settings: Settings,
    channels: Mapping[str, Channel],
    reasons: Callable[[Localizer], Sequence[str]],
    *,
    mute: bool = False,
) -> list[str]:
    """Tell every Slack channel and everybody who gets a digest that Siaga cannot work (``mute``:
    that some alert would not arrive), and why. The names of the channels by which somebody was
    told; [] where none took it."""
    return _tell(
        settings, channels, lambda say, brands: _alarm(say, brands, reasons(say), mute=mute)
    )


def tell_recovery(settings: Settings, channels: Mapping[str, Channel]) -> list[str]:
    """The end of what ``cry_for_help`` said."""
    return _tell(settings, channels, _all_clear)


def _tell(
    settings: Settings,
    channels: Mapping[str, Channel],
    notice_in: Callable[[Localizer, str], Notice],
) -> list[str]:
    told = []
    for (name, destination, localizer), brands in _readers(settings).items():
        if name not in channels:
            continue
        key = f"last-resort:{uuid4().hex}"
        try:
            notice = notice_in(localizer, ", ".join(brands))
            channels[name].send(Delivery(key, destination, notice))
        except DeliveryError as error:
            log.warning("the last resort: %s did not take it: %s", name, error)
            continue
        except Exception:
            log.exception("the last resort: %s failed", name)
            continue
        told.append(name)
    return told


def _readers(settings: Settings) -> dict[tuple[str, str, Localizer], list[str]]:
    """Channel, destination and language of everybody who is told, with the brands they watch."""
    found: dict[tuple[str, str, Localizer], list[str]] = {}
    for brand in settings.brands:
        localizer = Localizer(brand.language, brand.time_zone)
        places = [("email", recipient) for recipient in brand.digest.to]
        if place := place_for(settings, brand):
            places.insert(0, place)
        for channel, destination in places:
            found.setdefault((channel, destination, localizer), []).append(brand.name)
    return found


def _alarm(localizer: Localizer, brands: str, reasons: Sequence[str], *, mute: bool) -> Notice:
    """The headline is a mail's subject: whom it is about, and why."""
    _ = localizer._
    why = one_line(reasons[0]).rstrip(".") if reasons else "?"
    what = why if mute else _("Siaga watches nothing now: {reason}", reason=why)
    look = _("Look at the machine Siaga runs on: siaga status, its log, its disk.")
    return Notice(
        kind="test",
        severity="SEV1",
        headline=headline("SEV1", brands, what),
        summary="\n".join(reasons),
        why=_("This is the last resort, sent past the database; it is sent once."),
        how_to=_("`siaga check --online` says what is to be mended.") if mute else look,
        targets=(Target("channel"),),
        locale=localizer.locale,
        zone=localizer.zone,
    )


def _all_clear(localizer: Localizer, brands: str) -> Notice:
    _ = localizer._
    well = _("Siaga works again")
    return Notice(
        kind="test",
        headline=f"{cut(brands, 100)}: {well}",
        summary=_("What was said meanwhile is fetched now, as far back as the platforms allow."),
        locale=localizer.locale,
        zone=localizer.zone,
    )
