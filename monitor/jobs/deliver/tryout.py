"""Every way alerts take, tried before the crisis: token, channel, membership, the relay's login."""

from __future__ import annotations

from collections.abc import Iterator

from alerting.channels.base import CanTry, DeliveryError
from monitor.app import App
from monitor.settings.model import Settings


def ways(settings: Settings) -> Iterator[tuple[str, str]]:
    """Each channel and destination that an alert or a digest may go to, once each."""
    found: dict[tuple[str, str], None] = {}
    for brand in settings.brands:
        if settings.slack.enabled and (room := brand.slack_channel or settings.slack.channel):
            found["slack", room] = None
        if settings.email.enabled:
            found |= {("email", recipient): None for recipient in brand.digest.to}
    yield from found


def try_out(app: App) -> list[str]:
    """What would keep an alert from arriving, a sentence each; sends nothing."""
    failed: dict[str, None] = {}
    for name, destination in ways(app.settings):
        channel = app.channels.get(name)
        if not isinstance(channel, CanTry):
            continue
        try:
            channel.try_out(destination)
        except DeliveryError as error:
            # of a relay that lets nobody in, each recipient has the same to say
            where = destination if name == "slack" else name
            failed[f"{where}: {error}"] = None
    return list(failed)
