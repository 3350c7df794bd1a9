"""What open incidents make of signals that just go on: nearly always that they are still going.

``respond`` reads, decides and writes; between two moments at which somebody is told something it
does so every five minutes, to the same end. Here the same decisions are made one after another in
memory, and written once. As soon as one is more than that, nothing of it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from alerting.decide.blindness import SOURCE_DETECTOR
from alerting.decide.reasons import Reason
from alerting.decide.response import Response, TimerKind
from alerting.model import Incident
from monitor.app import App
from monitor.jobs.respond.apply import ConcurrentUpdate
from monitor.jobs.respond.context import share_in
from monitor.jobs.respond.journal import tell_log
from monitor.jobs.respond.render import Rendered, is_silent
from monitor.jobs.respond.respond import decided
from monitor.model import IncidentState, Signal
from monitor.store import incidents as store
from monitor.store.ahead import Ahead
from monitor.store.engine import Transaction
from monitor.store.incidents import Group
from monitor.store.signals import SignalRecord, as_read, going_on, put_answered
from monitor.store.tables.listening import SignalRow
from monitor.store.timers import cancel_timers

Key = tuple[str, str, str, datetime]
"""Brand, platform, detector and start of an event."""


@dataclass(slots=True)
class _Event:
    """An event of an open incident. ``row``: as it is stored; ``record``: as it was last heard,
    None: not yet."""

    row: SignalRow
    home: Group
    revision: int
    record: SignalRecord | None = None

    def at(self) -> datetime:
        return self.record.signal.at if self.record else self.row.at


@dataclass(slots=True)
class _Open:
    """An open incident: as it is stored, and as it will be. ``cancel``: its timers that no longer
    hold."""

    before: Incident
    now: Incident
    cancel: set[TimerKind] = field(default_factory=set)


class Going:
    """The incidents that are open, and what they hear. ``sums`` tells of shares."""

    def __init__(self, tx: Transaction, app: App, sums: Ahead) -> None:
        self._tx, self._app, self._sums = tx, app, sums
        self._events: dict[Key, _Event] = {}
        self._open: dict[Group, _Open] = {}
        self._recorded: list[Rendered] = []

    def knows(self, brand: str, detectors: Iterable[str]) -> bool:
        """Take up a brand's events by these detectors. False: one of them is not part of an
        incident that is open, or not answered yet."""
        for row in going_on(self._tx, brand, sorted(detectors)):
            home = self._home(row)
            if home is None:
                return False
            key = (brand, row.platform, row.detector, row.start)
            self._events[key] = _Event(row, home, row.revision)
        return True

    def _home(self, row: SignalRow) -> Group | None:
        found = store.read_incident(self._tx, row.incident_id) if row.incident_id else None
        if found is None or row.responded != row.revision:
            return None
        group = (found.brand, found.risk_class, found.subject)
        if group not in self._open:
            latest = store.latest_incident(self._tx, group)
            if latest is None or not _goes_on(latest):
                return None
            self._open[group] = _Open(latest, latest)
        return group

    def hear(self, records: Mapping[str, Sequence[SignalRecord]], now: datetime) -> bool:
        """What these say of events at ``now``, by brand, in the order in which brands are
        answered. False: they make more of an incident than that it goes on, and nothing is
        done."""
        heard: list[tuple[_Event, SignalRecord]] = []
        made: dict[Group, Incident] = {}
        answers: list[Rendered] = []
        for brand, told in records.items():
            batches = self._batches(brand, told, heard)
            if batches is None:
                return False
            for group, signals in batches.items():
                before = made.get(group, self._open[group].now)
                answer = self._answered(group, before, signals, now)
                if answer is None:
                    return False
                made[group] = answer.incident
                answers.append(answer)
        for event, record in heard:
            event.record, event.revision = record, event.revision + 1
        for group, incident in made.items():
            self._open[group].now = incident
        for answer in answers:
            one = answer.incident
            self._open[one.brand, one.risk_class, one.subject].cancel |= set(answer.response.cancel)
        self._recorded += [answer for answer in answers if answer.response.recorded]
        return True

    def _batches(
        self,
        brand: str,
        told: Sequence[SignalRecord],
        heard: list[tuple[_Event, SignalRecord]],
    ) -> dict[Group, list[Signal]] | None:
        """The signals of a brand by the incident they are part of, as ``batches``."""
        found: list[tuple[_Event, SignalRecord]] = []
        for record in told:
            signal = record.signal
            event = self._events.get((brand, signal.platform, signal.detector, signal.start))
            if event is None or signal.over or signal.at <= event.at():
                return None
            kept = replace(record, first_at=min(event.row.first_at, record.first_at))
            found.append((event, kept))
        found.sort(key=lambda pair: (pair[0].row.start, pair[0].row.id))
        heard += found
        groups: dict[Group, list[Signal]] = {}
        for event, record in found:
            groups.setdefault(event.home, []).append(as_read(record))
        return groups

    def _answered(
        self, group: Group, before: Incident, signals: Sequence[Signal], now: datetime
    ) -> Rendered | None:
        """The answer to signals of an incident, where it is that it goes on."""
        response = decided(self._app, before, signals, now, group, self._share, watched=True)
        if response.reason is not Reason.STILL_GOING or response.notices or response.timers:
            return None
        if not is_silent(self._app, response):
            return None
        incident = replace(response.incident, version=before.version + 1)
        return Rendered(before, replace(response, incident=incident), now)

    def _share(self, brand: str, platform: str, start: datetime, end: datetime) -> float | None:
        return share_in(*self._sums.opinions(brand, platform, start, end))

    def write(self, tx: Transaction) -> Callable[[], None]:
        """Store all of it; what is to be done once that is committed. Raises ``ConcurrentUpdate``
        where somebody else has changed an incident; nothing may be committed then."""
        for event in self._events.values():
            if event.record is not None:
                put_answered(tx, event.row.id, event.record, event.revision)
        for one in self._open.values():
            if one.now is not one.before and not store.save_incident(tx, one.now, one.before):
                raise ConcurrentUpdate(f"incident {one.before.id}")
            cancel_timers(tx, one.before.id, sorted(one.cancel))
        store.add_events(tx, [_event(answer) for answer in self._recorded])
        return self._tell_log

    def _tell_log(self) -> None:
        for answer in self._recorded:
            tell_log(answer)


def _goes_on(incident: Incident) -> bool:
    """Whether it is open and about nothing but what detectors say."""
    about = {signal.detector for signal in incident.signals()}
    return incident.state != IncidentState.RESOLVED and SOURCE_DETECTOR not in about


def _event(answer: Rendered) -> tuple[int, store.StoredEvent]:
    response: Response = answer.response
    said = store.StoredEvent(answer.now, response.reason.value, response.who, response.detail)
    return answer.incident.id, said
