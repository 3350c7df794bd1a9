"""What came of a drill: how long everything took, what was missed, who did not answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerting.i18n import Localizer
from alerting.messages.codec import pack, targets_of
from alerting.messages.incident import drill_stamp
from alerting.model import Incident, Notice
from monitor.app import App
from monitor.jobs.respond.routing import brand_name, localizer_for
from monitor.jobs.views.export import Missed, missed, took
from monitor.jobs.views.look_back import milestone, sentence
from monitor.jobs.views.look_back import took as took_words
from monitor.store import incidents as store
from monitor.store.drills import Drill
from monitor.store.outbox import keys
from monitor.store.outbox.write import enqueue
from monitor.store.tables.responding import NotificationRow


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Spans are from ``since``, the storm's beginning or, where that was older, the drill's; None:
    it never happened. ``silent``: names of the people who were paged and did nothing.
    ``incident``: the first that was told; None: nothing was."""

    drill: Drill
    since: datetime
    incident: Incident | None
    took: Mapping[str, timedelta | None]
    missed: Sequence[Missed]
    paged: Sequence[str]
    silent: Sequence[str]

    def as_json(self) -> dict[str, Any]:
        """For programs: spans are seconds."""
        return {
            "drill": self.drill.id,
            "brand": self.drill.brand,
            "scenario": self.drill.scenario,
            "running": self.drill.ended_at is None,
            "since": self.since.isoformat(),
            "incident": self.incident.id if self.incident else None,
            "seconds_to": {
                name: None if span is None else span.total_seconds()
                for name, span in self.took.items()
            },
            "missed": [one.as_json() for one in self.missed],
            "paged": list(self.paged),
            "did_not_answer": list(self.silent),
        }


def scorecard(app: App, drill: Drill, now: datetime) -> Scorecard:
    """How a drill went, or goes."""
    since = max(drill.storm_at, drill.started_at)
    with app.db.read() as tx:
        played = store.list_incidents(tx, brand=drill.slug, every=True)
        told = sorted((one for one in played if one.told), key=lambda one: one.id)
        events = {one.id: store.timeline(tx, one.id) for one in told}
        messages = {one.id: store.notifications(tx, one.id) for one in told}
    first = told[0] if told else None
    spans: dict[str, timedelta | None] = dict.fromkeys(
        ("detected", "paged", "acknowledged", "first statement", "resolved")
    )
    if first is not None:
        spans |= took(first, events[first.id], since)  # type: ignore[arg-type]
        if any(event.detail.get("drill") for event in events[first.id]):
            spans["resolved"] = None  # the drill's end closed it, nobody did
    pages = [row for rows in messages.values() for row in rows if _pages(row)]
    sent = min((row.sent_at for row in pages if row.sent_at), default=None)
    spans["paged"] = sent - since if sent else None
    acted = {event.who.lower() for of in events.values() for event in of if event.who}
    paged = list(_people(app, pages))
    return Scorecard(
        drill,
        since,
        first,
        spans,
        [
            one
            for incident in told
            for one in missed(incident, events[incident.id], _states(messages[incident.id]), now)
        ],
        [name for name, _ in paged],
        [name for name, known in paged if not known & acted],
    )


def _pages(row: NotificationRow) -> bool:
    named = bool(targets_of(row.payload)) or row.channel == "email"
    return named and row.state == "sent"


def _states(rows: Sequence[NotificationRow]) -> dict[str, str]:
    return {row.delivery_key: row.state for row in rows}


def _people(app: App, pages: Sequence[NotificationRow]) -> Iterator[tuple[str, set[str]]]:
    """Everybody who was paged by name, and what they may be called."""
    ids = {target.id for row in pages for target in targets_of(row.payload) if target.id}
    ids |= {row.destination.lower() for row in pages if row.channel == "email"}
    for person in app.settings.people:
        known = {person.slug, person.name.lower(), person.slack.lower(), person.email.lower()}
        if ids & {person.slack, person.email.lower()} - {""}:
            yield person.name, known - {""}
            ids -= {person.slack, person.email.lower()}
    yield from ((name, {name.lower()}) for name in sorted(ids))


def lines(app: App, card: Scorecard) -> Iterator[str]:
    """For a terminal or a thread, in the brand's language."""
    say = localizer_for(app, card.drill.brand)
    if card.drill.ended_at:
        yield say._("ended: {why}", why=card.drill.why)
    for name, span in card.took.items():
        yield f"{milestone(say, name)}: {took_words(say, span)}"  # type: ignore[arg-type]
    if card.drill.storm_at < card.since:
        old = say.duration(card.since - card.drill.storm_at)
        yield say._("The storm was {span} old when the drill began.", span=old)
    for one in card.missed:
        yield say._("missed: {what}", what=sentence(say, one))
    yield from _answers(say, card)


def _answers(say: Localizer, card: Scorecard) -> Iterator[str]:
    if card.silent:
        yield say._("did not answer: {names}", names=", ".join(card.silent))
    elif card.paged:
        yield say._("everybody who was paged answered")


def title(app: App, drill: Drill) -> str:
    """Which drill it is."""
    say = localizer_for(app, drill.brand)
    return say._(
        "Drill {id} of {brand}: the scorecard", id=drill.id, brand=brand_name(app, drill.brand)
    )


def tell_scorecard(app: App, drill: Drill, now: datetime) -> None:
    """Promise the scorecard in the thread of the drill's first incident. Promised once."""
    card = scorecard(app, drill, now)
    if card.incident is None:
        return
    number, say = card.incident.id, localizer_for(app, drill.brand)
    notice = Notice(
        "update",
        title(app, drill),
        "\n".join(lines(app, card)),
        stamp=drill_stamp(say),
        locale=say.locale,
        zone=say.zone,
    )
    with app.db.write() as tx:
        place = store.card_place(tx, number)
        key = keys.line(number, "scorecard", drill.id)
        if place is None or any(r.delivery_key == key for r in store.notifications(tx, number)):
            return
        enqueue(
            tx,
            key=key,
            channel=place[0],
            destination=place[1],
            payload=pack(notice),
            severity=card.incident.severity,
            created_at=now,
            due_at=app.wall(),
            incident_id=number,
            thread_of=keys.card(number),
        )
