"""The last resort: Siaga itself cannot work, and says so without its database.

Not by the outbox, which is in the database: straight by each channel, once, and marked so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from uuid import uuid4

from alerting.channels.base import Channel, Delivery, DeliveryError
from alerting.i18n import Localizer
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
    return _tell(settings, channels, lambda localizer: _alarm(localizer, reasons(localizer), mute))


def tell_recovery(settings: Settings, channels: Mapping[str, Channel]) -> list[str]:
    """The end of what ``cry_for_help`` said."""
    return _tell(settings, channels, _all_clear)


def _tell(
    settings: Settings, channels: Mapping[str, Channel], notice_in: Callable[[Localizer], Notice]
) -> list[str]:
    told = []
    for name, destination, localizer in dict.fromkeys(_readers(settings)):
        if name not in channels:
            continue
        key = f"last-resort:{uuid4().hex}"
        try:
            channels[name].send(Delivery(key, destination, notice_in(localizer)))
        except DeliveryError as error:
            log.warning("the last resort: %s did not take it: %s", name, error)
            continue
        except Exception:
            log.exception("the last resort: %s failed", name)
            continue
        told.append(name)
    return told


def _readers(settings: Settings) -> Iterator[tuple[str, str, Localizer]]:
    for brand in settings.brands:
        localizer = Localizer(brand.language, brand.time_zone)
        if place := place_for(settings, brand):
            yield *place, localizer
        for recipient in brand.digest.to:
            yield "email", recipient, localizer


def _alarm(localizer: Localizer, reasons: Sequence[str], mute: bool) -> Notice:
    _ = localizer._
    deaf = _("Siaga cannot work: nothing is watched until somebody looks")
    look = _("Look at the machine Siaga runs on: siaga status, its log, its disk.")
    return Notice(
        kind="test",
        severity="SEV1",
        headline=_("Siaga watches, but an alert would not arrive") if mute else deaf,
        summary="\n".join(reasons),
        why=_("This is the last resort, sent past the database; it is sent once."),
        how_to=_("`siaga check --online` says what is to be mended.") if mute else look,
        targets=(Target("channel"),),
        locale=localizer.locale,
        zone=localizer.zone,
    )


def _all_clear(localizer: Localizer) -> Notice:
    _ = localizer._
    return Notice(
        kind="test",
        headline=_("Siaga works again"),
        summary=_("What was said meanwhile is fetched now, as far back as the platforms allow."),
        locale=localizer.locale,
        zone=localizer.zone,
    )
