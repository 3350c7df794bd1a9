"""Watching the watchers: a source that cannot be read is a signal of its own."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from alerting.decide.blindness import MAY_PASS
from monitor.app import App
from monitor.jobs.poll.health import AHEAD, CONFIRMED, blind_at, overdue
from monitor.model import BLINDNESS, Health, Signal
from monitor.store import signals as records
from monitor.store.engine import Database, Transaction
from monitor.store.series import bucket_of
from monitor.store.signals import SignalRecord
from monitor.store.source_state import MISSED_KIND, SourceState
from monitor.store.sources import change, source_states
from monitor.store.tables.listening import SignalRow

log = logging.getLogger(__name__)

DETECTOR = "blindness"

ASLEEP = timedelta(minutes=2)
"""Two looks so far apart are those of a process that was stopped, or of a clock that jumped."""


NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Watch:
    """Since when this process has been there to poll, and to keep what polls bring (``since``), and
    its last look. ``asleep`` until ``awake``: when it was stopped last, or the clock jumped; what
    was due is asked first then. ``often``: it has looked often since; who always looks rarely has
    not slept."""

    since: datetime
    last: datetime
    awake: datetime = field(init=False)
    asleep: datetime = NEVER
    often: bool = False

    def __post_init__(self) -> None:
        self.awake = self.since

    def look(self, now: datetime) -> None:
        """Look now."""
        rarely = now - self.last > ASLEEP
        if now < self.last or (rarely and self.often):
            self.since -= max(self.last - now, timedelta(0))  # what a clock ahead made of it
            self.asleep, self.awake, self.often = min(self.last, now), now, False
        elif now > self.last:
            self.often = self.often or not rarely
        self.last = now

    def awake_for(self, since: datetime) -> timedelta:
        """How long it has been awake since then, up to its last look."""
        return self.last - max(since, self.awake) + max(self.asleep - since, timedelta(0))


_watches: WeakKeyDictionary[Database, _Watch] = WeakKeyDictionary()


def watch_anew(app: App, now: datetime) -> None:
    """Nothing could be polled until now, for a reason that is told otherwise: the database took
    nothing. That the sources were not asked meanwhile is no fault of theirs."""
    before, anew = _watches.get(app.db), _Watch(now, now)
    if before is not None:  # what failed before then counts on, as it does after a sleep
        anew.asleep = before.asleep if before.since == before.last else min(before.last, now)
    _watches[app.db] = anew


def watch_sources(app: App, now: datetime) -> None:
    """Turn sources that fail too long, or are not polled at all, blind; raise a signal for each
    blind one, and end it when the source can be read again (or is gone from the config)."""
    watch = _watches.setdefault(app.db, _Watch(now, now))
    watch.look(now)
    with app.db.read() as tx:
        sources = source_states(tx)
        open_rows = _open(tx)
    changes = {s.id: values for s in sources if (values := _worse(app, s, watch, now))}
    if changes:
        with app.db.write() as tx:
            for source_id, values in changes.items():
                change(tx, source_id, None, values)
        with app.db.read() as tx:
            sources = source_states(tx)
    blind = {_key(s): s for s in sources if s.health == Health.BLIND}
    ended = [row.id for key, row in open_rows.items() if not _goes_on(row, blind.get(key))]
    told = [
        record
        for key, source in blind.items()
        if _news(record := _record(source, now), open_rows.get(key))
    ]
    again = _to_be_asked(app, sources, [k for k, row in open_rows.items() if row.id in ended])
    if told or ended:
        with app.db.write() as tx:
            records.end_rows(tx, ended, now)
            for source_id in again:
                change(tx, source_id, None, {"next_poll_at": app.wall()})
            for record in told:
                records.upsert(tx, record)


def all_answer(tx: Transaction) -> bool:
    """Whether every source is well, and none was blind when it was last looked at."""
    return all(source.ok for source in source_states(tx)) and not _open(tx)


def _to_be_asked(
    app: App, sources: Sequence[SourceState], ended: Sequence[tuple[str, str]]
) -> list[int]:
    """Where a source is read again, the others that had no answer, or a stranger's, are asked at
    once: what was in the way may be gone for all of them."""
    if not any(source.ok and _key(source) in ended for source in sources):
        return []
    return [
        source.id
        for source in sources
        if not source.ok and source.health_kind in MAY_PASS and source.next_poll_at > app.wall()
    ]


def _worse(app: App, source: SourceState, watch: _Watch, now: datetime) -> dict[str, Any]:
    """What has changed for a source just because time went on."""
    after = app.settings.rules.blindness.after
    if source.health_kind == MISSED_KIND and source.health == Health.BLIND:
        return {}  # told; whether it goes on, its polls say
    if not source.answers and source.health == Health.DEGRADED and source.health_since is not None:
        if not _is_deaf(source, source.health_since, watch, now, after, app.wall()):
            return {}
        log.warning("%s of %s is blind: %s", source.title, source.brand, source.health_reason)
        return {"health": Health.BLIND}
    if late := overdue(source, watch.since, watch.awake_for, after):
        log.warning("%s of %s is overdue", source.title, source.brand)
    return late


def _is_deaf(
    source: SourceState,
    failing: datetime,
    watch: _Watch,
    now: datetime,
    after: timedelta,
    wall: datetime,
) -> bool:
    """Whether a source that fails since then has done so too long. What is asked again before it is
    told is first asked after a sleep, unless it was deaf too long while nobody slept."""
    last = source.last_ok_at or failing
    if source.next_poll_at >= wall + CONFIRMED:
        return now >= blind_at(last, failing, after, waits=True)
    long = watch.awake_for(last) >= after - AHEAD and watch.awake_for(failing) >= CONFIRMED
    return long or now >= blind_at(last, max(failing, watch.awake), after)


def _open(tx: Transaction) -> dict[tuple[str, str], SignalRow]:
    return {(row.brand, row.subject): row for row in records.going_on(tx, None, [DETECTOR])}


def _key(source: SourceState) -> tuple[str, str]:
    return source.brand, source.title


def _goes_on(row: SignalRow, source: SourceState | None) -> bool:
    return source is not None and source.health_since == row.start


def _news(record: SignalRecord, row: SignalRow | None) -> bool:
    """Whether there is something to tell: it is new, another reason, or five minutes later."""
    return row is None or row.at < record.signal.at or dict(row.facts) != dict(record.signal.facts)


def _record(source: SourceState, now: datetime) -> SignalRecord:
    since = source.health_since or now
    # one that answers and loses its entries is polled well all the while
    last = since if source.health_kind == MISSED_KIND else source.last_ok_at or since
    signal = Signal(
        brand=source.brand,
        platform=source.platform,
        detector=DETECTOR,
        risk_class=BLINDNESS,
        start=since,
        at=max(since, bucket_of(now)),
        score=0.0,
        observed=0.0,
        subject=source.title,
        facts={
            "source": source.name,
            "connector": source.connector,
            "kind": source.health_kind,
            "reason": source.health_reason,
            "since": last.isoformat(timespec="seconds"),
        },
    )
    return SignalRecord(signal, 0.0, signal.at)
