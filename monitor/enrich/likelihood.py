"""How surprising it is that something is more common in one place than in another."""

from __future__ import annotations

from math import log

ONE_IN_A_THOUSAND = 10.83
"""The ratio that chance exceeds once in a thousand times (chi-squared, one degree of freedom)."""


def log_likelihood(inside: int, of_inside: int, outside: int, of_outside: int) -> float:
    """Dunning's G² (1993, Accurate methods for the statistics of surprise and coincidence): of
    ``inside`` out of ``of_inside`` texts against ``outside`` out of ``of_outside``. At least one
    text is given."""
    rate = (inside + outside) / (of_inside + of_outside)
    return 2.0 * (
        _part(inside, of_inside * rate)
        + _part(of_inside - inside, of_inside * (1 - rate))
        + _part(outside, of_outside * rate)
        + _part(of_outside - outside, of_outside * (1 - rate))
    )


def _part(observed: int, expected: float) -> float:
    return observed * log(observed / expected) if observed > 0 and expected > 0 else 0.0
