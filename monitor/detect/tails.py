"""Tails of distributions as scores: −log10 of a probability, without underflow, in plain floats.

scipy's special functions are exact but take microseconds a call for scalars; a detector makes
several calls a bucket. These approximations are good to a few percent of the score, which the
calibration on a series' own past absorbs.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, exp, log, log10, pi, sqrt

LN10 = log(10.0)
_SQRT2 = sqrt(2.0)
_LOG10_SQRT_2PI = log10(sqrt(2.0 * pi))


def normal_score(z: float) -> float:
    """−log10 P(Z ≥ z) of the standard normal."""
    if z < 25.0:
        return -log10(0.5 * erfc(z / _SQRT2))
    return z * z / (2.0 * LN10) + log10(z) + _LOG10_SQRT_2PI


def count_range(mean: float, dispersion: float) -> tuple[float, float]:
    """The range in which 95 % of counts with this mean and dispersion fall, by a log-normal
    for the upper and a root for the lower end (an approximation for people)."""
    if mean <= 0.0:
        return 0.0, 3.0
    spread = sqrt(mean + dispersion * mean * mean)
    ratio = spread / mean
    sigma = sqrt(log(1.0 + ratio * ratio))
    high = mean * exp(1.96 * sigma - sigma * sigma / 2.0)
    low = mean * exp(-1.96 * sigma - sigma * sigma / 2.0)
    return max(0.0, low if mean > 4.0 else 0.0), max(high, mean + 2.0 * sqrt(mean))


def share_score(part: float, whole: float, share: float) -> float:
    """−log10 P(X ≥ part) of a binomial of ``whole`` trials (neither need be an integer) with
    probability ``share``, by Paulson's cube roots."""
    if part <= 0.0 or whole <= 0.0 or part <= whole * share * 0.5:
        return 0.0
    part = min(part, whole)
    above, below = part, whole - part + 1.0
    w1 = (below * share) ** (1.0 / 3.0)
    w2 = (above * (1.0 - share)) ** (1.0 / 3.0)
    top = 3.0 * (w2 * (1.0 - 1.0 / (9.0 * above)) - w1 * (1.0 - 1.0 / (9.0 * below)))
    z = top / sqrt(w1 * w1 / below + w2 * w2 / above)
    return normal_score(z) if z > -8.0 else 0.0


def rarity(value: float, past: Sequence[float], least: float) -> float:
    """−log10 of how rarely a few values of the past (at least one) are as high as this one: up to
    their middle a part of log10(2); beyond it the tail is exponential with the mean excess seen,
    or ``least``, and as that is known of a few only, the Bayesian one (Lomax)."""
    ordered = sorted(past)
    above = ordered[len(ordered) // 2 :]
    level = above[0]
    if value <= level:
        return log10(2.0) * value / level if level > 0.0 else 0.0
    excess = max(least, sum(above) / len(above) - level)
    return log10(2.0) + len(above) * log10(1.0 + (value - level) / excess / len(above))
