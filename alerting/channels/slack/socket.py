"""One connection of Socket Mode, by slack_sdk's built-in client.

That client renews a connection by closing the old one at once, and says it is connected when it has
been deaf for hours (https://github.com/slackapi/python-slack-sdk/issues/1110). So it is not asked:
whoever holds a ``Socket`` watches its age, and opens the next one before this one is closed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from threading import Event
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from alerting.channels.base import DeliveryError
from alerting.channels.deadline import call_with_deadline
from alerting.channels.slack.client import Client
from alerting.channels.slack.errors import from_exception
from monitor.clock import monotonic
from monitor.settings.model import SlackSettings

log = logging.getLogger(__name__)

CLOSE_S = 5.0
"""How long a connection may take to end before it is told again."""

Hear = Callable[[str, Mapping[str, Any]], Mapping[str, Any] | None]
"""(kind, payload) -> what is answered with the acknowledgement."""


class _Client(SocketModeClient):
    """It never reconnects by itself: that is decided by whoever opened it."""

    def __init__(self, renewal: Event, **values: Any) -> None:
        self._renewal = renewal
        super().__init__(**values)

    def connect_to_new_endpoint(self, force: bool = False) -> None:
        self._renewal.set()


class Socket:
    """``renewal`` is set when Slack is about to close it, or has."""

    def __init__(self, settings: SlackSettings, app_token: str, hear: Hear, ping_s: float = 5.0):
        quiet = logging.getLogger("alerting.channels.slack.sdk")
        timeout_s = settings.timeout.total_seconds()
        self.renewal = Event()
        self._hear = hear
        self._fresh, self._last_pong = monotonic(), 0.0
        self._client = _Client(
            self.renewal,
            app_token=app_token,
            web_client=Client(app_token, settings.base_url, timeout_s),
            logger=quiet,
            ping_interval=ping_s,
            auto_reconnect_enabled=False,
            concurrency=4,
        )
        self._client.message_listeners.append(self._heard)
        self._client.socket_mode_request_listeners.append(self._asked)

    def open(self) -> None:
        """Connect. Raises DeliveryError, in words without a token."""
        try:
            self._client.connect()
        except SlackApiError as error:
            code = str(error.response.get("error") or "")
            raise DeliveryError(
                f"Slack refuses a connection for clicks ({code[:60]}); "
                "check SLACK_APP_TOKEN and its scope connections:write",
                "not_sent",
            ) from None
        except Exception as error:
            raise from_exception(error) from None
        if not self._client.is_connected():
            raise from_exception(ConnectionError())
        self._fresh = monotonic()

    def age_s(self) -> float:
        """Seconds since anything was heard over it, a pong included."""
        session = self._client.current_session
        pong = (session.last_ping_pong_time if session else None) or 0.0
        if pong != self._last_pong:
            self._last_pong, self._fresh = pong, monotonic()
        return monotonic() - self._fresh

    def closed(self) -> bool:
        """Whether it is surely at its end."""
        return not self._client.is_connected()

    def close(self) -> None:
        """End it, and its threads. slack_sdk's reader forgets that it was told to end where it
        begins in that moment, and would be waited for without end: it is told again."""
        for _ in range(2):
            try:
                call_with_deadline(CLOSE_S, self._client.close)
            except TimeoutError:
                continue
            except Exception as error:
                log.debug("closing a connection to Slack: %s", type(error).__name__)
            return

    def _heard(self, *_: object) -> None:
        self._fresh = monotonic()

    def _asked(self, client: Any, request: SocketModeRequest) -> None:
        answer: Mapping[str, Any] | None = None
        try:
            answer = self._hear(request.type, request.payload)
        except Exception:
            log.exception("what Slack sent over its connection could not be taken")
            return  # not acknowledged: Slack shows the person that it failed
        response = SocketModeResponse(request.envelope_id, dict(answer) if answer else None)
        client.send_socket_mode_response(response)
