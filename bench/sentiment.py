"""How fast is sentiment beside bare vaderSentiment on the same texts in the same run?

Batches of 100, texts not seen before, one core, CPU time, medians over blocks that alternate. Then:
is the result the same for any size and order of batches?

    python bench/sentiment.py [--shared DIR] [--texts N]
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np  # noqa: E402

from monitor.enrich.language import identify  # noqa: E402
from monitor.enrich.sentiment import shipped, vader  # noqa: E402
from monitor.model import Language  # noqa: E402

BATCH, BLOCK = 100, 1_000

Scored = Callable[[Sequence[str]], Any]


def texts_of(shared: Path, name: str) -> list[str]:
    path = shared / "data" / "sentiment" / f"{name}.train.jsonl.gz"
    if not path.exists():
        sys.exit(f"There is no {path}; name the folder of the shared data by --shared.")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


def ratio(bare: Scored, ours: Scored, texts: Sequence[str]) -> tuple[float, float]:
    """Median over blocks of (bare's time / ours), and our texts a second."""
    found, rates = [], []
    for at in range(0, len(texts) - BLOCK + 1, BLOCK):
        block = texts[at : at + BLOCK]
        batches = [block[i : i + BATCH] for i in range(0, BLOCK, BATCH)]
        times = []
        for work in (bare, ours):
            began = process_time()
            for batch in batches:
                work(batch)
            times.append(process_time() - began)
        found.append(times[0] / times[1])
        rates.append(BLOCK / times[1])
    return statistics.median(found), statistics.median(rates)


def same_for_any_batches(score: Scored, texts: Sequence[str]) -> bool:
    """Whether every size and order of batches gives the same numbers, to the last bit."""
    whole = score(texts)
    order = list(range(len(texts)))
    random.Random(1).shuffle(order)
    mixed = score([texts[at] for at in order])
    pieces = [
        np.concatenate([score(texts[at : at + size]) for at in range(0, len(texts), size)])
        for size in (1, 7, 100)
    ]
    return all(np.array_equal(whole, piece) for piece in pieces) and np.array_equal(
        whole[order], mixed
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--texts", type=int, default=8_000, help="of each kind")
    return parser.parse_known_args()[0]


def main() -> None:
    asked = arguments()
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    model = shipped.load()

    def bare(texts: Sequence[str]) -> None:
        for text in texts:
            analyzer.polarity_scores(text)

    def rules(texts: Sequence[str]) -> None:
        for text in texts:
            vader.polarity_scores(text)

    def by(language: Language) -> Scored:
        return lambda texts: model.score(texts, [language] * len(texts)).probabilities

    english, indonesian = texts_of(asked.shared, "tweeteval"), texts_of(asked.shared, "smsa")
    warm, english = english[:4_000], english[4_000:]
    for score in (bare, rules, by(Language.ENGLISH)):
        score(warm)
    light = replace(model.english, dense=np.zeros((0, 2))).logits
    cases: list[tuple[str, Scored, list[str], float]] = [
        ("VADER's rules, our loop, English", rules, english[: asked.texts], 4.0),
        ("the English model without VADER's part", light, english[asked.texts :], 5.0),
        ("the English model", by(Language.ENGLISH), english[asked.texts * 2 :], 2.5),
        ("the Indonesian model", by(Language.INDONESIAN), indonesian, 4.0),
        ("language identification", identify, english[asked.texts * 3 :], 0.0),
    ]
    print(f"{'':42}{'x bare vaderSentiment':>22}{'texts/s':>10}{'asked':>8}")
    for name, work, texts, wanted in cases:
        times, rate = ratio(bare, work, texts[: asked.texts])
        print(f"{name:42}{times:>22.1f}{rate:>10,.0f}{f'≥ {wanted}' if wanted else '':>8}")
    for name, language, texts in (
        ("English", Language.ENGLISH, english),
        ("Indonesian", Language.INDONESIAN, indonesian),
    ):
        same = same_for_any_batches(by(language), texts[:1_000])
        print(f"{name}: {'the same' if same else 'NOT THE SAME'} for any size and order of batches")


if __name__ == "__main__":
    main()
