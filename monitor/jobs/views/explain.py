"""Explain: everything that is known of an incident, in one read, and whether it paged anybody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from alerting.i18n import Localizer
from alerting.messages.codec import targets_of
from alerting.messages.context import MessageContext
from monitor.app import App
from monitor.jobs.respond.context import message_context
from monitor.jobs.respond.routing import localizer_for
from monitor.store import incidents as store
from monitor.store.pages import Page, held_pages
from monitor.store.timers import StoredTimer, pending_timers


@dataclass(frozen=True, slots=True)
class Message:
    """A message about an incident: its delivery key, where it goes, and what became of it.
    ``named``: whom it named; ``created_at`` and ``held_until`` (quiet hours hold it) domain time,
    ``sent_at`` wall time."""

    key: str
    channel: str
    destination: str
    state: str
    named: str
    created_at: datetime
    sent_at: datetime | None
    error: str
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """An incident with its timeline, what was promised, what is still to come, and whose page
    waits."""

    context: MessageContext
    events: tuple[store.StoredEvent, ...]
    messages: tuple[Message, ...]
    timers: tuple[StoredTimer, ...]
    waiting: tuple[Page, ...] = ()

    @property
    def paged(self) -> tuple[Message, ...]:
        """The messages that named somebody, and were not taken back before they were sent."""
        ended = ("withdrawn", "merged")
        return tuple(m for m in self.messages if m.named and m.state not in ended)


def explained(app: App, incident_id: int, now: datetime, language: str = "en") -> Explained | None:
    """What is known of it, in that language and the brand's zone; None: there is no such
    incident."""
    with app.db.read() as tx:
        incident = store.read_incident(tx, incident_id)
        if incident is None:
            return None
        context = message_context(app, tx, incident, now)
        promised = store.notifications(tx, incident_id)
        say = Localizer(language, localizer_for(app, incident.brand).zone)
        return Explained(
            context=replace(context, localizer=say),
            events=tuple(store.timeline(tx, incident_id)),
            messages=tuple(
                Message(
                    row.delivery_key,
                    row.channel,
                    row.destination,
                    row.state,
                    ", ".join(map(str, targets_of(row.payload))),
                    row.created_at,
                    row.sent_at,
                    row.last_error,
                    row.held_until,
                )
                for row in promised
            ),
            timers=tuple(pending_timers(tx, incident_id)),
            waiting=tuple(page for page in held_pages(tx) if page.incident == incident_id),
        )
