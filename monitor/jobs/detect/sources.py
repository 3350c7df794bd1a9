"""Watching the watchers: a source that cannot be read is a signal of its own."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from alerting.decide.blindness import NO_ANSWER
from monitor.app import App
from monitor.clock import monotonic
from monitor.jobs.poll.health import CONFIRMED, blind_at, overdue
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


AGAIN_S = 900.0
"""Who sleeps again, or whose clock jumps again, within so many seconds awake is waited for no
longer than once: else nothing would ever be told."""


@dataclass(slots=True)
class _Watch:
    """Since when this process has been there to poll, and to keep what polls bring (``since``); its
    last look; and since when it has been awake, by a clock that may have jumped: it was asleep
    before, or the clock was another. ``often``: it has looked often since then; who always looks
    rarely has not slept. ``woke_s``: when it woke, by the clock that never jumps."""

    since: datetime
    last: datetime
    awake: datetime = field(init=False)
    often: bool = False
    woke_s: float | None = None

    def __post_init__(self) -> None:
        self.awake = self.since

    def look(self, now: datetime) -> None:
        """Look now."""
        rarely = now - self.last > ASLEEP
        if now < self.last or (rarely and self.often):
            self._wake(now)
        elif now > self.last:
            self.often = self.often or not rarely
        self.last = now

    def _wake(self, now: datetime) -> None:
        awake_s = math.inf if self.woke_s is None else monotonic() - self.woke_s
        if awake_s < AGAIN_S:
            self.awake = now - timedelta(seconds=awake_s)
        else:
            self.awake, self.woke_s = now, monotonic()
        self.since -= max(self.last - now, timedelta(0))  # what a clock that was ahead made of it
        self.often = False


_watches: WeakKeyDictionary[Database, _Watch] = WeakKeyDictionary()


def watch_anew(app: App, now: datetime) -> None:
    """Nothing could be polled until now, for a reason that is told otherwise: the database took
    nothing. That the sources were not asked meanwhile is no fault of theirs."""
    _watches[app.db] = _Watch(now, now)


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
    """Where a source is read again, the others that had no answer are asked at once: what was in
    the way may be gone for all of them."""
    if not any(source.ok and _key(source) in ended for source in sources):
        return []
    return [
        source.id
        for source in sources
        if not source.ok and source.health_kind in NO_ANSWER and source.next_poll_at > app.wall()
    ]


def _worse(app: App, source: SourceState, watch: _Watch, now: datetime) -> dict[str, Any]:
    """What has changed for a source just because time went on."""
    after = app.settings.rules.blindness.after
    if source.health_kind == MISSED_KIND and source.health == Health.BLIND:
        return {}  # told; whether it goes on, its polls say
    if (
        source.health_kind != MISSED_KIND
        and source.health == Health.DEGRADED
        and source.health_since is not None
    ):
        last, failing = source.last_ok_at or source.health_since, source.health_since
        if source.next_poll_at < app.wall() + CONFIRMED:  # it is asked again before it is told
            failing = max(failing, watch.awake)
        if now < blind_at(last, failing, after):
            return {}
        log.warning("%s of %s is blind: %s", source.title, source.brand, source.health_reason)
        return {"health": Health.BLIND}
    if late := overdue(source, watch.since, watch.awake, now, after):
        log.warning("%s of %s is overdue", source.title, source.brand)
    return late


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
