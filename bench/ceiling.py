"""What could be found of planted onsets at all: the likelihood ratio of one who knows everything.

    python bench/ceiling.py [--shared DIR] [--seeds N] [--weeks N]

The world is kinder than ``bench/onsets.py``'s: ordinary mentions come by a Poisson process of a
known, constant rate, so that no ordinary day ever bursts. What is asked knows that rate, the
crisis' own profile and size, and how p_neg is distributed among ordinary and planted mentions; it
does not know when the crisis begins. Then no test is better than the likelihood ratio of this
marked Poisson process, summed over the beginnings within the last hour (or six). Its threshold is
the one it crosses 0.15 times a week in so many simulated weeks of each case's own series. Whoever
knows less, or meets bursts, finds less.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from bench.onsets import (  # noqa: E402
    SHARE,
    SIZES,
    WEEK,
    WITHIN,
    Case,
    Floats,
    generator,
    opinions_of_texts,
    planted,
)

A_WEEK = 0.15
DAY = 288
TRIALS = 150
BINS = 12
"""Of p_neg, each as full: finer ones tell ordinary and planted mentions apart no better."""


def densities(texts: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """The share of ordinary and of planted mentions whose p_neg falls into each bin."""
    edges = np.quantile(np.concatenate(texts), np.linspace(0.0, 1.0, BINS + 1))
    edges[0], edges[-1] = -1.0, 2.0
    complaints, others = (np.histogram(pool, edges)[0] / len(pool) for pool in texts)
    ordinary = SHARE * complaints + (1.0 - SHARE) * others
    return ordinary, 2.0 * SHARE * complaints + (1.0 - 2.0 * SHARE) * others


def profile(tool: Any, crisis: dict[str, Any], highest: float) -> Floats:
    """Mentions a bucket that a crisis adds on the average, as the generator draws them."""
    rate = tool.moving(np.array(crisis["counts"], float), crisis["peak_hour"])
    surplus = np.maximum(0.0, rate - crisis["before"])
    scaled: Floats = surplus * highest / np.convolve(surplus, np.ones(12), "valid").max()
    return scaled


def evidence(marked: NDArray[np.float32], ordinary: float, added: Floats, ratio: Floats) -> Floats:
    """Log likelihood ratio at each bucket, summed over beginnings within ``len(added)`` buckets.
    ``marked``: mentions by bucket and bin; ``ordinary``: of a bucket; ``ratio``: of the bins."""
    weights = np.log1p(np.outer(ratio, added / ordinary))
    steps: NDArray[np.float32] = marked @ weights.astype(np.float32) - added.astype(np.float32)
    begun = np.zeros_like(steps[:, 0])
    total = np.zeros(len(steps))
    for n in range(len(added)):
        begun = begun[: len(steps) - n] + steps[n:, n]
        total[n:] += np.exp(np.minimum(begun, 80.0))
    found: Floats = np.log(total + 1e-300)
    return found


def _bar(values: Floats, weeks: int) -> float:
    """What is reached ``A_WEEK`` times a week, a day's alarms counting as one."""
    low, high = -20.0, float(values.max()) + 0.1
    for _ in range(25):
        middle, alarms, until = (low + high) / 2.0, 0, -1
        for at in np.flatnonzero(values >= middle):
            if at > until:
                alarms, until = alarms + 1, int(at) + DAY
        low, high = (middle, high) if alarms > A_WEEK * weeks else (low, middle)
    return high


def found(case: Case, added: Floats, texts: tuple[Floats, Floats], weeks: int, seed: int) -> float:
    """How often a crisis is found within ``len(added)`` buckets, from its first one on."""
    ordinary, crisis = densities(texts)
    rnd, usual, within = np.random.default_rng(seed), case.usual / 12.0, len(added)
    quiet = rnd.poisson(usual * ordinary, (weeks * WEEK, BINS)).astype(np.float32)
    bar = _bar(evidence(quiet, usual, added, crisis / ordinary)[within:], weeks)
    marked = rnd.poisson(usual * ordinary, (TRIALS, 2 * within, BINS)).astype(np.float32)
    marked[:, within:] += rnd.poisson(added[:, None] * crisis, (TRIALS, within, BINS))
    seen = [evidence(one, usual, added, crisis / ordinary)[within:].max() for one in marked]
    return float((np.array(seen) >= bar).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--weeks", type=int, default=60)
    options = parser.parse_args()
    tool, texts = generator(options.shared), opinions_of_texts(options.shared)
    crises = json.loads((options.shared / "data/onsets/profiles.json").read_text())
    named = {crisis["name"]: crisis for crisis in crises}
    cells: dict[tuple[str, float, str], list[float]] = {}
    for seed in range(1, options.seeds + 1):
        for n, case in enumerate(planted(options.shared, seed)[1]):
            added = profile(tool, named[case.crisis], case.size * case.usual)
            for name, within in WITHIN.items():
                share = found(case, added[:within], texts, options.weeks, 1000 * seed + n)
                for volume in (case.base[1], "all"):
                    cells.setdefault((volume, case.size, name), []).append(share)
    for volume in ("full", "10", "2", "all"):
        of = {size: [np.mean(cells[volume, size, name]) for name in WITHIN] for size in SIZES}
        row = " | ".join(f"{hour:.0%} / {six:.0%}" for hour, six in of.values())
        print(f"| {volume} | {row} |")


if __name__ == "__main__":
    main()
