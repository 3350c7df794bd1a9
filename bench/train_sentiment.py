"""Make the shipped sentiment weights and docs/model-card.md again: the same from the same data.

    python bench/train_sentiment.py --data ../shared/data/sentiment [--card-only]

Takes a few minutes on one core. Reads only the training parts of sets whose licence allows weights
to be shipped (``sentiment_data.LICENCES``) and the rows in bench/handmade; validation parts are
for figures only, and no training row that nearly copies one is used. The airline tweets beside the
data, where they are, are non-commercial: they are scored, never learned from.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections import Counter
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"  # sums in another order are other sums
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import news_model  # noqa: E402
import sentiment_card  # noqa: E402
import sentiment_export  # noqa: E402
import sentiment_recipe  # noqa: E402
from sentiment_data import LICENCES, Row, family, part  # noqa: E402

from monitor.enrich.sentiment import shipped  # noqa: E402


def facts(data: Path, rows: dict[str, list[Row]]) -> dict[str, object]:
    """What the manifest says of the data: sets, rows, licences, and a hash of each file read."""
    counted = {
        model: dict(sorted(Counter(family(_set(row)) for row in learned).items()))
        for model, learned in rows.items()
    }
    files = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(data.glob("*.train.jsonl.gz"))
    }
    return {
        "made_by": "bench/train_sentiment.py",
        "rows": counted,
        "sets": {name: {"licence": terms, "source": by} for name, (terms, by) in LICENCES.items()},
        "files": files,
    }


def _set(row: Row) -> str:
    name = row.set.removesuffix("-typed")
    return "handmade" if name.startswith("handmade") else name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the labelled sets")
    parser.add_argument("--card-only", action="store_true", help="do not fit the weights again")
    parser.add_argument("--news-only", action="store_true", help="fit only the model of news again")
    asked = parser.parse_args()
    train, valid = part(asked.data, "train"), part(asked.data, "valid")
    unknown = {family(name) for name in train} - LICENCES.keys()
    if unknown:
        sys.exit(f"Nothing is known about the licence of {', '.join(sorted(unknown))}.")
    airline = sentiment_card.airline(asked.data.parent / "airline" / "mentions.jsonl.gz")
    held_out = [row for rows in [*valid.values(), airline] for row in rows]
    if not (asked.card_only or asked.news_only):
        fitted, rows = sentiment_recipe.models(train, held_out)
        sentiment_export.write(fitted, facts(asked.data, rows))
        shipped.load.cache_clear()
    if not asked.card_only:
        learned = news_model.rows(train, held_out)
        sets = dict(sorted(Counter(family(_set(each.row)) for each in learned).items()))
        print("weights", sentiment_export.write_news(*news_model.made(learned), sets))
    sentiment_export.note_error(sentiment_card.measured_error(valid))
    shipped.load.cache_clear()
    sentiment_card.write(ROOT / "docs" / "model-card.md", train, valid, airline)


if __name__ == "__main__":
    main()
