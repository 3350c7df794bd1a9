"""An incident for the look back: what happened, who did what when, how long it took, what was
missed; and its figures as a fixture that detection can be held against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from alerting.decide.response import playbook_of, step_of
from alerting.i18n import Localizer
from alerting.model import Incident
from monitor.app import App
from monitor.jobs.respond.routing import brand_name, localizer_for
from monitor.model import ALL, BLINDNESS, Bucket
from monitor.store import incidents as store
from monitor.store.mentions import StoredMention, evidence
from monitor.store.series import series

EVIDENCE = 10
BEFORE, AFTER = timedelta(days=21), timedelta(hours=6)
"""What a fixture keeps around an incident: enough to learn what is usual."""

FAILED = ("dead_letter",)

Milestone = Literal["detected", "paged", "acknowledged", "first statement", "resolved"]
"""What is timed."""


@dataclass(frozen=True, slots=True)
class Missed:
    """What the playbook wanted and did not happen. ``kind``: ``steps`` that were told too late and
    together with a later one, a ``message`` that arrived nowhere, an ``item`` of the checklist, an
    ``acknowledgement``. ``what`` names it; ``owner`` and ``do`` are an item's; ``late``: by how
    much it came too late (None: it never came)."""

    kind: Literal["steps", "message", "item", "acknowledgement"]
    what: str = ""
    owner: str = ""
    do: str = ""
    late: timedelta | None = None

    def as_json(self) -> dict[str, Any]:
        """For programs; ``late_s`` is null where it never came."""
        late = None if self.late is None else self.late.total_seconds()
        found = {"kind": self.kind, "what": self.what, "owner": self.owner, "do": self.do}
        return {**{k: v for k, v in found.items() if v}, "late_s": late}


@dataclass(frozen=True, slots=True)
class Export:
    """``took``: how long after the beginning each came (None: it never did). ``pages``: messages
    that named somebody. ``localizer``: of whoever reads it."""

    incident: Incident
    brand: str
    took: Mapping[Milestone, timedelta | None]
    timeline: Sequence[store.StoredEvent]
    missed: Sequence[Missed]
    evidence: Sequence[StoredMention]
    pages: int
    localizer: Localizer

    def as_json(self) -> dict[str, Any]:
        """For programs, the same in every language. Times are ISO 8601 in UTC, spans seconds."""
        incident = self.incident
        return {
            "incident": incident.id,
            "brand": incident.brand,
            "class": incident.about,
            "severity": incident.severity,
            "state": incident.state,
            "since": incident.since.isoformat(),
            "opened_at": incident.opened_at.isoformat(),
            "acknowledged_at": _iso(incident.acknowledged_at),
            "acknowledged_by": incident.acknowledged_by,
            "resolved_at": _iso(incident.resolved_at),
            "resolved_by": incident.resolved_by,
            "playbook": {k: incident.playbook.get(k) for k in ("slug", "version")},
            "seconds_to": {
                name: None if span is None else span.total_seconds()
                for name, span in self.took.items()
            },
            "pages": self.pages,
            "missed": [one.as_json() for one in self.missed],
            "timeline": [
                {
                    "at": event.at.isoformat(),
                    "what": event.reason,
                    "who": event.who,
                    "detail": dict(event.detail),
                }
                for event in self.timeline
            ],
            "evidence": [_piece(mention) for mention in self.evidence],
        }


def exported(app: App, number: int, now: datetime, language: str | None = None) -> Export | None:
    """Everything about an incident; None: there is none of that number. ``language``: of whoever
    reads it; None: the brand's."""
    with app.db.read() as tx:
        incident = store.read_incident(tx, number)
        if incident is None:
            return None
        events = store.timeline(tx, number)
        messages = store.notifications(tx, number)
        end = incident.resolved_at or now
        shown = [] if incident.risk_class == BLINDNESS else evidence(
            tx, incident.brand, ALL, incident.since, end + timedelta(seconds=1), EVIDENCE
        )  # fmt: skip
    states = {row.delivery_key: row.state for row in messages}
    say = localizer_for(app, incident.brand)
    return Export(
        incident,
        brand_name(app, incident.brand),
        took(incident, events, incident.since),
        events,
        list(missed(incident, events, states, now)),
        shown,
        sum(bool(row.payload.get("targets")) and row.state == "sent" for row in messages),
        replace(say, locale=language) if language else say,
    )


def fixture(app: App, incident: Incident) -> tuple[list[tuple[str, float]], list[str]]:
    """The brand's counts around an incident, as ``siaga backtest --counts`` reads them, and the
    window in which it was: rows of (time, mentions), and [start, end]."""
    end = incident.resolved_at or incident.last_signal_at
    with app.db.read() as tx:
        buckets: list[Bucket] = series(
            tx, incident.brand, ALL, incident.since - BEFORE, end + AFTER, at_close=True
        )
    form = "%Y-%m-%d %H:%M:%S"
    rows = [(f"{bucket.start:{form}}", bucket.volume) for bucket in buckets if bucket.covered]
    return rows, [f"{incident.since:{form}}.000000", f"{end:{form}}.000000"]


def took(
    incident: Incident, events: Sequence[store.StoredEvent], since: datetime
) -> dict[Milestone, timedelta | None]:
    """How long after ``since`` each milestone came. A statement is made when an item of the
    checklist that ``publishes`` is ticked off."""
    acknowledged = (event.at for event in events if event.reason == "acknowledged")
    done = _done(incident)
    public = [item.id for item in playbook_of(incident).policy.checklist if item.publishes]
    ends: dict[Milestone, datetime | None] = {
        "detected": incident.opened_at,
        "acknowledged": next(acknowledged, incident.acknowledged_at),
        "first statement": min((done[item] for item in public if item in done), default=None),
        "resolved": incident.resolved_at,
    }
    return {name: None if at is None else at - since for name, at in ends.items()}


def missed(
    incident: Incident,
    events: Sequence[store.StoredEvent],
    states: Mapping[str, str],
    now: datetime,
) -> Iterator[Missed]:
    """What did not happen, or too late. ``states``: of its messages, by their keys."""
    end = incident.resolved_at or now
    for event in events:
        if event.reason == "escalated" and event.detail.get("skipped"):
            yield Missed("steps", ", ".join(map(str, event.detail["skipped"])))
    for key, state in states.items():
        if state in FAILED:
            yield Missed("message", key)
    done = _done(incident)
    for item in playbook_of(incident).policy.checklist:
        due = incident.opened_at + item.within
        at = done.get(item.id)
        if (at is None and due < end) or (at is not None and at > due):
            late = None if at is None else at - due
            yield Missed("item", item.id, item.owner, item.do, late)
    if step_of(incident, 0) and incident.acknowledged_at is None and incident.told:
        yield Missed("acknowledgement")


def _done(incident: Incident) -> dict[str, datetime]:
    """When each item of the checklist was ticked off."""
    done: Mapping[str, Sequence[str]] = incident.facts.get("done", {})
    return {item: datetime.fromisoformat(at) for item, (_who, at) in done.items()}


def _piece(mention: StoredMention) -> dict[str, Any]:
    return {
        "at": mention.published_at.isoformat(),
        "time_uncertain": mention.undated,
        "platform": mention.platform,
        "url": mention.url,
        "text": mention.text,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
