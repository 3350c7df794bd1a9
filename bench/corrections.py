"""What corrections are worth: the accuracy gained on airlines' tweets the model has never seen.

Half of an airline's tweets stand for what its people have labelled, the other half is scored; in
that half no text of the first one occurs. The data is non-commercial: a benchmark, nothing else.

    python bench/corrections.py [--shared DIR]
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from monitor.enrich.language import identify
from monitor.enrich.sentiment.base import CLASSES, SentimentModel
from monitor.enrich.sentiment.brand import Label, adjusted
from monitor.enrich.sentiment.shipped import load

SIZES = (50, 200, 1_000)


@dataclass(frozen=True, slots=True)
class Row:
    """One airline, one number of labels: accuracy of the base and of the brand's own model."""

    brand: str
    labels: int
    scored: int
    base: float
    own: float

    @property
    def gained(self) -> float:
        """Points of accuracy, 0 to 1."""
        return self.own - self.base


def measure(shared: Path, sizes: tuple[int, ...] = SIZES, seed: int = 1) -> list[Row]:
    """The gain for each airline and number of labels. Airlines with fewer labels are left out."""
    base = load()
    rows = []
    for brand, labels in sorted(_by_brand(shared).items()):
        random.Random(seed).shuffle(labels)
        half = len(labels) // 2
        before = _accuracy(base, labels[half:])
        for size in sizes:
            own = adjusted(base, labels[:size]) if size <= half else None
            if own:
                after = _accuracy(own, labels[half:])
                rows.append(Row(brand, size, len(labels) - half, before, after))
    return rows


def gains(rows: list[Row]) -> dict[int, float]:
    """Labels -> points gained, the mean over the airlines."""
    return {
        size: 100 * statistics.mean(row.gained for row in rows if row.labels == size)
        for size in sorted({row.labels for row in rows})
    }


def _by_brand(shared: Path) -> dict[str, list[Label]]:
    """Each airline's tweets, each text once."""
    found: dict[str, dict[str, str]] = {}
    for brand, text, gold in _tweets(shared / "data" / "airline" / "mentions.jsonl.gz"):
        found.setdefault(brand, {}).setdefault(text, gold)
    return {
        brand: [
            Label(text, language, gold)
            for (text, gold), language in zip(texts.items(), identify(list(texts)), strict=True)
        ]
        for brand, texts in found.items()
    }


def _tweets(path: Path) -> Iterator[tuple[str, str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield row["brand"], row["text"], row["gold"]


def _accuracy(model: SentimentModel, labels: list[Label]) -> float:
    scores = model.score([label.text for label in labels], [label.language for label in labels])
    gold = np.array([CLASSES.index(label.gold) for label in labels])
    return float((scores.probabilities.argmax(axis=1) == gold).mean())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    rows = measure(parser.parse_args().shared)
    print(f"{'airline':<16}{'labels':>8}{'scored':>8}{'base':>8}{'own':>8}{'gained':>8}")
    for row in rows:
        print(
            f"{row.brand:<16}{row.labels:>8,}{row.scored:>8,}{100 * row.base:>8.1f}"
            f"{100 * row.own:>8.1f}{100 * row.gained:>+8.1f}"
        )
    for size, gained in gains(rows).items():
        print(f"{size:,} labels: {gained:+.1f} points on average")


if __name__ == "__main__":
    main()
