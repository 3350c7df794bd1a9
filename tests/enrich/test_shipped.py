"""The model that ships: what it says of real texts, and that no text and no page can upset it."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.enrich.language import identify
from monitor.enrich.sentiment import shipped
from monitor.enrich.sentiment.base import CLASSES
from monitor.enrich.sentiment.reading import rules
from monitor.model import Language
from monitor.problems import Problem

MODEL = shipped.load()

anything = st.text(st.characters(codec=None, exclude_categories=[]), max_size=60)
languages = st.sampled_from(list(Language))

STRANGE = [
    "",
    " ",
    "\0",
    "a\0b\0",
    "\ud800",
    "\udfff x \ud83d",
    "\u200b\u200d\u2060",
    "\u202ecba\u202c bagus",
    "e" + "\u0301" * 200,
    "🏳️\u200d🌈👩🏽\u200d🚀",
    "\uffff\U0010ffff",
    "@" * 500,
    "&amp;&amp;&lt;",
    "http://",
    "www.",
    "a" * 40_000,
]


def probabilities(texts: Sequence[str]) -> np.ndarray:
    return MODEL.score(texts, identify(texts)).probabilities


@settings(max_examples=150, deadline=None)  # the first example loads the lexicon
@given(st.lists(st.tuples(anything, languages), max_size=6))
def test_any_text_has_probabilities_whatever_page_it_stands_on(
    page: list[tuple[str, Language]],
) -> None:
    texts, known = [text for text, _ in page], [language for _, language in page]
    whole = MODEL.score(texts, known).probabilities
    assert whole.shape == (len(page), 3)
    assert np.isfinite(whole).all()
    assert np.allclose(whole.sum(axis=1), 1)
    for at, (text, language) in enumerate(page):
        assert np.array_equal(MODEL.score([text], [language]).probabilities[0], whole[at])


@pytest.mark.parametrize("language", [Language.ENGLISH, Language.INDONESIAN])
def test_strange_texts_are_read_like_any_other(language: Language) -> None:
    whole = MODEL.score(STRANGE, [language] * len(STRANGE)).probabilities
    alone = [MODEL.score([text], [language]).probabilities[0] for text in STRANGE]
    assert np.array_equal(whole, np.array(alone))
    assert all(isinstance(word, str) for text in STRANGE for word in MODEL.why(text, language))


@pytest.mark.parametrize("letter", ["a ", "😡", "!", "x", "\0", "́"])
def test_a_megabyte_is_read_at_its_beginning(letter: str) -> None:
    text = letter * (1_000_000 // len(letter))
    assert np.isfinite(probabilities([text, "bagus"])).all()


def test_the_size_and_order_of_pages_change_nothing(shared: Path) -> None:
    texts = [text for name in ("tweeteval", "smsa") for text, _ in rows(shared, name)[:400]]
    whole = probabilities(texts)
    order = random.Random(4).sample(range(len(texts)), len(texts))
    assert np.array_equal(probabilities([texts[at] for at in order]), whole[order])
    for size in (1, 7, 100):
        pages = [probabilities(texts[at : at + size]) for at in range(0, len(texts), size)]
        assert np.array_equal(np.concatenate(pages), whole)


def test_what_cannot_be_seen_and_how_links_and_names_are_written_changes_nothing() -> None:
    plain = "pelayanan buruk sekali"
    for same in ("pelayanan​ bu\u202aruk sekali", "PELAYANAN".lower() + " buruk sekali"):
        assert np.array_equal(probabilities([plain]), probabilities([same]))
    links = ["cek https://a.example/1 ya kak", "cek https://b.example/2?x=3 ya kak"]
    assert np.array_equal(probabilities(links[:1]), probabilities(links[1:]))


@pytest.mark.parametrize("link", ["HTTPS://A.EXAMPLE/x", "www.a.example", "Www.a.example", "WWW.A"])
def test_a_link_is_one_however_it_is_written_and_whatever_else_is_on_the_page(link: str) -> None:
    text, plain = f"promo di {link} mengecewakan", "promo di https://b.example mengecewakan"
    for beside in ("biasa saja", "lihat http://c.example", "lihat www.c.example"):
        assert np.array_equal(probabilities([text, beside])[0], probabilities([plain])[0])


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Pelayanannya buruk, kecewa banget 😡", "negative"),
        ("uang gue ilang, fix penipuan jangan top up di sini", "negative"),
        ("puluhan orang keracunan setelah makan produk ini", "negative"),
        ("nggak jelek kok, malah enak banget", "positive"),
        ("tidak mengecewakan, pengiriman cepat", "positive"),
        ("service-nya terrible banget, staff-nya rude", "negative"),
        ("still waiting for my refund, worst customer service ever", "negative"),
        ("thanks so much, your team was amazing!", "positive"),
        ("elek tenan pelayanane, ora sumeh", "negative"),
        ("toko buka senin sampai jumat pukul delapan", "neutral"),
        ("what time do you open on sunday?", "neutral"),
        ("👎👎", "negative"),
        ("😍😍", "positive"),
    ],
)
def test_plain_cases_are_read_as_people_read_them(text: str, label: str) -> None:
    assert CLASSES[int(probabilities([text])[0].argmax())] == label


def test_it_says_which_words_moved_it() -> None:
    assert "kecewa" in MODEL.why("kecewa banget sama pelayanannya", Language.INDONESIAN)
    assert "worst" in MODEL.why("the worst service i have seen in years", Language.ENGLISH)
    assert MODEL.why("", Language.ENGLISH) == ()


def test_it_abstains_where_no_class_reaches_a_half() -> None:
    texts = ["mungkin biasa aja sih, lumayan tapi agak gimana gitu", "worst ever, awful and rude"]
    scores = MODEL.score(texts, identify(texts))
    assert (scores.abstain == (scores.probabilities.max(axis=1) < 0.5)).all()
    assert not scores.abstain[1]


# --- the weights ----------------------------------------------------------------------------------


def test_the_weights_are_the_ones_the_manifest_names_and_small() -> None:
    manifest = json.loads((shipped.WEIGHTS / "manifest.json").read_text("utf-8"))
    blobs = {name: (shipped.WEIGHTS / f"{name}.weights").read_bytes() for name in shipped.MODELS}
    assert shipped.digest(manifest["models"], blobs) == manifest["sha256"]
    assert MODEL.version == f"linear-{manifest['sha256'][:12]}"
    assert sum(path.stat().st_size for path in shipped.WEIGHTS.iterdir()) <= 3_000_000
    assert (shipped.WEIGHTS / "LICENSE").read_text("utf-8").count("CC BY-SA 4.0") >= 3
    assert not [name for name in manifest["files"] if "airline" in name or "own" in name]


def test_the_version_names_the_lists_and_rules_that_are_read_beside_the_weights() -> None:
    manifest = json.loads((shipped.WEIGHTS / "manifest.json").read_text("utf-8"))
    assert manifest["models"]["rules"] == rules(), (
        "what is read around the model has changed: make train-sentiment ARGS=--card-only, so that "
        "the version changes and the past is scored again"
    )


def test_the_weights_are_what_the_shared_data_gives(shared: Path) -> None:
    manifest = json.loads((shipped.WEIGHTS / "manifest.json").read_text("utf-8"))
    folder = shared / "data" / "sentiment"
    found = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in manifest["files"]
    }
    assert found == manifest["files"]


def test_damaged_weights_are_one_clear_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in shipped.WEIGHTS.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    blob = bytearray((tmp_path / "id.weights").read_bytes())
    blob[1000] ^= 1
    (tmp_path / "id.weights").write_bytes(bytes(blob))
    monkeypatch.setattr(shipped, "WEIGHTS", tmp_path)
    with pytest.raises(Problem, match="damaged; install Siaga again"):
        shipped.load.__wrapped__()
    (tmp_path / "id.weights").unlink()
    with pytest.raises(Problem, match="cannot be read"):
        shipped.load.__wrapped__()


# --- floors: a little below what docs/model-card.md says ------------------------------------------


def rows(shared: Path, name: str) -> list[tuple[str, str]]:
    path = shared / "data" / "sentiment" / f"{name}.valid.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [(row["text"], row["gold"]) for row in map(json.loads, lines)]


def macro_f1(said: np.ndarray, gold: np.ndarray) -> float:
    classes = np.unique(gold)
    both = [2 * ((said == k) & (gold == k)).sum() for k in classes]
    sizes = [(said == k).sum() + (gold == k).sum() for k in classes]
    return float(np.mean(np.array(both) / np.array(sizes)))


@pytest.mark.parametrize(
    ("name", "floor"),
    [
        ("smsa", 0.83),
        ("nusax-id", 0.89),
        ("nusax-jv", 0.75),
        ("nusax-su", 0.75),
        ("nusax-en", 0.77),
        ("tweeteval", 0.665),
        ("prdect", 0.94),
        ("own", 0.85),
    ],
)
def test_validation_parts_are_read_no_worse_than_the_model_card_says(
    shared: Path, name: str, floor: float
) -> None:
    texts, labels = zip(*rows(shared, name), strict=True)
    three = probabilities(texts)
    gold = np.array([CLASSES.index(label) for label in labels])
    if name == "prdect":
        three[:, 1] = 0
    assert macro_f1(three.argmax(axis=1), gold) >= floor


def test_complaints_to_airlines_never_learned_from_rank_before_the_rest(shared: Path) -> None:
    path = shared / "data" / "airline" / "mentions.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        found = {row["text"]: row["gold"] for row in map(json.loads, lines)}
    negative = np.array([gold == "negative" for gold in found.values()])
    three = probabilities(list(found))
    rank = three[:, 0].argsort().argsort() + 1
    hits, misses = negative.sum(), (~negative).sum()
    auc = (rank[negative].sum() - hits * (hits + 1) / 2) / (hits * misses)
    assert auc >= 0.875
    assert (three[negative, 0] >= 0.30).mean() >= 0.75
