"""docs/model-card.md: what the shipped weights do, beside vaderSentiment and a plain baseline."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import name_bias
import numpy as np
from headlines import figures as figures_of_news
from headlines import headlines
from numpy.typing import NDArray
from sentiment_data import CLASSES, LICENCES, Row, without_leaks
from sentiment_eval import error, figures
from sentiment_fit import count
from sentiment_recipe import fitted
from sentiment_text import AFTER, BEFORE

from monitor.enrich.language import identify
from monitor.enrich.sentiment import brand, shipped, vader
from monitor.enrich.sentiment.base import scores_of
from monitor.enrich.sentiment.evaluate import judged

Floats = NDArray[np.float64]
Sets = Mapping[str, Sequence[Row]]

SHOWN: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("smsa", ("macro_f1", "auc", "ece")),
    ("nusax-id", ("macro_f1",)),
    ("nusax-jv", ("macro_f1",)),
    ("nusax-su", ("macro_f1",)),
    ("nusax-min", ("macro_f1",)),
    ("nusax-en", ("macro_f1",)),
    ("nusax, all regional", ("macro_f1",)),
    ("prdect", ("accuracy", "auc", "ece")),
    ("tweeteval", ("macro_recall", "auc", "ece")),
    ("airline", ("auc", "precision", "recall", "ece", "accuracy")),
    ("own", ("accuracy",)),
)
"""The sets of the card's table, and the figures each is judged by."""

NAMES = {
    "macro_f1": "macro-F1",
    "auc": "AUC of p_neg",
    "ece": "ECE",
    "accuracy": "accuracy",
    "macro_recall": "macro-recall",
    "precision": "precision at p_neg ≥ .30",
    "recall": "recall at p_neg ≥ .30",
}


def airline(path: Path) -> list[Row]:
    """The benchmark of tweets to airlines, each text once; empty where it is not there."""
    if not path.exists():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = {row["text"]: row for row in map(json.loads, lines)}
    return [Row(row["text"], row["gold"], "en", f"airline-{row['brand']}") for row in rows.values()]


def write(path: Path, train: Sets, valid: Sets, tweets: Sequence[Row]) -> None:
    """Score every validation part and write the card."""
    sets = dict(valid)
    sets["nusax, all regional"] = [
        row
        for name in valid
        if name.startswith("nusax-")
        for row in valid[name]
        if name not in ("nusax-id", "nusax-en")
    ]
    if tweets:
        sets["airline"] = tweets
    held_out = [row for rows in sets.values() for row in rows]
    plain = _baseline(train, held_out)
    lines = []
    for name, measures in SHOWN:
        if name not in sets:
            continue
        rows = sets[name]
        found = [
            figures(score([row.text for row in rows]), rows) for score in (_vader, plain, _ours)
        ]
        for measure in measures:
            three = " | ".join(f"{100 * figure[measure]:.1f}" for figure in found)
            lines.append(f"| {name} | {len(rows):,} | {NAMES[measure]} | {three} |")
    text = BEFORE.format(version=shipped.load().version, data=_data()) + "\n".join(lines)
    text += AFTER.format(
        own=_own(sets["own"]), corrections=_corrections(tweets), names=_names(), news=_news()
    )
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")


def measured_error(valid: Sets) -> dict[str, dict[str, float]]:
    """The shipped models' error by language, on validation parts of sets that were trained on."""
    found = {}
    for language, names in (
        ("en", ("tweeteval", "nusax-en")),
        ("id", ("smsa", "prdect", "nusax-id")),
    ):
        sets = {name: valid[name] for name in names}
        scored = {name: _ours([row.text for row in rows]) for name, rows in sets.items()}
        found[language] = error(scored, sets)
    return found


def _ours(texts: Sequence[str]) -> Floats:
    return shipped.load().score(texts, identify(texts)).probabilities


def _vader(texts: Sequence[str]) -> Floats:
    """vaderSentiment's own reading: its thresholds for the label, its compound score to rank."""
    compound = np.array([vader.polarity_scores(text)["compound"] for text in texts])
    negative, positive = np.clip(-compound, 0, 1), np.clip(compound, 0, 1)
    neutral = np.where(np.abs(compound) < 0.05, 1.0, 0.0)
    rank = (1 - compound) / 2
    three = np.stack([negative, neutral, positive], axis=1)
    three /= three.sum(axis=1, keepdims=True)
    # ranked by the compound score throughout, without moving a label
    return np.stack([three[:, 0] * 0.98 + rank * 0.01, three[:, 1], three[:, 2]], axis=1)


