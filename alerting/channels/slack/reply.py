"""What only one person sees: https://docs.slack.dev/reference/methods/chat.postEphemeral

Nobody can look up whether it arrived; said twice it does no harm.
"""

from __future__ import annotations

from datetime import datetime

from alerting.channels.base import ChannelInfo, ChannelType, Delivery, DeliveryError
from alerting.channels.slack.blocks import blocks, fallback_text
from alerting.channels.slack.caller import Caller
from alerting.model import Receipt
from monitor.settings.model import SlackSettings


class SlackReply:
    """``destination``: the channel's id and the person's, with a colon between."""

    def __init__(self, settings: SlackSettings, token: str) -> None:
        self.info = ChannelInfo("slack_reply", repeatable=True)
        self._caller = Caller(settings, token)

    def send(self, delivery: Delivery) -> Receipt:
        """chat.postEphemeral, once."""
        channel, _, user = delivery.destination.partition(":")
        self._caller.call(
            lambda client: client.chat_postEphemeral(
                channel=channel,
                user=user,
                text=fallback_text(delivery),
                blocks=blocks(delivery),
            )
        )
        return {"told": user}

    def update(self, receipt: Receipt, delivery: Delivery) -> Receipt:
        """What one person was told stays as it is."""
        raise DeliveryError("an ephemeral message stays", "not_sent", permanent=True)

    def find(self, delivery: Delivery, since: datetime) -> Receipt | None:
        """Slack does not say."""
        raise DeliveryError("Slack does not say what it showed one person", "unknown")


SLACK_REPLY = ChannelType(
    "slack_reply",
    SlackSettings,
    lambda options, secrets: SlackReply(options, secrets["token"]),
    secrets={"token": "SLACK_BOT_TOKEN"},
)
