"""A mood that turns began when it turned, not where the window begins that found it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.detect.negative import NegativeShare
from monitor.detect.replay import replay
from monitor.model import ALL, BUCKET, Bucket, SeriesKey

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
TURNED = BEGIN + timedelta(days=8, hours=10)


def test_it_says_when_the_mood_turned_though_as_many_write_as_ever() -> None:
    """One mention every ten minutes, of which 0.3 is negative, and from then on 0.95."""
    times = [BEGIN + n * BUCKET for n in range(round((TURNED - BEGIN) / BUCKET) + 72)]
    series = [
        Bucket(at, 1.0, scored=1.0, negative=0.95 if at >= TURNED else 0.3)
        if n % 2 == 0
        else Bucket(at, 0.0)
        for n, at in enumerate(times)
    ]
    detector = NegativeShare(SeriesKey("kopi", ALL, "negative"))
    found = [signal for signal in replay(detector, series) if signal]
    assert found
    assert found[0].start < TURNED - timedelta(minutes=30)
    for signal in found:
        assert abs(signal.onset - TURNED) <= BUCKET
