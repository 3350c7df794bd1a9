"""The model of news (``monitor.enrich.sentiment.news``): what it learns from, and how it is fitted.

Headlines written for Siaga as phrases with slots (``handmade/crisis-*.txt``), those for development
of ``handmade/headlines.tsv``, and opinions of the labelled sets, which articles hold too. What the
n-grams say of a phrase is weighed as they say it when they have not seen that phrase (cross-fitting
by phrases); else they would seem surer than they are of headlines in other words.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from headlines import headlines
from numpy.typing import NDArray
from scipy import optimize
from sentiment_data import Row, without_leaks
from sentiment_export import exported
from sentiment_fit import Fitted, balanced, count, fit, golds, space
from sentiment_handmade import SLOT, sections

from monitor.enrich.crisis import concepts
from monitor.enrich.crisis.find import shipped as finder
from monitor.enrich.language import identify
from monitor.enrich.sentiment import news, shipped
from monitor.enrich.sentiment.reading import Text, read

SURFACES = 20
"""Headlines drawn from a phrase."""

FOLDS = 4
C = 20.0
CHAR_WEIGHT = 1.0

OPINIONS = {"smsa": 2500, "tweeteval": 2500, "prdect": 1000}
"""Rows of the labelled sets, drawn by chance."""

WEIGHTS = {"handmade-headlines": 2.0, "smsa": 0.3, "tweeteval": 0.3, "prdect": 0.3}
"""Of sets that count for more or less than their rows."""

LEAN = 0.05
"""Added to the log odds: a crisis missed costs more than a headline too many."""

NAMES = """
Alpa Beta Gamma Delta Zeta Nusa Kirana Bellwood Torrent Lumina Arunika Kencana Sagara Orbit Vela
Quickmart Nordfly Tirta Panca Mega Sentral Brightly Foxton Halden Merapi Jaya Sari Boga Prima Citra
Global Northgate Solaris Wira Karya Danau Bumi Artha Bank Air Mart Foods Motors Labs Group Energi
Farma Travel Logistik
""".split()  # noqa: SIM905

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Phrased:
    """A row, and the phrase it was made from: all of one are in the same fold."""

    row: Row
    phrase: str


def rows(
    train: Mapping[str, Sequence[Row]], held_out: Sequence[Row], seed: int = 41
) -> list[Phrased]:
    """What is learned from, nothing that nearly copies what is held out: "negative" tells of a
    crisis or is a negative opinion."""
    found = [row for lang in ("en", "id") for row in _drawn(lang, random.Random(seed))]
    for line in headlines():
        if line.development:
            gold = "negative" if line.crisis else "neutral"
            found.append(Phrased(Row(line.text, gold, line.lang, "handmade-headlines"), line.text))
    for name, number in OPINIONS.items():
        for row in random.Random(seed).sample(list(train[name]), number):
            gold = "negative" if row.gold == "negative" else "neutral"
            found.append(Phrased(replace(row, gold=gold, set=name), row.text))
    judging = [Row(line.text, "", line.lang, "") for line in headlines() if not line.development]
    kept = set(without_leaks([each.row for each in found], [*held_out, *judging]))
    return [each for each in found if each.row in kept]


def _drawn(lang: str, dice: random.Random) -> Iterator[Phrased]:
    """Headlines of each phrase, each once, some in capitals as headlines are."""
    for gold, phrase in sections(f"crisis-{lang}"):
        parts = SLOT.split(phrase)
        texts = set()
        for _ in range(SURFACES):
            chosen = (
                dice.choice(part.split("|")) if at % 2 else part for at, part in enumerate(parts)
            )
            text = " ".join("".join(chosen).replace("@", _name(dice)).split()).replace(" ,", ",")
            if dice.random() < 0.5:
                text = text.title() if dice.random() < 0.4 else text[:1].upper() + text[1:]
            texts.add(text)
        for text in sorted(texts):
            yield Phrased(Row(text, gold, lang, f"handmade-crisis-{lang}"), phrase)


def _name(dice: random.Random) -> str:
    """What stands for a brand: nothing, the models' stand-in, or a name."""
    kind = dice.random()
    if kind < 0.5:
        return "@user" if kind < 0.35 else ""
    return " ".join(dice.sample(NAMES, dice.choice((1, 2, 2))))


def made(learned: Sequence[Phrased]) -> tuple[dict[str, Any], bytes]:
    """The model's numbers and its file."""
    lines = [each.row for each in learned]
    gold = golds(lines)
    weight = balanced(lines) * np.array([WEIGHTS.get(line.set, 1.0) for line in lines])
    folds = _folds(learned)
    said = np.zeros(len(lines))
    for fold in range(FOLDS):
        inside = folds != fold
        known = [line for line, there in zip(lines, inside, strict=True) if there]
        others = [line for line, there in zip(lines, inside, strict=True) if not there]
        said[~inside] = _logits(_linear(known, weight[inside]), others)
    seen = _features([line.text for line in lines], said)
    weights, bias = _combined(seen, gold == 0, weight)
    head, both = exported(_linear(lines, weight))
    blob = np.frombuffer(both, dtype=np.int8).reshape(-1, 2)[:, 0].tobytes()
    head["combination"] = {"weights": weights.tolist(), "bias": bias + LEAN}
    return head, blob


def _folds(learned: Sequence[Phrased]) -> NDArray[np.int64]:
    phrases = sorted({each.phrase for each in learned})
    random.Random(5).shuffle(phrases)
    fold = {phrase: at % FOLDS for at, phrase in enumerate(phrases)}
    return np.array([fold[each.phrase] for each in learned])


def _linear(lines: Sequence[Row], weight: Array) -> Fitted:
    counts = count([line.text for line in lines], english=False)
    found = space(counts, CHAR_WEIGHT)
    masked = np.zeros(len(lines), dtype=bool)
    weights, bias = fit(found.rows(counts), golds(lines), weight, masked, c=C, iterations=60)
    return Fitted(found, weights, bias)


def _logits(model: Fitted, lines: Sequence[Row]) -> Array:
    logits = model.space.rows(count([line.text for line in lines], english=False)) @ model.weights
    logits = logits + model.bias
    found: Array = logits[:, 0] - logits[:, 1]
    return found


def _features(texts: Sequence[str], said: Array) -> Array:
    """What ``NewsModel.probability`` weighs. ``said``: of the n-grams."""
    sentiments = read(shipped.load(), list(map(Text, texts, identify(texts))))
    return np.array(
        [
            (logit, *news.around(sentiment, finder().find(text), kinds[concepts.PERSONAL]), *kinds)
            for text, kinds, sentiment, logit in zip(
                texts, map(concepts.of, texts), sentiments, said.tolist(), strict=True
            )
        ]
    )


def _combined(seen: Array, gold: NDArray[np.bool_], weight: Array) -> tuple[Array, float]:
    """Logistic regression, hardly held back."""
    sign = np.where(gold, 1.0, -1.0)

    def cost(flat: Array) -> tuple[float, Array]:
        margin = sign * (seen @ flat[:-1] + flat[-1])
        slope = -sign * weight / (1 + np.exp(margin))
        loss = float((weight * np.logaddexp(0, -margin)).sum() + 0.5 * (flat[:-1] ** 2).sum())
        return loss, np.concatenate([seen.T @ slope + flat[:-1], [slope.sum()]])

    found = optimize.minimize(cost, np.zeros(seen.shape[1] + 1), jac=True, method="L-BFGS-B").x
    return found[:-1], float(found[-1])