def _baseline(train: Sets, held_out: Sequence[Row]) -> Any:
    """One linear model of words and pairs over all sets together, as one would try first."""
    rows = without_leaks([row for name in sorted(train) for row in train[name]], held_out)
    model = fitted(rows, english=False, words_only=True)

    def score(texts: Sequence[str]) -> Floats:
        counts = count(texts, english=False)
        return scores_of(model.space.rows(counts) @ model.weights + model.bias).probabilities

    return score


def _data() -> str:
    manifest = json.loads((shipped.WEIGHTS / "manifest.json").read_text("utf-8"))
    names = {"english": "English rows for mixed text"}
    lines = []
    for name in sorted({name for rows in manifest["rows"].values() for name in rows}):
        licence, source = LICENCES.get(name, ("as above", "drawn from the English sets"))
        counts = " | ".join(
            f"{manifest['rows'][model].get(name, 0):,}" for model in ("en", "id", "news")
        )
        lines.append(f"| {names.get(name, name)} | {counts} | {licence} | {source} |")
    return "\n".join(lines)


def _names() -> str:
    lines = []
    for title, masked in (("as Siaga reads them", True), ("the model alone", False)):
        found = name_bias.measure(masked=masked)
        lines.append(
            f"| {title} | {len(found.names)} | {found.spread} of 20 "
            f"| {found.complaints_found} of 20 | {found.worst_neutral} of 10 |"
        )
    return "\n".join(lines)


def _news() -> str:
    lines = []
    for lang, title in (("id", "Indonesian"), ("en", "English")):
        rows = [row for row in headlines() if row.lang == lang and not row.development]
        found = figures_of_news(rows)
        alone = figures_of_news(rows, alone=True)
        lines.append(
            f"| {title} | {found.headlines} | {100 * found.recall:.0f} % | "
            f"{100 * found.false_alarms:.0f} % | {100 * found.auc:.1f} | {100 * alone.auc:.1f} |"
        )
    return "\n".join(lines)


def _own(rows: Sequence[Row]) -> str:
    said = _ours([row.text for row in rows]).argmax(axis=1)
    wrong = [row for row, at in zip(rows, said, strict=True) if CLASSES[at] != row.gold]
    return "\n".join(f"- {row.text} ({row.gold})" for row in wrong)


def _corrections(tweets: Sequence[Row], seeds: int = 3) -> str:
    """Half of an airline corrects, the other half is scored; mean over airlines and draws."""
    if not tweets:
        return "| – | – | – | – |"
    lines = []
    for labels in (50, 200, 1_000):
        found = []
        for airline_name in sorted({row.set for row in tweets}):
            rows = [row for row in tweets if row.set == airline_name]
            if len(rows) < 2_000:
                continue
            found += [_gain(rows, labels, seed) for seed in range(seeds)]
        before, after, error = np.mean(found, axis=0)
        lines.append(
            f"| {labels:,} | {100 * before:.1f} | {100 * after:.1f} "
            f"| {100 * (after - before):+.1f} | {100 * error:.1f} |"
        )
    return "\n".join(lines)


def _gain(rows: Sequence[Row], labels: int, seed: int) -> tuple[float, float, float]:
    mixed = list(rows)
    random.Random(seed).shuffle(mixed)
    taught, asked = mixed[: len(mixed) // 2][:labels], mixed[len(mixed) // 2 :]
    base = shipped.load()
    known = identify([row.text for row in taught])
    own = brand.adjusted(
        base, [brand.Label(r.text, lang, r.gold) for r, lang in zip(taught, known, strict=True)]
    )
    assert own is not None
    texts, gold = [row.text for row in asked], [row.gold for row in asked]
    languages = identify(texts)
    before = judged(base.score(texts, languages), gold)
    after = judged(own.score(texts, languages), gold)
    return before.accuracy, after.accuracy, after.ece
