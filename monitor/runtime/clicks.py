"""What people do in Slack, wired: where it comes in, and who is asked about groups and forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from alerting.channels.slack.surface import Surface
from monitor.app import App
from monitor.jobs.interactions.inbox import Inbox
from monitor.jobs.interactions.spool import Spool
from monitor.runtime.socket_mode import Connection, SocketMode
from monitor.settings.model import SlackSettings
from monitor.settings.secrets import secret


@dataclass(frozen=True, slots=True)
class Clicks:
    """``socket``: the connection they come over, where that is the way; ``signing_secret``: what
    requests are signed with, where they come as requests."""

    settings: SlackSettings
    surface: Surface
    inbox: Inbox
    socket: SocketMode | None
    signing_secret: str = ""

    def stop(self, timeout: float) -> bool:
        """Hear no more."""
        return self.socket.stop(timeout) if self.socket else True


def clicks(app: Callable[[], App], wake: Callable[[], None], spool: Spool) -> Clicks | None:
    """What is configured, the connection not yet started; None where nothing can be pressed.
    ``spool``: see ``Inbox``."""
    settings = app().settings.slack
    if not settings.enabled or settings.interactions == "off":
        return None
    surface = Surface(settings, secret("SLACK_BOT_TOKEN"))
    inbox = Inbox(app, surface, wake, spool)
    if settings.interactions == "http":
        signing_secret = secret("SLACK_SIGNING_SECRET")
        return Clicks(settings, surface, inbox, None, signing_secret) if signing_secret else None
    token = secret("SLACK_APP_TOKEN")
    if not token:
        return None

    def connect() -> Connection:
        # slack_sdk: 0.12 s, only where clicks come over a connection
        from alerting.channels.slack.socket import Socket

        return Socket(settings, token, inbox.hear)

    return Clicks(settings, surface, inbox, SocketMode(connect))
