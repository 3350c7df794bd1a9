"""What some sources of a platform tell while another of it is dead."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from monitor.detect.replay import advance
from monitor.detect.volume import Volume
from monitor.model import ALL, BUCKET, Bucket, SeriesKey

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def test_what_is_told_in_part_teaches_nothing_and_counts() -> None:
    made = Volume(SeriesKey("kopi", ALL, "volume"))
    other = Volume(SeriesKey("kopi", ALL, "volume"))
    quiet = [Bucket(MONDAY + n * BUCKET, 2.0) for n in range(12 * 24 * 4)]
    for one in quiet:
        advance(made, one)
        advance(other, one)
    half = [
        Bucket(quiet[-1].end + n * BUCKET, 1.0, covered=False, partial=True) for n in range(300)
    ]
    for one in half:
        assert advance(made, one) is None
        advance(other, replace(one, partial=False))
    nxt = half[-1].end
    usual = [detector.dump()["baseline"] for detector in (made, other)]
    assert usual[0] == usual[1]
    burst = [Bucket(nxt + n * BUCKET, 30.0, covered=False, partial=True) for n in range(6)]
    assert [one for one in burst if advance(made, one)]
    assert not [one for one in burst if advance(other, replace(one, partial=False))]
