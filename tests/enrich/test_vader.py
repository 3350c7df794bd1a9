"""Our loop over vaderSentiment's rules gives vaderSentiment's results, to the last digit."""

from __future__ import annotations

import gzip
import importlib
import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.enrich.sentiment.vader import polarity_scores

package = importlib.import_module("vaderSentiment.vaderSentiment")
ANALYZER = package.SentimentIntensityAnalyzer()

RULE_WORDS = [
    *package.BOOSTER_DICT, *package.NEGATE, *package.SPECIAL_CASES, "no", "or", "nor", "kind",
    "of",
    "least", "at", "very", "but", "never", "so", "this", "without", "doubt", "!", "?", "??",
    "!!!!!", "😡", "a😍b", "x", "THE", "can't",
]  # fmt: skip

words = st.sampled_from([*RULE_WORDS, *list(ANALYZER.lexicon)[::25]])
shouted = st.builds(lambda word, loud: word.upper() if loud else word, words, st.booleans())
sentences = st.lists(shouted, max_size=12).map(" ".join)
anything = st.text(st.characters(codec=None, exclude_categories=[]))


@settings(max_examples=400)
@given(sentences | anything)
def test_any_text_scores_as_the_package_has_it(text: str) -> None:
    assert polarity_scores(text) == ANALYZER.polarity_scores(text)


@pytest.mark.parametrize("rest", ["", " but the food was BAD", " kind of good, least of all great"])
def test_the_memory_of_tokens_is_bounded_and_changes_nothing(
    rest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.enrich.sentiment.vader_lexicon.MAX_TOKENS", 3)
    text = f"NOT good at all {'x' * 500} so very happy!{rest}"
    assert polarity_scores(text) == ANALYZER.polarity_scores(text)


def test_real_texts_score_as_the_package_has_them(shared: Path) -> None:
    """A sample of each shared file; ``make soak`` reads every text there is."""
    assert differing(shared, 120) == []


@pytest.mark.soak
def test_every_shared_text_scores_as_the_package_has_it(shared: Path) -> None:
    assert differing(shared, None) == []


def differing(shared: Path, sample: int | None) -> list[str]:
    found = []
    data = shared / "data"
    for path in [*sorted(data.glob("sentiment/*.gz")), data / "airline" / "mentions.jsonl.gz"]:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            texts = [json.loads(line)["text"] for line in lines]
        if sample is not None:
            texts = random.Random(1).sample(texts, min(sample, len(texts)))
        found += [text for text in texts if polarity_scores(text) != ANALYZER.polarity_scores(text)]
    return found
