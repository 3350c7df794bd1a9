"""The model that ships: two linear models behind a route by language.

English goes to one, everything else to the other, which knows Indonesian, its regional languages
and some English for mixed text. A third reads news (``news``). The weights lie beside this file
with a manifest of the data they were trained on and their licence; ``make train-sentiment`` makes
them again.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Sequence
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.enrich.sentiment.base import Scores, scores_of
from monitor.enrich.sentiment.linear import Linear, packed
from monitor.enrich.sentiment.news import NewsModel
from monitor.model import Language
from monitor.problems import Problem

WEIGHTS = Path(__file__).parent / "weights"
MODELS = ("en", "id", "news")
MAX_WORDS = 5
"""How many words ``why`` names."""


class Shipped:
    """The two models, and the one of news. ``version`` names exactly these weights; ``stand_in`` is
    what is read in place of a brand's name."""

    stand_in = "@user"

    def __init__(self, english: Linear, indonesian: Linear, news: NewsModel, version: str) -> None:
        self.version = version
        self.news = news
        self.english = english
        self.indonesian = indonesian

    def logits(self, texts: Sequence[str], languages: Sequence[Language]) -> NDArray[np.float64]:
        """Logits of negative, neutral and positive; shape (texts, 3)."""
        found = np.zeros((len(texts), 3))
        wanted = Language.ENGLISH  # looked up once: that costs more than the comparison
        english = [language == wanted for language in languages]
        for model, places in ((self.english, english), (self.indonesian, [not x for x in english])):
            chosen = list(compress(texts, places))
            if chosen:
                found[places] = model.logits(chosen)
        return found

    def score(self, texts: Sequence[str], languages: Sequence[Language]) -> Scores:
        """See ``SentimentModel``."""
        return scores_of(self.logits(texts, languages))

    def why(self, text: str, language: Language) -> tuple[str, ...]:
        """See ``SentimentModel``. A word moves a score by its own n-grams and its neighbours'."""
        model = self.english if language == Language.ENGLISH else self.indonesian
        label = int(self.logits([text], [language])[0].argmax())
        pull: dict[str, float] = {}
        for word, (negative, positive) in model.parts(text):
            three = np.array([negative, 0.0, positive])
            toward = float(three[label] - (three.sum() - three[label]) / 2)
            if word.isalnum() or not word.isascii() or len(word) > 1:
                pull[word] = pull.get(word, 0.0) + toward
        strongest = sorted(pull.items(), key=lambda item: (-item[1], item[0]))
        return tuple(word for word, toward in strongest[:MAX_WORDS] if toward > 0.05)


@functools.cache
def load() -> Shipped:
    """The shipped model, read once. Raises ``Problem`` where its files are missing or damaged."""
    try:
        manifest = json.loads((WEIGHTS / "manifest.json").read_text("utf-8"))
        blobs = {name: (WEIGHTS / f"{name}.weights").read_bytes() for name in MODELS}
    except (OSError, ValueError) as error:
        raise Problem(
            f"The sentiment weights in {WEIGHTS} cannot be read ({error}); install Siaga again."
        ) from error
    if digest(manifest["models"], blobs) != manifest["sha256"]:
        raise Problem(f"The sentiment weights in {WEIGHTS} are damaged; install Siaga again.")
    english, indonesian, headlines = (
        _linear(manifest["models"][name], blobs[name]) for name in MODELS
    )
    weights = manifest["models"]["news"]["combination"]
    news = NewsModel(headlines, tuple(weights["weights"]), weights["bias"])
    return Shipped(english, indonesian, news, f"linear-{manifest['sha256'][:12]}")


def digest(heads: dict[str, Any], blobs: dict[str, bytes]) -> str:
    """What identifies a set of weights: SHA-256 over the files and the numbers beside them."""
    parts = [json.dumps(heads, sort_keys=True).encode(), *(blobs[name] for name in MODELS)]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _linear(head: dict[str, Any], blob: bytes) -> Linear:
    slots = (1 << head["word_bits"]) + (1 << head["char_bits"])
    weights = np.zeros((slots, 2), dtype=np.int8)
    given = np.frombuffer(blob, dtype=np.int8).reshape(slots, -1)
    weights[:, : given.shape[1]] = given  # news has one class beside "none"
    words, chars = np.split(weights, [1 << head["word_bits"]])
    return Linear(
        packed(words),
        packed(chars),
        np.array(head["units"]),
        np.array(head["dense"], dtype=np.float64).reshape(-1, 2),
        np.array(head["bias"]),
    )
