"""The channel contract: a ``Notice`` in, a ``Receipt`` or a ``DeliveryError`` out.

Channels render and call; deciding, retrying, pacing and remembering are the outbox's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel

from alerting.model import Notice, Receipt


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice on its way: to whom, under which key, as a reply to what. ``plainness``: how many
    richer forms of it were refused; 0 is everything the channel can show. ``earlier``: where it was
    posted before and could not be reached any more; it is brought up to date there, not posted a
    second time, if that is where it would go."""

    key: str
    destination: str
    notice: Notice
    thread: Receipt | None = None
    broadcast: bool = False
    possible_repeat: bool = False
    plainness: int = 0
    earlier: Receipt | None = None


class DeliveryError(Exception):
    """A send that did not return a receipt.

    ``certainty``  ``not_sent``: surely nothing was posted; ``unknown``: it may have been
    ``permanent``  trying the same again cannot help
    ``scope``      what is wrong when permanent: ``message`` (degrade it), ``destination`` (use the
                   fallback), ``credentials`` (pause this channel, tell a human), ``gone`` (the
                   message to be updated is no longer there). When not permanent, ``message`` and
                   ``destination`` say that only this one is refused, for now
    ``plainer``    of a refused message: there is a plainer form of it that was not tried yet
    ``retry_after`` seconds the other side asked us to wait
    The text is shown to people and never holds a token, a URL with one, or the message.
    """

    def __init__(
        self,
        message: str,
        certainty: Literal["not_sent", "unknown"],
        *,
        permanent: bool = False,
        scope: Literal["", "message", "destination", "credentials", "gone"] = "",
        plainer: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.certainty = certainty
        self.permanent = permanent
        self.scope = scope
        self.plainer = plainer
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """What a channel can do.

    ``pace_s``      least seconds between two posts to one destination
    ``update_pace_s``  least seconds between two updates, whatever their destination
    ``max_in_flight_s``     seconds after which a call is surely no longer in flight
    ``illustrates`` a card's picture is added by an update, once the card itself is out
    ``repeatable``  saying it twice does no harm: after an unknown outcome it is simply said again
    """

    name: str
    can_update: bool = False
    can_find: bool = False
    pace_s: float = 0.0
    update_pace_s: float = 0.0
    max_in_flight_s: float = 45.0
    illustrates: bool = False
    repeatable: bool = False


@dataclass(frozen=True, slots=True)
class ChannelType:
    """What the registry holds of a channel: its name, the model of its options in the config, the
    environment variables of its secrets by name, and how one is made of both."""

    name: str
    options: type[BaseModel]
    make: Callable[[Any, Mapping[str, str]], Channel]
    secrets: Mapping[str, str] = field(default_factory=dict)


class Channel(Protocol):
    """Slack, e-mail, console … One instance is used from one thread at a time."""

    info: ChannelInfo

    def send(self, delivery: Delivery) -> Receipt:
        """Post once. Raises DeliveryError."""
        ...

    def update(self, receipt: Receipt, delivery: Delivery) -> Receipt:
        """Bring an earlier message to this content (may be done twice). Raises DeliveryError."""
        ...

    def find(self, delivery: Delivery, since: datetime) -> Receipt | None:
        """Look the delivery key up among what was posted since. None: surely not there.
        Raises DeliveryError where that cannot be said."""
        ...


@runtime_checkable
class RemovesDuplicates(Channel, Protocol):
    """A channel that can take back what it posted twice."""

    def remove_duplicates(self, delivery: Delivery, since: datetime) -> list[Receipt]:
        """Keep the oldest of what was posted since then under the delivery key, and delete the
        others that nobody has replied to. What is left. Raises DeliveryError."""
        ...


@runtime_checkable
class CanTry(Channel, Protocol):
    """A channel that can say beforehand whether it would take a message."""

    def try_out(self, destination: str) -> None:
        """Raise the DeliveryError that a message to there would meet, as far as that is known
        without sending one."""
        ...
