"""Slack, through slack_sdk's WebClient: one call a message, no retries of its own.

slack_sdk's default retries post a second time after a dropped connection (measured), so they are
off; the outbox decides. Facts and limits: https://docs.slack.dev/reference/methods/chat.postMessage
Quota: one message a second and channel. The bot needs ``chat:write``, and to look up what became of
a post ``channels:history`` and ``channels:read`` (``groups:*`` for private channels).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from alerting.channels.base import ChannelInfo, ChannelType, Delivery, DeliveryError
from alerting.channels.deadline import call_with_deadline
from alerting.channels.slack.blocks import blocks, fallback_text, plain_text
from alerting.channels.slack.errors import from_answer, from_exception
from alerting.model import Receipt
from monitor.clock import monotonic
from monitor.settings.model import SlackSettings

if TYPE_CHECKING:
    from slack_sdk import WebClient

EVENT = "siaga_delivery"
"""Metadata's ``event_type``. Metadata can be read by every app of the workspace: keys only."""

PACE_S = 1.0
"""Seconds between two posts to a channel: https://docs.slack.dev/apis/web-api/rate-limits"""

CLOCK_SKEW = timedelta(minutes=5)
MAX_PAGES = 20

_CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{6,}")


class SlackChannel:
    """One workspace, one bot. ``token`` is never shown, not even by ``repr``."""

    def __init__(self, settings: SlackSettings, token: str) -> None:
        self.info = ChannelInfo(
            "slack",
            can_update=True,
            can_find=True,
            pace_s=PACE_S,
            max_in_flight_s=max(settings.quiet_period, 3 * settings.timeout).total_seconds(),
        )
        self._settings, self._token = settings, token
        self._total_s = 2 * settings.timeout.total_seconds()
        self._patience_s = self.info.max_in_flight_s - self._total_s
        self._made: WebClient | None = None
        self._ids: dict[str, str] = {}

    @property
    def _client(self) -> WebClient:
        if self._made is None:
            # slack_sdk: 0.09 s, only where Slack is on
            from alerting.channels.slack.client import Client

            self._made = Client(
                self._token, self._settings.base_url, self._settings.timeout.total_seconds()
            )
        return self._made

    def send(self, delivery: Delivery) -> Receipt:
        """chat.postMessage, once."""
        began = monotonic()
        thread = delivery.thread or {}
        channel = str(thread.get("channel") or self._target(delivery.destination))
        if monotonic() - began > self._patience_s:
            # posted now, it might arrive after the outbox has looked for it
            raise DeliveryError("Slack took too long to name the channel", "not_sent")
        message = self._message(delivery)
        if ts := thread.get("ts"):
            message |= {"thread_ts": ts, "reply_broadcast": delivery.broadcast}
        answer = self._call(
            lambda: self._client.chat_postMessage(
                channel=channel,
                unfurl_links=False,
                unfurl_media=False,
                **message,
            )
        )
        return _receipt(answer)

    def update(self, receipt: Receipt, delivery: Delivery) -> Receipt:
        """chat.update; the same content twice does no harm."""
        answer = self._call(
            lambda: self._client.chat_update(
                channel=str(receipt["channel"]), ts=str(receipt["ts"]), **self._message(delivery)
            )
        )
        return _receipt(answer)

    def find(self, delivery: Delivery, since: datetime) -> Receipt | None:
        """Look for the delivery key in the channel's, or the thread's, recent messages."""
        channel, found = self._under_key(delivery, since)
        return _receipt({"channel": channel, **found[0]}) if found else None

    def remove_duplicates(self, delivery: Delivery, since: datetime) -> list[Receipt]:
        """chat.delete for the younger ones; what has replies stays."""
        channel, found = self._under_key(delivery, since)
        left = []
        for number, message in enumerate(found):
            receipt = _receipt({"channel": channel, **message})
            if number and not message.get("reply_count"):
                self._delete(receipt)
            else:
                left.append(receipt)
        return left

    def _delete(self, receipt: Receipt) -> None:
        try:
            self._call(
                lambda: self._client.chat_delete(channel=receipt["channel"], ts=receipt["ts"])
            )
        except DeliveryError as error:
            if error.scope != "gone":
                raise

    def _under_key(
        self, delivery: Delivery, since: datetime
    ) -> tuple[str, list[Mapping[str, Any]]]:
        """The channel, and its or the thread's messages under the delivery key, oldest first."""
        thread = delivery.thread or {}
        channel = str(thread.get("channel") or self._id(delivery.destination))
        oldest = f"{(since - CLOCK_SKEW).timestamp():.6f}"
        found = []
        for message in self._recent(channel, str(thread.get("ts") or ""), oldest):
            payload = (message.get("metadata") or {}).get("event_payload") or {}
            if payload.get("delivery_key") == delivery.key:
                found.append(message)
        return channel, sorted(found, key=lambda message: str(message["ts"]))

    def _recent(self, channel: str, thread_ts: str, oldest: str) -> Iterator[Mapping[str, Any]]:
        asked: dict[str, Any] = {
            "channel": channel,
            "oldest": oldest,
            "inclusive": True,
            "limit": 200,
            "include_all_metadata": True,
        }
        method: Callable[..., Any] = self._client.conversations_history
        if thread_ts:
            asked["ts"] = thread_ts
            method = self._client.conversations_replies
        yield from self._pages(lambda cursor: method(**asked, cursor=cursor), "messages")

    def _id(self, destination: str) -> str:
        """A channel's id for its id or ``#name``; the look-up needs one."""
        if _CHANNEL_ID.fullmatch(destination):
            return destination
        name = destination.removeprefix("#")
        if name not in self._ids:
            listed = self._pages(
                lambda cursor: self._client.conversations_list(
                    types="public_channel,private_channel",
                    exclude_archived=True,
                    limit=1000,
                    cursor=cursor,
                ),
                "channels",
            )
            self._ids |= {channel["name"]: channel["id"] for channel in listed}
        if name not in self._ids:
            raise from_answer(200, {}, "channel_not_found")
        return self._ids[name]

    def _target(self, destination: str) -> str:
        """Where to post. A bot that may not list channels can still post to one by its name."""
        try:
            return self._id(destination)
        except DeliveryError as error:
            if error.scope == "credentials":
                return destination.removeprefix("#")
            raise DeliveryError(
                str(error),
                "not_sent",
                permanent=error.permanent,
                scope=error.scope,
                retry_after=error.retry_after,
            ) from None

    def _pages(self, ask: Callable[[str | None], Any], field: str) -> Iterator[Mapping[str, Any]]:
        cursor: str | None = None
        for _ in range(MAX_PAGES):
            answer = self._call(lambda: ask(cursor))  # noqa: B023 (called at once)
            yield from answer.get(field) or ()
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                return
        raise DeliveryError("too much was written there to look through", "unknown")

    def _message(self, delivery: Delivery) -> dict[str, Any]:
        """The rendered message. A bug in rendering must not keep the words from arriving."""
        message: dict[str, Any] = {
            "link_names": False,
            "parse": "none",
            "metadata": {"event_type": EVENT, "event_payload": {"delivery_key": delivery.key}},
        }
        if delivery.plain:
            return message | {"text": plain_text(delivery), "mrkdwn": False}
        try:
            return message | {"text": fallback_text(delivery), "blocks": blocks(delivery)}
        except Exception as error:
            raise DeliveryError(
                f"the message cannot be laid out ({type(error).__name__})",
                "not_sent",
                permanent=True,
                scope="message",
            ) from error

    def _call(self, call: Callable[[], Any]) -> Mapping[str, Any]:
        from slack_sdk.errors import SlackApiError  # as above

        if not self._token:
            raise from_answer(200, {}, "not_authed")
        try:
            answer: Mapping[str, Any] = call_with_deadline(self._total_s, call).data
        except DeliveryError:
            raise
        except SlackApiError as error:
            data = error.response.data if isinstance(error.response.data, dict) else {}
            code = str(data.get("error") or "")
            raise from_answer(error.response.status_code, error.response.headers, code) from None
        except Exception as error:
            raise from_exception(error) from None
        return answer


def _receipt(answer: Mapping[str, Any]) -> Receipt:
    if not answer.get("ts") or not answer.get("channel"):
        raise DeliveryError("Slack's answer names no message", "unknown")
    return {"channel": answer["channel"], "ts": answer["ts"]}


SLACK = ChannelType(
    "slack",
    SlackSettings,
    lambda options, secrets: SlackChannel(options, secrets["token"]),
    secrets={"token": "SLACK_BOT_TOKEN"},
)
