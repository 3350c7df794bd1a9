"""What happened, as three witnesses tell it: Slack, the database, the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Window:
    """A stretch of time. ``destination``: the only place that it is about; "" for everything."""

    start: datetime
    end: datetime
    destination: str = ""

    def meets(self, start: datetime, end: datetime) -> bool:
        """Whether the two have a moment in common."""
        return self.start <= end and start <= self.end


@dataclass(frozen=True)
class Call:
    """A call that Slack has done. ``at``: when it came in, by its sender's wall; ``ts``: the
    message it made or changed; ``key``: the whole delivery key in its metadata."""

    at: datetime
    method: str
    room: str
    ts: str
    thread: str
    key: str
    body: Mapping[str, Any]

    @property
    def is_post(self) -> bool:
        return self.method == "chat.postMessage"


@dataclass(frozen=True)
class Message:
    """A message that stands in a room when everything is over. ``labelled``: as a possible
    repeat."""

    room: str
    ts: str
    thread: str
    key: str
    labelled: bool


@dataclass(frozen=True)
class Promise:
    """A row of the outbox. ``wire``: the key as Slack knows it."""

    id: int
    delivery_key: str
    wire: str
    channel: str
    destination: str
    incident_id: int | None
    severity: str
    thread_of: str | None
    broadcast: bool
    payload: Mapping[str, Any]
    created_at: datetime
    state: str
    first_due_at: datetime
    possible_repeat: bool
    desired: Mapping[str, Any] | None

    @property
    def names(self) -> bool:
        """Whether it was to call somebody, when it was promised or later."""
        return any((content or {}).get("targets") for content in (self.payload, self.desired))


@dataclass(frozen=True)
class Signal:
    """What a detector said; ``incident_id``: what it is part of."""

    id: int
    brand: str
    detector: str
    start: datetime
    revision: int
    responded: int
    incident_id: int | None


@dataclass(frozen=True)
class Incident:
    id: int
    state: str
    shadow: bool


@dataclass(frozen=True)
class Event:
    """A line of an incident's timeline, in domain time."""

    id: int
    incident_id: int
    at: datetime
    reason: str
    who: str
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class Timer:
    """Something that was to happen, in domain time."""

    id: int
    kind: str
    incident_id: int | None
    due_at: datetime
    state: str


@dataclass(frozen=True)
class Digest:
    """A line of the digests' ledger."""

    brand: str
    week: str
    recipient: str


@dataclass(frozen=True)
class Pressed:
    """What somebody did in Slack, as it was kept."""

    id: int
    key: str
    action: str
    state: str


@dataclass(frozen=True)
class Mail:
    """A mail that a relay took."""

    message_id: str
    recipient: str


@dataclass(frozen=True)
class Circumstances:
    """What no witness can know: what was done to Siaga, by whoever writes the history.

    ``live``      the domain's time is the wall's; in a replay it is not
    ``pace_s``    seconds that a channel must keep between two posts
    ``down``      no process lived, or none could write
    ``outages``   Slack took nothing, or the network lost it
    ``idle``      processes lived, and nothing had changed since everything was told
    ``quiet``     somebody's quiet hours, with their destination
    ``accepted``  the signals (brand, detector, start) that were committed
    ``heard``     the keys of the presses that Slack was told are taken
    """

    ended_at: datetime
    live: bool = True
    pace_s: float = 1.0
    down: tuple[Window, ...] = ()
    outages: tuple[Window, ...] = ()
    idle: tuple[Window, ...] = ()
    quiet: tuple[Window, ...] = ()
    secrets: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    accepted: frozenset[tuple[str, str, datetime]] = frozenset()
    heard: frozenset[str] = frozenset()

    def disturbed(self, start: datetime, end: datetime) -> bool:
        """Whether something kept messages from being told then."""
        return any(window.meets(start, end) for window in (*self.down, *self.outages))


@dataclass(frozen=True)
class History:
    """A whole life, or many of them, once everything is told."""

    circumstances: Circumstances
    calls: tuple[Call, ...] = ()
    messages: tuple[Message, ...] = ()
    promises: tuple[Promise, ...] = ()
    signals: tuple[Signal, ...] = ()
    incidents: tuple[Incident, ...] = ()
    events: tuple[Event, ...] = ()
    timers: tuple[Timer, ...] = ()
    digests: tuple[Digest, ...] = ()
    presses: tuple[Pressed, ...] = ()
    mails: tuple[Mail, ...] = ()
    log: str = ""
    by_wire: Mapping[str, Promise] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_wire", {one.wire: one for one in self.promises})

    @property
    def posts(self) -> list[Call]:
        """The messages that Slack took, in the order in which they came in."""
        return sorted((call for call in self.calls if call.is_post), key=lambda call: call.at)

    def told(self) -> Iterator[tuple[Call, Promise]]:
        """Each post with what it keeps."""
        for call in self.posts:
            if call.key in self.by_wire:
                yield call, self.by_wire[call.key]

    def timeline(self, incident: int | None) -> list[Event]:
        found = (event for event in self.events if event.incident_id == incident)
        return sorted(found, key=lambda event: (event.at, event.id))
