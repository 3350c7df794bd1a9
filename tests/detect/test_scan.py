"""The steepest stretch: the storm, and not the quiet hours before it."""

from __future__ import annotations

import pytest

from monitor.detect.scan import begun, steepest


@pytest.mark.parametrize(
    ("counts", "length", "count"),
    [
        ([1.0] * 50 + [15.0, 15.0, 15.0], 3, 45.0),
        ([1.0] * 50 + [8.0] * 12, 12, 96.0),
        ([1.0] * 50 + [20.0, 1.0, 1.0], 3, 22.0),
        ([2.0] * 50 + [3.0] * 3 + [30.0], 1, 30.0),
    ],
    ids=["a burst", "an hour", "a burst that is over", "a foothill before it"],
)
def test_it_begins_where_the_counts_leave_the_ordinary(
    counts: list[float], length: int, count: float
) -> None:
    found = steepest([(seen, 1.0) for seen in reversed(counts)], 8)
    assert found is not None
    assert (found.length, found.count) == (length, count)


def test_ordinary_counts_and_too_few_are_no_stretch() -> None:
    assert steepest([(1.0, 1.0)] * 100, 8) is None
    assert steepest([(5.0, 0.1)], 8) is None


@pytest.mark.parametrize(
    ("counts", "length"),
    [
        ([0.2] * 50 + [3.0, 4.0, 4.0, 30.0, 40.0], 5),
        ([0.2] * 50 + [3.0, 0.0, 0.0, 30.0, 40.0], 2),
        ([0.2] * 40 + [9.0, 9.0] + [0.2] * 8 + [30.0, 40.0], 2),
        ([0.2] * 50, None),
    ],
    ids=["it swells", "somebody's bad day before it", "another storm hours before", "nothing"],
)
def test_what_swells_began_at_its_foot(counts: list[float], length: int | None) -> None:
    assert begun([(seen, 0.2) for seen in reversed(counts)], 2) == length


@pytest.mark.parametrize(
    ("counts", "length"),
    [
        ([0, 1.2, 0, 0, 0, 0, 8], 1),  # a single voice before it is no part of it
        ([0, 1.2, 0, 8], 3),  # so near it may be
        ([0, 1.2, 0, 0, 2.4, 3, 8], 3),
        ([0, 3, 0, 0, 0, 8], 5),  # several are
    ],
)
def test_a_single_voice_long_before_a_storm_is_not_how_it_began(
    counts: list[float], length: int
) -> None:
    assert begun([(seen, 0.02) for seen in reversed(counts)], 2) == length
