"""The quick tails against scipy's exact ones."""

from __future__ import annotations

import importlib
import math

import pytest

from monitor.detect.tails import count_range, normal_score, share_score


@pytest.fixture(scope="module")
def stats():
    return importlib.import_module("scipy.stats")  # a second, which every worker would take


@pytest.mark.parametrize("z", [-3.0, 0.0, 2.0, 8.0, 24.9, 25.1, 60.0])
def test_the_normal_tail_is_exact_and_does_not_underflow(z, stats):
    assert normal_score(z) == pytest.approx(-stats.norm.logsf(z) / math.log(10), rel=2e-3, abs=1e-9)


def test_the_tail_of_shares_is_close(stats):
    for whole, part, share in [(20, 14, 0.3), (100, 60, 0.4), (500, 300, 0.5), (40, 39, 0.9)]:
        exact = -stats.binom.logsf(part - 1, whole, share) / math.log(10)
        assert share_score(part, whole, share) == pytest.approx(exact, rel=0.16, abs=0.15)


def test_the_range_shown_holds_most_ordinary_counts(stats):
    for mean, dispersion in [(0.1, 0.2), (3.0, 0.2), (40.0, 0.05), (2000.0, 0.1)]:
        low, high = count_range(mean, dispersion)
        r = 1.0 / dispersion
        exact = stats.nbinom(r, r / (r + mean))
        held = exact.cdf(high) - exact.cdf(low - 1e-9)
        assert held > 0.9
        assert low <= mean <= high
