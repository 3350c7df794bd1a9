"""Slack, through slack_sdk's WebClient: one call a message, no retries of its own.

slack_sdk's default retries post a second time after a dropped connection (measured), so they are
off; the outbox decides. Facts and limits: https://docs.slack.dev/reference/methods/chat.postMessage
Quota: one message a second and channel. The bot needs ``chat:write``, and to look up what became of
a post ``channels:history`` and ``channels:read`` (``groups:*`` for private channels).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING, Any

from alerting.channels.base import ChannelInfo, ChannelType, Delivery, DeliveryError
from alerting.channels.labels import localizer
from alerting.channels.slack.blocks import CHANNEL_ID, blocks, fallback_text, plain_text
from alerting.channels.slack.caller import Caller
from alerting.channels.slack.card import Form, card_message
from alerting.channels.slack.errors import from_answer
from alerting.channels.slack.files import fingerprint, upload
from alerting.model import Notice, Picture, Receipt
from monitor.clock import monotonic, wait
from monitor.settings.model import SlackSettings

if TYPE_CHECKING:
    from alerting.channels.slack.client import Client

EVENT = "siaga_delivery"
"""Metadata's ``event_type``. Metadata can be read by every app of the workspace: keys only."""

PACE_S = 1.0
"""Seconds between two posts to a channel: https://docs.slack.dev/apis/web-api/rate-limits"""

UPDATE_PACE_S = 60 / 50
"""Seconds between two calls of chat.update in a workspace: tier 3, some fifty a minute."""

CLOCK_SKEW = timedelta(minutes=5)
"""By so much our clock may have changed since the message was sent."""

MAX_PAGES = 20

_PERSON_ID = re.compile(r"[DUW][A-Z0-9]{6,}")


