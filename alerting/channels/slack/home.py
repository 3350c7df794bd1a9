"""Somebody's Home as a projection: the newest content under a key of theirs, published whole.

https://docs.slack.dev/reference/methods/views.publish; publishing twice does no harm.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from alerting.channels.base import ChannelInfo, ChannelType, Delivery, DeliveryError
from alerting.channels.labels import localizer
from alerting.channels.sanitize import one_line
from alerting.channels.slack.blocks import Block, context, header, section
from alerting.channels.slack.caller import Caller
from alerting.channels.slack.card import actions, standing_block
from alerting.model import Notice, Receipt
from monitor.settings.model import SlackSettings

MAX_PARTS = 20
"""Incidents shown: four blocks each, of a hundred that a view may have."""


class SlackHome:
    """``destination``: the person's id."""

    def __init__(self, settings: SlackSettings, token: str) -> None:
        self.info = ChannelInfo("slack_home", can_update=True, repeatable=True)
        self._caller = Caller(settings, token)

    def send(self, delivery: Delivery) -> Receipt:
        """views.publish."""
        view = home(delivery.notice)
        self._caller.call(
            lambda client: client.views_publish(user_id=delivery.destination, view=view)
        )
        return {"user": delivery.destination}

    def update(self, receipt: Receipt, delivery: Delivery) -> Receipt:
        """views.publish; it replaces what was there."""
        return self.send(delivery)

    def find(self, delivery: Delivery, since: datetime) -> Receipt | None:
        """A Home cannot be read."""
        raise DeliveryError("Slack does not say what is on a Home", "unknown")


def home(notice: Notice) -> dict[str, Any]:
    """The view: a heading, a line, the incidents with what may be done."""
    say = localizer(notice)
    made: list[Block | None] = [header(notice), section(notice.summary)]
    for number, part in enumerate(notice.parts[:MAX_PARTS]):
        made.append({"type": "divider"})
        made.append(section(one_line(part.headline)))
        if part.card:
            made.append(standing_block(part.card.standing, say))
            made.append(actions(part.card, f"home{number}") if part.card.buttons else None)
    if notice.card:
        made += [{"type": "divider"}, actions(notice.card, "home") if notice.card.buttons else None]
    made.append(context([notice.footer]))
    return {"type": "home", "blocks": [block for block in made if block]}


SLACK_HOME = ChannelType(
    "slack_home",
    SlackSettings,
    lambda options, secrets: SlackHome(options, secrets["token"]),
    secrets={"token": "SLACK_BOT_TOKEN"},
)
