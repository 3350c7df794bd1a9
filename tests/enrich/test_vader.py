"""Our loop over vaderSentiment's rules gives vaderSentiment's results, to the last digit."""

from __future__ import annotations

import gzip
import importlib
import json
import random
import string
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.enrich.sentiment.vader import polarity_scores

package = importlib.import_module("vaderSentiment.vaderSentiment")
ANALYZER = package.SentimentIntensityAnalyzer()

RULE_WORDS = [
    *package.BOOSTER_DICT,
    *package.NEGATE,
    *package.SPECIAL_CASES,
    "no",
    "or",
    "nor",
    "kind",
    "of",
    "least",
    "at",
    "very",
    "but",
    "never",
    "so",
    "this",
    "without",
    "doubt",
    "!",
    "?",
    "??",
    "!!!!!",
    "😡",
    "a😍b",
    "x",
    "THE",
    "can't",
    "mustn't've",
    "kİnd",
    "ΑΣ",
    "\N{KELVIN SIGN}ind",
]

words = st.sampled_from([*RULE_WORDS, *list(ANALYZER.lexicon)[::25]])
shouted = st.builds(lambda word, loud: word.upper() if loud else word, words, st.booleans())
mark = st.sampled_from(["", "", "", *string.punctuation])
written = st.builds("{1}{0}{2}".format, shouted, mark, mark)
sentences = st.builds(
    str.join, st.sampled_from([" ", "\n", "\u3000"]), st.lists(written, max_size=12)
)
anything = st.text(st.characters(codec=None, exclude_categories=[]))


@settings(max_examples=600)
@given(sentences | sentences.map(str.upper) | anything)
@example("NOT good at all but the food was BAD")
@example("Very kind of you, least of all great; no no good, a (bad) ass!")
@example("mustn't've been so GOOD, İl! No 😡a.b😍 no")
def test_any_text_scores_as_the_package_has_it(text: str) -> None:
    assert polarity_scores(text) == ANALYZER.polarity_scores(text)


def test_tokens_never_seen_before_leave_nothing_in_memory() -> None:
    texts = [
        " ".join([*(f"w{number}x{place}!" for place in range(20)), "so good"])
        for number in range(2_000)
    ]
    polarity_scores(texts[0])
    tracemalloc.start()
    try:
        for text in texts:
            polarity_scores(text)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 100_000


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
