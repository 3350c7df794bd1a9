"""A channel of messages without a network behind it."""

from __future__ import annotations

from alerting.channels.base import ChannelInfo, Delivery, DeliveryError
from alerting.model import Receipt


class Room:
    """A channel that takes, or refuses, what it is handed."""

    info = ChannelInfo("slack")

    def __init__(self, name: str = "slack", refuses: bool = False) -> None:
        self.name, self.refuses = name, refuses
        self.sent: list[Delivery] = []

    def send(self, delivery: Delivery) -> Receipt:
        if self.refuses:
            raise DeliveryError("no such channel", "not_sent", permanent=True)
        self.sent.append(delivery)
        return {"channel": delivery.destination}
