"""One call to Slack: bounded in all, and what a failure of it leaves open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from alerting.channels.base import DeliveryError
from alerting.channels.deadline import call_with_deadline
from alerting.channels.slack.errors import from_answer, from_exception, lacking, wrong_kind
from monitor.clock import ELSEWHERE, utc_now
from monitor.settings.model import SlackSettings

if TYPE_CHECKING:
    from alerting.channels.slack.client import Client


class Caller:
    """One token at one Slack. The token is never shown, not even by ``repr``."""

    def __init__(self, settings: SlackSettings, token: str) -> None:
        self.total_s = 2 * settings.timeout.total_seconds()
        self._settings, self._token = settings, token
        self._host = urlsplit(settings.base_url).hostname or ""
        self._made: Client | None = None
        self._ahead: timedelta | None = None
        self._granted: frozenset[str] | None = None

    @property
    def client(self) -> Client:
        """The SDK's client, made when it is first needed."""
        if self._made is None:
            # slack_sdk: 0.09 s, only where Slack is on
            from alerting.channels.slack.client import Client

            self._made = Client(
                self._token, self._settings.base_url, self._settings.timeout.total_seconds()
            )
        return self._made

    def ahead(self) -> timedelta:
        """How far this machine's clock is ahead of Slack's, by its last answer. Raises
        DeliveryError where there was none yet and it does not give one."""
        if self._ahead is None:
            self.call(lambda client: client.auth_test())
        return self._ahead or timedelta(0)

    def call(self, ask: Callable[[Client], Any]) -> Mapping[str, Any]:
        """The answer's data. Raises DeliveryError."""
        # slack_sdk: as above
        from slack_sdk.errors import SlackApiError

        if not self._token:
            raise from_answer(200, {}, "not_authed")
        client = self.client
        try:
            answer = call_with_deadline(self.total_s, lambda: ask(client))
        except DeliveryError:
            raise
        except SlackApiError as error:
            self._see(error.response.headers)
            data = error.response.data if isinstance(error.response.data, dict) else {}
            code = str(data.get("error") or "")
            status, headers = error.response.status_code, error.response.headers
            raise from_answer(status, headers, code, str(data.get("needed") or "")) from None
        except Exception as error:
            raise from_exception(error) from None
        self._see(getattr(answer, "headers", None))
        told: Mapping[str, Any] = answer.data
        return told

    def try_token(self) -> None:
        """Whether Slack takes the token, and it is a bot's. Raises DeliveryError."""
        if wrong := wrong_kind(self._token):
            raise wrong
        self.call(lambda client: client.auth_test())

    def need(self, scope: str) -> None:
        """Raise the DeliveryError of a call that takes this scope, where Slack has said which the
        bot has and it is none of them."""
        if self._granted and scope not in self._granted:
            raise lacking(scope)

    def _see(self, headers: Any) -> None:
        """What every answer tells besides: Slack's clock, and what the bot may do."""
        for name, value in (headers or {}).items():
            if name.lower() == "x-oauth-scopes":
                self._granted = frozenset(part.strip() for part in str(value).split(",")) - {""}
            if name.lower() == "date":
                ELSEWHERE.hear(self._host, str(value), is_sure=True)
                with suppress(TypeError, ValueError):
                    self._ahead = utc_now() - parsedate_to_datetime(str(value)).astimezone(UTC)