class SlackChannel:
    """One workspace, one bot. ``token`` is never shown, not even by ``repr``. ``interactive``:
    somebody hears what is pressed; without it a message has commands in place of buttons."""

    processing_s = 1.5
    """How long Slack may take over a picture before it can be shown."""

    def __init__(self, settings: SlackSettings, token: str, *, interactive: bool = False) -> None:
        self.info = ChannelInfo(
            "slack",
            can_update=True,
            can_find=True,
            illustrates=True,
            pace_s=PACE_S,
            update_pace_s=UPDATE_PACE_S,
            max_in_flight_s=max(settings.quiet_period, 3 * settings.timeout).total_seconds(),
        )
        self._caller, self._interactive = Caller(settings, token), interactive
        self._call = self._caller.call
        self._no_files = False
        self._patience_s = self.info.max_in_flight_s - self._caller.total_s
        self._ids: dict[str, str] = {}

    def send(self, delivery: Delivery) -> Receipt:
        """chat.postMessage, once. A card comes without its picture: an update adds that."""
        try:
            return self._send(delivery)
        except DeliveryError as error:
            if error.scope != "destination" or not self._forgotten(delivery):
                raise
        return self._send(delivery)  # the name may be another channel's by now

    def _forgotten(self, delivery: Delivery) -> bool:
        """Forget which channel the name stands for, if that is what was posted to."""
        name = delivery.destination.removeprefix("#")
        return not delivery.thread and self._ids.pop(name, None) is not None

    def _send(self, delivery: Delivery) -> Receipt:
        began = monotonic()
        thread = delivery.thread or {}
        if (there := self._where_it_was(delivery)) is not None:
            return there
        channel = str(thread.get("channel") or self._target(delivery.destination))
        if monotonic() - began > self._patience_s:
            # posted now, it might arrive after the outbox has looked for it
            raise DeliveryError("Slack took too long to name the channel", "not_sent")
        with _plainer_forms(delivery) as form:
            message = self._message(delivery, form)
            if ts := thread.get("ts"):
                message |= {"thread_ts": ts, "reply_broadcast": delivery.broadcast}
            answer = self._call(
                lambda client: client.chat_postMessage(
                    channel=channel, unfurl_links=False, unfurl_media=False, **message
                )
            )
        return _receipt(answer)

    def _where_it_was(self, delivery: Delivery) -> Receipt | None:
        """The receipt of a message that is in its channel still and was brought up to date; None
        where it is not there, or goes elsewhere by now."""
        if delivery.earlier is None or delivery.thread:
            return None
        self._forgotten(delivery)
        if self._target(delivery.destination) != delivery.earlier.get("channel"):
            return None
        try:
            return self.update(delivery.earlier, delivery)
        except DeliveryError as error:
            if error.scope != "gone":
                raise
        return None

    def update(self, receipt: Receipt, delivery: Delivery) -> Receipt:
        """chat.update; the same content twice does no harm. The picture is uploaded first, if this
        workspace lets us and it is another one than before."""
        card = delivery.notice.card
        picture = card.picture if card else None
        with _plainer_forms(delivery, picture is not None) as form:
            kept = self._with_file(receipt, delivery.notice, picture, form)
            message = {
                "blocks": [],  # what is not named would stay
                "attachments": [],
                **self._message(delivery, form, str(kept.get("file", ""))),
            }
            place = {"channel": str(receipt["channel"]), "ts": str(receipt["ts"])}
            fresh = kept.get("file") != receipt.get("file")
            answer = self._changed({**place, **message}, processing=fresh)
        return {**kept, **_receipt(answer)}

    def _changed(self, message: dict[str, Any], *, processing: bool) -> Mapping[str, Any]:
        """chat.update. ``processing``: Slack may still be at work on the picture it shows, and
        refuses it until then; it is asked once more."""
        try:
            return self._call(lambda client: client.chat_update(**message))
        except DeliveryError as error:
            if not processing or error.scope != "message":
                raise
        wait(Event(), self.processing_s)
        return self._call(lambda client: client.chat_update(**message))

    def _with_file(
        self, receipt: Receipt, notice: Notice, picture: Picture | None, form: Form
    ) -> dict[str, Any]:
        """The receipt with the id of the picture's file; a picture that cannot be uploaded is a
        form that is refused."""
        if picture is None or form != "illustrated":
            return dict(receipt)
        say = localizer(notice)
        drawn = fingerprint(picture, say)
        if receipt.get("drawn") == drawn:
            return dict(receipt)
        try:
            if self._no_files:
                raise DeliveryError("this bot may not upload files", "not_sent")
            file = upload(self._caller, picture, say)
        except Exception as error:
            self._no_files |= getattr(error, "scope", "") == "credentials"
            raise DeliveryError(
                f"no picture ({error})", "not_sent", permanent=True, scope="message"
            ) from None
        return {**receipt, "file": file, "drawn": drawn}

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
                lambda client: client.chat_delete(channel=receipt["channel"], ts=receipt["ts"])
            )
        except DeliveryError as error:
            if error.scope != "gone":
                raise

    def _under_key(
        self, delivery: Delivery, since: datetime
    ) -> tuple[str, list[Mapping[str, Any]]]:
        """The channel, and its or the thread's messages under the delivery key, oldest first.
        ``since`` is by our clock; Slack's own stamps the messages."""
        thread = delivery.thread or {}
        channel = str(thread.get("channel") or self._id(delivery.destination))
        ahead = max(self._caller.ahead(), timedelta(0))
        oldest = f"{(since - ahead - CLOCK_SKEW).timestamp():.6f}"
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
        name = "conversations_replies" if thread_ts else "conversations_history"
        if thread_ts:
            asked["ts"] = thread_ts
        yield from self._pages(
            lambda client, cursor: getattr(client, name)(**asked, cursor=cursor), "messages"
        )

    def try_out(self, destination: str) -> None:
        """auth.test, then conversations.info: the token must be a bot's that may post and look up
        what it has posted, the bot be in the channel, and the channel in use. Of a person only
        the token is asked: more would take other scopes. Raises DeliveryError."""
        self._caller.try_token()
        self._caller.need("chat:write")
        if _PERSON_ID.fullmatch(destination):
            return
        self._ids.pop(destination.removeprefix("#"), None)  # it may have been renamed
        channel = self._id(destination)
        told = self._call(lambda client: client.conversations_info(channel=channel))["channel"]
        if told.get("is_archived"):
            raise from_answer(200, {}, "is_archived")
        if told.get("is_member") is False:
            raise from_answer(200, {}, "not_in_channel")
        self._caller.need("groups:history" if told.get("is_private") else "channels:history")

    def _id(self, destination: str) -> str:
        """A channel's id for its id or ``#name``; the look-up needs one."""
        if CHANNEL_ID.fullmatch(destination):
            return destination
        name = destination.removeprefix("#")
        if name not in self._ids:
            listed = self._pages(
                lambda client, cursor: client.conversations_list(
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

    def _pages(
        self, ask: Callable[[Client, str | None], Any], field: str
    ) -> Iterator[Mapping[str, Any]]:
        cursor: str | None = None
        for _ in range(MAX_PAGES):
            answer = self._call(lambda client: ask(client, cursor))  # noqa: B023 (called at once)
            yield from answer.get(field) or ()
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                return
        raise DeliveryError("too much was written there to look through", "unknown")

    def _message(self, delivery: Delivery, form: Form, file: str = "") -> dict[str, Any]:
        """The rendered message. A bug in rendering must not keep the words from arriving."""
        message: dict[str, Any] = {
            "link_names": False,
            "parse": "none",
            "metadata": {"event_type": EVENT, "event_payload": {"delivery_key": delivery.key}},
        }
        card = delivery.notice.card
        if form == "text":
            return message | {"text": plain_text(delivery), "mrkdwn": False}
        message["text"] = fallback_text(delivery)
        try:
            if card is None:
                return message | {"blocks": blocks(delivery, buttons=self._interactive)}
            buttons = self._interactive
            return message | card_message(delivery, card, form, file=file, buttons=buttons)
        except Exception as error:
            raise DeliveryError(
                f"the message cannot be laid out ({type(error).__name__})",
                "not_sent",
                permanent=True,
                scope="message",
            ) from error


@contextmanager
def _plainer_forms(delivery: Delivery, illustrated: bool = False) -> Iterator[Form]:
    """The form to try; a refusal says whether a plainer one is left."""
    forms: list[Form] = ["blocks", "text"]
    if delivery.notice.card is not None:
        forms = ["folded", "flat", "text"]
    if illustrated:
        forms = ["illustrated", "charted", *forms]
    number = min(delivery.plainness, len(forms) - 1)
    try:
        yield forms[number]
    except DeliveryError as error:
        error.plainer = error.scope == "message" and number < len(forms) - 1
        raise


def _receipt(answer: Mapping[str, Any]) -> Receipt:
    if not answer.get("ts") or not answer.get("channel"):
        raise DeliveryError("Slack's answer names no message", "unknown")
    return {"channel": answer["channel"], "ts": answer["ts"]}


def interactive(settings: SlackSettings, secrets: Mapping[str, str]) -> bool:
    """Whether somebody hears what is pressed."""
    needed = {"socket": "app_token", "http": "signing_secret"}.get(settings.interactions)
    return bool(needed and secrets.get(needed))


SLACK = ChannelType(
    "slack",
    SlackSettings,
    lambda options, secrets: SlackChannel(
        options, secrets["token"], interactive=interactive(options, secrets)
    ),
    secrets={
        "token": "SLACK_BOT_TOKEN",
        "app_token": "SLACK_APP_TOKEN",
        "signing_secret": "SLACK_SIGNING_SECRET",
    },
)
