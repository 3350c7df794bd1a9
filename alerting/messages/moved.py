"""What stands where an incident was told until the config had it told elsewhere."""

from __future__ import annotations

from alerting.i18n import Localizer
from alerting.model import Notice


def left_behind(say: Localizer, card: Notice, place: str, moved_to: str = "") -> Notice:
    """The card without figures, which would grow old, and buttons. ``moved_to``: the place as the
    channel calls it, where a reader can go there by it."""
    return Notice(
        kind=card.kind,
        headline=card.headline,
        summary=say._("This goes on in {place}.", place=place),
        severity=card.severity,
        stamp=card.stamp,
        footer=card.footer,
        locale=card.locale,
        zone=card.zone,
        moved_to=moved_to,
    )
