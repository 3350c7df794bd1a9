"""Looking at what is told late: mentions of closed buckets that no detector sees any more.

At each evaluation what has become visible within the hour is held against floors and against what
is usual (``monitor.detect.late``). A storm among it is a signal like any other, told once for the
same mentions, and goes on as long as more of it comes. What a first read, a backfill or a replay
tells is the past and is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median
from weakref import WeakKeyDictionary

from monitor.app import App
from monitor.detect.late import (
    LEAST,
    PRESENT,
    WITHIN,
    Late,
    Stretch,
    Usual,
    measured,
    stands_out,
    stretch_of,
    together,
)
from monitor.model import ALL, BUCKET, TOLD_LATE, Signal
from monitor.store import late as store
from monitor.store.engine import Database, Transaction
from monitor.store.incidents import signal_of
from monitor.store.opinions import opinions
from monitor.store.series import bucket_of, progress
from monitor.store.signals import SignalRecord, upsert
from monitor.store.tables.listening import SignalRow

PAST, DAY = timedelta(days=14), timedelta(days=1)
"""How long a past says what is usual."""

LEAST_DAYS, LEAST_READ = 3, 50
"""So many days and opinions of it must be known."""

BACK = timedelta(days=2)
"""How far back a process looks that has just begun: what came before it was stopped may not have
been looked at."""

_looked: WeakKeyDictionary[Database, datetime] = WeakKeyDictionary()
"""When this process looked last."""


def watch_late(app: App, now: datetime) -> None:
    """Raise a signal for each brand of which a storm was told late, and end what has ended."""
    if app.replay or not app.settings.rules.late.enabled:
        return
    since = min(now, _looked.get(app.db, now - BACK)) - WITHIN
    with app.db.read() as tx:
        came = store.came_late(tx, since)
        told = store.told_late(tx, now - PAST)
        records = [
            record
            for brand in app.brands
            if came.get(brand, 0) >= LEAST or any(r.brand == brand and not r.over for r in told)
            for record in _records(tx, brand, [r for r in told if r.brand == brand], since, now)
        ]
    if records:
        with app.db.write() as tx:
            for record in records:
                upsert(tx, record)
    _looked[app.db] = now


def _records(
    tx: Transaction, brand: str, told: Sequence[SignalRow], since: datetime, now: datetime
) -> Iterator[SignalRecord]:
    """What there is to say of a brand: of what was said lately, and of what was said long ago."""
    for long_ago in (False, True):
        before = next((r for r in told if bool(r.facts.get("long_ago")) is long_ago), None)
        going = before if before and _goes_on(before, now) else None
        low = min(since, _visible(going)[0] - BUCKET) if going else since
        late = [
            Late(one.published_at, one.told_at, one.who, one.negative or one.crisis, one.crisis)
            for one in store.late_readings(tx, brand, low)
        ]
        late = [one for one in late if one.long_ago is long_ago]
        record = (
            _goes(going, late, now)
            if going
            else _begins(tx, brand, late, min(_visible(before)[1], now) if before else None, now)
        )
        if record:
            yield record


def _goes_on(row: SignalRow, now: datetime) -> bool:
    """What was said long ago is over as soon as it is told, and may still become more."""
    return not row.over or (bool(row.facts.get("long_ago")) and now - row.first_at < WITHIN)


def _visible(row: SignalRow) -> tuple[datetime, datetime]:
    """Since when and until when what a signal speaks of became visible."""
    low, high = (str(row.facts[name]) for name in ("visible_from", "visible_until"))
    return datetime.fromisoformat(low), datetime.fromisoformat(high)


def _begins(
    tx: Transaction, brand: str, late: Sequence[Late], after: datetime | None, now: datetime
) -> SignalRecord | None:
    """The first storm among what came late after that which has been told."""
    for pool in together(late, after):
        found = stretch_of(pool)
        if found is None:
            continue
        begun = [one for one in late if one.told_at >= found.visible[0]]
        found = measured(begun, found.start, found.end)
        usual = _usual(tx, brand, found)
        if stands_out(found, _negative(tx, brand, found), usual):
            signal = _signal(brand, found, usual, now)
            return SignalRecord(signal, 0.0, now)
    return None


def _goes(row: SignalRow, late: Sequence[Late], now: datetime) -> SignalRecord | None:
    """How a storm that is told stands by now; None: as before."""
    low, until = _visible(row)
    late = [one for one in late if one.told_at >= low]
    start, end = row.start, row.start + timedelta(seconds=row.window_s)
    pools = (stretch_of(pool) for pool in together(late) if pool[-1].told_at > until)
    more = max(filter(None, pools), key=lambda one: one.visible[1], default=None)
    if more is not None and more.visible[1] > until:
        found = measured(late, start, max(end, more.end))
        usual = Usual(row.facts.get("expected_negative_share"), None, 0.0)
        pages = found.pages or row.facts.get("level") == "page"
        signal = _signal(row.brand, replace(found, pages=pages), usual, now)
        return SignalRecord(replace(signal, start=start), 0.0, row.first_at)
    if not row.over and now - row.at >= WITHIN:
        return SignalRecord(replace(signal_of(row), over=True), 0.0, row.first_at)
    return None


def _signal(brand: str, found: Stretch, usual: Usual, now: datetime) -> Signal:
    """A storm as a signal: ``observed`` mentions of ``[start, start + window)``. It speaks of now,
    when it can be seen, unless it is so old that it pages nobody any more."""
    long_ago = now - found.end > PRESENT
    facts = {
        "told_late": True,
        "level": "page" if found.pages else "watch",
        "mentions": found.mentions,
        "negative_share": round(found.share, 4),
        "crisis_terms": found.crises,
        "visible_from": found.visible[0].isoformat(),
        "visible_until": found.visible[1].isoformat(),
    }
    if usual.share is not None:
        facts["expected_negative_share"] = round(usual.share, 4)
    if long_ago:
        facts["long_ago"] = True
    return Signal(
        brand=brand,
        platform=ALL,
        detector=TOLD_LATE,
        risk_class="reputation",
        start=found.start,
        at=found.end if long_ago else now,
        score=0.0,
        observed=float(found.mentions),
        window=max(found.end - found.start, timedelta(seconds=1)),
        over=long_ago,
        facts=facts,
    )


def _negative(tx: Transaction, brand: str, found: Stretch) -> float:
    """All that is negative in a stretch's time, whenever it came."""
    _, negative = opinions(tx, brand, ALL, bucket_of(found.start), found.end)
    return max(negative / 1000, float(found.bad))


def _usual(tx: Transaction, brand: str, found: Stretch) -> Usual:
    """What a brand was used to before a stretch, and its hours of late ones before these."""
    upto = progress(tx, brand)
    first = upto.first_bucket if upto and upto.first_bucket else found.start
    scored, negative = opinions(tx, brand, ALL, found.start - PAST, bucket_of(found.start))
    low, high = bucket_of(found.start), found.end
    days = [
        opinions(tx, brand, ALL, low - n * DAY, high - n * DAY)[1] / 1000
        for n in range(1, PAST // DAY + 1)
        if low - n * DAY >= first
    ]
    since = found.visible[0]
    polls = store.late_polls(tx, brand, since - PAST, since - BUCKET)
    hours: dict[datetime, int] = {}
    for at, count in polls.items():
        hour = at.replace(minute=0, second=0, microsecond=0)
        hours[hour] = hours.get(hour, 0) + count
    return Usual(
        share=negative / 1000 / scored if scored >= LEAST_READ else None,
        negative=median(days) if len(days) >= LEAST_DAYS else None,
        late=float(median(hours.values())) if hours else 0.0,
    )
