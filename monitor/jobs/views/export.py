"""An incident for the look back: what happened, who did what when, how long it took, what was
missed; and its figures as a fixture that detection can be held against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

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

STATEMENTS = ("publish", "notice", "instruct", "correct")
"""The items of the shipped checklists with which a brand says something in public."""


@dataclass(frozen=True, slots=True)
class Export:
    """``took``: name -> how long after the beginning it came (None: it never did). ``missed``: what
    the playbook wanted and did not happen, a sentence each."""

    incident: Incident
    brand: str
    took: Mapping[str, timedelta | None]
    timeline: Sequence[store.StoredEvent]
    missed: Sequence[str]
    evidence: Sequence[StoredMention]
    pages: int
    localizer: Localizer

    def as_json(self) -> dict[str, Any]:
        """For programs. Times are ISO 8601 in UTC, spans seconds."""
        incident = self.incident
        return {
            "incident": incident.id,
            "brand": incident.brand,
            "class": incident.risk_class,
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
            "missed": list(self.missed),
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

    def as_markdown(self) -> Iterator[str]:
        """For the meeting afterwards, in the brand's zone."""
        incident = self.incident
        yield f"# Incident {incident.id}: {self.brand}, {incident.severity}"
        yield ""
        yield f"{incident.risk_class}, {incident.state}. Since {self._at(incident.since)}."
        yield ""
        yield "| from the beginning to | took |"
        yield "|---|---|"
        for name, span in self.took.items():
            yield f"| {name} | {_span(span)} |"
        yield ""
        yield f"{self.pages} message(s) named somebody."
        if self.missed:
            yield ""
            yield "## Missed"
            yield from (f"- {line}" for line in self.missed)
        yield ""
        yield "## Timeline"
        for event in self.timeline:
            who = f" by {_plain(event.who)}" if event.who else ""
            because = event.detail.get("because") or event.detail.get("why") or ""
            said = f": {_plain(str(because))}" if because else ""
            yield f"- {self._at(event.at)} {event.reason}{who}{said}"
        if self.evidence:
            yield ""
            yield "## Evidence"
            for mention in self.evidence:
                yield f"- {self._at(mention.published_at)} {mention.platform} {mention.url}"
                yield f"  > {_plain(mention.text)[:500]}"

    def _at(self, at: datetime) -> str:
        return f"{self.localizer.local(at):%Y-%m-%d %H:%M %Z}"


def exported(app: App, number: int, now: datetime) -> Export | None:
    """Everything about an incident; None: there is none of that number."""
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
    return Export(
        incident,
        brand_name(app, incident.brand),
        _took(incident, events),
        events,
        list(_missed(incident, events, states, now)),
        shown,
        sum(bool(row.payload.get("targets")) and row.state == "sent" for row in messages),
        localizer_for(app, incident.brand),
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


def _took(incident: Incident, events: Sequence[store.StoredEvent]) -> dict[str, timedelta | None]:
    def first(*reasons: str) -> datetime | None:
        return next((event.at for event in events if event.reason in reasons), None)

    published = [at for item, at in _done(incident).items() if item in STATEMENTS]
    ends = {
        "detected": incident.opened_at,
        "acknowledged": first("acknowledged") or incident.acknowledged_at,
        "first statement": min(published, default=None),
        "resolved": incident.resolved_at,
    }
    return {name: None if at is None else at - incident.since for name, at in ends.items()}


def _missed(
    incident: Incident,
    events: Sequence[store.StoredEvent],
    states: Mapping[str, str],
    now: datetime,
) -> Iterator[str]:
    """Steps that reached nobody, items that were not done in time, and an acknowledgement that
    came after the last step."""
    end = incident.resolved_at or now
    for event in events:
        if event.reason == "escalated" and event.detail.get("skipped"):
            skipped = ", ".join(map(str, event.detail["skipped"]))
            yield f"steps {skipped} came too late and were told together with a later one"
    for key, state in states.items():
        if state in FAILED:
            yield f"the message {key} could not be delivered"
    playbook = playbook_of(incident)
    done = _done(incident)
    for item in playbook.policy.checklist:
        due = incident.opened_at + item.within
        at = done.get(item.id)
        if (at is None and due < end) or (at is not None and at > due):
            late = "was not done" if at is None else f"was done {_span(at - due)} late"
            yield f"{item.id} ({item.owner}: {item.do}) {late}"
    if step_of(incident, 0) and incident.acknowledged_at is None and incident.told:
        yield "nobody acknowledged it"


def _done(incident: Incident) -> dict[str, datetime]:
    """When each item of the checklist was ticked off."""
    done: Mapping[str, Sequence[str]] = incident.facts.get("done", {})
    return {item: datetime.fromisoformat(at) for item, (_who, at) in done.items()}


def _piece(mention: StoredMention) -> dict[str, str]:
    return {
        "at": mention.published_at.isoformat(),
        "platform": mention.platform,
        "url": mention.url,
        "text": mention.text,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _span(span: timedelta | None) -> str:
    if span is None:
        return "never"
    minutes = int(span.total_seconds() // 60)
    days, rest = divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    parts = [f"{days} d" if days else "", f"{hours} h" if hours else "", f"{minutes} min"]
    return " ".join(part for part in parts if part)


def _plain(text: str) -> str:
    """On one line, and no markup of its own."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    escaped = printable.replace("\\", "\\\\")
    for sign in "`*_<>[]|#":
        escaped = escaped.replace(sign, f"\\{sign}")
    return " ".join(escaped.split())
