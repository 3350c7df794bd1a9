"""How well are headlines told apart: crises from ordinary news and from crises that are denied?

The headlines are this project's own, of brands that do not exist. Those for development are learned
from; the others are only counted.

    python bench/headlines.py [--wrong]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from sentiment_eval import auc

from monitor.enrich.language import identify
from monitor.enrich.pipeline import Enricher
from monitor.enrich.sentiment import shipped
from monitor.model import Mention
from monitor.query.parse import parse

FILE = Path(__file__).parent / "handmade" / "headlines.tsv"
NEGATIVE_FROM = 0.5


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline, its language, whether it tells of a crisis, whether it is for development."""

    text: str
    lang: str
    crisis: bool
    development: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares, 0 to 1, at p_neg >= ``NEGATIVE_FROM``, and the area under the ROC curve."""

    headlines: int
    recall: float
    false_alarms: float
    auc: float


def headlines() -> list[Headline]:
    """All of them, in the file's order."""
    rows = [line.split("\t") for line in FILE.read_text("utf-8").splitlines() if line[0] != "#"]
    return [
        Headline(text, lang, label == "negative", part == "development")
        for part, label, lang, text in rows
    ]


def p_neg(texts: Sequence[str]) -> np.ndarray:
    """Of each text as an article that a query for everything has found."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    mentions = [Mention("news", str(n), at, text, kind="article") for n, text in enumerate(texts)]
    enricher = Enricher({"any": parse("platform:news")}, {}, shipped.load())
    return np.array([found[0].sentiment.negative for found in enricher.read(mentions)])


def figures(rows: Sequence[Headline], *, alone: bool = False) -> Figures:
    """How well these are told apart. ``alone``: by the model's score of the bare text."""
    texts = [row.text for row in rows]
    scores = p_neg(texts)
    if alone:
        scores = shipped.load().score(texts, identify(texts)).probabilities[:, 0]
    crisis = np.array([row.crisis for row in rows])
    told = scores >= NEGATIVE_FROM
    return Figures(
        len(rows), float(told[crisis].mean()), float(told[~crisis].mean()), auc(scores, crisis)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--wrong", action="store_true", help="name those for development told wrongly"
    )
    asked = parser.parse_args()
    every = headlines()
    for part in ("development", "check"):
        for lang in ("id", "en"):
            rows = [r for r in every if r.lang == lang and r.development == (part == "development")]
            found = figures(rows)
            print(
                f"{part:12}{lang:4}{found.headlines:5}  found {100 * found.recall:5.1f} %  "
                f"false {100 * found.false_alarms:5.1f} %  AUC {100 * found.auc:5.1f}"
            )
    if asked.wrong:
        rows = [row for row in every if row.development]
        for row, score in zip(rows, p_neg([row.text for row in rows]), strict=True):
            if (score >= NEGATIVE_FROM) != row.crisis:
                print(f"{score:.2f}  {row.text}")


if __name__ == "__main__":
    main()
